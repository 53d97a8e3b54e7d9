"""Results of some rows, of which a server sends the clean ones in columns.

A caller that looks at `results` gets a `RowResult` for each row, as from a server that sends no
columns. They are made at the first look: who only counts (`outcome_counts`, `len`), or only wants
to know what is wrong (`not_clean`), pays nothing a row.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import merge
from itertools import islice
from typing import Any, TypeAlias, cast, overload

from rollbook.client.clean_rows import SEPARATOR, row_results
from rollbook.errors import Reason, Refusal
from rollbook.v1.imports_pb2 import CleanResults, RowResults
from rollbook.v1.results_pb2 import Outcome, RowResult

_TOO_LARGE = 1 << 62
"""More than any line, so that those of a run are numbers of 63 bits, too."""


@dataclass(frozen=True, slots=True)
class CleanRun:
    """Consecutive rows in consecutive lines with one outcome, and nothing more to say of them."""

    line: int
    row: int
    outcome: Outcome
    count: int


Part: TypeAlias = CleanRun | RowResult


def received(message: RowResults) -> RowResults:
    """The message as it is handed on: itself, or what stands in for one that has columns.

    Raises:
        Refusal: INTERNAL_ERROR, the columns do not fit together.
    """
    return cast(RowResults, _Columned(message)) if message.HasField("clean") else message


def parts(event: RowResults) -> list[Part]:
    """The rows in their order: clean ones in runs, and the others one by one."""
    columned = _columned(event)
    return columned.parts if columned else [*event.results]


def not_clean(event: RowResults) -> Sequence[RowResult]:
    """The rows that failed, or have an issue or a change; all rows, where none came in columns."""
    columned = _columned(event)
    return columned.not_clean if columned else event.results


def outcome_counts(event: RowResults) -> Counter[Outcome]:
    """How many rows have which outcome."""
    counts: Counter[Outcome] = Counter()
    for part in parts(event):
        counts[part.outcome] += part.count if isinstance(part, CleanRun) else 1
    return counts


class _Columned:
    """Stands in for a message with columns, and passes as one without: it has all of its parts."""

    def __init__(self, message: RowResults):
        self._clean = message.clean
        self._runs = _runs(message.clean)
        self.not_clean: Sequence[RowResult] = message.results
        self.parts = _in_order(self._runs, message.results)
        self.size = sum(message.clean.counts) + len(message.results)

    @property  # type: ignore[misc]  # nobody sets it
    def __class__(self) -> Any:
        """What it is for `isinstance` and `match`."""
        return RowResults

    @property
    def results(self) -> Sequence[RowResult]:
        """All rows, in their order."""
        return _Rows(self)

    @cached_property
    def rows(self) -> list[RowResult]:
        """All rows, made when they are first asked for."""
        clean = iter(row_results(self._clean))
        rows: list[RowResult] = []
        for part in self.parts:
            if isinstance(part, CleanRun):
                rows += islice(clean, part.count)
            else:
                rows.append(part)
        return rows

    @cached_property
    def whole(self) -> RowResults:
        """The message that it stands for."""
        return RowResults(results=self.rows)

    def __getattr__(self, name: str) -> Any:
        """Whatever else a message has."""
        return getattr(self.whole, name)

    def __eq__(self, other: object) -> bool:
        columned = _columned(other)
        return self.whole == (columned.whole if columned else other)

    __hash__ = None  # type: ignore[assignment]  # as of every message

    def __repr__(self) -> str:
        return repr(self.whole)


class _Rows(Sequence[RowResult]):
    """All rows of a message with columns; how many they are is known before they are made."""

    def __init__(self, of: _Columned):
        self._of = of

    def __len__(self) -> int:
        return self._of.size

    @overload
    def __getitem__(self, at: int) -> RowResult: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[RowResult]: ...
    def __getitem__(self, at: int | slice) -> RowResult | Sequence[RowResult]:
        return self._of.rows[at]

    def __iter__(self) -> Iterator[RowResult]:
        return iter(self._of.rows)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._of.rows == [*other]

    __hash__ = None  # type: ignore[assignment]  # as of every repeated field

    def __repr__(self) -> str:
        return repr(self._of.rows)


def _columned(event: object) -> _Columned | None:
    """The event, if it has columns; by its type, since it says of itself that it is a message."""
    return event if type(event) is _Columned else None


def _in_order(*sorted_parts: Iterable[Part]) -> list[Part]:
    return [*merge(*sorted_parts, key=lambda part: part.row)]


def _runs(clean: CleanResults) -> list[CleanRun]:
    columns = (clean.lines, clean.rows, clean.outcomes, clean.counts)
    rows = sum(clean.counts)
    if not (
        len({len(column) for column in columns}) == 1
        and all(count > 0 for count in clean.counts)
        and clean.employee_numbers.count(SEPARATOR) + 1 == rows
        and len(clean.user_ids) in (0, rows)
        and min(*clean.lines, *clean.rows) >= 0
        and max(*clean.lines, *clean.rows) < _TOO_LARGE
    ):
        raise Refusal(
            Reason.INTERNAL_ERROR, "The server sent results in columns that do not fit together."
        )
    return [*map(CleanRun, *columns)]
