"""What a notice asks to be mailed → the set of templates that it is written with."""

from rollbook.hooks import Mail

WELCOME = "welcome"

PURPOSES = {Mail.WELCOME: WELCOME}
"""The mails that are ours. Each has three templates, NAME.subject, NAME.txt and NAME.html; a
further mail is a line here, its three files, and what they are shown besides."""

PARTS = ("subject", "txt", "html")
