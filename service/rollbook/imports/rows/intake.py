"""The rows of one file on the way in: read, checked, and compared with the rows before them.

Nothing here waits for anything, so that it can be used in a thread or in a process of its own; the
texts of a large file are taken in where they are, and only whole batches leave.
"""

import secrets
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rollbook.checking import Checker, claims_foreign_address
from rollbook.errors import Reason, Refusal
from rollbook.imports.rows.claims import Claims
from rollbook.model import (
    CheckedBatch,
    Field,
    FileRows,
    Issue,
    Mark,
    Options,
    Understood,
)
from rollbook.profiles import Profile
from rollbook.reading import Reader, TypedReader
from rollbook.settings import Settings

_FIRST = 1_000
"""Rows of the first batch, at most."""


class State(NamedTuple):
    """What may be taken now: `ready` rows, 1 if a fault is next; `most` are a batch.

    `taken`: the rows that were. `understood`: the header, once it is complete; of typed rows every
    field is a column.
    """

    ready: int = 0
    most: int = 1
    taken: int = 0
    understood: Understood | None = None


class Taken(NamedTuple):
    """A batch of rows as checked. `is_claimed`: and as compared with the rows before.

    `rows`: with their passwords, where the file has any.
    """

    batch: CheckedBatch
    is_claimed: bool
    rows: FileRows | None


class Intake:
    """The rows of one import. Up to `reached_rows` the content must be what it was at that mark."""

    def __init__(
        self,
        settings: Settings,
        profile: Profile,
        options: Options,
        *,
        reached_rows: int,
        reached_mark: Mark,
        is_typed: bool,
    ) -> None:
        """Nothing is read yet.

        Raises:
            Refusal: INVALID_OPTIONS, the encoding, delimiter or a column cannot be.
        """
        self._settings = settings
        self._profile = profile
        self._options = options
        self._reached_rows, self._reached_mark = reached_rows, reached_mark
        made = TypedReader if is_typed else Reader
        self._reader: Reader | TypedReader = made(profile, options, settings)
        self._claims = Claims(secrets.token_bytes(16), profile.identity.employee_number)
        self._checker: Checker | None = None
        self._taken = 0

    def feed(self, part: bytes | Sequence[Mapping[str, str]]) -> State:
        """Read what has come, as far as a batch needs it."""
        self._reader.feed(part)  # type: ignore[arg-type]  # as it was made
        return self.state()

    def end(self) -> State:
        """Nothing more will come."""
        self._reader.end()
        return self.state()

    def state(self) -> State:
        """What may be taken now."""
        understood = self._reader.understood
        return State(self._reader.ready, self._most, self._taken, understood)

    def fault(self) -> None:
        """Raise what is wrong with the header.

        Raises:
            FileFault: that.
        """
        self._reader.take(1)

    @property
    def _most(self) -> int:
        """How many rows the next batch may have. The first has few: it is soon answered."""
        most = self._settings.batch_rows
        return most if self._taken else min(_FIRST, most)

    def read(self) -> tuple[FileRows | None, State]:
        """The next rows; a batch ends where the earlier call came to, and is compared there.

        Raises:
            FileFault: at its place in the file, after the rows before it.
            Refusal: IDEMPOTENCY_CONFLICT, the content is not what it was.
        """
        return self._read(), self.state()

    def take(self) -> tuple[Taken | None, State]:
        """As `read`; the rows checked, and claimed where that needs nothing from elsewhere."""
        rows = self._read()
        if rows is None:
            return None, self.state()
        if self._checker is None:
            understood = self._reader.understood
            self._checker = Checker(
                self._profile,
                self._options,
                self._settings,
                listing=understood is not None and understood.listing,
            )
        batch = self._checker.check(rows)
        has_passwords = Field.PASSWORD in rows.columns
        if has_passwords or claims_foreign_address(batch):
            return Taken(batch, False, rows if has_passwords else None), self.state()
        return Taken(self._claims.judge(batch, {}), True, None), self.state()

    def judge(self, batch: CheckedBatch, foreign: Mapping[int, bool]) -> CheckedBatch:
        """See `Claims.judge`; the batch is the one that was taken last."""
        return self._claims.judge(batch, foreign)

    def late_warnings(self) -> tuple[Issue, ...]:
        """Warnings of the whole import that are known only at the end of the file."""
        return self._reader.late_warnings if isinstance(self._reader, Reader) else ()

    def _read(self) -> FileRows | None:
        left = self._reached_rows - self._taken
        most = min(self._most, left) if left > 0 else self._most
        rows = self._reader.take(most, self._settings.batch_bytes)
        if rows:
            self._taken += len(rows)
            if self._taken == self._reached_rows and rows.mark != self._reached_mark:
                raise other_content()
        return rows


def other_content() -> Refusal:
    """The file is not the one that the import id was used for."""
    return Refusal(
        Reason.IDEMPOTENCY_CONFLICT,
        "This import id was used for another file. Send the same file, or choose a new id.",
        {"differs": "content"},
    )
