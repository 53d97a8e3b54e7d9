"""A cell → the warning that a spreadsheet would take it for a formula."""

import re
from collections.abc import Sequence

from rollbook import model
from rollbook.checking.cells import echo, label

# TAB and CR begin a formula too; they are white space, and trimmed before anybody asks here.
STARTS = "=+-@＝＋－＠"
_NUMBER = re.compile(r"[+-]?[0-9]+(?:[., ][0-9]+)*%?")
_PHONE = re.compile(r"\+?[0-9(][0-9 ()./-]{0,30}+(?: ?(?:x|ext\.?) ?[0-9]{1,8})?")
_PHONES = re.compile(rf"(?:(?:{_PHONE.pattern})?\n)*+")


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


def are_phone_numbers(cells: Sequence[str]) -> bool:
    """Whether each of them is one, or blank."""
    joined = "\n".join(cells) + "\n"
    return _PHONES.fullmatch(joined) is not None and joined.count("\n") == len(cells)
