"""The pages of one user: what is known, what can be done, and a new user by hand."""

import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from starlette.responses import Response

from rollbook.client.users import Key
from rollbook.errors import Reason, Refusal, RollbookError
from rollbook.v1.notices_pb2 import NoticeEvent, NoticeMail, NoticeState
from rollbook.v1.options_pb2 import Blanks, Mode
from rollbook.v1.results_pb2 import Outcome
from rollbook.v1.users_pb2 import (
    PasswordState,
    SendInvitationsRequest,
    User,
    UserKey,
    WriteUserResponse,
)
from rollbook.web.console.forms import Fields
from rollbook.web.console.pages import see
from rollbook.web.console.tokens import grant, grant_name, grant_of
from rollbook.web.console.upload import USUAL_PROFILE
from rollbook.web.console.user_fields import (
    FieldIssues,
    cells_of,
    changed_in,
    inputs_of,
    issues_of,
    typed_in,
)
from rollbook.web.console.user_history import history_of
from rollbook.web.console.users import (
    KINDS,
    LEFT_OUT,
    name_of,
    not_sent,
    path_of,
    status_of,
    suggested,
)
from rollbook.web.console.visit import Visit

_BY = {"id": "user_id", "email": "email", "username": "username"}
_DONE = {
    "created": "The user is created.",
    "saved": "What you changed is saved.",
    "nothing": "Nothing was changed.",
    "locks": "The locks are set.",
    "suspended": "The user is suspended, and the seat is free.",
    "reactivated": "The user is active again.",
    "sources": "The sources are set.",
    "password": "The password is set. Links that were sent before no longer work.",
    "details": "Login details will be mailed. Nobody else sees the password in them.",
    "reset": "A link will be mailed, unless the user is suspended, or had three in the last hour.",
    "invited": "The user is invited.",
    "granted": "The user can sign in to this console with username and password.",
}
"""What the page says after a form, by the word of its address: other words say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What to say of a form that was not simply done; what was typed is shown again."""

    status: int = 200
    messages: Sequence[str] = ()
    kind: str = "wrong"
    typed: Mapping[str, str] = field(default_factory=dict)
    issues: FieldIssues = field(default_factory=FieldIssues)
    granted: Fields = field(default_factory=lambda: Fields([]))
    """What was chosen in the form of the user's rights."""


async def show_user(visit: Visit) -> Response:
    """One user, with everything that is known of them."""
    user = await visit.client.users.get(visit.directory, **_key(visit))
    done = _DONE.get(visit.asked("done"), "")
    return await _page(visit, user, _Answer(messages=[done] if done else [], kind="good"))


async def act(visit: Visit) -> Response:
    """Do what a form of the user's page asks for; then look at the user again."""
    fields = await visit.form()
    user = await visit.client.users.get(visit.directory, **_key(visit))
    action = _ACTIONS.get(fields.text("do"))
    if action is None:
        raise Refusal(Reason.REQUEST_MALFORMED, "The form does not say what to do.")
    try:
        done = await action(visit, user, fields)
    except RollbookError as refused:
        typed = typed_in(fields) if action is _save else {}
        messages = refused.message.splitlines()
        granted = fields if action is _grant else Fields([])
        done = _Answer(status=refused.verdict.http, messages=messages, typed=typed, granted=granted)
    if isinstance(done, str):
        return see(path_of(visit, user, done=done))
    return await _page(visit, user, done)


async def _save(visit: Visit, user: User, fields: Fields) -> "str | _Answer":
    """Write what differs from what the page had shown, and nothing that another has changed."""
    changed = changed_in(fields, cells_of(user))
    if not changed:
        return "nothing"
    written = await visit.client.users.write(
        visit.directory,
        {"employee_number": user.employee_number, **changed},
        mode=Mode.MODE_UPDATE_ONLY,
        request_id=fields.text("request_id"),
        blanks=Blanks.BLANKS_CLEAR,
    )
    if written.result.outcome == Outcome.OUTCOME_FAILED:
        return _Answer(status=422, typed=typed_in(fields), issues=issues_of(written.result.issues))
    if not written.result.issues:
        return "nothing" if written.result.outcome == Outcome.OUTCOME_UNCHANGED else "saved"
    # A warning is about what was typed: both are shown, and the user as now stored.
    user.CopyFrom(await visit.client.users.get(visit.directory, user_id=user.user_id))
    return _Answer(messages=[_DONE["saved"]], kind="good", issues=issues_of(written.result.issues))


async def _set_locks(visit: Visit, user: User, fields: Fields) -> str:
    def changed(name: str) -> bool | None:
        ticked = fields.is_set(name)
        shown = fields.text(f"was.{name}") == "1"  # another may have changed it since
        return None if ticked is shown else ticked

    await visit.client.users.set_locks(
        visit.directory,
        role=changed("role"),
        location=changed("location"),
        protected=changed("protected"),
        user_id=user.user_id,
    )
    return "locks"


async def _suspend(visit: Visit, user: User, _fields: Fields) -> str:
    await visit.client.users.suspend(visit.directory, user_id=user.user_id)
    return "suspended"


async def _reactivate(visit: Visit, user: User, _fields: Fields) -> str:
    await visit.client.users.reactivate(visit.directory, user_id=user.user_id)
    return "reactivated"


async def _set_sources(visit: Visit, user: User, fields: Fields) -> str:
    sources = [*filter(None, map(str.strip, fields.text("sources").splitlines()))]
    await visit.client.users.set_sources(visit.directory, sources, user_id=user.user_id)
    return "sources"


async def _set_password(visit: Visit, user: User, fields: Fields) -> "str | _Answer":
    password = fields.secret("password")
    if password != fields.secret("again"):
        return _Answer(status=422, messages=["The two passwords differ."])
    await visit.client.credentials.set_for_user(
        visit.directory,
        password,
        must_change=fields.is_set("must_change"),
        user_id=user.user_id,
    )
    return "password"


async def _mail_details(visit: Visit, user: User, _fields: Fields) -> str:
    await visit.client.credentials.mail_login_details(visit.directory, user_id=user.user_id)
    return "details"


async def _send_link(visit: Visit, user: User, _fields: Fields) -> str:
    await visit.client.credentials.request_reset(visit.directory, user_id=user.user_id)
    return "reset"


async def _grant(visit: Visit, user: User, fields: Fields) -> str:
    await grant(visit, user, fields)
    return "granted"


async def _invite(visit: Visit, user: User, fields: Fields) -> "str | _Answer":
    wanted = SendInvitationsRequest(
        users=[UserKey(user_id=user.user_id)], kind=KINDS.get(fields.text("kind"), KINDS[""])
    )
    counts = await visit.client.users.invite(visit.directory, wanted)
    if counts.invited:
        return "invited"
    why = [reason for name, reason in LEFT_OUT.items() if getattr(counts, name)]
    return _Answer(status=409, messages=[f"The user is not invited: {', '.join(why)}."])


_ACTIONS: Mapping[str, Callable[[Visit, User, Fields], Awaitable[str | _Answer]]] = {
    "save": _save,
    "locks": _set_locks,
    "suspend": _suspend,
    "reactivate": _reactivate,
    "sources": _set_sources,
    "password": _set_password,
    "details": _mail_details,
    "reset": _send_link,
    "invite": _invite,
    "grant": _grant,
}


async def new_user(visit: Visit) -> Response:
    """The form for one user by hand (S78)."""
    return await _new_page(visit, _Answer())


async def create(visit: Visit) -> Response:
    """Create the user, by the rules of an import; or show the form again, and what is wrong."""
    fields = await visit.form()
    typed = typed_in(fields)
    try:
        written = await visit.client.users.write(
            visit.directory,
            {name: value for name, value in typed.items() if value},
            mode=Mode.MODE_CREATE_ONLY,
            profile=fields.text("profile"),
            request_id=fields.text("request_id"),
        )
    except RollbookError as refused:
        why = refused.message.splitlines()
        answer = _Answer(status=refused.verdict.http, messages=why, typed=typed)
        return await _new_page(visit, answer, fields.text("profile"))
    if written.result.outcome == Outcome.OUTCOME_FAILED:
        answer = _Answer(status=422, typed=typed, issues=issues_of(written.result.issues))
        return await _new_page(visit, answer, fields.text("profile"))
    return await _created(visit, written)


async def _created(visit: Visit, written: WriteUserResponse) -> Response:
    if not visit.may("users:read"):
        path = visit.path("imports", written.import_id)
        return see(path) if visit.may("imports:read") else see(visit.path("users", "new"))
    user = await visit.client.users.get(visit.directory, user_id=written.result.user_id)
    if not written.result.issues:
        return see(path_of(visit, user, done="created"))
    issues = issues_of(written.result.issues)
    return await _page(
        visit, user, _Answer(messages=[_DONE["created"]], kind="good", issues=issues)
    )


async def _new_page(visit: Visit, answer: _Answer, profile: str = "") -> Response:
    info = await visit.client.get_server_info()
    return visit.page(
        "user_new.html",
        answer.status,
        answer=answer,
        inputs=inputs_of({}, answer.typed, answer.issues, number=True),
        profiles=info.profiles,
        profile=profile or USUAL_PROFILE,
        suggested=await suggested(visit),
        request_id=uuid.uuid4(),
    )


async def _page(visit: Visit, user: User, answer: _Answer) -> Response:
    rules: Sequence[str] = ()
    if visit.may("credentials:write"):
        rules = (await visit.client.credentials.policy(visit.directory)).rules
    notice = user.last_notice
    return visit.page(
        "user.html",
        answer.status,
        answer=answer,
        user=user,
        name=name_of(user) or user.employee_number,
        user_status=status_of(user),
        path=path_of(visit, user),
        inputs=inputs_of(cells_of(user), answer.typed, answer.issues),
        password=PasswordState.Name(user.password_state).removeprefix("PASSWORD_STATE_"),
        notice=[
            NoticeEvent.Name(notice.event).removeprefix("NOTICE_EVENT_"),
            NoticeMail.Name(notice.mail).removeprefix("NOTICE_MAIL_"),
            NoticeState.Name(notice.state).removeprefix("NOTICE_STATE_"),
        ]
        if user.HasField("last_notice")
        else [],
        rules=rules,
        not_sent=await not_sent(visit),
        grant=await grant_of(visit, user),
        grant_name=grant_name(visit, user),
        scopes=sorted(visit.scopes),
        history=await history_of(visit, user),
        suggested=await suggested(visit),
        request_id=uuid.uuid4(),
    )


def _key(visit: Visit) -> Key:
    kind = _BY.get(visit.asked("by"), "employee_number")
    return Key(**{kind: visit.request.path_params["number"]})  # type: ignore[misc]
