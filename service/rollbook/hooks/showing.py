"""A batch's columns → the users that its plugins are shown."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import compress, repeat
from types import MappingProxyType

from rollbook import words
from rollbook.hooks.users import Current, User

_TEXTS = User._fields[1:-2]
_NO_ATTRIBUTES: Mapping[str, str] = MappingProxyType({})


def shown(
    users: words.Users, positions: Collection[int], stored: Mapping[int, Current]
) -> tuple[User, ...]:
    """The users at `positions` (those that may be applied), in the file's order.

    `stored` gives, by position, those that exist already. Only the fields that `User` names are
    copied, and the attributes: a password stays where it is.
    """
    size = len(users.rows)
    asked = bytearray(size)
    for position in positions:
        asked[position] = 1
    columns = zip(
        users.rows.lines,
        *(_texts(users, field) for field in _TEXTS),
        _attributes(users, size),
        map(stored.get, range(size)),
        strict=False,  # an absent field repeats for ever
    )
    return tuple(map(User._make, compress(columns, asked)))


def _texts(users: words.Users, field: str) -> Iterable[str | None]:
    """A field's column, in which a blank cell is '' even where blanks leave the user as it is."""
    values = users.values.get(field)
    cells = users.rows.columns.get(field)
    if values is None:
        return repeat(None)
    if cells is None or None not in values:
        return values
    return _blanks_kept(values, cells)


def _blanks_kept(values: Sequence[str | None], cells: Sequence[str | None]) -> Iterable[str | None]:
    for value, cell in zip(values, cells, strict=True):
        yield "" if value is None and cell is not None else value


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
