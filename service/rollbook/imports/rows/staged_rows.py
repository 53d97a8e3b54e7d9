"""Makes the columns of the staging table for a batch, and the warnings of its rows."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, cast

from rollbook.checking import any_damaged
from rollbook.imports.rows.resolve_names import NamedBatch, NewName
from rollbook.model import ATTRIBUTE_PREFIX, STORED, Field, Issue, Kind
from rollbook.profiles import Profile
from rollbook.store.packing import issues_as_json, issues_from_json, pack, unpack
from rollbook.text_column import TextColumn

_Texts = Sequence[str | None]
_TEXTS = (
    *(f.column for f in STORED if f.traits.kind not in (Kind.NUMBER, Kind.REFERENCE, Kind.BOOLEAN)),
    "attributes",
)
"""The columns of texts that are not the identity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedRows:
    """The rows of a batch that passed all checks, ready for the staging table.

    Position i of each column is one row.

    `columns` are those of the staging table except `pos`; `raw` the cells as written, for the
    failure report. `issues` holds warnings, by position; `fields` are the file's, in its order.
    `hashes` has those of passwords, by position; '' where the user is there already.
    `all_new`: no row had a user when it was looked.
    `late`: the rows had waited for their plugin, and count as later than all rows before them.
    """

    lines: Sequence[int]
    rows: Sequence[int]
    columns: Mapping[str, Sequence[object]]
    raw: Sequence[Sequence[str]] = ()
    issues: Mapping[int, Sequence[Issue]] = field(default_factory=dict)
    new_locations: Mapping[int, NewName] = field(default_factory=dict)
    new_units: Mapping[int, NewName] = field(default_factory=dict)
    fields: Sequence[str] = ()
    hashes: Mapping[int, str] = field(default_factory=dict)
    all_new: bool = False
    late: bool = False

    def __len__(self) -> int:
        """How many rows."""
        return len(self.lines)

    @property
    def size(self) -> int:
        """About how much the rows hold: the characters of their cells."""
        cells = chain.from_iterable((*self.raw, self.columns.get("attributes", ())))
        return sum(len(cell) for cell in cells if isinstance(cell, str))

    @property
    def damaged(self) -> list[int]:
        """The positions of rows with U+FFFD in a text, which may not overwrite what is stored."""
        there = [cast(_Texts, self.columns.get(name, ())) for name in _TEXTS]
        texts = [cells for cells in there if any_damaged(cells)]
        return [p for p, row in enumerate(zip(*texts, strict=True)) if any_damaged(row)]

    @property
    def employee_numbers(self) -> Sequence[str]:
        """The numbers as written."""
        return self.columns["employee_number"]  # type: ignore[return-value]

    def chosen(self, positions: Sequence[int]) -> "StagedRows":
        """Only the rows at those positions, in that order."""
        at = {position: new for new, position in enumerate(positions)}
        return StagedRows(
            lines=[self.lines[p] for p in positions],
            rows=[self.rows[p] for p in positions],
            columns={name: _chosen(cells, positions) for name, cells in self.columns.items()},
            raw=_Chosen(self.raw, positions) if self.raw else (),
            issues={at[p]: some for p, some in self.issues.items() if p in at},
            new_locations={at[p]: new for p, new in self.new_locations.items() if p in at},
            new_units={at[p]: new for p, new in self.new_units.items() if p in at},
            fields=self.fields,
            hashes={at[p]: hashed for p, hashed in self.hashes.items() if p in at},
            late=self.late,
        )


class _Chosen(Sequence[Sequence[str]]):
    """Some rows as written, each made when it is asked for: few ever are."""

    def __init__(self, rows: Sequence[Sequence[str]], positions: Sequence[int]) -> None:
        self._rows = rows
        self._positions = positions

    def __len__(self) -> int:
        return len(self._positions)

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return _Chosen(self._rows, self._positions[at])
        return self._rows[self._positions[at]]


def stage(named: NamedBatch, profile: Profile) -> StagedRows:
    """The rows that may be applied. If all may, the columns are handed on as they are."""
    checked = named.checked
    values = checked.values
    size = len(checked.rows)
    ids = {
        Field.ROLE: named.role_ids,
        Field.LOCATION: named.location_ids,
        Field.ORGANIZATIONAL_UNIT: named.unit_ids,
    }
    columns: dict[str, Sequence[object]] = {}
    for one in STORED:
        staged: Sequence[object] | None = ids.get(one, values.get(one))
        if staged is not None:
            of_bits = one.traits.kind is Kind.BOOLEAN
            columns[one.column] = [*map(_truth, values[one])] if of_bits else staged
    columns |= {
        "number_key": checked.number_keys,
        "email_key": checked.email_keys,
        "username_key": checked.username_keys,
    }
    if profile.identity.username in values:
        columns["username_fallback"] = values[profile.identity.username]
    if attributes := [name for name in values if name.startswith(ATTRIBUTE_PREFIX)]:
        columns["attributes"] = _attributes(
            [name.removeprefix(ATTRIBUTE_PREFIX) for name in attributes],
            [values[name] for name in attributes],
        )
    whole = StagedRows(
        lines=checked.rows.lines,
        rows=checked.rows.numbers,
        columns=columns,
        raw=checked.rows.raw,
        issues=checked.issues,
        new_locations=named.new_locations,
        new_units=named.new_units,
        fields=tuple(checked.rows.columns),
        hashes=checked.hashes,
    )
    left_out = checked.failed | named.waiting
    if not left_out:
        return whole
    return whole.chosen([position for position in range(size) if position not in left_out])


def _chosen(cells: Sequence[object], positions: Sequence[int]) -> Sequence[object]:
    if isinstance(cells, TextColumn):
        return cells.chosen(positions)
    return [cells[position] for position in positions]


def _truth(value: str | None) -> bool | None:
    return None if value is None else value == "1"


def _attributes(names: Sequence[str], columns: Sequence[Sequence[str | None]]) -> list[str | None]:
    """Each row's attributes as JSON; a cleared one is null; None where the row names none."""
    return [
        json.dumps(
            {
                name: cell or None
                for name, cell in zip(names, cells, strict=True)
                if cell is not None
            },
            ensure_ascii=False,  # `damaged` looks into it
        )
        if any(cell is not None for cell in cells)
        else None
        for cells in zip(*columns, strict=True)
    ]


def pack_staged(staged: StagedRows) -> bytes:
    """The bytes in which staged rows are kept, for `end` or for another server."""
    return pack(
        {
            "lines": list(staged.lines),
            "rows": list(staged.rows),
            "raw": list(staged.raw),
            "fields": list(staged.fields),
            "columns": {name: list(cells) for name, cells in staged.columns.items()},
            "issues": issues_as_json(staged.issues),
            "new_locations": {p: [n.key, n.name] for p, n in staged.new_locations.items()},
            "new_units": {p: [n.key, n.name] for p, n in staged.new_units.items()},
            "hashes": dict(staged.hashes),
            "late": staged.late,
        }
    )


def unpack_staged(packed: bytes) -> StagedRows:
    """The rows that were packed."""
    stored = unpack(packed)
    return StagedRows(
        lines=stored["lines"],
        rows=stored["rows"],
        raw=stored["raw"],
        fields=stored["fields"],
        columns=stored["columns"],
        issues=issues_from_json(stored["issues"]),
        new_locations={int(p): NewName(*new) for p, new in stored["new_locations"].items()},
        new_units={int(p): NewName(*new) for p, new in stored["new_units"].items()},
        hashes={int(p): hashed for p, hashed in stored.get("hashes", {}).items()},
        late=stored.get("late", False),
    )


def unpack_cells(packed: bytes) -> dict[int, Sequence[str]]:
    """The cells as written of rows that `pack_staged` packed, by line."""
    stored = unpack(packed)
    return dict(zip(stored["lines"], stored["raw"], strict=True))


def joined(parts: Sequence[StagedRows]) -> StagedRows:
    """Rows of several batches of one import as one, in the file's order."""
    if len(parts) == 1:
        return parts[0]
    names = list(dict.fromkeys(name for part in parts for name in part.columns))
    lines, rows, raw = list[int](), list[int](), list[Sequence[str]]()
    columns: dict[str, list[object]] = {name: [] for name in names}
    issues: dict[int, Sequence[Issue]] = {}
    new_locations: dict[int, NewName] = {}
    new_units: dict[int, NewName] = {}
    hashes: dict[int, str] = {}
    for part in parts:
        offset = len(lines)
        lines += part.lines
        rows += part.rows
        raw += part.raw
        for name in names:
            columns[name] += part.columns.get(name) or [None] * len(part)
        issues |= {offset + p: some for p, some in part.issues.items()}
        new_locations |= {offset + p: new for p, new in part.new_locations.items()}
        new_units |= {offset + p: new for p, new in part.new_units.items()}
        hashes |= {offset + p: hashed for p, hashed in part.hashes.items()}
    return StagedRows(
        lines=lines,
        rows=rows,
        columns=columns,
        raw=raw,
        issues=issues,
        new_locations=new_locations,
        new_units=new_units,
        hashes=hashes,
        fields=list(dict.fromkeys(name for part in parts for name in part.fields)),
    )
