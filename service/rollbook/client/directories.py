"""Creates, lists, changes and removes directories, roles, locations and units.

Every method raises RollbookError where the server refuses, and yields or answers the contract's
own messages.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import NamedTuple

from google.protobuf.field_mask_pb2 import FieldMask

from rollbook.client.channel import Channel
from rollbook.v1 import directories_pb2 as v1
from rollbook.v1.directories_pb2_grpc import DirectoryServiceStub

_PAGE = 1_000


class Loaded(NamedTuple):
    """How many entries of a file are new, and how many existed unchanged."""

    created: int
    unchanged: int


class Directories:
    """The methods about directories."""

    def __init__(self, channel: Channel):
        self._channel = channel
        self._calls = DirectoryServiceStub(channel.grpc)

    async def create(  # noqa: PLR0913 -- a directory's settings, by keyword
        self,
        name: str,
        display_name: str = "",
        *,
        default_role: str = "",
        seats: int | None = None,
        safeguards: v1.Safeguards | None = None,
        notices: Sequence[str] = (),
        notices_per_minute: int | None = None,
        sources: Mapping[str, str] | None = None,
    ) -> v1.Directory:
        """Make a directory, with the roles Standard and admin, of which one is the default role.

        None: no limit of seats, the usual safeguards. `notices` are events, such as `CREATED`;
        ValueError: there is no such event. `sources`: the principal who may sync each.
        """
        made = v1.Directory(
            name=name,
            display_name=display_name,
            default_role=default_role,
            seats=seats,
            safeguards=safeguards,
            notices=[f"NOTICE_EVENT_{event}" for event in notices],
            notices_per_minute=notices_per_minute,
            sources=sources,
        )
        request = v1.CreateDirectoryRequest(directory=made)
        return (await self._channel.ask(self._calls.CreateDirectory, request)).directory

    async def get(self, name: str) -> v1.Directory:
        """One directory."""
        request = v1.GetDirectoryRequest(directory=name)
        return (await self._channel.ask(self._calls.GetDirectory, request)).directory

    async def update(self, directory: v1.Directory, paths: Sequence[str] = ()) -> v1.Directory:
        """Change what `paths` name, such as `seats`; none: whatever is set in `directory`."""
        request = v1.UpdateDirectoryRequest(directory=directory, update_mask=FieldMask(paths=paths))
        return (await self._channel.ask(self._calls.UpdateDirectory, request)).directory

    async def delete(self, name: str) -> v1.Directory:
        """Remove a directory that has no users, with all that it holds; answers what it was."""
        request = v1.DeleteDirectoryRequest(directory=name)
        return (await self._channel.ask(self._calls.DeleteDirectory, request)).directory

    def list(self) -> AsyncIterator[v1.Directory]:
        """All that the caller may see, by name."""

        async def page(token: str) -> tuple[Sequence[v1.Directory], str]:
            request = v1.ListDirectoriesRequest(page_size=_PAGE, page_token=token)
            answer = await self._channel.ask(self._calls.ListDirectories, request)
            return answer.directories, answer.next_page_token

        return self._channel.pages(page)


class Roles:
    """A directory's roles."""

    def __init__(self, channel: Channel):
        self._channel = channel
        self._calls = DirectoryServiceStub(channel.grpc)

    async def create(self, directory: str, role: v1.Role) -> v1.Role:
        """Make a role."""
        request = v1.CreateRoleRequest(directory=directory, role=role)
        return (await self._channel.ask(self._calls.CreateRole, request)).role

    async def get(self, directory: str, name: str) -> v1.Role:
        """One role."""
        request = v1.GetRoleRequest(directory=directory, name=name)
        return (await self._channel.ask(self._calls.GetRole, request)).role

    def list(self, directory: str) -> AsyncIterator[v1.Role]:
        """All, by name."""

        async def page(token: str) -> tuple[Sequence[v1.Role], str]:
            request = v1.ListRolesRequest(directory=directory, page_size=_PAGE, page_token=token)
            answer = await self._channel.ask(self._calls.ListRoles, request)
            return answer.roles, answer.next_page_token

        return self._channel.pages(page)

    async def update(
        self, directory: str, name: str, role: v1.Role, paths: Sequence[str] = ()
    ) -> v1.Role:
        """Change what `paths` name, such as `aliases`; none: whatever is set in `role`."""
        request = v1.UpdateRoleRequest(
            directory=directory, name=name, role=role, update_mask=FieldMask(paths=paths)
        )
        return (await self._channel.ask(self._calls.UpdateRole, request)).role

    async def delete(self, directory: str, name: str) -> v1.Role:
        """Remove a role that no user holds; answers what it was."""
        request = v1.DeleteRoleRequest(directory=directory, name=name)
        return (await self._channel.ask(self._calls.DeleteRole, request)).role

    async def load(self, directory: str, csv: bytes) -> Loaded:
        """Make roles from CSV: name, aliases, privileged. All or none."""
        request = v1.LoadRolesRequest(directory=directory, csv=csv)
        answer = await self._channel.ask(self._calls.LoadRoles, request)
        return Loaded(answer.created, answer.unchanged)


class Locations:
    """A directory's locations."""

    def __init__(self, channel: Channel):
        self._channel = channel
        self._calls = DirectoryServiceStub(channel.grpc)

    async def create(self, directory: str, location: v1.Location) -> v1.Location:
        """Make a location."""
        request = v1.CreateLocationRequest(directory=directory, location=location)
        return (await self._channel.ask(self._calls.CreateLocation, request)).location

    async def get(self, directory: str, name: str) -> v1.Location:
        """One location."""
        request = v1.GetLocationRequest(directory=directory, name=name)
        return (await self._channel.ask(self._calls.GetLocation, request)).location

    def list(self, directory: str) -> AsyncIterator[v1.Location]:
        """All, by name."""

        async def page(token: str) -> tuple[Sequence[v1.Location], str]:
            request = v1.ListLocationsRequest(
                directory=directory, page_size=_PAGE, page_token=token
            )
            answer = await self._channel.ask(self._calls.ListLocations, request)
            return answer.locations, answer.next_page_token

        return self._channel.pages(page)

    async def update(
        self, directory: str, name: str, location: v1.Location, paths: Sequence[str] = ()
    ) -> v1.Location:
        """Change what `paths` name, such as `code`; none: whatever is set in `location`."""
        request = v1.UpdateLocationRequest(
            directory=directory, name=name, location=location, update_mask=FieldMask(paths=paths)
        )
        return (await self._channel.ask(self._calls.UpdateLocation, request)).location

    async def delete(self, directory: str, name: str) -> v1.Location:
        """Remove a location that no user holds; answers what it was."""
        request = v1.DeleteLocationRequest(directory=directory, name=name)
        return (await self._channel.ask(self._calls.DeleteLocation, request)).location

    async def load(self, directory: str, csv: bytes) -> Loaded:
        """Make locations from CSV: name, code, aliases. All or none."""
        request = v1.LoadLocationsRequest(directory=directory, csv=csv)
        answer = await self._channel.ask(self._calls.LoadLocations, request)
        return Loaded(answer.created, answer.unchanged)


class Units:
    """A directory's organizational units."""

    def __init__(self, channel: Channel):
        self._channel = channel
        self._calls = DirectoryServiceStub(channel.grpc)

    async def create(self, directory: str, unit: v1.OrganizationalUnit) -> v1.OrganizationalUnit:
        """Make a unit."""
        request = v1.CreateOrganizationalUnitRequest(directory=directory, organizational_unit=unit)
        answer = await self._channel.ask(self._calls.CreateOrganizationalUnit, request)
        return answer.organizational_unit

    async def get(self, directory: str, name: str) -> v1.OrganizationalUnit:
        """One unit."""
        request = v1.GetOrganizationalUnitRequest(directory=directory, name=name)
        answer = await self._channel.ask(self._calls.GetOrganizationalUnit, request)
        return answer.organizational_unit

    def list(self, directory: str) -> AsyncIterator[v1.OrganizationalUnit]:
        """All, by name."""

        async def page(token: str) -> tuple[Sequence[v1.OrganizationalUnit], str]:
            request = v1.ListOrganizationalUnitsRequest(
                directory=directory, page_size=_PAGE, page_token=token
            )
            answer = await self._channel.ask(self._calls.ListOrganizationalUnits, request)
            return answer.organizational_units, answer.next_page_token

        return self._channel.pages(page)

    async def update(
        self, directory: str, name: str, unit: v1.OrganizationalUnit, paths: Sequence[str] = ()
    ) -> v1.OrganizationalUnit:
        """Change what `paths` name, such as `name`; none: whatever is set in `unit`."""
        request = v1.UpdateOrganizationalUnitRequest(
            directory=directory,
            name=name,
            organizational_unit=unit,
            update_mask=FieldMask(paths=paths),
        )
        return (
            await self._channel.ask(self._calls.UpdateOrganizationalUnit, request)
        ).organizational_unit

    async def delete(self, directory: str, name: str) -> v1.OrganizationalUnit:
        """Remove a unit that no user holds; answers what it was."""
        request = v1.DeleteOrganizationalUnitRequest(directory=directory, name=name)
        return (
            await self._channel.ask(self._calls.DeleteOrganizationalUnit, request)
        ).organizational_unit

    async def load(self, directory: str, csv: bytes) -> Loaded:
        """Make units from CSV: name. All or none."""
        request = v1.LoadOrganizationalUnitsRequest(directory=directory, csv=csv)
        answer = await self._channel.ask(self._calls.LoadOrganizationalUnits, request)
        return Loaded(answer.created, answer.unchanged)
