"""What a page was asked to be → where it begins and ends, and the token of the next one."""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from google.protobuf.message import Message

from rollbook.imports.options import invalid

_USUAL = 100
_MOST = 1_000
_CHECK_BYTES = 6

Row = TypeVar("Row")
Listed = TypeVar("Listed", bound=Message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of the list `of`: at most `most` rows, those that come after the key `after`."""

    of: str
    after: str
    most: int

    def cut(self, found: Sequence[tuple[str, Listed]], most_bytes: int) -> tuple[list[Listed], str]:
        """What of the rows found, (key, message), is on the page, and the token of the next.

        There should be one more of them than `most`, if there is one. A page ends early where it
        would not fit into `most_bytes`.
        """
        page: list[Listed] = []
        size = 0
        for position, (_, message) in enumerate(found):
            size += message.ByteSize() + 8  # its tag and length
            if page and (position == self.most or size > most_bytes):
                return page, _token(self.of, found[position - 1][0])
            page.append(message)
        return page, ""


def page(of: str, size: int, token: str) -> Page:
    """The page of the list `of` that a request asks for.

    Raises:
        Refusal: INVALID_OPTIONS, the size is below zero, or the token not one of this list's.
    """
    if size < 0:
        raise invalid("page_size", "page_size is below zero.")
    return Page(of=of, after=_key(of, token) if token else "", most=min(size or _USUAL, _MOST))


def _token(of: str, key: str) -> str:
    """The key, with a checksum that fits only this list: no other list's token goes astray here."""
    return base64.urlsafe_b64encode(_check(of, key) + key.encode()).decode()


def _key(of: str, token: str) -> str:
    try:
        told = base64.b64decode(token.encode(), altchars=b"-_", validate=True)
        key = told[_CHECK_BYTES:].decode()
    except (binascii.Error, UnicodeDecodeError):
        key, told = "", b""
    if told[:_CHECK_BYTES] != _check(of, key) or "\0" in key:
        raise invalid("page_token", "page_token is not one that this list gave; leave it empty.")
    return key


def _check(of: str, key: str) -> bytes:
    return hashlib.blake2b(f"{of}\0{key}".encode(), digest_size=_CHECK_BYTES).digest()
