"""Describes a relay's reply, or a failed connection, in one short, printable line."""

import errno
import os
import re
import socket
import ssl
from dataclasses import dataclass

from aiosmtplib import (
    SMTPException,
    SMTPResponseException,
    SMTPServerDisconnected,
)

LONGEST = 200
"""Most characters that an answer's text may have."""

_LONGEST_REPLY = 140


_ENHANCED = re.compile(r"5\.(\d{1,3})\.\d{1,3}\b")
_NOT_OF_THE_RECIPIENT = {"5.1.7", "5.1.8", "5.2.2"}


@dataclass(frozen=True, slots=True)
class Reply:
    """The reply of a relay to one command."""

    code: int
    text: str

    @property
    def good(self) -> bool:
        """2xx: done."""
        return 200 <= self.code < 300

    def refuses_recipient(self, address: str) -> bool:
        """Whether it refuses this recipient, and only this one, for good.

        5.1.x and 5.2.x do; without an enhanced code, a 5xx that names the address does. A full
        mailbox (552, 5.2.2) may have room later, and 5.1.7 and 5.1.8 are about the sender. All
        others, such as 5.7.1, 5.4.5 or 530, may answer every mail, so they end none.
        """
        if not 500 <= self.code < 600 or self.code in {530, 552}:
            return False
        enhanced = _ENHANCED.match(self.text)
        if not enhanced:
            return address.casefold() in self.text.casefold()
        return enhanced[1] in {"1", "2"} and enhanced[0] not in _NOT_OF_THE_RECIPIENT

    @property
    def no(self) -> bool:
        """4xx or 5xx: it was understood, and refused."""
        return 400 <= self.code < 600

    @property
    def closing(self) -> bool:
        """421: the relay is about to close the connection."""
        return self.code == 421

    def __str__(self) -> str:
        return printable(f"{self.code} {self.text}", _LONGEST_REPLY)


def printable(text: str, longest: int = LONGEST) -> str:
    """The text in one line of ASCII, cut where it is longer."""
    line = " ".join(text.encode("ascii", "replace").decode().split())
    line = "".join(character if character.isprintable() else "?" for character in line)
    return line if len(line) <= longest else f"{line[: longest - 3]}..."


def why(wrong: BaseException) -> str:
    """How a connection failed, to follow 'The relay HOST:PORT '. Nothing of the peer's but replies.

    The causes are searched, too: the library wraps the system's error.
    """
    causes = [wrong]
    while causes[-1].__cause__ is not None:
        causes.append(causes[-1].__cause__)
    for cause in reversed(causes):
        if found := _known(cause):
            return found
    return f"cannot be used ({type(wrong).__name__})."


def _known(wrong: BaseException) -> str:
    """What is known of one exception; '' where nothing is."""
    match wrong:
        case ssl.SSLCertVerificationError():
            reason = f"has a certificate that is not trusted: {wrong.verify_message.rstrip('.')}."
        case ssl.SSLError():
            reason = f"does not speak TLS as it should: {wrong.reason or 'it broke off'}."
        case SMTPResponseException() if wrong.code >= 0:
            reason = f"replied: {Reply(wrong.code, wrong.message)}"
        case OSError(errno=int(number)) if number in errno.errorcode and number not in _ENDS:
            reason = f"cannot be reached: {os.strerror(number)}."
        case _:
            reason = next((text for kind, text in _REASONS if isinstance(wrong, kind)), "")
    return printable(reason)


_ENDS = {errno.ECONNRESET, errno.ECONNABORTED, errno.EPIPE, errno.ETIMEDOUT}
_REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (SMTPResponseException, "gave a reply that is none."),
    (socket.gaierror, "is not known by that name."),
    (SMTPServerDisconnected, "closed the connection."),
    (ConnectionResetError, "closed the connection."),
    (ConnectionAbortedError, "closed the connection."),
    (BrokenPipeError, "closed the connection."),
    (TimeoutError, "did not answer in time."),
    (SMTPException, ""),
    (OSError, "cannot be reached."),
)
