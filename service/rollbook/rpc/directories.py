"""DirectoryService: converts messages of directories, roles, locations and units."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message

from rollbook.context import AppContext
from rollbook.directories import named, settings
from rollbook.directories.kinds import LOCATIONS, ROLES, UNITS, Kind
from rollbook.model.passwords import DEFAULT_LENGTH
from rollbook.rpc import notices
from rollbook.rpc.wire import paging
from rollbook.rpc.wire.servicer import Part, caller, directory_of
from rollbook.rpc.wire.status import Context
from rollbook.store.directories import DirectoryFacts, DirectorySettings, Safeguards
from rollbook.v1 import directories_pb2 as v1

_DEFAULTS = Safeguards()
_UNSET_IF_EMPTY = ("display_name", "default_role", "notices", "sources")
_UNSET_IF_ABSENT = ("seats", "notices_per_minute", "password_min_length")


class DirectoryService(Part):
    """The methods of directories, and those of each `_Noun`."""

    def __init__(self, app: AppContext):
        super().__init__(app)
        for noun in _NOUNS:
            for name, method in noun.methods(app).items():
                setattr(self, name, method)

    async def CreateDirectory(
        self, request: v1.CreateDirectoryRequest, _context: Context
    ) -> v1.CreateDirectoryResponse:
        """See the contract."""
        wanted = request.directory
        made = await settings.create(self._app, caller(), wanted.name, _settings(wanted))
        return v1.CreateDirectoryResponse(directory=_message(made))

    async def GetDirectory(
        self, request: v1.GetDirectoryRequest, _context: Context
    ) -> v1.GetDirectoryResponse:
        """See the contract."""
        found = await settings.get(self._app, caller(), request.directory)
        return v1.GetDirectoryResponse(directory=_message(found))

    async def UpdateDirectory(
        self, request: v1.UpdateDirectoryRequest, _context: Context
    ) -> v1.UpdateDirectoryResponse:
        """See the contract."""
        wanted = request.directory
        paths = request.update_mask.paths or _paths(wanted)
        changed = await settings.update(self._app, caller(), wanted.name, _settings(wanted), paths)
        return v1.UpdateDirectoryResponse(directory=_message(changed))

    async def ListDirectories(
        self, request: v1.ListDirectoriesRequest, _context: Context
    ) -> v1.ListDirectoriesResponse:
        """See the contract."""
        page = paging.page(self._app, "directories", request)
        rows = await settings.page(self._app, caller(), page.after, page.most + 1)
        found, after = page.cut([(row.name, _message(row)) for row in rows])
        return v1.ListDirectoriesResponse(directories=found, next_page_token=after)

    async def DeleteDirectory(
        self, request: v1.DeleteDirectoryRequest, _context: Context
    ) -> v1.DeleteDirectoryResponse:
        """See the contract."""
        removed = await settings.delete(self._app, caller(), request.directory)
        return v1.DeleteDirectoryResponse(directory=_message(removed))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Noun:
    """Roles, locations or units in the contract, whose methods differ in nothing else.

    `one` is the name of the message, `many` its plural, `field` what requests and answers call it.
    The fields of the message are called as those of the kind's values.
    """

    kind: Kind[Any, Any]
    one: str
    many: str
    field: str

    def methods(self, app: AppContext) -> dict[str, Callable[[Any, Context], Any]]:
        """The six methods, by their names in the contract."""

        async def create(request: Any, _context: Context) -> Message:
            value = self._value(getattr(request, self.field))
            made = await named.create(self.kind, app, caller(), request.directory, value)
            return self._answer("Create", made)

        async def get(request: Any, _context: Context) -> Message:
            found = await named.get(self.kind, app, caller(), request.directory, request.name)
            return self._answer("Get", found)

        async def page(request: Any, _context: Context) -> Message:
            directory = await directory_of(app, request.directory)
            asked = paging.page(app, f"{self.kind.noun} of {directory.id}", request)
            rows = await named.page(self.kind, app, directory.id, asked.after, asked.most + 1)
            found, after = asked.cut([(key, self._message(value)) for key, value in rows])
            answer = {f"{self.field}s": found, "next_page_token": after}
            return _response(f"List{self.many}", **answer)

        async def update(request: Any, _context: Context) -> Message:
            wanted = getattr(request, self.field)
            value = self._value(wanted)
            paths = request.update_mask.paths or [field.name for field, _ in wanted.ListFields()]
            # The rules refuse a path that the value does not have.
            changes = {path: getattr(value, path, None) for path in paths}
            where = (caller(), request.directory, request.name)
            return self._answer("Update", await named.update(self.kind, app, *where, changes))

        async def delete(request: Any, _context: Context) -> Message:
            where = (caller(), request.directory, request.name)
            return self._answer("Delete", await named.delete(self.kind, app, *where))

        async def load(request: Any, _context: Context) -> Message:
            loaded = await named.load(self.kind, app, caller(), request.directory, request.csv)
            return _response(f"Load{self.many}", **loaded._asdict())

        return {
            f"Create{self.one}": create,
            f"Get{self.one}": get,
            f"List{self.many}": page,
            f"Update{self.one}": update,
            f"Delete{self.one}": delete,
            f"Load{self.many}": load,
        }

    def _value(self, message: Any) -> Any:
        fields = {name: getattr(message, name) for name in self.kind.columns}
        return self.kind.value(
            **{
                name: value if isinstance(value, str | bool) else tuple(value)
                for name, value in fields.items()
            }
        )

    def _message(self, value: Any) -> Message:
        message: Message = getattr(v1, self.one)(**value._asdict())
        return message

    def _answer(self, verb: str, value: Any) -> Message:
        return _response(f"{verb}{self.one}", **{self.field: self._message(value)})


_NOUNS = (
    _Noun(kind=ROLES, one="Role", many="Roles", field="role"),
    _Noun(kind=LOCATIONS, one="Location", many="Locations", field="location"),
    _Noun(
        kind=UNITS,
        one="OrganizationalUnit",
        many="OrganizationalUnits",
        field="organizational_unit",
    ),
)


def _response(method: str, **fields: Any) -> Message:
    message: Message = getattr(v1, f"{method}Response")(**fields)
    return message


def _settings(message: v1.Directory) -> DirectorySettings:
    limits = {name: _limit(name, message.safeguards) for name in Safeguards._fields}
    return DirectorySettings(
        display_name=message.display_name,
        default_role=message.default_role,
        seats=_or_none(message, "seats"),
        notices=notices.events(message.notices),
        notices_per_minute=_or_none(message, "notices_per_minute"),
        password_min_length=_least_length(message),
        safeguards=Safeguards(**limits),
        sources=message.sources,
    )


def _or_none(message: v1.Directory, field: str) -> int | None:
    value: int = getattr(message, field)
    return value if message.HasField(field) else None


def _least_length(message: v1.Directory) -> int:
    """Of a password; the default if it is unset."""
    least = _or_none(message, "password_min_length")
    return DEFAULT_LENGTH if least is None else least


def _limit(name: str, safeguards: v1.Safeguards) -> int | None:
    """A safeguard's limit: the default if it is unset, None if it is off."""
    limit: v1.SafeguardLimit = getattr(safeguards, name)
    match limit.WhichOneof("limit"):
        case "at_most":
            return limit.at_most
        case "off" if limit.off:
            return None
    default: int | None = getattr(_DEFAULTS, name)
    return default


def _paths(message: v1.Directory) -> list[str]:
    """The paths of the fields that a message sets."""
    paths = [name for name in _UNSET_IF_EMPTY if getattr(message, name)]
    paths += [name for name in _UNSET_IF_ABSENT if message.HasField(name)]
    return paths + [f"safeguards.{field.name}" for field, _ in message.safeguards.ListFields()]


def _message(facts: DirectoryFacts) -> v1.Directory:
    stored = facts.settings
    limits = {
        name: v1.SafeguardLimit(off=True) if most is None else v1.SafeguardLimit(at_most=most)
        for name, most in stored.safeguards._asdict().items()
    }
    return v1.Directory(
        name=facts.name,
        display_name=stored.display_name,
        default_role=stored.default_role,
        seats=stored.seats,
        active_users=facts.active_users,
        notices=notices.event_numbers(stored.notices),
        notices_per_minute=stored.notices_per_minute,
        password_min_length=stored.password_min_length,
        safeguards=v1.Safeguards(**limits),
        sources=stored.sources,
    )
