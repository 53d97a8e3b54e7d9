"""Proves things of a whole column from its bytes, at a few nanoseconds a cell.

Whatever is not proven here is looked at by the rule itself, so that a proof may be narrow but
never wrong.
"""

import numpy as np

from rollbook.text_column import TextColumn

LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
DIGITS = b"0123456789"
VISIBLE = bytes(range(0x21, 0x7F))
BEYOND_ASCII = bytes(range(0x80, 0x100))
"""What a character that is not ASCII is made of in UTF-8."""


def has_only(column: TextColumn, allowed: bytes) -> bool:
    """Whether there is no other byte in any text."""
    return not column.content.translate(None, allowed + b"\n")


def begins_with(column: TextColumn, allowed: bytes) -> bool:
    """Whether every text is blank or begins with one of these bytes."""
    return not column.octets[column.starts].tobytes().translate(None, allowed + b"\n")


def ends_with(column: TextColumn, allowed: bytes) -> bool:
    """Whether every text is blank or ends with one of these bytes."""
    return not column.octets[column.ends - 1].tobytes().translate(None, allowed + b"\n")


def precedes(column: TextColumn, byte: bytes, allowed: bytes) -> bool:
    """Whether only these bytes, or the beginning of a text, stand before a certain byte."""
    if byte not in column.content:
        return True
    octets = column.octets
    before = octets[:-1][octets[1:] == ord(byte)]
    return not before.tobytes().translate(None, allowed + b"\n")


def follows(column: TextColumn, byte: bytes, allowed: bytes) -> bool:
    """Whether only these bytes stand behind a certain byte, and no text ends with it."""
    if byte not in column.content:
        return True
    octets = column.octets
    behind = octets[1:][octets[:-1] == ord(byte)]
    return not behind.tobytes().translate(None, allowed)


def some_are(column: TextColumn, few: frozenset[str]) -> bool:
    """Whether any text is one of a few short ones, which are in lower case."""
    sizes = column.sizes
    may_be = np.isin(column.lowered.octets[column.starts], [ord(text[0]) for text in few])
    may_be &= sizes <= max(map(len, few))
    found = np.flatnonzero(may_be)
    return bool(len(found)) and not few.isdisjoint(column.lowered.chosen(found).texts)


def any_ends_with(column: TextColumn, suffixes: tuple[str, ...]) -> bool:
    """Whether any text has one of these ASCII suffixes, of two characters or more."""
    longer = np.flatnonzero(column.sizes > 1)
    last, before = (column.octets[column.ends[longer] - back].astype(np.uint16) for back in (1, 2))
    may_have = np.isin((before << 8) | last, [(ord(s[-2]) << 8) | ord(s[-1]) for s in suffixes])
    return any(text.endswith(suffixes) for text in column.chosen(longer[may_have]))
