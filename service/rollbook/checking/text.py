"""Cells of free text → trimmed, NFC, free of control characters, no longer than allowed."""

import re
import unicodedata
from collections.abc import Sequence

from rollbook import model
from rollbook.checking.cells import BLANK, Cell, controls, nfc, surely_longer, too_long, trimmed
from rollbook.checking.formulas import STARTS, are_phone_numbers, formula_like, is_phone_number
from rollbook.checking.limits import DEFAULTS

_BEGINS_ODDLY = re.compile(rf"\|[ {re.escape(STARTS)}]")


def check_text(field: str, text: str, *, limit: int = DEFAULTS.text) -> Cell:
    """The verdict on one cell of free text, of at most `limit` code points in NFC."""
    kept, issues = trimmed(field, text)
    if not kept:
        return BLANK
    if surely_longer(kept, limit):
        return Cell(None, (*issues, *controls(field, kept), too_long(field, limit, len(kept))))
    kept = nfc(kept)
    wrong = controls(field, kept)
    if len(kept) > limit:
        wrong += (too_long(field, limit, len(kept)),)
    issues += wrong + formula_like(field, kept)
    return Cell(None if wrong else kept, issues)


def plain(text: str, limit: int) -> bool:
    """Whether `check_text` would leave the cell as it is, told without asking it."""
    return (
        text.isprintable()
        and len(text) <= limit
        and not text.startswith((" ", *STARTS))
        and not text.endswith(" ")
        and (text.isascii() or unicodedata.is_normalized("NFC", text))
    )


def all_plain(cells: Sequence[str], limit: int) -> bool:
    """Whether every cell is `plain`, told from all of them at once.

    Every cell begins after a bar and ends before one; a bar within a cell can only spoil the
    proof, never make it. A bar composes with nothing, so that NFC is that of each cell.
    """
    distinct = set(cells)  # half of all first names, and nearly all departments, come again
    joined = f"|{'|'.join(distinct)}|"
    return (
        joined.isprintable()
        and " |" not in joined
        and not _BEGINS_ODDLY.search(joined)
        and max(map(len, distinct), default=0) <= limit
        and (joined.isascii() or unicodedata.is_normalized("NFC", joined))
    )


class Text:
    """The rule of a field of free text."""

    def __init__(self, field: str, limit: int) -> None:
        self._field = field
        self._limit = limit

    def suspects(self, cells: Sequence[str]) -> Sequence[int]:
        """See `Rule`."""
        limit = self._limit
        if all_plain(cells, limit):
            return ()
        return [at for at, text in enumerate(cells) if not plain(text, limit)]

    def cell(self, text: str) -> Cell:
        """See `Rule`."""
        return check_text(self._field, text, limit=self._limit)


class Phone(Text):
    """The rule of phone numbers: free text, which may well begin with a plus sign."""

    def __init__(self, limit: int) -> None:
        super().__init__(model.Field.PHONE.value, limit)

    def suspects(self, cells: Sequence[str]) -> Sequence[int]:
        """See `Rule`."""
        limit = self._limit
        fits = max(map(len, cells), default=0) <= limit
        if fits and are_phone_numbers(cells) and not any(text[-1:] == " " for text in cells):
            return ()
        return [
            at
            for at, text in enumerate(cells)
            if not plain(text, limit)
            and not (text[-1:] != " " and len(text) <= limit and is_phone_number(text))
        ]
