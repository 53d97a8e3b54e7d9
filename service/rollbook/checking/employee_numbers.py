"""Checks cells of employee numbers, which are always text: `007` is not `7`."""

import re
from collections.abc import Collection, Sequence

from rollbook import model
from rollbook.checking import columns
from rollbook.checking.cells import (
    BLANK,
    DEFAULTS,
    NOTHING,
    Cell,
    all_like_nothing,
    as_lines,
    echo,
    like_nothing,
    not_ordinary,
    nul_byte,
    printable,
    too_long,
    trimmed,
)
from rollbook.text_column import TextColumn

_FIELD = model.Field.EMPLOYEE_NUMBER.value
_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/@+-]*+")
_NUMBERS = re.compile(rf"(?:(?:{_NUMBER.pattern})?\n)*+")
# Rounded (1.23E+05, 1.23E5), with a fraction (1001.0) or in groups (1,005); or the marks that keep
# a spreadsheet from doing so (="00123", '00123). `12E5` and `1.005` are numbers that people give.
_SPREADSHEET = re.compile(
    r"[0-9]+[.,][0-9]+[Ee][+-]?[0-9]+|[0-9]+[Ee][+-][0-9]+|[0-9]+[.,]0+"
    r"|[0-9]{1,3}(?:,[0-9]{3})+|=.*|'.*"
)
_ALNUM = columns.LETTERS + columns.DIGITS
_PERHAPS = re.compile(r"\.0|[.0-9][Ee][+-]?[0-9]")


def check_number(text: str, *, limit: int = DEFAULTS.number) -> Cell:
    """The verdict on one employee number: ASCII letters, digits and `._/@+-`, up to `limit`."""
    kept, issues = trimmed(_FIELD, text)
    if not kept:
        return BLANK
    issues += like_nothing(_FIELD, kept)
    if "\0" in kept:
        return Cell(None, (*issues, nul_byte(_FIELD)))
    if _SPREADSHEET.fullmatch(kept):
        message = (
            f"The employee number {echo(kept)} is what a spreadsheet makes of a number:"
            " format its column as text, and export it again."
        )
        return Cell(None, (*issues, _invalid(kept, message, hint="spreadsheet_number")))
    if not _NUMBER.fullmatch(kept):
        message = (
            f"The employee number {echo(kept)} is not valid: it may have the letters A to Z,"
            " digits and . _ / @ + -, and begins with a letter or a digit."
        )
        return Cell(None, (*issues, _invalid(kept, message)))
    if len(kept) > limit:
        return Cell(None, (*issues, too_long(_FIELD, limit, len(kept))))
    return Cell(kept, issues)


class Number:
    """The rule of employee numbers."""

    def __init__(self, limit: int) -> None:
        self._limit = limit

    def suspects(self, cells: Sequence[str]) -> Collection[int]:
        """See `Rule`."""
        if isinstance(cells, TextColumn) and self._proven(cells):
            return ()
        lines = as_lines(cells)
        found = not_ordinary(cells, lines, _NUMBERS, self._limit)
        if found is None:
            return range(len(cells))
        if _PERHAPS.search(lines):
            found += [at for at, text in enumerate(cells) if _SPREADSHEET.fullmatch(text)]
        return {*found, *all_like_nothing(cells, lines)}

    def _proven(self, column: TextColumn) -> bool:
        """Whether every cell is blank or ordinary, and none may be a spreadsheet's work."""
        return (
            column.longest <= self._limit
            and columns.has_only(column, _ALNUM + b"._/@+-")
            and columns.begins_with(column, _ALNUM)
            and b".0" not in column.content
            and columns.precedes(column.lowered, b"e", columns.LETTERS + b"_/@+-")
            and not columns.some_are(column, NOTHING)
        )

    def cell(self, text: str) -> Cell:
        """See `Rule`."""
        return check_number(text, limit=self._limit)


def _invalid(text: str, message: str, **facts: str) -> model.Issue:
    params = {"value": printable(text), **facts}
    return model.Issue(model.Code.INVALID_EMPLOYEE_NUMBER, _FIELD, message, params)
