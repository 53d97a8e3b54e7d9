"""Describes roles, locations and units as one kind each, with their differences.

A value is what a person writes and reads, such as `Role`. A row is the same as it is stored, with
the keys that its texts are compared by.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, Protocol, TypeVar

from rollbook.checking.request_text import Origin
from rollbook.directories.csv_file import Line
from rollbook.model.keyed_text import Keyed
from rollbook.store import Connection, locations, roles, units
from rollbook.store.locations import LocationRow
from rollbook.store.name_lookup import Held
from rollbook.store.roles import RoleRow
from rollbook.store.units import UnitRow


class Stored(Protocol):
    """A row. Its fields are called as those of its value."""

    @property
    def name(self) -> Keyed:
        """What it is called."""


Row = TypeVar("Row", bound=Stored)
Value = TypeVar("Value", bound=NamedTuple)


class Store(Protocol[Row]):
    """The statements of one kind: `rollbook.store.roles`, `locations` or `units`."""

    async def page(
        self, connection: Connection, directory_id: int, after: str, most: int, /
    ) -> list[Row]:
        """At most `most` rows by key, beginning after the key `after`."""
        ...

    async def holding(
        self, connection: Connection, directory_id: int, keys: Collection[str], /
    ) -> list[Row]:
        """The rows that have any of the keys among their own texts."""
        ...

    async def make(self, connection: Connection, directory_id: int, rows: Sequence[Row], /) -> None:
        """Make rows, under the directory's lock."""
        ...

    async def change(
        self, connection: Connection, directory_id: int, key: str, row: Row, /
    ) -> None:
        """Change the row of that key to `row`; it keeps its id."""
        ...

    async def held(self, connection: Connection, directory_id: int, key: str, /) -> Held:
        """How many users hold the row of that key."""
        ...

    async def remove(self, connection: Connection, directory_id: int, key: str, /) -> None:
        """Remove the row of that key."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[Row, Value]):
    """Roles, locations or units: in what they differ.

    `value` is the class of values. `from_cells` reads a value from the cells of a line, `keyed`
    checks it and gives its row, `plain` is the way back. `own` are the texts of a row, by column,
    that may mean no other row; the store's `holding` finds the rows that have any of these keys.
    Only callers with `roles:privileged` make, change and remove a privileged row.
    """

    noun: str
    value: type[Value]
    from_cells: Callable[[Line], Value]
    keyed: Callable[[Origin, Value], Row]
    plain: Callable[[Row], Value]
    own: Callable[[Row], Iterable[tuple[str, Keyed]]]
    store: Store[Row]
    privileged: Callable[[Row], bool] = lambda _: False

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a file, and the paths of an update."""
        return self.value._fields


class Role(NamedTuple):
    """A role. `aliases` are the other names that a file may use."""

    name: str
    aliases: tuple[str, ...] = ()
    privileged: bool = False


class Location(NamedTuple):
    """A location. `code`, such as `LHR`, is '' for none."""

    name: str
    code: str = ""
    aliases: tuple[str, ...] = ()


class Unit(NamedTuple):
    """An organizational unit."""

    name: str


def _role_from_cells(line: Line) -> Role:
    privileged = line.origin.truth("privileged", line.cells.get("privileged", ""))
    return Role(line.cells["name"], _aliases(line), privileged)


def _role_keyed(origin: Origin, role: Role) -> RoleRow:
    name = origin.name("name", role.name)
    return RoleRow(name, origin.aliases(role.aliases, name), role.privileged)


def _role_own(row: RoleRow) -> Iterator[tuple[str, Keyed]]:
    """A text means one role, or none."""
    yield "name", row.name
    for alias in row.aliases:
        yield "aliases", alias


ROLES = Kind(
    noun="role",
    value=Role,
    from_cells=_role_from_cells,
    keyed=_role_keyed,
    plain=lambda row: Role(row.name.text, _texts(row.aliases), row.privileged),
    own=_role_own,
    store=roles,
    privileged=lambda row: row.privileged,
)


def _location_keyed(origin: Origin, location: Location) -> LocationRow:
    name = origin.name("name", location.name)
    code = origin.name_or_none("code", location.code)
    return LocationRow(name, code, origin.aliases(location.aliases, name, code))


def _location_plain(row: LocationRow) -> Location:
    return Location(row.name.text, row.code.text if row.code else "", _texts(row.aliases))


def _location_own(row: LocationRow) -> Iterator[tuple[str, Keyed]]:
    """Names and codes mean one location; an alias may mean two, and then a file's cell may not."""
    yield "name", row.name
    if row.code:
        yield "code", row.code


LOCATIONS = Kind(
    noun="location",
    value=Location,
    from_cells=lambda line: Location(
        line.cells["name"], line.cells.get("code", ""), _aliases(line)
    ),
    keyed=_location_keyed,
    plain=_location_plain,
    own=_location_own,
    store=locations,
)

UNITS = Kind(
    noun="organizational unit",
    value=Unit,
    from_cells=lambda line: Unit(line.cells["name"]),
    keyed=lambda origin, unit: UnitRow(origin.name("name", unit.name)),
    plain=lambda row: Unit(row.name.text),
    own=lambda row: [("name", row.name)],
    store=units,
)


def _aliases(line: Line) -> tuple[str, ...]:
    return tuple(line.cells.get("aliases", "").split("|"))


def _texts(aliases: tuple[Keyed, ...]) -> tuple[str, ...]:
    return tuple(alias.text for alias in aliases)
