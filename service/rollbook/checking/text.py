"""Checks free text, phone numbers, names of persons, and flags (`1` or `0`).

A text is kept trimmed, in NFC, free of control characters and no longer than allowed.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Sequence

from rollbook import model
from rollbook.checking import columns
from rollbook.checking.cells import (
    BLANK,
    DEFAULTS,
    NOTHING,
    Cell,
    all_like_nothing,
    as_lines,
    controls,
    echo,
    label,
    like_nothing,
    nfc,
    not_ordinary,
    over,
    printable,
    surely_longer,
    too_long,
    trimmed,
)
from rollbook.text_column import TextColumn

# TAB and CR begin a formula too; they are white space, and are trimmed before this.
STARTS = "=+-@＝＋－＠"
_NUMBER = re.compile(r"[+-]?[0-9]+(?:[., ][0-9]+)*%?")
_PHONE = re.compile(r"\+?[0-9(][0-9 ()./-]{0,30}+(?: ?(?:x|ext\.?) ?[0-9]{1,8})?")
_PHONES = re.compile(rf"(?:(?:{_PHONE.pattern})?\n)*+")
_SHORT_PHONE = 31
_MEANING = {"1": "1", "true": "1", "yes": "1", "0": "0", "false": "0", "no": "0"}
_AS_THEY_ARE = frozenset({"", "0", "1"})
_MAYBE_PLAIN = columns.VISIBLE + b" " + columns.BEYOND_ASCII
_BEGINS_WELL = (columns.VISIBLE + columns.BEYOND_ASCII).translate(None, b"=+-@")
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
    """Whether `check_text` would leave the cell as it is, found without asking it."""
    return (
        text.isprintable()
        and len(text) <= limit
        and not text.startswith((" ", *STARTS))
        and not text.endswith(" ")
        and (text.isascii() or unicodedata.is_normalized("NFC", text))
    )


def all_plain(cells: Sequence[str], limit: int) -> bool:
    """Whether every cell is `plain`, found from all of them at once."""
    if isinstance(cells, TextColumn):
        return (
            columns.has_only(cells, _MAYBE_PLAIN)
            and columns.begins_with(cells, _BEGINS_WELL)
            and columns.ends_with(cells, columns.VISIBLE + columns.BEYOND_ASCII)
            and not over(cells, limit)
            and all_plain(cells.beyond_ascii, limit)
        )
    # Every cell begins after a bar and ends before one; a bar within a cell can only spoil the
    # proof, never make it. A bar composes with nothing, so that NFC is that of each cell.
    distinct = {*cells}  # half of all first names, and nearly all departments, come again
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

    def suspects(self, cells: Sequence[str]) -> Collection[int]:
        """See `Rule`."""
        limit = self._limit
        if all_plain(cells, limit):
            return ()
        return _where(cells, lambda text: not plain(text, limit))

    def cell(self, text: str) -> Cell:
        """See `Rule`."""
        return check_text(self._field, text, limit=self._limit)


class Phone(Text):
    """The rule of phone numbers: free text, which may well begin with a plus sign."""

    def suspects(self, cells: Sequence[str]) -> Collection[int]:
        """See `Rule`."""
        limit = self._limit
        if isinstance(cells, TextColumn) and _are_numbers_to_call(cells):
            return ()
        lines = as_lines(cells)
        if not_ordinary(cells, lines, _PHONES, limit) == [] and " \n" not in lines:
            return ()

        def is_written_well(text: str) -> bool:
            return text[-1:] != " " and len(text) <= limit and is_phone_number(text)

        return _where(cells, lambda text: not (plain(text, limit) or is_written_well(text)))


def check_name(field: str, text: str, *, limit: int = DEFAULTS.name) -> Cell:
    """The verdict on a first, last or display name, of 1 to `limit` code points in NFC.

    A letter is whatever Unicode calls one (L*), in any script.
    """
    cell = check_text(field, text, limit=limit)
    if not cell.value:
        return cell
    if any(map(str.isalpha, cell.value)):
        return Cell(cell.value, (*cell.issues, *like_nothing(field, cell.value)))
    message = f"The {label(field)} {echo(cell.value)} has no letter in it."
    return Cell(None, (model.Issue(model.Code.INVALID_NAME, field, message), *cell.issues))


class Name:
    """The rule of names of people."""

    def __init__(self, field: str, limit: int) -> None:
        self._field = field
        self._limit = limit

    def suspects(self, cells: Sequence[str]) -> Collection[int]:
        """See `Rule`. Nearly every name begins with a letter, which proves the rest."""
        limit = self._limit
        if _begin_with_letters(cells) and all_plain(cells, limit) and not _any_like_nothing(cells):
            return ()

        def is_odd(text: str) -> bool:
            return not (text[0].isalpha() and plain(text, limit)) or text.lower() in NOTHING

        return _where(cells, lambda text: bool(text) and is_odd(text))

    def cell(self, text: str) -> Cell:
        """See `Rule`."""
        return check_name(self._field, text, limit=self._limit)


def _begin_with_letters(cells: Sequence[str]) -> bool:
    """Whether every cell that is not blank begins with a letter."""
    if not isinstance(cells, TextColumn):
        return "".join([text[:1] for text in cells]).isalpha()
    if not columns.begins_with(cells, columns.LETTERS + columns.BEYOND_ASCII):
        return False
    others = cells.beyond_ascii
    return not others or "".join([text[0] for text in others]).isalpha()


def _any_like_nothing(cells: Sequence[str]) -> bool:
    if isinstance(cells, TextColumn):
        return columns.some_are(cells, NOTHING)
    return bool(all_like_nothing(cells, as_lines(cells)))


def _are_numbers_to_call(column: TextColumn) -> bool:
    """Whether every cell is blank or a phone number without an extension."""
    return (
        column.longest <= _SHORT_PHONE
        and columns.has_only(column, columns.DIGITS + b" ()./-+")
        and columns.begins_with(column, columns.DIGITS + b"(+")
        and columns.ends_with(column, columns.DIGITS + b")./-")
        and columns.precedes(column, b"+", b"")
        and columns.follows(column, b"+", columns.DIGITS + b"(")
    )


class Boolean:
    """The rule of a field that is yes or no: 1, 0, true, false, yes, no, in any case."""

    def __init__(self, field: str) -> None:
        self._field = field

    def suspects(self, cells: Sequence[str]) -> Collection[int]:
        """See `Rule`."""
        if _AS_THEY_ARE.issuperset(cells):
            return ()
        return [at for at, text in enumerate(cells) if text not in _AS_THEY_ARE]

    def cell(self, text: str) -> Cell:
        """See `Rule`."""
        kept, issues = trimmed(self._field, text)
        if not kept:
            return BLANK
        meaning = _MEANING.get(kept.lower()) if kept.isascii() else None
        if meaning:
            return Cell(meaning, issues)
        message = f"The {label(self._field)} is {echo(kept)}; it must be 1, 0, or blank."
        facts = {"value": printable(kept)}
        invalid = model.Issue(model.Code.INVALID_BOOLEAN, self._field, message, facts)
        return Cell(None, (*issues, invalid))


def formula_like(field: str, text: str) -> tuple[model.Issue, ...]:
    """The warning, unless the cell is a number, or a phone number in a field for those."""
    if text[:1] not in STARTS or not text or is_number(text):
        return ()
    if field == model.Field.PHONE and is_phone_number(text):
        return ()
    message = (
        f"The {label(field)} {echo(text)} begins as a formula does; it is stored as it is,"
        " and defused in files for spreadsheets."
    )
    return (model.Issue(model.Code.FORMULA_LIKE_VALUE, field, message),)


def is_number(text: str) -> bool:
    """Whether it is a number, with a sign or without."""
    return _NUMBER.fullmatch(text) is not None


def is_phone_number(text: str) -> bool:
    """Whether it is a phone number as people write them, such as `+81 3 5550 0101`."""
    return _PHONE.fullmatch(text) is not None


def _where(cells: Sequence[str], odd: Callable[[str], bool]) -> list[int]:
    """Positions of the cells that are odd. Each text is looked at once: many come again."""
    found = {text for text in {*cells} if odd(text)}
    return [at for at, text in enumerate(cells) if text in found]
