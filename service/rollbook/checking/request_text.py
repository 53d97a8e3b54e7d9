"""Checks the names in a request, or in the CSV of a bulk load, and makes their keys."""

from collections.abc import Iterable
from dataclasses import dataclass

from rollbook.checking.cells import Cell, printable
from rollbook.checking.keys import name_key
from rollbook.checking.text import Boolean, check_text
from rollbook.errors import Reason, Refusal
from rollbook.model.keyed_text import Keyed


@dataclass(frozen=True, slots=True)
class Origin:
    """Where texts come from: the fields of a request, or a line of its CSV if `line` is set.

    Its methods take the name of the field or column. They raise a Refusal that names it:
    INVALID_OPTIONS.
    """

    line: int = 0

    def name(self, column: str, text: str) -> Keyed:
        """A text that must not be blank."""
        found = self.name_or_none(column, text)
        if found is None:
            raise self.wrong(column, f"The {column} is blank.")
        return found

    def name_or_none(self, column: str, text: str) -> Keyed | None:
        """A text that may be blank."""
        kept = self.text(column, text)
        return Keyed(name_key(kept), kept) if kept else None

    def aliases(self, texts: Iterable[str], *own: Keyed | None) -> tuple[Keyed, ...]:
        """Other names in the order of their keys, each once, without those in `own`."""
        given = [alias for text in texts if (alias := self.name_or_none("aliases", text))]
        found = {alias.key: alias for alias in given}
        for text in filter(None, own):
            found.pop(text.key, None)
        return tuple(sorted(found.values()))

    def truth(self, column: str, text: str) -> bool:
        """1, 0, true, false, yes or no; blank: no."""
        return self._kept(column, Boolean(column).cell(text)) == "1"

    def text(self, column: str, text: str) -> str:
        """A text trimmed, in NFC and without control characters; '' where it is blank."""
        return self._kept(column, check_text(column, text))

    def wrong(self, column: str, message: str, *, value: str | None = None) -> Refusal:
        """The refusal of a text that cannot be accepted there."""
        facts = {} if value is None else {"value": printable(value)}
        if not self.line:
            return Refusal(Reason.INVALID_OPTIONS, message, {"option": column, **facts})
        column_fact = {"column": column} if column else {}
        where = f"Line {self.line}, column {column}" if column else f"Line {self.line}"
        return Refusal(
            Reason.INVALID_OPTIONS,
            f"{where}: {message} Nothing of the file was loaded.",
            {"option": "csv", "line": str(self.line), **column_fact, **facts},
        )

    def taken(self, column: str, text: str, message: str) -> Refusal:
        """The refusal of a text that something else has already; of a request RESOURCE_EXISTS."""
        if self.line:
            return self.wrong(column, message, value=text)
        facts = {"option": column, "value": printable(text)}
        return Refusal(Reason.RESOURCE_EXISTS, message, facts)

    def _kept(self, column: str, cell: Cell) -> str:
        if cell.value is None:
            raise self.wrong(column, next(issue.message for issue in cell.issues if issue.fails))
        return cell.value


REQUEST = Origin()
"""The fields of a request."""
