"""A Rollbook plugin that sends mails over SMTP with TLS. See README.md beside this package.

`mail` is the plugin; the entry point `rollbook-mail` names it.
"""

from rollbook_mail.plugin import MailPlugin

mail = MailPlugin()

__all__ = ["MailPlugin", "mail"]
