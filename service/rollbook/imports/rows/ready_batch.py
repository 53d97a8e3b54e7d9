"""The batch that a writer takes: its rows as read, as checked and as staged."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property

from rollbook.checking import without_passwords
from rollbook.imports.rows.resolve_names import NamedBatch
from rollbook.imports.rows.staged_rows import StagedRows, stage
from rollbook.model import NOWHERE, CheckedBatch, Column, FileRows, Mark
from rollbook.profiles import Profile


@dataclass(frozen=True, kw_only=True)
class ReadyBatch:
    """Consecutive rows of a file: all of them as checked, and those to apply as staged.

    `waiting` are the positions in `checked` of rows that a plugin failed on. `waited`: the rows do
    not come from the file now; they had waited for their plugin, as rows of the batch of that
    number. `unchanged` has, by position in `staged`, the user of a row that is stored just as it is
    written, and 0 for one that is still to be planned; empty: all are.
    """

    checked: CheckedBatch
    staged: StagedRows
    waiting: Set[int] = frozenset()
    waited: int | None = None
    unchanged: Sequence[int] = ()

    @cached_property
    def planned(self) -> list[int] | None:
        """The positions in `staged` of rows that are still to be planned; None: all are."""
        if not self.unchanged:
            return None
        return [position for position, user in enumerate(self.unchanged) if not user]

    @cached_property
    def to_plan(self) -> StagedRows:
        """The staged rows that are still to be planned."""
        return self.staged if self.planned is None else self.staged.chosen(self.planned)

    @property
    def _read(self) -> FileRows | None:
        """The rows that were read from the file with it."""
        return self.checked.rows if self.waited is None else None

    @property
    def mark(self) -> Mark:
        """Where in the content the batch ends; rows that had waited end nowhere."""
        return self._read.mark if self._read else NOWHERE

    @property
    def last_line(self) -> int:
        """The last line read, whatever became of it."""
        return self._read.lines[-1] if self._read else 0

    @property
    def rows_read(self) -> int:
        """How many rows were read with it."""
        return len(self._read) if self._read else 0

    @property
    def failed_lines(self) -> list[int]:
        """The lines that failed before the database was asked."""
        return [self.checked.rows.lines[p] for p in self.checked.failed]

    def waiting_on(self, stop_line: int | None) -> list[int]:
        """The positions that go on waiting after this batch, which may have stopped at a line.

        Rows of the file behind a stop count as never read; rows that had waited were read.
        """
        lines = self.checked.rows.lines
        if self.waited is None:
            return sorted(p for p in self.waiting if stop_line is None or lines[p] < stop_line)
        return [p for p, line in enumerate(lines) if stop_line is not None and line > stop_line]


def ready(
    named: NamedBatch,
    profile: Profile,
    columns_of_file: Sequence[Column],
    *,
    waited: int | None = None,
) -> ReadyBatch:
    """The batch as a writer takes it. From here on cells may be kept, so every password goes.

    `waited`: the number of the batch as which the rows had waited for their plugin.
    """
    rows = without_passwords(named.checked.rows, columns_of_file)
    checked = replace(named.checked, rows=rows)
    staged = stage(replace(named, checked=checked), profile)
    return ReadyBatch(
        checked=checked,
        staged=replace(staged, late=waited is not None),
        waiting=named.waiting,
        waited=waited,
    )
