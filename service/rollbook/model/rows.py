"""A file's header as understood, and the rows of one batch, as read and as checked, in columns.

A batch is a few thousand rows; one object a row would cost more than all the checks.
Position i of every column is one row, from the reader to the answers. No step of the pipeline
changes what it was given: it makes a new value with `dataclasses.replace`, and the columns in it
are shared.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

from rollbook.model.issues import Issue


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the content has been read: `offset` bytes, and the SHA-256 of all of them.

    Counted in UTF-8 after decoding, so that it does not depend on chunks or batches.
    For typed rows the offset counts rows.
    """

    offset: int
    digest: bytes


NOWHERE = Mark(0, b"")
"""The mark of rows that do not come from the file now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRows:
    """Consecutive data rows of one import, as the reader cut them.

    `lines[i]` is the physical line where row i starts (header = 1), `first` the number of the
    first data row. `columns` holds the cells by field; None is an absent cell (typed rows only),
    '' a blank one. A row that could not be taken apart stands in `faults`, with blank cells.
    `raw` keeps the cells as written, for the failure report. `mark` is the end of the last row.
    `apart` holds the rows' numbers if they are not consecutive any more.
    """

    lines: Sequence[int]
    first: int
    columns: Mapping[str, Sequence[str | None]]
    faults: Mapping[int, Issue] = field(default_factory=dict)
    raw: Sequence[Sequence[str]] = ()
    mark: Mark = NOWHERE
    apart: Sequence[int] = ()

    @property
    def numbers(self) -> Sequence[int]:
        """Each row's number in the file."""
        return self.apart or range(self.first, self.first + len(self.lines))

    def __len__(self) -> int:
        """How many rows."""
        return len(self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedBatch:
    """The same rows after a check: of their own cells, then of the file's claims, then of names.

    `values` holds the checked, normalised cells by field: None leaves a stored value as it is,
    '' clears it. `number_keys`, `email_keys` and `username_keys` are what identity and
    uniqueness are judged by (None: the row gives none). Where no username column is
    given `username_keys[i]` is the key of the e-mail taken as username, and `usernames_given`
    is False. `issues` has, by position, everything found; a position in `failed` has an error.
    `hashes` has those of passwords, by position; '' where the user is there already.
    """

    rows: FileRows
    values: Mapping[str, Sequence[str | None]]
    number_keys: Sequence[str]
    email_keys: Sequence[str | None]
    username_keys: Sequence[str | None]
    usernames_given: bool
    issues: Mapping[int, Sequence[Issue]]
    failed: Set[int]
    hashes: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Column:
    """A column as headed in the file, and the field that it feeds ('' if it is ignored)."""

    header: str
    field: str


@dataclass(frozen=True, slots=True)
class Understood:
    """Encoding, delimiter and columns of a file, and the warnings that its header earned.

    `listing`: it is a list of users that this service wrote.
    """

    encoding: str
    delimiter: str
    columns: tuple[Column, ...]
    warnings: tuple[Issue, ...]
    listing: bool = False
