"""The methods about roles, and what a role is: name, aliases, whether it is privileged."""

from collections.abc import Iterator

from rollbook.rpc.directories import load, named
from rollbook.rpc.directories.csv_file import Line
from rollbook.rpc.directories.named import Shelf
from rollbook.rpc.wire.request_text import Place
from rollbook.rpc.wire.servicer import Part
from rollbook.rpc.wire.status import Context
from rollbook.store import roles
from rollbook.store.keyed_text import Keyed
from rollbook.store.roles import RoleRow
from rollbook.v1 import directories_pb2 as v1


def _of_line(line: Line) -> v1.Role:
    cells = line.cells
    return v1.Role(
        name=cells["name"],
        aliases=cells.get("aliases", "").split("|"),
        privileged=line.place.truth("privileged", cells.get("privileged", "")),
    )


def _of_message(place: Place, role: v1.Role) -> RoleRow:
    name = place.name("name", role.name)
    return RoleRow(name, place.aliases(role.aliases, name), role.privileged)


def _message(row: RoleRow) -> v1.Role:
    return v1.Role(
        name=row.name.text,
        aliases=[alias.text for alias in row.aliases],
        privileged=row.privileged,
    )


def _own(row: RoleRow) -> Iterator[tuple[str, Keyed]]:
    """A text means one role, or none."""
    yield "name", row.name
    for alias in row.aliases:
        yield "aliases", alias


_ROLES = Shelf(
    noun="role",
    columns=("name", "aliases", "privileged"),
    of_line=_of_line,
    of_message=_of_message,
    message=_message,
    own=_own,
    page=roles.page,
    holding=roles.holding,
    make=roles.make,
    change=roles.change,
    held=roles.held,
    remove=roles.remove,
    privileged=lambda row: row.privileged,
)


class Roles(Part):
    """See the contract."""

    async def CreateRole(
        self, request: v1.CreateRoleRequest, _context: Context
    ) -> v1.CreateRoleResponse:
        """See the contract."""
        made = await load.create(_ROLES, self._app, request.directory, request.role)
        return v1.CreateRoleResponse(role=made)

    async def GetRole(self, request: v1.GetRoleRequest, _context: Context) -> v1.GetRoleResponse:
        """See the contract."""
        found = await named.get(_ROLES, self._app, request.directory, request.name)
        return v1.GetRoleResponse(role=found)

    async def ListRoles(
        self, request: v1.ListRolesRequest, _context: Context
    ) -> v1.ListRolesResponse:
        """See the contract."""
        found, after = await named.page(
            _ROLES, self._app, request.directory, request.page_size, request.page_token
        )
        return v1.ListRolesResponse(roles=found, next_page_token=after)

    async def UpdateRole(
        self, request: v1.UpdateRoleRequest, _context: Context
    ) -> v1.UpdateRoleResponse:
        """See the contract."""
        said, paths = request.role, request.update_mask.paths
        where = (self._app, request.directory, request.name)
        changed = await named.update(_ROLES, *where, said, paths)
        return v1.UpdateRoleResponse(role=changed)

    async def DeleteRole(
        self, request: v1.DeleteRoleRequest, _context: Context
    ) -> v1.DeleteRoleResponse:
        """See the contract."""
        removed = await named.delete(_ROLES, self._app, request.directory, request.name)
        return v1.DeleteRoleResponse(role=removed)

    async def LoadRoles(
        self, request: v1.LoadRolesRequest, _context: Context
    ) -> v1.LoadRolesResponse:
        """See the contract."""
        loaded = await load.load(_ROLES, self._app, request.directory, request.csv)
        return v1.LoadRolesResponse(created=loaded.created, unchanged=loaded.unchanged)
