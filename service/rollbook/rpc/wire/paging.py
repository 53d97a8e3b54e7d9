"""Reads page sizes and page tokens, and makes the token of the next page."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from google.protobuf.message import Message

from rollbook.checking.request_text import REQUEST
from rollbook.context import AppContext
from rollbook.settings import KIB

_USUAL = 100
_MOST = 1_000
_MOST_BYTES = 512 * KIB
_CHECK_BYTES = 16
_MOST_TOKEN = 4 * KIB

Row = TypeVar("Row")
Listed = TypeVar("Listed", bound=Message)


class Listing(Protocol):
    """A request for a page of a list."""

    page_size: int
    page_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of the list `of`: at most `most` rows, those that come after the key `after`."""

    of: str
    after: str
    most: int
    most_bytes: int
    key: bytes = field(repr=False)

    def after_numbers(self) -> tuple[int, int]:
        """The two numbers of the key `after`; before all of them where there is none."""
        first, second = map(int, self.after.split(" ")) if self.after else (-1, -1)
        return first, second

    def cut(
        self, found: Sequence[tuple[str, Listed]], behind: str = ""
    ) -> tuple[list[Listed], str]:
        """The rows found, (key, message), that are on the page, and the token of the next page.

        There should be one more of them than `most`, if there is one. A page ends early if it
        would be larger than 512 KiB; it has one row, if any was found. `behind`: the key that the
        list goes on after, though no more were found.
        """
        page: list[Listed] = []
        size = 0
        for position, (_, message) in enumerate(found):
            size += message.ByteSize() + 8  # its tag and length
            if page and (position == self.most or size > self.most_bytes):
                return page, _token(self.key, self.of, found[position - 1][0])
            page.append(message)
        return page, _token(self.key, self.of, behind) if behind else ""


def page(app: AppContext, of: str, request: Listing) -> Page:
    """The page of the list `of` that a request asks for.

    Raises:
        Refusal: INVALID_OPTIONS, the size is below zero, or no server of this database made the
            token for this list.
    """
    if request.page_size < 0:
        raise REQUEST.wrong("page_size", "page_size is below zero.")
    return Page(
        of=of,
        after=_after(app.page_key, of, request.page_token) if request.page_token else "",
        most=min(request.page_size or _USUAL, _MOST),
        most_bytes=min(_MOST_BYTES, app.settings.max_sent_bytes),
        key=app.page_key,
    )


def _token(key: bytes, of: str, after: str) -> str:
    """The key of the last row, signed for this list, so that no client can forge or reuse it."""
    return base64.urlsafe_b64encode(_check(key, of, after) + after.encode()).decode()


def _after(key: bytes, of: str, token: str) -> str:
    try:
        signed = base64.b64decode(token[:_MOST_TOKEN].encode(), altchars=b"-_", validate=True)
        after = signed[_CHECK_BYTES:].decode()
    except (binascii.Error, UnicodeDecodeError, UnicodeEncodeError):
        signed, after = b"", ""
    if not hmac.compare_digest(signed[:_CHECK_BYTES], _check(key, of, after)):
        raise REQUEST.wrong(
            "page_token", "page_token is not one that this list gave; leave it empty."
        )
    return after


def _check(key: bytes, of: str, after: str) -> bytes:
    return hmac.digest(key, f"{of}\0{after}".encode(), hashlib.sha256)[:_CHECK_BYTES]
