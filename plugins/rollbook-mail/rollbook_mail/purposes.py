"""The mails that there are, each with its set of templates."""

from collections.abc import Mapping

from rollbook.hooks import Mail

WELCOME = "welcome"

PURPOSES: Mapping[Mail, str] = {mail: mail.value for mail in Mail if mail is not Mail.NONE}
"""The mails that this plugin sends. Each has three templates, NAME.subject, NAME.txt and
NAME.html. A further mail needs its three files, and their variables."""

PARTS = ("subject", "txt", "html")

SHOWN: Mapping[Mail, str] = {
    Mail.INVITATION: "link",
    Mail.RESET: "link",
    Mail.LOGIN_DETAILS: "password",
}
"""What the text and the HTML of a mail that opens an account must show: without it they are of no
use."""
