"""Makes the bytes of a mail from a notice, the same ones at every attempt.

The recipient is exactly the stored address, in the envelope and in the one header that names it.
No other cell of a user stands in a header.
"""

import hashlib
import re
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from rollbook.hooks import Credential, Notice
from rollbook_mail.addresses import NotAnAddress, on_the_wire
from rollbook_mail.letters import Letter, Letters, Unwritable
from rollbook_mail.settings import MailSettings

# Bodies in 7 bits: a relay need not speak 8BITMIME.
_POLICY = SMTP.clone(cte_type="7bit")
_PLAIN_ID = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
_DIRECTORY = re.compile(r"[a-z][a-z0-9-]{0,63}")
_LONGEST_ID = 64
_LONE = re.compile(rb"\r(?!\n)|(?<!\r)\n")


@dataclass(frozen=True, slots=True)
class Sealed:
    """One mail, ready to go. `content` ends with CRLF; its lines do, and no other character does.

    `sender` is where bounces go. `smtputf8`: only a relay that supports it can take this recipient.
    """

    id: str
    sender: str
    recipient: str
    smtputf8: bool
    content: bytes = field(repr=False)


class Writer:
    """Writes the mails of one sender."""

    def __init__(self, settings: MailSettings, letters: Letters):
        self._settings = settings
        self._letters = letters

    def seal(self, notice: Notice, credential: Credential | None = None) -> Sealed:
        """The mail that the notice asks for; `credential`: what it opens the account with.

        Raises:
            Unwritable: there is none; the message is the reason, and repeats no cell.
        """
        try:
            recipient = on_the_wire(notice.email)
        except NotAnAddress as why:
            raise Unwritable(f"The stored address cannot be mailed to: {why}.") from None
        smtputf8 = not recipient.isascii()
        letter = self._letters.write(notice, credential)
        message = self._message(notice, letter, recipient, smtputf8=smtputf8)
        content = message.as_bytes()
        # Asked of the very bytes: the library may mend an address into another one.
        if f"To: {recipient}".encode() not in content.partition(b"\r\n\r\n")[0].split(b"\r\n"):
            raise Unwritable("The stored address cannot stand in a header as it is.")
        if _LONE.search(content):
            raise Unwritable("The mail would have lines that end in half a line end.")
        sender = self._settings.mail_from(notice.id, notice.directory)
        return Sealed(notice.id, sender, recipient, smtputf8, content)

    def _message(
        self, notice: Notice, letter: Letter, recipient: str, *, smtputf8: bool
    ) -> EmailMessage:
        settings = self._settings
        message = EmailMessage(policy=_POLICY.clone(utf8=smtputf8))
        message["From"] = Address(settings.from_name, addr_spec=settings.sender)
        local, _, domain = recipient.rpartition("@")
        message["To"] = Address(username=local, domain=domain)
        if settings.reply_to:
            message["Reply-To"] = Address(addr_spec=settings.reply_to)
        message["Subject"] = letter.subject
        message["Date"] = notice.first_attempt_at or notice.at
        # A delivery report has it, and so leads back to the notice and its directory.
        place = f".{notice.directory}" if _DIRECTORY.fullmatch(notice.directory) else ""
        message["Message-ID"] = f"<{_plain(notice.id)}{place}@{settings.domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text)
        message.add_alternative(letter.html, subtype="html")
        # Left to the library it would be another one at each attempt.
        message.set_boundary(f"=_{_digest(notice.id)[:32]}")
        return message


def _plain(id: str) -> str:
    """An id as a Message-ID may have it: itself where it can be, else its digest."""
    if len(id) <= _LONGEST_ID and _PLAIN_ID.fullmatch(id):
        return id
    return _digest(id)[:32]


def _digest(id: str) -> str:
    return hashlib.sha256(id.encode()).hexdigest()
