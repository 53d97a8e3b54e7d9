"""DirectoryService: the directories, and in a part each what they hold beside users."""

from collections.abc import Iterable

from rollbook.access import denied
from rollbook.checking import echo
from rollbook.errors import Reason, Refusal
from rollbook.rpc import notices
from rollbook.rpc.directories import safeguards
from rollbook.rpc.directories.locations import Locations
from rollbook.rpc.directories.roles import Roles
from rollbook.rpc.directories.units import Units
from rollbook.rpc.wire import paging
from rollbook.rpc.wire.caller import caller
from rollbook.rpc.wire.request_text import REQUEST
from rollbook.rpc.wire.servicer import Part, directory_of, is_directory_name
from rollbook.rpc.wire.status import Context
from rollbook.store import Connection, directories, roles
from rollbook.store.directories import DirectoryFacts, InUse, Safeguards, Told
from rollbook.store.keyed_text import Keyed
from rollbook.store.staging import take_turn
from rollbook.v1 import directories_pb2 as v1


class Directories(Part):
    """See the contract."""

    async def CreateDirectory(
        self, request: v1.CreateDirectoryRequest, _context: Context
    ) -> v1.CreateDirectoryResponse:
        """See the contract."""
        name = request.directory.name
        if not is_directory_name(name):
            raise REQUEST.wrong(
                "name",
                "A directory's name is 1 to 64 of a-z, 0-9 and -, beginning with a letter.",
                value=name,
            )
        if not caller().may_enter(name):
            raise denied()
        settings = _Settings(v1.Directory())
        said = request.directory
        paths = [path for path in _SETTABLE if path != "default_role" or said.default_role]
        settings.say(said, paths)
        async with self._app.database.transaction() as connection:
            made = await directories.make_directory(connection, name, settings.display_name)
            if made is None:
                raise Refusal(
                    Reason.RESOURCE_EXISTS,
                    f"The directory {name} is already there.",
                    {"option": "name", "value": name},
                )
            await settings.write(connection, made)
            facts = await directories.facts(connection, made)
        return v1.CreateDirectoryResponse(directory=_message(facts))

    async def GetDirectory(
        self, request: v1.GetDirectoryRequest, _context: Context
    ) -> v1.GetDirectoryResponse:
        """See the contract."""
        directory = await directory_of(self._app, request.directory)
        async with self._app.database.within(directory.id).connection() as connection:
            facts = await directories.facts(connection, directory.id)
        return v1.GetDirectoryResponse(directory=_message(facts))

    async def UpdateDirectory(
        self, request: v1.UpdateDirectoryRequest, _context: Context
    ) -> v1.UpdateDirectoryResponse:
        """See the contract."""
        directory = await directory_of(self._app, request.directory.name)
        async with self._app.database.within(directory.id).turn() as connection:
            await take_turn(connection, directory.id)  # so that two who change it both count
            settings = _Settings(_message(await directories.facts(connection, directory.id)))
            settings.say(request.directory, request.update_mask.paths or _set(request.directory))
            await settings.write(connection, directory.id)
            facts = await directories.facts(connection, directory.id)
        return v1.UpdateDirectoryResponse(directory=_message(facts))

    async def ListDirectories(
        self, request: v1.ListDirectoriesRequest, _context: Context
    ) -> v1.ListDirectoriesResponse:
        """See the contract."""
        page = paging.page("directories", request.page_size, request.page_token)
        async with self._app.database.connection() as connection:
            rows = await directories.page(
                connection, page.after, page.most + 1, caller().directories
            )
        found, after = page.cut(
            [(row.name, _message(row)) for row in rows], self._app.settings.max_sent_bytes
        )
        return v1.ListDirectoriesResponse(directories=found, next_page_token=after)

    async def DeleteDirectory(
        self, request: v1.DeleteDirectoryRequest, _context: Context
    ) -> v1.DeleteDirectoryResponse:
        """See the contract."""
        directory = await directory_of(self._app, request.directory)
        async with self._app.database.within(directory.id).turn() as connection:
            await take_turn(connection, directory.id)
            facts = await directories.facts(connection, directory.id)
            in_use = await directories.claim(connection, directory.id)
            if in_use.users or in_use.imports:
                raise _in_use(facts.name, in_use)
            await directories.remove(connection, directory.id)
        return v1.DeleteDirectoryResponse(directory=_message(facts))


class DirectoryService(Directories, Roles, Locations, Units):
    """The whole service; each part brings the methods of one noun."""


class _Settings:
    """What a directory is to be set to, beginning with what it is; an empty one: the defaults."""

    def __init__(self, stored: v1.Directory):
        self.display_name = stored.display_name
        self._default_role: Keyed | None = None
        self._seats = _seats(stored)
        self._told = Told(notices.events(stored.notices), _per_minute(stored))
        self._safeguards = safeguards.limits(stored.safeguards)

    def say(self, said: v1.Directory, paths: Iterable[str]) -> None:
        """Take what is said under these paths.

        Raises:
            Refusal: INVALID_OPTIONS, it cannot be, or there is no such path.
        """
        for path in paths:
            match path.split("."):
                case ["display_name"]:
                    self.display_name = REQUEST.text("display_name", said.display_name)
                case ["default_role"]:
                    self._default_role = REQUEST.name("default_role", said.default_role)
                case ["seats"]:
                    self._seats = _seats(said)
                case ["notices"]:
                    self._told = self._told._replace(events=notices.events(said.notices))
                case ["notices_per_minute"]:
                    self._told = self._told._replace(per_minute=_per_minute(said))
                case ["safeguards"]:
                    self._safeguards = safeguards.limits(said.safeguards)
                case ["safeguards", name] if name in Safeguards._fields:
                    limit = safeguards.limit(name, getattr(said.safeguards, name))
                    self._safeguards = self._safeguards._replace(**{name: limit})
                case _:
                    known = ", ".join(_SETTABLE)
                    message = f"{echo(path)} cannot be changed; known: {known}."
                    raise REQUEST.wrong("update_mask", message, value=path)

    async def write(self, connection: Connection, directory_id: int) -> None:
        """Store them.

        Raises:
            Refusal: RESOURCE_NOT_FOUND, there is no such role.
        """
        await directories.set_directory(
            connection,
            directory_id,
            display_name=self.display_name,
            seats=self._seats,
            told=self._told,
            safeguards=self._safeguards,
        )
        role = self._default_role
        if role and not await roles.make_default(connection, directory_id, role.key):
            raise Refusal(
                Reason.RESOURCE_NOT_FOUND,
                f"There is no role {echo(role.text)} in this directory.",
                {"option": "default_role", "value": role.text},
            )


_SETTABLE = (
    "display_name",
    "default_role",
    "seats",
    "notices",
    "notices_per_minute",
    "safeguards",
)


def _set(said: v1.Directory) -> list[str]:
    """The paths of what a message sets."""
    paths = [name for name in ("display_name", "default_role", "notices") if getattr(said, name)]
    paths += [name for name in ("seats", "notices_per_minute") if said.HasField(name)]
    return paths + [f"safeguards.{field.name}" for field, _ in said.safeguards.ListFields()]


def _in_use(name: str, in_use: InUse) -> Refusal:
    users, imports = in_use
    held = " and ".join(
        f"{count} {noun}{'' if count == 1 else 's'}"
        for count, noun in ((users, "user"), (imports, "running import"))
        if count
    )
    return Refusal(
        Reason.RESOURCE_IN_USE,
        f"The directory {name} has {held}, and only an empty one can be removed.",
        {"option": "directory", "value": name, "users": str(users), "imports": str(imports)},
    )


def _seats(said: v1.Directory) -> int | None:
    if not said.HasField("seats"):
        return None
    if not 0 <= said.seats <= _MOST_SEATS:
        raise REQUEST.wrong("seats", f"seats must be from 0 to {_MOST_SEATS:,}.")
    return said.seats


def _per_minute(said: v1.Directory) -> int | None:
    if not said.HasField("notices_per_minute"):
        return None
    if said.notices_per_minute < 1:
        raise REQUEST.wrong("notices_per_minute", "notices_per_minute must be 1 or more.")
    return said.notices_per_minute


_MOST_SEATS = 2**53
"""So that every parser of JSON can read them."""


def _message(facts: DirectoryFacts) -> v1.Directory:
    return v1.Directory(
        name=facts.name,
        display_name=facts.display_name,
        default_role=facts.default_role,
        seats=facts.seats,
        active_users=facts.active_users,
        notices=notices.event_numbers(facts.told.events),
        notices_per_minute=facts.told.per_minute,
        safeguards=safeguards.message(facts.safeguards),
    )
