"""The methods about locations, and what a location is: name, code, aliases."""

from collections.abc import Iterator

from rollbook.rpc.directories import load, named
from rollbook.rpc.directories.csv_file import Line
from rollbook.rpc.directories.named import Shelf
from rollbook.rpc.wire.request_text import Place
from rollbook.rpc.wire.servicer import Part
from rollbook.rpc.wire.status import Context
from rollbook.store import locations
from rollbook.store.keyed_text import Keyed
from rollbook.store.locations import LocationRow
from rollbook.v1 import directories_pb2 as v1


def _of_line(line: Line) -> v1.Location:
    cells = line.cells
    return v1.Location(
        name=cells["name"],
        code=cells.get("code", ""),
        aliases=cells.get("aliases", "").split("|"),
    )


def _of_message(place: Place, location: v1.Location) -> LocationRow:
    name = place.name("name", location.name)
    code = place.name_or_none("code", location.code)
    return LocationRow(name, code, place.aliases(location.aliases, name, code))


def _message(row: LocationRow) -> v1.Location:
    return v1.Location(
        name=row.name.text,
        code=row.code.text if row.code else "",
        aliases=[alias.text for alias in row.aliases],
    )


def _own(row: LocationRow) -> Iterator[tuple[str, Keyed]]:
    """Names and codes mean one location; an alias may mean two, and then a file's cell may not."""
    yield "name", row.name
    if row.code:
        yield "code", row.code


_LOCATIONS = Shelf(
    noun="location",
    columns=("name", "code", "aliases"),
    of_line=_of_line,
    of_message=_of_message,
    message=_message,
    own=_own,
    page=locations.page,
    holding=locations.holding,
    make=locations.make,
    change=locations.change,
    held=locations.held,
    remove=locations.remove,
)


class Locations(Part):
    """See the contract."""

    async def CreateLocation(
        self, request: v1.CreateLocationRequest, _context: Context
    ) -> v1.CreateLocationResponse:
        """See the contract."""
        made = await load.create(_LOCATIONS, self._app, request.directory, request.location)
        return v1.CreateLocationResponse(location=made)

    async def GetLocation(
        self, request: v1.GetLocationRequest, _context: Context
    ) -> v1.GetLocationResponse:
        """See the contract."""
        found = await named.get(_LOCATIONS, self._app, request.directory, request.name)
        return v1.GetLocationResponse(location=found)

    async def ListLocations(
        self, request: v1.ListLocationsRequest, _context: Context
    ) -> v1.ListLocationsResponse:
        """See the contract."""
        found, after = await named.page(
            _LOCATIONS, self._app, request.directory, request.page_size, request.page_token
        )
        return v1.ListLocationsResponse(locations=found, next_page_token=after)

    async def UpdateLocation(
        self, request: v1.UpdateLocationRequest, _context: Context
    ) -> v1.UpdateLocationResponse:
        """See the contract."""
        said, paths = request.location, request.update_mask.paths
        where = (self._app, request.directory, request.name)
        changed = await named.update(_LOCATIONS, *where, said, paths)
        return v1.UpdateLocationResponse(location=changed)

    async def DeleteLocation(
        self, request: v1.DeleteLocationRequest, _context: Context
    ) -> v1.DeleteLocationResponse:
        """See the contract."""
        removed = await named.delete(_LOCATIONS, self._app, request.directory, request.name)
        return v1.DeleteLocationResponse(location=removed)

    async def LoadLocations(
        self, request: v1.LoadLocationsRequest, _context: Context
    ) -> v1.LoadLocationsResponse:
        """See the contract."""
        loaded = await load.load(_LOCATIONS, self._app, request.directory, request.csv)
        return v1.LoadLocationsResponse(created=loaded.created, unchanged=loaded.unchanged)
