"""Makes the `User` objects of a batch, only if a plugin is asked."""

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import compress, islice, repeat
from types import MappingProxyType
from typing import Self

from rollbook import model
from rollbook.hooks.decorators import EVERYTHING
from rollbook.hooks.types import Current, User

_TEXTS = tuple(field.value for field in model.Field if field.traits.to_plugins)
_NO_ATTRIBUTES: Mapping[str, str] = MappingProxyType({})
# The same as `User._make`, without a Python call and a check of the length for each row.
_USER = partial(tuple.__new__, User)

COMPARABLE = frozenset(_TEXTS)
"""The fields by which users can be compared: those that are one text each."""

Columns = Mapping[str, Sequence[object]]


class UserView:
    """Users as columns, which are cheap; `User` objects are made once, and only when asked for."""

    __slots__ = ("_columns", "_made", "lines")

    def __init__(
        self, lines: Sequence[int], columns: Columns, made: tuple[User, ...] | None = None
    ):
        """The users of those lines; `columns` holds their values by the fields of `User`."""
        self.lines = lines
        self._columns = columns
        self._made = made

    @classmethod
    def of_batch(
        cls,
        users: model.CheckedBatch,
        positions: Collection[int],
        stored: Mapping[int, Current],
        fields: Collection[str] = EVERYTHING,
    ) -> Self:
        """The users at `positions`, which are those that may be applied, in the file's order.

        `stored` has, by position, what is stored of users who exist. Only `fields` are copied, and
        only what `User` has a field for: a password is never among them.
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
            return cls(users.rows.lines, columns)
        asked = bytearray(size)
        for position in positions:
            asked[position] = 1
        return cls(
            [*compress(users.rows.lines, asked)],
            {name: [*compress(cells, asked)] for name, cells in columns.items()},
        )

    @classmethod
    def of(cls, users: Sequence[User]) -> Self:
        """A view of users that exist already."""
        columns = dict(zip(User._fields, zip(*users, strict=True), strict=False))
        return cls([user.line for user in users], columns, tuple(users))

    def __len__(self) -> int:
        return len(self.lines)

    def users(self) -> tuple[User, ...]:
        """All users, in the order of the file."""
        if self._made is None:
            columns = map(self._columns.get, User._fields[1:], _ABSENT)
            rows = zip(self.lines, *columns, strict=False)  # an absent field repeats for ever
            self._made = tuple(map(_USER, rows))
        return self._made

    def cells(self, fields: Collection[str]) -> Iterator[Hashable]:
        """The value of each user in those fields, of `COMPARABLE`; equal users have equal values.

        An iterator: half the cost of a list.
        """
        size = len(self.lines)
        columns = [self._columns.get(field) or repeat(None) for field in sorted(fields)]
        if len(columns) == 1:
            return islice(columns[0], size)
        return islice(zip(*columns, strict=False), size) if columns else repeat((), size)

    def only(self, positions: Sequence[int]) -> Self:
        """A view of the users at these positions."""
        columns = {name: [cells[p] for p in positions] for name, cells in self._columns.items()}
        made = None if self._made is None else tuple(self._made[p] for p in positions)
        return type(self)([self.lines[p] for p in positions], columns, made)

    def without(self, lines: Collection[int]) -> Self:
        """A view without the users of these lines."""
        if not lines:
            return self
        return self.only([p for p, line in enumerate(self.lines) if line not in lines])


_ABSENT = (*(repeat(None) for _ in _TEXTS), repeat(_NO_ATTRIBUTES), repeat(None))


def _texts(users: model.CheckedBatch, field: str) -> Sequence[str | None] | None:
    """A field's column, in which a blank cell is '' even if blanks keep the stored value."""
    values = users.values.get(field)
    cells = users.rows.columns.get(field)
    if values is None or cells is None or all(values):
        return values
    if None not in cells:  # in a file every cell is a text
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
