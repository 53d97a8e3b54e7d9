"""The methods about organizational units, and what a unit is: a name."""

from collections.abc import Iterator

from rollbook.rpc.directories import load, named
from rollbook.rpc.directories.csv_file import Line
from rollbook.rpc.directories.named import Shelf
from rollbook.rpc.wire.request_text import Place
from rollbook.rpc.wire.servicer import Part
from rollbook.rpc.wire.status import Context
from rollbook.store import units
from rollbook.store.keyed_text import Keyed
from rollbook.store.units import UnitRow
from rollbook.v1 import directories_pb2 as v1


def _of_line(line: Line) -> v1.OrganizationalUnit:
    return v1.OrganizationalUnit(name=line.cells["name"])


def _of_message(place: Place, unit: v1.OrganizationalUnit) -> UnitRow:
    return UnitRow(place.name("name", unit.name))


def _message(row: UnitRow) -> v1.OrganizationalUnit:
    return v1.OrganizationalUnit(name=row.name.text)


def _own(row: UnitRow) -> Iterator[tuple[str, Keyed]]:
    yield "name", row.name


_UNITS = Shelf(
    noun="organizational unit",
    columns=("name",),
    of_line=_of_line,
    of_message=_of_message,
    message=_message,
    own=_own,
    page=units.page,
    holding=units.holding,
    make=units.make,
    change=units.change,
    held=units.held,
    remove=units.remove,
)


class Units(Part):
    """See the contract."""

    async def CreateOrganizationalUnit(
        self, request: v1.CreateOrganizationalUnitRequest, _context: Context
    ) -> v1.CreateOrganizationalUnitResponse:
        """See the contract."""
        said = request.organizational_unit
        made = await load.create(_UNITS, self._app, request.directory, said)
        return v1.CreateOrganizationalUnitResponse(organizational_unit=made)

    async def GetOrganizationalUnit(
        self, request: v1.GetOrganizationalUnitRequest, _context: Context
    ) -> v1.GetOrganizationalUnitResponse:
        """See the contract."""
        found = await named.get(_UNITS, self._app, request.directory, request.name)
        return v1.GetOrganizationalUnitResponse(organizational_unit=found)

    async def ListOrganizationalUnits(
        self, request: v1.ListOrganizationalUnitsRequest, _context: Context
    ) -> v1.ListOrganizationalUnitsResponse:
        """See the contract."""
        found, after = await named.page(
            _UNITS, self._app, request.directory, request.page_size, request.page_token
        )
        return v1.ListOrganizationalUnitsResponse(organizational_units=found, next_page_token=after)

    async def UpdateOrganizationalUnit(
        self, request: v1.UpdateOrganizationalUnitRequest, _context: Context
    ) -> v1.UpdateOrganizationalUnitResponse:
        """See the contract."""
        said, paths = request.organizational_unit, request.update_mask.paths
        where = (self._app, request.directory, request.name)
        changed = await named.update(_UNITS, *where, said, paths)
        return v1.UpdateOrganizationalUnitResponse(organizational_unit=changed)

    async def DeleteOrganizationalUnit(
        self, request: v1.DeleteOrganizationalUnitRequest, _context: Context
    ) -> v1.DeleteOrganizationalUnitResponse:
        """See the contract."""
        removed = await named.delete(_UNITS, self._app, request.directory, request.name)
        return v1.DeleteOrganizationalUnitResponse(organizational_unit=removed)

    async def LoadOrganizationalUnits(
        self, request: v1.LoadOrganizationalUnitsRequest, _context: Context
    ) -> v1.LoadOrganizationalUnitsResponse:
        """See the contract."""
        loaded = await load.load(_UNITS, self._app, request.directory, request.csv)
        return v1.LoadOrganizationalUnitsResponse(
            created=loaded.created, unchanged=loaded.unchanged
        )
