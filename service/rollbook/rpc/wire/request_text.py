"""Texts of a request, or of a line of the CSV in it → names with their keys, or a refusal."""

from collections.abc import Iterable
from dataclasses import dataclass

from rollbook.checking import Cell, check_text, name_key
from rollbook.checking.cells import printable
from rollbook.checking.text import Boolean
from rollbook.errors import Reason, Refusal
from rollbook.store.keyed_text import Keyed


@dataclass(frozen=True, slots=True)
class Place:
    """Where texts were said: in the fields of a request; or in a line of its CSV, if `line` is set.

    Its methods take the name of the field or column, and raise a Refusal that says where and why:
    INVALID_OPTIONS.
    """

    line: int = 0

    def name(self, column: str, text: str) -> Keyed:
        """A text that must be there."""
        found = self.name_or_none(column, text)
        if found is None:
            raise self.wrong(column, f"The {column} is blank.")
        return found

    def name_or_none(self, column: str, text: str) -> Keyed | None:
        """A text that may be blank."""
        kept = self.text(column, text)
        return Keyed(name_key(kept), kept) if kept else None

    def aliases(self, texts: Iterable[str], *own: Keyed | None) -> tuple[Keyed, ...]:
        """Other names in the order of their keys, each once, and none that `own` says already."""
        said = [alias for text in texts if (alias := self.name_or_none("aliases", text))]
        found = {alias.key: alias for alias in said}
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
        """What is said there cannot be."""
        facts = {} if value is None else {"value": printable(value)}
        if not self.line:
            return Refusal(Reason.INVALID_OPTIONS, message, {"option": column, **facts})
        column_said = {"column": column} if column else {}
        where = f"Line {self.line}, column {column}" if column else f"Line {self.line}"
        return Refusal(
            Reason.INVALID_OPTIONS,
            f"{where}: {message} Nothing of the file was loaded.",
            {"option": "csv", "line": str(self.line), **column_said, **facts},
        )

    def taken(self, column: str, text: str, message: str) -> Refusal:
        """What is said there is another's, or there already; of a request RESOURCE_EXISTS."""
        if self.line:
            return self.wrong(column, message, value=text)
        facts = {"option": column, "value": printable(text)}
        return Refusal(Reason.RESOURCE_EXISTS, message, facts)

    def _kept(self, column: str, cell: Cell) -> str:
        if cell.value is None:
            raise self.wrong(column, next(issue.message for issue in cell.issues if issue.fails))
        return cell.value


REQUEST = Place()
"""The fields of a request."""
