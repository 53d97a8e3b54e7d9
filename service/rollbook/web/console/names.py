"""The roles, locations and units of a directory: listed, made, changed, removed, and loaded."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from starlette.responses import Response

from rollbook.errors import Reason, Refusal, RollbookError
from rollbook.v1.directories_pb2 import Location, OrganizationalUnit, Role
from rollbook.web.console.forms import Fields
from rollbook.web.console.pages import see
from rollbook.web.console.visit import Visit

_MOST_SHOWN = 1_000


class Kind(NamedTuple):
    """One kind of names: its message, its attribute of the client, and words for a person."""

    message: type[Any]
    client: str
    one: str
    many: str


KINDS: Mapping[str, Kind] = {
    "roles": Kind(Role, "roles", "role", "Roles"),
    "locations": Kind(Location, "locations", "location", "Locations"),
    "units": Kind(OrganizationalUnit, "units", "organizational unit", "Organizational units"),
}
"""By the last part of the address."""


async def show(visit: Visit) -> Response:
    """All of a kind, with a form for each and one for a new one."""
    return await _page(visit)


async def act(visit: Visit) -> Response:
    """Make one, change one, remove one, or make those of a CSV text. All or none."""
    fields = await visit.form()
    kind = _kind(visit)
    names = getattr(visit.client, kind.client)
    done = ""
    try:
        match fields.text("do"):
            case "add":
                await names.create(visit.directory, _one(kind, fields))
            case "save":
                one = _one(kind, fields)
                paths = [field.name for field in kind.message.DESCRIPTOR.fields]
                await names.update(visit.directory, fields.secret("was"), one, paths)
            case "remove":
                await names.delete(visit.directory, fields.secret("was"))
            case "load":
                loaded = await names.load(visit.directory, fields.secret("csv").encode())
                done = f"{loaded.created:,} made, {loaded.unchanged:,} were there."
            case _:
                raise Refusal(Reason.INVALID_OPTIONS, "The form says nothing of what to do.")
    except RollbookError as refused:
        return await _page(visit, refused)
    if done:
        return await _page(visit, done=done)
    return see(visit.path("directory", visit.request.path_params["kind"]))


def _kind(visit: Visit) -> Kind:
    kind = KINDS.get(visit.request.path_params["kind"])
    if kind is None:
        raise Refusal(Reason.RESOURCE_NOT_FOUND, "There is no page at this address.")
    return kind


async def _page(visit: Visit, refused: RollbookError | None = None, done: str = "") -> Response:
    kind = _kind(visit)
    found: list[Any] = []
    cut = False
    async for one in getattr(visit.client, kind.client).list(visit.directory):
        if len(found) == _MOST_SHOWN:
            cut = True
            break
        found.append(one)
    known = {field.name for field in kind.message.DESCRIPTOR.fields}
    return visit.page(
        "names.html",
        200 if refused is None else refused.verdict.http,
        kind=kind,
        kinds=KINDS,
        path=visit.path("directory", visit.request.path_params["kind"]),
        names=found,
        known=known,
        cut=cut,
        message="" if refused is None else refused.message,
        done=done,
    )


def _one(kind: Kind, fields: Fields) -> Any:
    one = kind.message(name=fields.text("name"))
    known = {field.name for field in kind.message.DESCRIPTOR.fields}
    if "aliases" in known:
        one.aliases.extend(filter(None, map(str.strip, fields.secret("aliases").splitlines())))
    if "code" in known:
        one.code = fields.text("code")
    if "privileged" in known:
        one.privileged = fields.is_set("privileged")
    return one
