"""Refuses rows with a password where none is taken, and removes passwords from rows.

What a cell held is never shown, nor kept.
"""

from collections.abc import Sequence
from dataclasses import replace

from rollbook import model
from rollbook.checking.cells import BLANK, Cell
from rollbook.model.passwords import NOT_KEPT

_REFUSED = Cell(
    None,
    (
        model.Issue(
            model.Code.PASSWORD_NOT_ALLOWED,
            model.Field.PASSWORD.value,
            "The row has a password, which this import does not take: leave the cell blank.",
        ),
    ),
)
_SHIFTED = frozenset({model.Code.TOO_FEW_FIELDS, model.Code.TOO_MANY_FIELDS})


class Password:
    """The rule of passwords: none, or `taken`: any, which others judge, as it was typed.

    White space is a password too, so that nothing is trimmed.
    """

    def __init__(self, *, taken: bool) -> None:
        self._taken = taken

    def suspects(self, cells: Sequence[str]) -> Sequence[int]:
        """See `Rule`."""
        if self._taken:
            return ()
        return [at for at, text in enumerate(cells) if text]

    def cell(self, text: str) -> Cell:
        """See `Rule`."""
        return _REFUSED if text else BLANK


def without_passwords(rows: model.FileRows, columns: Sequence[model.Column]) -> model.FileRows:
    """The rows as they may be stored: `<not kept>` wherever `raw` may hold a password.

    `columns` are the file's, as in `Understood`. In a row that could not be taken apart the
    password may stand in another column: every cell it may have slipped into is covered.
    The column itself is left out of `columns`.
    """
    fields = [column.field for column in columns]
    kept = {name: column for name, column in rows.columns.items() if name != model.Field.PASSWORD}
    if model.Field.PASSWORD not in fields:
        return replace(rows, columns=kept) if len(kept) < len(rows.columns) else rows
    at = fields.index(model.Field.PASSWORD)
    raw: list[Sequence[str]] = list(rows.raw)
    for i, cells in enumerate(raw):
        fault = rows.faults.get(i)
        if fault is None:
            first, beyond = at, at + 1
        elif fault.code in _SHIFTED:
            first, beyond = at - max(0, len(fields) - len(cells)), len(cells)
        else:
            first, beyond = 0, len(cells)
        first = max(0, first)
        if any(cells[first:beyond]):
            covered = [NOT_KEPT if text else "" for text in cells[first:beyond]]
            raw[i] = [*cells[:first], *covered, *cells[beyond:]]
    return replace(rows, columns=kept, raw=raw)
