"""What travels down the line together: consecutive rows of a file."""

from collections.abc import Collection
from dataclasses import dataclass

from rollbook.imports.rows.prepared import Prepared
from rollbook.model import Mark, Rows, Users

_NOWHERE = Mark(0, b"")


@dataclass(slots=True, kw_only=True)
class Batch:
    """Consecutive rows of a file: what was said of all, and those that may be applied.

    `users` None: rows that had been parked, from all over the file. `waiting` are the positions of
    `users` that a plugin failed on. `waited`: the rows come from no file, but had waited for their
    plugin, as rows of the batch of that number.
    """

    users: Users | None
    prepared: Prepared
    waiting: Collection[int] = ()
    waited: int | None = None

    @property
    def _read(self) -> Rows | None:
        """The rows that were read from the file with it."""
        return self.users.rows if self.users and self.waited is None else None

    @property
    def written(self) -> Rows | Prepared:
        """All of its rows as they were written."""
        return self.users.rows if self.users else self.prepared

    @property
    def mark(self) -> Mark:
        """Where in the content the batch ends; rows that were parked or waited end nowhere."""
        return self._read.mark if self._read else _NOWHERE

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
        return [self.users.rows.lines[p] for p in self.users.failed] if self.users else []

    def waiting_on(self, stop_line: int | None) -> list[int]:
        """The positions that wait on after this batch, which was stopped at that line, if at any.

        What a stop leaves of a file was never read. Rows that waited were.
        """
        lines = self.users.rows.lines if self.users else ()
        if self.waited is None:
            return sorted(p for p in self.waiting if stop_line is None or lines[p] < stop_line)
        return [p for p, line in enumerate(lines) if stop_line is not None and line > stop_line]
