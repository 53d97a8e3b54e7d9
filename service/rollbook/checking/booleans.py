"""Cells that say yes or no → '1' or '0'."""

from collections.abc import Sequence

from rollbook import model
from rollbook.checking.cells import BLANK, Cell, echo, label, printable, trimmed

_MEANING = {"1": "1", "true": "1", "yes": "1", "0": "0", "false": "0", "no": "0"}
_AS_THEY_ARE = frozenset({"", "0", "1"})


class Boolean:
    """The rule of a field that is yes or no: 1, 0, true, false, yes, no, in any case."""

    def __init__(self, field: str) -> None:
        self._field = field

    def suspects(self, cells: Sequence[str]) -> Sequence[int]:
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
