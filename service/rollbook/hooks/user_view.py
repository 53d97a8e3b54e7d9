"""A batch's columns → the users that plugins are shown, made only of those who are asked about."""

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import compress, islice, repeat
from types import MappingProxyType
from typing import Self

from rollbook import model
from rollbook.hooks.looks_at import EVERYTHING
from rollbook.hooks.user import Current, User

_TEXTS = tuple(field.value for field in model.Field if field.traits.to_plugins)
_NO_ATTRIBUTES: Mapping[str, str] = MappingProxyType({})
# What `User._make` does, but for the call in Python of every row and the count of its cells.
_USER = partial(tuple.__new__, User)

COMPARED = frozenset(_TEXTS)
"""The fields in which users may be alike: those that are one text each."""

Columns = Mapping[str, Sequence[object]]


class Shown:
    """Users by their columns, which are cheap; each is made once, and only if somebody asks."""

    __slots__ = ("_columns", "_made", "lines")

    def __init__(
        self, lines: Sequence[int], columns: Columns, made: tuple[User, ...] | None = None
    ):
        """Show the users of those lines; `columns` are theirs, by the fields of `User`."""
        self.lines = lines
        self._columns = columns
        self._made = made

    @classmethod
    def of(cls, users: Sequence[User]) -> Self:
        """Users who are made already."""
        columns = dict(zip(User._fields, zip(*users, strict=True), strict=False))
        return cls([user.line for user in users], columns, tuple(users))

    def __len__(self) -> int:
        return len(self.lines)

    def users(self) -> tuple[User, ...]:
        """All of them, in the file's order."""
        if self._made is None:
            columns = map(self._columns.get, User._fields[1:], _ABSENT)
            rows = zip(self.lines, *columns, strict=False)  # an absent field repeats for ever
            self._made = tuple(map(_USER, rows))
        return self._made

    def cells(self, fields: Collection[str]) -> Iterator[Hashable]:
        """What each has in those fields, of `COMPARED`; users who are alike have the same.

        To go through them costs half of what a list of them does.
        """
        size = len(self.lines)
        columns = [self._columns.get(field) or repeat(None) for field in sorted(fields)]
        if len(columns) == 1:
            return islice(columns[0], size)
        return islice(zip(*columns, strict=False), size) if columns else repeat((), size)

    def only(self, positions: Sequence[int]) -> Self:
        """Those at these positions."""
        columns = {name: [cells[p] for p in positions] for name, cells in self._columns.items()}
        made = None if self._made is None else tuple(self._made[p] for p in positions)
        return type(self)([self.lines[p] for p in positions], columns, made)

    def without(self, lines: Collection[int]) -> Self:
        """Those who are not on these lines."""
        if not lines:
            return self
        return self.only([p for p, line in enumerate(self.lines) if line not in lines])


_ABSENT = (*(repeat(None) for _ in _TEXTS), repeat(_NO_ATTRIBUTES), repeat(None))


def shown(
    users: model.CheckedBatch,
    positions: Collection[int],
    stored: Mapping[int, Current],
    fields: Collection[str] = EVERYTHING,
) -> Shown:
    """The users at `positions` (those that may be applied), in the file's order.

    `stored` gives, by position, those that exist already. Only what is in `fields` is copied, and
    nothing that `User` does not name: a password stays where it is.
    """
    size = len(users.rows)
    columns: dict[str, Sequence[object]] = {
        field: texts
        for field in _TEXTS
        if field in fields and (texts := _texts(users, field)) is not None
    }
    if "attributes" in fields and (attributes := _attributes(users)):
        columns["attributes"] = attributes
    if stored:
        columns["current"] = [*map(stored.get, range(size))]
    if len(positions) == size:
        return Shown(users.rows.lines, columns)
    asked = bytearray(size)
    for position in positions:
        asked[position] = 1
    return Shown(
        [*compress(users.rows.lines, asked)],
        {name: [*compress(cells, asked)] for name, cells in columns.items()},
    )


def _texts(users: model.CheckedBatch, field: str) -> Sequence[str | None] | None:
    """A field's column, in which a blank cell is '' even where blanks leave the user as it is."""
    values = users.values.get(field)
    cells = users.rows.columns.get(field)
    if values is None or cells is None or all(values):
        return values
    if None not in cells:  # every cell of a file is some text
        return [value or "" for value in values]
    return [
        "" if value is None and cell is not None else value
        for value, cell in zip(values, cells, strict=True)
    ]


def _attributes(users: model.CheckedBatch) -> Sequence[Mapping[str, str]]:
    prefix = model.ATTRIBUTE_PREFIX
    columns: list[Iterable[str | None]] = []
    names: list[str] = []
    for field, cells in users.values.items():
        if field.startswith(prefix):
            names.append(field.removeprefix(prefix))
            columns.append(cells)
    return [
        MappingProxyType(
            {name: cell for name, cell in zip(names, cells, strict=True) if cell is not None}
        )
        for cells in zip(*columns, strict=True)
    ]
