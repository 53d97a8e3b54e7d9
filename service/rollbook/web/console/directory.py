"""The settings of a directory; on pages of their own its notices, and the owners of its sources."""

from collections.abc import Callable, Mapping, Sequence

from starlette.responses import Response

from rollbook.errors import Reason, Refusal, RollbookError
from rollbook.model import Event
from rollbook.model.notices import SUBSCRIBED
from rollbook.v1.directories_pb2 import Directory, SafeguardLimit
from rollbook.v1.notices_pb2 import NoticeEvent
from rollbook.v1.notifications_pb2 import ResendNoticesRequest, ResendNoticesResponse
from rollbook.web.console.forms import Fields
from rollbook.web.console.notices import STATES, all_of, left_out, listed, resent
from rollbook.web.console.pages import see
from rollbook.web.console.visit import Visit

_PREFIX = "NOTICE_EVENT_"
EVENTS = [event.name for event in Event if event in SUBSCRIBED]
"""The events that a directory may have reported, by their names in the contract."""
SAFEGUARDS = {
    "max_suspended_percent": "Users that a full sync may suspend, in percent",
    "max_suspended": "Users that a full sync may suspend; the lower of the two limits counts",
    "max_email_percent": "Users whose e-mail may change, in percent",
    "max_role_percent": "Users whose role may change, in percent",
}
"""The limits at which an import stops for approval, with words for a person."""
_LONG, _SHORT = 15, 9
"""Digits that fit into an int64 and an int32 of the contract."""


_TEMPLATES = {"notices": "notices.html", "sources": "sources.html"}
"""By the last part of the address; the others are on the page of the directory itself."""


async def show(visit: Visit) -> Response:
    """The settings, a form for each group."""
    return await _page(visit)


async def change(visit: Visit) -> Response:
    """Set one group; or send failed notices again, or count them; or remove the directory."""
    fields = await visit.form()
    wanted = Directory(name=visit.directory)
    do = fields.text("do")
    try:
        if do in {"count", "send"}:
            again = await resent(visit, fields, ResendNoticesRequest(everybody=True))
            return await _page(visit, again=again, counted=do == "count")
        if do == "remove":
            return await _remove(visit, fields)
        group = _GROUPS.get(do)
        if group is None:
            raise Refusal(Reason.INVALID_OPTIONS, "The form does not say what to set.")
        await visit.client.directories.update(wanted, group(wanted, fields))
    except RollbookError as refused:
        return await _page(visit, refused)
    return see(f"{visit.request.url.path}?done=1")


async def _remove(visit: Visit, fields: Fields) -> Response:
    """Remove the directory, if its name is typed: nothing brings back what it holds."""
    if fields.text("name") != visit.directory:
        raise Refusal(Reason.INVALID_OPTIONS, f"Type {visit.directory} to remove the directory.")
    await visit.client.directories.delete(visit.directory)
    return see("/directories?done=removed")


async def _page(
    visit: Visit,
    refused: RollbookError | None = None,
    *,
    again: ResendNoticesResponse | None = None,
    counted: bool = False,
) -> Response:
    found = await visit.client.directories.get(visit.directory)
    path = visit.request.url.path
    template = _TEMPLATES.get(path.rpartition("/")[2], "directory.html")
    shows_notices = template == _TEMPLATES["notices"] and visit.may("imports:read")
    rules: Sequence[str] = ()
    if template == "directory.html" and visit.may("credentials:verify", "credentials:write"):
        rules = (await visit.client.credentials.policy(visit.directory)).rules
    return visit.page(
        template,
        200 if refused is None else refused.verdict.http,
        found=found,
        path=path,
        rules=rules,
        events=EVENTS,
        chosen=[NoticeEvent.Name(event).removeprefix(_PREFIX) for event in found.notices],
        roles=[role.name async for role in visit.client.roles.list(visit.directory)],
        safeguards=[
            (name, words, _shown(getattr(found.safeguards, name)))
            for name, words in SAFEGUARDS.items()
        ],
        message="" if refused is None else refused.message,
        done=visit.asked("done"),
        again=all_of(again.resent) if again else None,
        left_out=left_out(again),
        counted=counted,
        listed=await listed(visit) if shows_notices else None,
        states=[(state, 0) for state in STATES],
    )


def _shown(limit: SafeguardLimit) -> str:
    return "" if limit.off else str(limit.at_most)


def _name(wanted: Directory, fields: Fields) -> list[str]:
    wanted.display_name = fields.text("display_name")
    wanted.default_role = fields.text("default_role")
    if wanted.default_role == fields.text("was_role"):
        return ["display_name"]  # who only names it needs no right to give a privileged role
    return ["display_name", "default_role"]


def _seats(wanted: Directory, fields: Fields) -> list[str]:
    if text := fields.text("seats"):
        wanted.seats = _whole("Seats", text)
    return ["seats"]


def _safeguards(wanted: Directory, fields: Fields) -> list[str]:
    for name, words in SAFEGUARDS.items():
        limit = getattr(wanted.safeguards, name)
        if text := fields.text(name):
            limit.at_most = _whole(words, text)
        else:
            limit.off = True
    return ["safeguards"]


def _mails(wanted: Directory, fields: Fields) -> list[str]:
    chosen = fields.all("notice")
    if not set(chosen) <= {*EVENTS}:
        raise Refusal(Reason.INVALID_OPTIONS, f"The events are {', '.join(EVENTS)}.")
    wanted.MergeFrom(Directory(notices=[f"{_PREFIX}{event}" for event in chosen]))
    if text := fields.text("notices_per_minute"):
        wanted.notices_per_minute = _whole("Notices a minute, at most", text, _SHORT)
    return ["notices", "notices_per_minute"]


def _passwords(wanted: Directory, fields: Fields) -> list[str]:
    text = fields.text("password_min_length")
    wanted.password_min_length = _whole("The fewest characters of a new password", text, _SHORT)
    return ["password_min_length"]


def _source(wanted: Directory, fields: Fields) -> list[str]:
    if not fields.text("source"):
        raise Refusal(Reason.INVALID_OPTIONS, "Name the source.")
    wanted.sources[fields.text("source")] = fields.text("principal")
    return ["sources"]


def _whole(what: str, text: str, digits: int = _LONG) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= digits):
        why = f"{text[:20]!r} is not a whole number of at most {digits} digits."
        raise Refusal(Reason.INVALID_OPTIONS, f"{what}: {why}")
    return int(text)


_GROUPS: Mapping[str, Callable[[Directory, Fields], list[str]]] = {
    "name": _name,
    "seats": _seats,
    "safeguards": _safeguards,
    "mails": _mails,
    "passwords": _passwords,
    "source": _source,
}
"""What each form sets; answers the paths of the update."""
