"""Cells of names of people → names in NFC, with at least one letter."""

from collections.abc import Sequence

from rollbook import model
from rollbook.checking.cells import Cell, echo, label
from rollbook.checking.limits import DEFAULTS
from rollbook.checking.text import all_plain, check_text, plain


def check_name(field: str, text: str, *, limit: int = DEFAULTS.name) -> Cell:
    """The verdict on a first, last or display name, of 1 to `limit` code points in NFC.

    A letter is whatever Unicode calls one (L*), in any script.
    """
    cell = check_text(field, text, limit=limit)
    if not cell.value or any(map(str.isalpha, cell.value)):
        return cell
    message = f"The {label(field)} {echo(cell.value)} has no letter in it."
    return Cell(None, (model.Issue(model.Code.INVALID_NAME, field, message), *cell.issues))


class Name:
    """The rule of names of people."""

    def __init__(self, field: str, limit: int) -> None:
        self._field = field
        self._limit = limit

    def suspects(self, cells: Sequence[str]) -> Sequence[int]:
        """See `Rule`. Nearly every name begins with a letter, which proves the rest."""
        limit = self._limit
        if "".join([text[:1] for text in cells]).isalpha() and all_plain(cells, limit):
            return ()
        return [
            at
            for at, text in enumerate(cells)
            if text and not (text[0].isalpha() and plain(text, limit))
        ]

    def cell(self, text: str) -> Cell:
        """See `Rule`."""
        return check_name(self._field, text, limit=self._limit)
