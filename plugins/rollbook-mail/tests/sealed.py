"""Mails as they are sealed, for a relay that is never asked; and readers of their parts."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache

from mail_relay import notice

from rollbook.hooks import Notice
from rollbook_mail.letters import Letters
from rollbook_mail.message import Sealed, Writer
from rollbook_mail.purposes import PURPOSES
from rollbook_mail.samples import sample_credential
from rollbook_mail.settings import MailSettings

ADA = notice("ada@example.org")

MAILS = [ADA._replace(mail=mail) for mail in PURPOSES]
"""A notice of each mail."""


@cache
def writer(**settings: object) -> Writer:
    """For a relay that is never asked. Made once of the same settings: it tries each template."""
    usual = {"host": "localhost", "tls": "off-in-clear-text", "sender": "accounts@example.net"}
    read = MailSettings.read(**{**usual, **settings})
    return Writer(read, Letters(read))


def sealed_of(sealing: Writer, each: Notice) -> Sealed:
    """The mail, with a sample of what it opens an account with."""
    return sealing.seal(each, sample_credential(each))


def parsed(mail: Sealed) -> EmailMessage:
    """The mail as a mailbox reads it."""
    message = message_from_bytes(mail.content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def part(mail: Sealed, kind: str) -> str:
    """The text of one of its two parts."""
    body = parsed(mail).get_body((kind,))
    assert isinstance(body, EmailMessage)
    return str(body.get_content()).replace("\r\n", "\n")


def head(mail: Sealed) -> bytes:
    """The headers as they stand."""
    return mail.content.partition(b"\r\n\r\n")[0]
