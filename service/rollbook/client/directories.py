"""Creates, lists, changes and removes directories, roles, locations and units.

Every method raises RollbookError where the server refuses, and yields or answers the contract's
own messages.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from google.protobuf.field_mask_pb2 import FieldMask

from rollbook.client.channel import Channel
from rollbook.v1 import directories_pb2 as v1
from rollbook.v1.directories_pb2_grpc import DirectoryServiceStub


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
        password_min_length: int | None = None,
        sources: Mapping[str, str] | None = None,
    ) -> v1.Directory:
        """Make a directory, with the roles Standard and admin, of which one is the default role.

        None: no limit of seats, the usual safeguards, passwords of 15 characters or more.
        `notices` are events, such as `CREATED`; ValueError: there is no such event. `sources`: the
        principal who may sync each.
        """
        made = v1.Directory(
            name=name,
            display_name=display_name,
            default_role=default_role,
            seats=seats,
            safeguards=safeguards,
            notices=[f"NOTICE_EVENT_{event}" for event in notices],
            notices_per_minute=notices_per_minute,
            password_min_length=password_min_length,
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
        request = v1.ListDirectoriesRequest()
        return self._channel.pages(self._calls.ListDirectories, request, "directories")


One = TypeVar("One", v1.Role, v1.Location, v1.OrganizationalUnit)


class Named(Generic[One]):
    """A directory's roles, locations or units, whose methods differ only in their names."""

    one: ClassVar[str]
    many: ClassVar[str]
    field: ClassVar[str]

    def __init__(self, channel: Channel):
        self._channel = channel
        self._calls = DirectoryServiceStub(channel.grpc)

    async def create(self, directory: str, one: One) -> One:
        """Make one."""
        return await self._ask("Create", directory=directory, **{self.field: one})

    async def get(self, directory: str, name: str) -> One:
        """The one of that name."""
        return await self._ask("Get", directory=directory, name=name)

    def list(self, directory: str) -> AsyncIterator[One]:
        """All, by name."""
        request = getattr(v1, f"List{self.many}Request")(directory=directory)
        method = getattr(self._calls, f"List{self.many}")
        return self._channel.pages(method, request, f"{self.field}s")

    async def page(self, directory: str, most: int, token: str = "") -> tuple[Sequence[One], str]:
        """At most `most` by name, and the token of the next page; '' on the last."""
        given = {"directory": directory, "page_size": most, "page_token": token}
        answer = await self._call(f"List{self.many}", given)
        return getattr(answer, f"{self.field}s"), answer.next_page_token

    async def update(self, directory: str, name: str, one: One, paths: Sequence[str] = ()) -> One:
        """Change what `paths` name, such as `name`; none: whatever is set in `one`."""
        mask = FieldMask(paths=paths)
        given = {self.field: one, "update_mask": mask}
        return await self._ask("Update", directory=directory, name=name, **given)

    async def delete(self, directory: str, name: str) -> One:
        """Remove one that no user holds; answers what it was."""
        return await self._ask("Delete", directory=directory, name=name)

    async def load(self, directory: str, csv: bytes) -> Loaded:
        """Make them from CSV. All or none."""
        answer = await self._call(f"Load{self.many}", {"directory": directory, "csv": csv})
        return Loaded(answer.created, answer.unchanged)

    async def _ask(self, verb: str, **given: object) -> One:
        found: One = getattr(await self._call(f"{verb}{self.one}", given), self.field)
        return found

    async def _call(self, method: str, given: Mapping[str, object]) -> Any:
        request = getattr(v1, f"{method}Request")(**given)
        return await self._channel.ask(getattr(self._calls, method), request)


class Roles(Named[v1.Role]):
    """A directory's roles; their CSV has name, aliases and privileged."""

    one, many, field = "Role", "Roles", "role"


class Locations(Named[v1.Location]):
    """A directory's locations; their CSV has name, code and aliases."""

    one, many, field = "Location", "Locations", "location"


class Units(Named[v1.OrganizationalUnit]):
    """A directory's organizational units; their CSV has name."""

    one, many, field = "OrganizationalUnit", "OrganizationalUnits", "organizational_unit"
