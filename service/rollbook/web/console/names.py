"""The roles, locations and units of a directory: listed, made, changed, removed, and loaded."""

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from starlette.responses import Response

from rollbook.errors import Reason, Refusal, RollbookError
from rollbook.v1.directories_pb2 import Location, OrganizationalUnit, Role
from rollbook.web.body import Body, Form
from rollbook.web.console.forms import Fields, check_origin
from rollbook.web.console.pages import see
from rollbook.web.console.upload import boundary_of
from rollbook.web.console.visit import Visit
from rollbook.web.site import Site

_ON_A_PAGE = 100
_MOST_BYTES = 1024 * 1024
"""Of a file, as the contract has it."""
_WITHIN = 60.0
"""Seconds in which a file has come."""
_SHOWN_AGAIN = frozenset({400, 404})
"""Statuses of refusals that say that the list has no such name, or no such page."""


class Kind(NamedTuple):
    """One kind of names: its message, its attribute of the client, and words for a person."""

    message: type[Any]
    client: str
    one: str
    many: str

    @property
    def fields(self) -> list[str]:
        """What one has, such as `aliases`; also the paths of a change."""
        return [field.name for field in self.message.DESCRIPTOR.fields]


KINDS: Mapping[str, Kind] = {
    "roles": Kind(Role, "roles", "role", "Roles"),
    "locations": Kind(Location, "locations", "location", "Locations"),
    "units": Kind(OrganizationalUnit, "units", "organizational unit", "Organizational units"),
}
"""By the last part of the address."""


class _Refused(NamedTuple):
    """What was refused, and what had been typed: it is shown again, to correct it."""

    why: RollbookError | None = None
    do: str = ""
    was: str = ""
    typed: Any = None


_NOTHING = _Refused()


class NamePages:
    """`/d/DIRECTORY/directory/roles`, `…/locations` and `…/units`."""

    def __init__(self, site: Site):
        self._site = site

    async def show(self, visit: Visit) -> Response:
        """A page of a kind, or the one of a name; with a form for each and one for a new one."""
        return await _page(visit)

    async def act(self, visit: Visit) -> Response:
        """Make one, change one, remove one; or make those of a CSV file, which is all or none."""
        kind = _kind(visit)
        names = getattr(visit.client, kind.client)
        if "multipart/" in visit.request.headers.get("content-type", ""):
            return await self._load(visit, names)
        fields = await visit.form()
        do, was = fields.text("do"), fields.secret("was")
        one = _one(kind, fields)
        try:
            match do:
                case "add":
                    await names.create(visit.directory, one)
                case "save":
                    await names.update(visit.directory, was, one, kind.fields)
                case "remove":
                    await names.delete(visit.directory, was)
                case _:
                    raise Refusal(Reason.INVALID_OPTIONS, "The form does not say what to do.")
        except RollbookError as why:
            return await _page(visit, _Refused(why, do, was, one))
        return see(_address(visit, page=visit.asked("page")))

    async def _load(self, visit: Visit, names: Any) -> Response:
        check_origin(visit.request)
        try:
            body = Body(visit.request.receive, self._site.stopping)
            csv = await _sent(Form(body, boundary_of(visit.request)))
            loaded = await names.load(visit.directory, csv)
        except RollbookError as why:
            return await _page(visit, _Refused(why, "load"))
        return await _page(visit, done=f"{loaded.created:,} made, {loaded.unchanged:,} were there.")


async def _sent(form: Form) -> bytes:
    """The form's file, or the text that was typed where none was chosen.

    Raises:
        Refusal: as `Form`; INVALID_OPTIONS, it is too large; STREAM_IDLE, it takes too long.
    """
    csv = bytearray()
    try:
        async with asyncio.timeout(_WITHIN):
            typed = dict(await form.fields()).get("csv", "")
            async for chunk in form.file():
                if len(csv) <= _MOST_BYTES:  # the rest is not kept: a browser shows no answer to
                    csv += chunk  # a form that it is still sending
    except TimeoutError:
        raise Refusal(Reason.STREAM_IDLE, "The file did not come in time.") from None
    if len(csv) > _MOST_BYTES:
        text = "The file is larger than 1 MiB: load it in parts, each with the header."
        raise Refusal(Reason.INVALID_OPTIONS, text)
    return bytes(csv) if form.filename else typed.encode()


def _kind(visit: Visit) -> Kind:
    kind = KINDS.get(visit.request.path_params["kind"])
    if kind is None:
        raise Refusal(Reason.RESOURCE_NOT_FOUND, "There is no page at this address.")
    return kind


def _address(visit: Visit, **query: str) -> str:
    path = visit.path("directory", visit.request.path_params["kind"])
    given = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(given)}" if given else path


async def _page(visit: Visit, refused: _Refused = _NOTHING, done: str = "") -> Response:
    kind = _kind(visit)
    name, token = visit.asked("name"), visit.asked("page")
    found, further = [], ""
    try:
        names = getattr(visit.client, kind.client)
        if name:
            found = [await names.get(visit.directory, name)]
        else:
            found, further = await names.page(visit.directory, _ON_A_PAGE, token)
    except RollbookError as why:
        if why.verdict.http not in _SHOWN_AGAIN:
            raise
        refused = refused if refused.why else _Refused(why, "find")
    return visit.page(
        "names.html",
        refused.why.verdict.http if refused.why else 200,
        kind=kind,
        here=_address(visit, name=name, page=token),
        first=_address(visit),
        next_page=_address(visit, page=further) if further else "",
        name=name,
        names=found,
        message=refused.why.message if refused.why else "",
        refused=refused,
        done=done,
    )


def _one(kind: Kind, fields: Fields) -> Any:
    one = kind.message(name=fields.text("name"))
    if "aliases" in kind.fields:
        one.aliases.extend(filter(None, map(str.strip, fields.secret("aliases").splitlines())))
    if "code" in kind.fields:
        one.code = fields.text("code")
    if "privileged" in kind.fields:
        one.privileged = fields.is_set("privileged")
    return one
