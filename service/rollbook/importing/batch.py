"""What travels down the line together: consecutive rows of a file."""

from dataclasses import dataclass

from rollbook.importing.prepared import Prepared
from rollbook.words import Mark, Rows, Users

_NOWHERE = Mark(0, b"")


@dataclass(slots=True, kw_only=True)
class Batch:
    """Consecutive rows of a file: what was said of all, and those that may be applied.

    `users` None: rows that had been parked, from all over the file.
    """

    users: Users | None
    prepared: Prepared

    @property
    def written(self) -> Rows | Prepared:
        """All of its rows as they were written."""
        return self.users.rows if self.users else self.prepared

    @property
    def mark(self) -> Mark:
        """Where in the content the batch ends; parked rows end nowhere."""
        return self.users.rows.mark if self.users else _NOWHERE

    @property
    def last_line(self) -> int:
        """The last line read, parked rows included."""
        return self.users.rows.lines[-1] if self.users else 0

    @property
    def rows_read(self) -> int:
        """How many rows were read with it."""
        return len(self.users.rows) if self.users else 0

    @property
    def failed_lines(self) -> list[int]:
        """The lines that failed before the database was asked."""
        return [self.users.rows.lines[p] for p in self.users.failed] if self.users else []
