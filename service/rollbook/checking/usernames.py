"""Checks cells of usernames; a username is kept in NFC, without invisible characters."""

import re
from collections.abc import Collection, Sequence

from rollbook import model
from rollbook.checking import columns
from rollbook.checking.cells import (
    BLANK,
    DEFAULTS,
    Cell,
    as_lines,
    echo,
    nfc,
    not_ordinary,
    nul_byte,
    printable,
    surely_longer,
    too_long,
    trimmed,
)
from rollbook.checking.text import formula_like
from rollbook.text_column import TextColumn

_FIELD = model.Field.USERNAME.value
# One that begins with a letter, digit or underscore, is ASCII and can be seen needs no more proof.
_ORDINARY = re.compile(r"[A-Za-z0-9_][!-~]*+")
_ORDINARIES = re.compile(rf"(?:(?:{_ORDINARY.pattern})?\n)*+")
# Letters and marks that are drawn as nothing, so that two usernames would look the same.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)


def check_username(text: str, *, limit: int = DEFAULTS.username) -> Cell:
    """The verdict on one username: 1 to `limit` code points in NFC, no spaces, nothing unseen."""
    kept, issues = trimmed(_FIELD, text)
    if not kept:
        return BLANK
    if "\0" in kept:
        return Cell(None, (*issues, nul_byte(_FIELD)))
    if not surely_longer(kept, limit):
        kept = nfc(kept)
    if len(kept) > limit:
        return Cell(None, (*issues, too_long(_FIELD, limit, len(kept))))
    issues += formula_like(_FIELD, kept)
    if " " in kept or is_unseen(kept):
        message = (
            f"The username {echo(kept)} is not valid:"
            " it may have no spaces, control characters or invisible characters."
        )
        facts = {"value": printable(kept)}
        invalid = model.Issue(model.Code.INVALID_USERNAME, _FIELD, message, facts)
        return Cell(None, (*issues, invalid))
    return Cell(kept, issues)


def is_unseen(text: str) -> bool:
    """Whether it has a character that is not drawn or not assigned: such names deceive."""
    return not text.isprintable() or _UNSEEN.search(text) is not None


class Username:
    """The rule of usernames."""

    def __init__(self, limit: int) -> None:
        self._limit = limit

    def suspects(self, cells: Sequence[str]) -> Collection[int]:
        """See `Rule`."""
        limit = self._limit
        if isinstance(cells, TextColumn) and _all_ordinary(cells, limit):
            return ()
        found = not_ordinary(cells, as_lines(cells), _ORDINARIES, limit)
        if found is not None:
            return {*found}
        return [
            at
            for at, text in enumerate(cells)
            if text and (len(text) > limit or not _ORDINARY.fullmatch(text))
        ]

    def cell(self, text: str) -> Cell:
        """See `Rule`."""
        return check_username(text, limit=self._limit)


def _all_ordinary(column: TextColumn, limit: int) -> bool:
    """Whether every cell is blank or an ordinary username."""
    return (
        column.longest <= limit
        and columns.has_only(column, columns.VISIBLE)
        and columns.begins_with(column, columns.LETTERS + columns.DIGITS + b"_")
    )
