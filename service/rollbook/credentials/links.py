"""Derives links and generated passwords from a server key: nothing that opens an account is stored.

A link is good for one user and one purpose until it expires, as long as neither the password nor
the e-mail nor the status changes: what it is derived from counts those changes. Derived again, it
is the same, so that a repeated mail is the same mail.
"""

import base64
import binascii
import hmac
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from typing import NamedTuple

from rollbook.model.passwords import MOST_LENGTH
from rollbook.settings import Settings

PATH = "/set-password"
"""Where a link lands, below ROLLBOOK_PUBLIC_URL."""

_FORMAT = 1
_HEAD = struct.Struct(">BBQI")
_SCATTER = 0xD1B54A32D192ED03
_GATHER = pow(_SCATTER, -1, 1 << 64)
"""So that no link tells how many users there are."""
_MAC_BYTES = 22
"""176 bits; with the head 36 bytes, which are 48 characters without padding."""
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without what is mistaken for another: 0 and o, 1, i and l."""
_GROUP, _LEAST_GROUPS = 4, 6
GENERATED_LENGTHS = range(_LEAST_GROUPS * (_GROUP + 1) - 1, MOST_LENGTH + _GROUP, _GROUP + 1)
"""Least lengths of which each gives a longer password; a directory's gives one of these."""


class Purpose(IntEnum):
    """What a link or a password was made for. Append-only: the number is part of the link."""

    INVITATION = 1
    RESET = 2
    LOGIN_DETAILS = 3


class Holder(NamedTuple):
    """Whose account it is, as it is now.

    `version` counts changes of the password, `account` those of mailbox and status.
    """

    directory_id: int
    user_id: int
    version: int
    account: int


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it reads, before it is verified: `expires` in seconds since 1970."""

    purpose: Purpose
    user_id: int
    expires: int
    mac: bytes


def token(key: bytes, holder: Holder, purpose: Purpose, expires: int) -> str:
    """The token of a link: 48 characters of A-Z, a-z, 0-9, - and _."""
    head = _head(purpose, holder.user_id, expires)
    return base64.urlsafe_b64encode(head + _mac(key, head, holder)).decode()


def read(text: str) -> Link | None:
    """What a token says, unverified; None: it is no token, or of another purpose than a link's."""
    try:
        data = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
        format_, purpose, scattered, expires = _HEAD.unpack(data[: _HEAD.size])
        user_id = scattered * _GATHER % (1 << 64)
        link = Link(Purpose(purpose), user_id, expires, data[_HEAD.size :])
    except (binascii.Error, UnicodeError, struct.error, ValueError):
        return None
    fits = format_ == _FORMAT and link.purpose is not Purpose.LOGIN_DETAILS and user_id < 1 << 63
    # Written in one way only: base64 has others for the same bytes.
    fits = fits and len(link.mac) == _MAC_BYTES and base64.urlsafe_b64encode(data).decode() == text
    return link if fits else None


def verified(keys: Sequence[bytes], link: Link, holder: Holder, now: float) -> bool:
    """Whether the link is good for its user as the account is now, by any of the keys."""
    head = _head(link.purpose, link.user_id, link.expires)
    whose = holder._replace(user_id=link.user_id)
    right = [hmac.compare_digest(_mac(key, head, whose), link.mac) for key in keys]
    return any(right) and holder.user_id == link.user_id and now < link.expires


def url(settings: Settings, directory: str, link_token: str) -> str:
    """The link that goes into a mail. Behind its `#` are the directory's name, a dot, the token.

    No browser sends what is behind `#`, so that no log or proxy sees it, and no scanner of mails
    can use it up.
    """
    return f"{settings.public_url.rstrip('/')}{PATH}#{directory}.{link_token}"


def generated_password(key: bytes, holder: Holder, expires: int, least: int) -> str:
    """The password of a mail with login details: groups of letters and digits, 118 bits or more.

    `least`: the fewest code points that the directory allows.
    """
    head = _head(Purpose.LOGIN_DETAILS, holder.user_id, expires)
    groups = max(_LEAST_GROUPS, -(-(least + 1) // (_GROUP + 1)))
    number = int.from_bytes(
        b"".join(
            hmac.digest(key, b"rollbook password 1" + bytes([part]) + _facts(head, holder), sha256)
            for part in range(-(-groups * _GROUP * 5 // 256) + 1)
        )
    )
    letters = []
    for _ in range(groups * _GROUP):
        number, at = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[at])
    text = "".join(letters)
    grouped = "-".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))
    return grouped[:MOST_LENGTH]


def _head(purpose: Purpose, user_id: int, expires: int) -> bytes:
    return _HEAD.pack(_FORMAT, purpose, user_id * _SCATTER % (1 << 64), expires)


def _mac(key: bytes, head: bytes, holder: Holder) -> bytes:
    return hmac.digest(key, b"rollbook link 1" + _facts(head, holder), sha256)[:_MAC_BYTES]


def _facts(head: bytes, holder: Holder) -> bytes:
    return head + struct.pack(">QQQ", holder.directory_id, holder.version, holder.account)
