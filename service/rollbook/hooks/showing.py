"""A batch's columns → the users that its plugins are shown."""

from collections.abc import Collection, Iterable, Mapping
from functools import partial
from itertools import compress, repeat
from types import MappingProxyType

from rollbook import words
from rollbook.hooks.seeing import EVERYTHING
from rollbook.hooks.users import Current, User

_TEXTS = User._fields[1:-2]
_NO_ATTRIBUTES: Mapping[str, str] = MappingProxyType({})
# What `User._make` does, but for the call in Python of every row and the count of its cells.
_USER = partial(tuple.__new__, User)


def shown(
    users: words.Users,
    positions: Collection[int],
    stored: Mapping[int, Current],
    fields: Collection[str] = EVERYTHING,
) -> tuple[User, ...]:
    """The users at `positions` (those that may be applied), in the file's order.

    `stored` gives, by position, those that exist already. Only what is in `fields` is copied, and
    nothing that `User` does not name: a password stays where it is.
    """
    size = len(users.rows)
    rows: Iterable[tuple[object, ...]] = zip(
        users.rows.lines,
        *(_texts(users, field) if field in fields else repeat(None) for field in _TEXTS),
        _attributes(users, size) if "attributes" in fields else repeat(_NO_ATTRIBUTES),
        map(stored.get, range(size)) if stored else repeat(None),
        strict=False,  # an absent field repeats for ever
    )
    if len(positions) < size:
        asked = bytearray(size)
        for position in positions:
            asked[position] = 1
        rows = compress(rows, asked)
    return tuple(map(_USER, rows))


def _texts(users: words.Users, field: str) -> Iterable[str | None]:
    """A field's column, in which a blank cell is '' even where blanks leave the user as it is."""
    values = users.values.get(field)
    cells = users.rows.columns.get(field)
    if values is None:
        return repeat(None)
    if cells is None or all(values):
        return values
    if None not in cells:  # every cell of a file is some text
        return [value or "" for value in values]
    return [
        "" if value is None and cell is not None else value
        for value, cell in zip(values, cells, strict=True)
    ]


def _attributes(users: words.Users, size: int) -> Iterable[Mapping[str, str]]:
    prefix = words.ATTRIBUTE_PREFIX
    columns = [field for field in users.values if field.startswith(prefix)]
    if not columns:
        return repeat(_NO_ATTRIBUTES, size)
    names = [field.removeprefix(prefix) for field in columns]
    return (
        MappingProxyType(
            {name: cell for name, cell in zip(names, cells, strict=True) if cell is not None}
        )
        for cells in zip(*(users.values[field] for field in columns), strict=True)
    )
