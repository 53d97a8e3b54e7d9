"""Reads typed rows, which come as fields and not as CSV, like the rows of a file."""

import json
from collections import deque
from collections.abc import Mapping, Sequence

from rollbook.errors import FileFault, Reason
from rollbook.model import Column, Field, FileRows, Issue, Mark, Options, Understood
from rollbook.profiles import Profile
from rollbook.reading.content_digest import ContentDigest
from rollbook.reading.excerpt import shown
from rollbook.reading.header import is_field, required_fields
from rollbook.reading.record_parser import nul_byte, too_large
from rollbook.settings import Settings

_FIELDS = tuple(field.value for field in Field)


class TypedReader:
    """The reader of rows that are mappings of a field, or `attributes.NAME`, to its text.

    A field that a row does not have is an absent column of that row, '' a blank cell. Lines and
    rows are numbered 1, 2, 3 …; `raw` holds the fields in their order, without attributes.
    """

    def __init__(self, profile: Profile, options: Options, settings: Settings) -> None:
        self.understood = Understood(
            encoding="",
            delimiter="",
            columns=tuple(Column(field, field) for field in _FIELDS),
            warnings=(),
        )
        self._required = required_fields(profile, options.mode)
        self._settings = settings
        self._rows: deque[Mapping[str, str]] = deque()
        self._found = 0
        self._taken = 0
        self._digest = ContentDigest()
        self._known: set[str] = set(_FIELDS)
        self._fault: FileFault | None = None
        self._ended = False

    @property
    def ready(self) -> int:
        """How many rows may be taken now; 1 if a fault is next."""
        return len(self._rows) or int(self._fault is not None)

    def feed(self, rows: Sequence[Mapping[str, str]]) -> None:
        """Give the reader the next rows. Never raises: `take` raises a fault at its place."""
        for row in rows:
            if self._fault or self._ended:
                return
            self._fault = self._judged(row, self._found + 1)
            if not self._fault:
                self._found += 1
                self._rows.append(row)

    def end(self) -> None:
        """The rows are complete."""
        self._ended = True

    def take(self, most: int, most_bytes: int | None = None) -> FileRows | None:
        """The next rows, at most `most`, of at most `most_bytes` (but one row at least).

        Raises:
            FileFault: the rows cannot be read further; every row before the fault was taken.
        """
        if not self._rows:
            if self._fault:
                raise self._fault
            return None
        room = self._settings.batch_bytes if most_bytes is None else most_bytes
        taken: list[Mapping[str, str]] = []
        issues: dict[int, Issue] = {}
        while self._rows and len(taken) < most:
            content = _canonical(self._rows[0])
            if taken and len(content) > room:
                break
            room -= len(content)
            self._digest.add(content)
            row = self._rows.popleft()
            issue = self._issue(row)
            if issue:
                issues[len(taken)] = issue
            taken.append(row)
        first, self._taken = self._taken + 1, self._taken + len(taken)
        lines = range(first, first + len(taken))
        return FileRows(
            lines=lines,
            first=first,
            columns=self._columns(taken, issues),
            faults=issues,
            raw=[[row.get(field, "") for field in _FIELDS] for row in taken],
            mark=Mark(self._taken, self._digest.mark().digest),
        )

    def _judged(self, row: Mapping[str, str], line: int) -> FileFault | None:
        if line > self._settings.max_rows:
            return FileFault(
                Reason.TOO_MANY_ROWS,
                f"There are more than {self._settings.max_rows} rows: split them.",
                line=line,
                facts={"limit": str(self._settings.max_rows)},
            )
        unknown = [name for name in row if name not in self._known]
        for name in unknown:
            if not is_field(name, self._settings):
                return FileFault(
                    Reason.HEADER_UNKNOWN_COLUMN,
                    f"Row {line} has a field that is not understood: {shown(name)}. Take it out.",
                    line=line,
                    facts={"unknown": shown(name)},
                )
            if len(self._known) < len(_FIELDS) + self._settings.max_columns:
                self._known.add(name)
        return None

    def _issue(self, row: Mapping[str, str]) -> Issue | None:
        most = self._settings.max_record_bytes
        size = sum(len(text.encode()) for text in row.values())
        if size > most:
            return too_large(size, most)
        for column, (name, text) in enumerate(row.items(), 1):
            if "\0" in text:
                return nul_byte(name, column)
        return None

    def _columns(
        self, rows: Sequence[Mapping[str, str]], issues: Mapping[int, Issue]
    ) -> dict[str, Sequence[str | None]]:
        """By field: the required ones always, others where a row has them."""
        named = dict.fromkeys(self._required)
        for row in rows:
            named.update(dict.fromkeys(row))
        columns: dict[str, Sequence[str | None]] = {}
        for name in named:
            cells = [row.get(name) for row in rows]
            for position in issues:
                cells[position] = ""
            columns[name] = cells
        return columns


def _canonical(row: Mapping[str, str]) -> bytes:
    return json.dumps(sorted(row.items()), separators=(",", ":")).encode() + b"\n"
