"""The mails that there are, each with its set of templates."""

from rollbook.hooks import Mail

WELCOME = "welcome"

PURPOSES = {Mail.WELCOME: WELCOME}
"""The mails that this plugin sends. Each has three templates, NAME.subject, NAME.txt and
NAME.html. A further mail needs a line here, its three files, and their variables."""

PARTS = ("subject", "txt", "html")
