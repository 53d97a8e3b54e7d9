"""Every field of a user, by every writer, with and without the right to change it.

The fields come from the table of fields, the methods from the contract: a new one joins by itself,
and an unclassified method fails the walk. The policy decides what is permitted; `tests/unit/users`
compares it with the rules, and this module compares each writer with the policy.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import uuid4

import pytest

from rollbook.access import Caller, Scope
from rollbook.access.method_table import NEEDED
from rollbook.errors import Refusal
from rollbook.model import STORED, Field, Kind
from rollbook.users.policy import ANYBODY, DEEDS, Deed, Standing, Way, check_by_hand, refused
from rollbook.v1 import credentials_pb2, directories_pb2, imports_pb2, tokens_pb2, users_pb2
from rollbook.v1.results_pb2 import SEVERITY_ERROR, Outcome, RowResult
from rollbook.v1.users_pb2 import UserKey
from tests.acceptance.wire import HEADER, Answer, Peer, end, rows, start, user

Row = dict[str, Any]
Writer = Callable[[Peer, Peer, str, Sequence[Row]], Awaitable[Mapping[str, RowResult]]]

_SCOPES = (
    *("imports:write", "imports:read", "users:read", "users:write"),
    *("directories:read", "directories:write", "tokens:write"),
)
_SOURCE = "walk"
_STANDINGS = (ANYBODY, *Standing)
_WRITTEN = (*(field for field in STORED if field is not Field.EMPLOYEE_NUMBER), "attributes")
"""All that a row can change of a user. The password is not stored with a user."""

_VALUES = {
    Kind.EMAIL: "changed{}@example.org",
    Kind.USERNAME: "changed{}",
    Kind.BOOLEAN: "1",
    Kind.PHONE: "+44 20 7946 0000",
    Kind.PERSON_NAME: "Changed",
    Kind.TEXT: "Changed",
}
_NAMES = {Field.ROLE: "Clerk", Field.LOCATION: "Leeds", Field.ORGANIZATIONAL_UNIT: "Sales"}


def _changes() -> dict[str, tuple[Row, Deed]]:
    """By the number of a user: the cells that change it, and what that is to the policy."""
    found: list[tuple[Row, Deed]] = [({Field.ROLE.value: "root"}, Deed.ROLE | Deed.GRANT)]
    for field in _WRITTEN:
        number = len(found) + 1
        if isinstance(field, Field):
            value = _NAMES.get(field) or _VALUES[field.traits.kind]
            found.append(({field.value: value.format(number)}, DEEDS.get(field, Deed.OTHER)))
        else:
            found.append(({field: {"badge": "9"}}, Deed.OTHER))
    return {str(n): (cells, deed | Deed.OTHER) for n, (cells, deed) in enumerate(found, 1)}


_CHANGES = _changes()


def _row(number: str) -> Row:
    """The user as it is stored, by all that every row must have."""
    good = {"employee_number": number, "email": f"u{number}@example.org"}
    return good | {"first_name": "Ada", "last_name": "Byron"}


async def _import(who: Peer, directory: str, given: Sequence[Row], **options: Any) -> Answer:
    opening = start(directory, source=_SOURCE, options=options)
    return await who.send([opening, rows(*given), end(total_rows=len(given))])


async def _by_batch(who: Peer, _: Peer, directory: str, given: Sequence[Row]) -> Any:
    return _by_number((await _import(who, directory, given, commit="PER_BATCH")).results)


async def _whole_file(who: Peer, _: Peer, directory: str, given: Sequence[Row]) -> Any:
    return _by_number((await _import(who, directory, given, commit="WHOLE_FILE")).results)


async def _full_sync(who: Peer, _: Peer, directory: str, given: Sequence[Row]) -> Any:
    options = {"commit": "WHOLE_FILE", "missing_users": "SUSPEND"}
    named = {row["employee_number"] for row in given}
    others = [_row(number) for number in (*_CHANGES, "0") if number not in named]
    return _by_number((await _import(who, directory, [*given, *others], **options)).results)


async def _apply(who: Peer, _: Peer, directory: str, given: Sequence[Row]) -> Any:
    """Applying a preview does what the preview reported."""
    before = await who.stored(directory)
    previewed = await _import(who, directory, given, commit="NONE")
    assert await who.stored(directory) == before
    assert previewed.summary
    request = imports_pb2.ApplyImportRequest(
        directory=directory, import_id=previewed.summary.import_id
    )
    answer = Answer()
    async for message in who.imports.ApplyImport(request, metadata=who.metadata, timeout=30):
        answer.results.extend(message.results.results)
    assert answer.rows == previewed.rows
    return _by_number(answer.results)


async def _resume(who: Peer, high: Peer, directory: str, given: Sequence[Row]) -> Any:
    """Begun with every right by the same principal, and gone on with by the caller."""
    import_id = str(uuid4())
    opening = start(directory, import_id=import_id, source=_SOURCE, options={})
    first = _row("0")
    async with high.call(opening, rows(first)) as call:
        await call.read("results")
        await call.half_close()
        await call.rest()
    await high.until(directory, import_id, {"IMPORT_STATE_INTERRUPTED"})
    answer = await who.send([opening, rows(first, *given), end(total_rows=len(given) + 1)])
    return _by_number(answer.results)


async def _write_user(who: Peer, _: Peer, directory: str, given: Sequence[Row]) -> Any:
    found = []
    for row in given:
        request = users_pb2.WriteUserRequest(directory=directory, row=imports_pb2.UserRow(**row))
        found.append((await who.ask(who.users.WriteUser, request)).result)
    return _by_number(found)


_WRITERS: Mapping[str, tuple[str, Writer]] = {
    "per batch": ("ImportUsers", _by_batch),
    "whole file": ("ImportUsers", _whole_file),
    "full sync": ("ImportUsers", _full_sync),
    "resume": ("ImportUsers", _resume),
    "apply": ("ApplyImport", _apply),
    "write": ("WriteUser", _write_user),
}
"""The ways of a row into the database, and the method of each."""

_BY_HAND: Mapping[str, tuple[Deed, str, Row]] = {
    "suspend": (Deed.SUSPEND, "SuspendUser", {}),
    "reactivate": (Deed.REACTIVATE, "ReactivateUser", {}),
    "lock the role": (Deed.LOCKS, "SetLocks", {"role": True}),
    "lock the location": (Deed.LOCKS, "SetLocks", {"location": True}),
    "protect": (Deed.PROTECTION, "SetLocks", {"protected": True}),
    "unprotect": (Deed.PROTECTION, "SetLocks", {"protected": False}),
    "set the sources": (Deed.SOURCES, "SetSources", {"sources": ["crm"]}),
}

_role = directories_pb2.Role
_ABOVE: Mapping[str, tuple[str, str, Any]] = {
    "a role made privileged": (
        *("directories", "CreateRole"),
        directories_pb2.CreateRoleRequest(role=_role(name="Boss", privileged=True)),
    ),
    "a role turned privileged": (
        *("directories", "UpdateRole"),
        directories_pb2.UpdateRoleRequest(name="Clerk", role=_role(privileged=True)),
    ),
    "an alias of a privileged role": (
        *("directories", "UpdateRole"),
        directories_pb2.UpdateRoleRequest(name="root", role=_role(aliases=["peasant"])),
    ),
    "a privileged role removed": (
        *("directories", "DeleteRole"),
        directories_pb2.DeleteRoleRequest(name="root"),
    ),
    "privileged roles loaded": (
        *("directories", "LoadRoles"),
        directories_pb2.LoadRolesRequest(csv=b"name,privileged\nBoss,yes\n"),
    ),
    "a privileged default role": (
        *("directories", "UpdateDirectory"),
        directories_pb2.UpdateDirectoryRequest(
            directory=directories_pb2.Directory(default_role="admin")
        ),
    ),
    "a token with the right": (
        *("tokens", "CreateToken"),
        tokens_pb2.CreateTokenRequest(token=tokens_pb2.Token(scopes=["roles:privileged"])),
    ),
}
"""What raises users, or callers, without touching a user: denied without the right."""

_HARMLESS = frozenset(
    {
        # They read.
        *("GetImport", "ListImports", "ListImportIssues", "ListImportNotices", "DownloadReport"),
        *("WatchImport", "GetSample", "GetUser", "ListUsers", "ListTokens", "GetServerInfo"),
        *("ListImportRows", "ListUserChanges", "GetCaller"),
        *("ListPlugins", "ServerReflectionInfo", "GetDirectory", "ListDirectories", "GetRole"),
        *("ListRoles", "GetLocation", "ListLocations", "GetOrganizationalUnit"),
        "ListOrganizationalUnits",
        # They end imports, or let one pass that its own caller applies.
        *("CancelImport", "ApproveImport", "RevokeToken"),
        # They are about mail, and change no user.
        *("ResendNotices", "RecordBounce", "RequestPasswordReset"),
        # They need what opens the account, and change nothing that a right hangs on.
        *("VerifyPassword", "SetPassword", "GetPasswordPolicy"),
        # They give the rights that a caller has, or end them.
        *("CreateSession", "EndSession"),
        # They change what no right of a user hangs on, or refuse while users have it.
        *("CreateDirectory", "DeleteDirectory", "CreateLocation", "UpdateLocation"),
        *("DeleteLocation", "LoadLocations", "CreateOrganizationalUnit"),
        *("UpdateOrganizationalUnit", "DeleteOrganizationalUnit", "LoadOrganizationalUnits"),
    }
)
"""The methods that this walk leaves out."""


def test_every_method_is_walked_or_named_as_harmless() -> None:
    """P51, P52: a new method fails here until it has a place."""
    walked = {method for method, _ in _WRITERS.values()}
    walked |= {method for _, method, _ in _BY_HAND.values()}
    walked |= {method for _, method, _ in _ABOVE.values()}
    walked |= {"SetUserPassword", "SendInvitations"}  # by tests of their own
    assert not walked & _HARMLESS
    assert walked | _HARMLESS == {name.rpartition("/")[2] for name in NEEDED}


def test_every_field_of_the_contract_is_walked() -> None:
    """P52: but the number, which is the identity, and the password, which has rules of its own."""
    left_out = {Field.EMPLOYEE_NUMBER.value, Field.PASSWORD.value}
    walked = {name for cells, _ in _CHANGES.values() for name in cells}
    assert walked | left_out == set(imports_pb2.UserRow.DESCRIPTOR.fields_by_name)


@pytest.mark.parametrize("privileged", [False, True], ids=["without the right", "with the right"])
@pytest.mark.parametrize("of", _STANDINGS, ids=lambda of: of.name or "PLAIN")
@pytest.mark.parametrize("writer", _WRITERS)
@pytest.mark.few(16)
async def test_each_field_is_written_as_the_policy_permits(
    peer: Peer, writer: str, of: Standing, *, privileged: bool
) -> None:
    """P52, B188, B194, B200, B208: refused with its codes and nothing written, or written."""
    await _walk(peer, writer, of, _CHANGES, privileged=privileged)


@pytest.mark.parametrize("privileged", [False, True], ids=["without the right", "with the right"])
@pytest.mark.parametrize("of", _STANDINGS, ids=lambda of: of.name or "PLAIN")
@pytest.mark.parametrize("writer", _WRITERS)
@pytest.mark.few(16)
async def test_a_plugins_answer_is_written_as_the_policy_permits(
    mapping: Peer, writer: str, of: Standing, *, privileged: bool
) -> None:
    """P52, B195: what a plugin answers is judged as if the caller had sent it."""
    # Who holds a privileged role here has the one that the plugin answers.
    role = Deed.OTHER if of is Standing.HOLDS_PRIVILEGED else Deed.OTHER | Deed.ROLE | Deed.GRANT
    answered = {"1": ({"department": "it"}, role), "2": ({"department": "at Leeds"}, Deed.OTHER)}
    await _walk(mapping, writer, of, answered, privileged=privileged)


async def _walk(
    peer: Peer,
    writer: str,
    of: Standing,
    changes: Mapping[str, tuple[Row, Deed]],
    *,
    privileged: bool,
) -> None:
    """Write each user's cells; hold every result and every stored user to the policy."""
    directory = await _directory(peer, of)
    before = await peer.stored(directory)
    said: dict[str, RowResult] = {}
    given = [_row(number) | cells for number, (cells, _) in changes.items()]
    portions = [[row] for row in given] if of is Standing.CALLER else [given]
    principal = f"walker-{uuid4().hex}"
    for portion in portions:
        link = _link(directory, portion[0]["employee_number"]) if len(portion) == 1 else {}
        named = {"directory": directory, "principal": principal}
        async with (
            peer.having(*_scopes(privileged=privileged), **named, **link) as who,
            peer.having(*_scopes(privileged=True), **named) as high,
        ):
            found = await _WRITERS[writer][1](who, high, directory, portion)
        said |= {row["employee_number"]: found[row["employee_number"]] for row in portion}
    after = await peer.stored(directory)
    for number, (cells, deed) in changes.items():
        about = (cells, said[number])
        issues = refused(deed, of, Way.IMPORT, privileged=privileged)
        errors = [(i.code, i.field) for i in said[number].issues if i.severity == SEVERITY_ERROR]
        assert errors == [(issue.code, issue.field) for issue in issues], about
        outcome = Outcome.OUTCOME_FAILED if issues else Outcome.OUTCOME_UPDATED
        assert said[number].outcome == outcome, about
        assert (after[number] == before[number]) is bool(issues), about


@pytest.mark.parametrize("privileged", [False, True], ids=["without the right", "with the right"])
@pytest.mark.parametrize("of", _STANDINGS, ids=lambda of: of.name or "PLAIN")
@pytest.mark.parametrize("writer", [name for name in _WRITERS if name != "write"])
@pytest.mark.few(14)
async def test_a_suspension_by_a_sync_ends_as_the_policy_permits(
    peer: Peer, writer: str, of: Standing, *, privileged: bool
) -> None:
    """P52, B200: by a row of a full sync alone; other imports leave the user suspended."""
    directory = await _directory(peer, of)
    await _set(peer, directory, "status = 'suspended_by_sync'", "1")
    principal = f"walker-{uuid4().hex}"
    link = _link(directory, "1") if of is Standing.CALLER else {}
    named = {"directory": directory, "principal": principal}
    async with (
        peer.having(*_scopes(privileged=privileged), **named, **link) as who,
        peer.having(*_scopes(privileged=True), **named) as high,
    ):
        await _WRITERS[writer][1](who, high, directory, [_row("1")])
    issues = refused(Deed.OTHER | Deed.REACTIVATE, of, Way.IMPORT, privileged=privileged)
    status = (await peer.stored(directory))["1"]["status"]
    assert status == ("active" if writer == "full sync" and not issues else "suspended_by_sync")


@pytest.mark.parametrize("privileged", [False, True], ids=["without the right", "with the right"])
@pytest.mark.parametrize("of", _STANDINGS, ids=lambda of: of.name or "PLAIN")
async def test_each_change_by_hand_is_made_as_the_policy_permits(
    peer: Peer, of: Standing, *, privileged: bool
) -> None:
    """P52, B200, B208: locks, protection and suspension."""
    directory = await _directory(peer, of)
    link = _link(directory, "1") if of is Standing.CALLER else {}
    scopes = _scopes(privileged=privileged)
    caller = Caller(principal="p", scopes=frozenset(map(Scope, scopes)), directories=None)
    async with peer.having(*scopes, directory=directory, **link) as who:
        for deed, method, said in _BY_HAND.values():
            suspended = "suspended" if deed is Deed.REACTIVATE else "active"
            await _set(peer, directory, f"status = '{suspended}'", "1")
            before = (await peer.stored(directory))["1"]
            if said.get("protected") is before["protected"]:
                continue  # nothing would change
            request = getattr(users_pb2, f"{method}Request")(
                directory=directory, user=UserKey(employee_number="1"), **said
            )
            standing = of | Standing.PROTECTED if before["protected"] else of
            answer = await who.refusal(getattr(who.users, method), request)
            after = (await peer.stored(directory))["1"]
            ending = _ending(deed, standing, caller)
            assert answer.ending.endswith(ending), (method, said)
            assert (after == before) is (ending != "OK"), (method, said)


@pytest.mark.parametrize("privileged", [False, True], ids=["without the right", "with the right"])
@pytest.mark.parametrize("of", _STANDINGS, ids=lambda of: of.name or "PLAIN")
async def test_a_password_is_set_by_hand_as_the_policy_permits(
    peer: Peer, of: Standing, *, privileged: bool
) -> None:
    """P52: of whom a password is set decides; refused, and none is there, or set."""
    directory = await _directory(peer, of)
    link = _link(directory, "1") if of is Standing.CALLER else {}
    scopes = (*_scopes(privileged=privileged), "credentials:write", "credentials:verify")
    caller = Caller(principal="p", scopes=frozenset(map(Scope, scopes)), directories=None)
    key, password = UserKey(employee_number="1"), "four silver kettles hum"
    async with peer.having(*scopes, directory=directory, **link) as who:
        answer = await who.refusal(
            who.credentials.SetUserPassword,
            credentials_pb2.SetUserPasswordRequest(
                directory=directory, user=key, new_password=password
            ),
        )
        ending = _ending(Deed.PASSWORD, of, caller)
        assert answer.ending.endswith(ending)
        found = await who.ask(
            who.credentials.VerifyPassword,
            credentials_pb2.VerifyPasswordRequest(
                directory=directory, user=UserKey(email="u1@example.org"), password=password
            ),
        )
    entered = found.result == credentials_pb2.LOGIN_RESULT_MUST_CHANGE
    assert entered is (ending == "OK")


def _ending(deed: Deed, of: Standing, caller: Caller) -> str:
    """The policy's answer to a change by hand: OK, or the reason of the refusal."""
    try:
        check_by_hand(deed, of, caller)
    except Refusal as refusal:
        return refusal.reason.upper()
    return "OK"


@pytest.mark.parametrize("what", _ABOVE)
async def test_nothing_beside_users_raises_anybody_without_the_right(peer: Peer, what: str) -> None:
    """P52: roles, the default role, aliases and tokens."""
    directory = await _directory(peer, Standing.HOLDS_PRIVILEGED)
    service, method, template = _ABOVE[what]
    request = type(template)()
    request.CopyFrom(template)
    principal = f"walker-{uuid4().hex}"
    if isinstance(request, tokens_pb2.CreateTokenRequest):
        request.token.principal = principal
        request.token.directories.append(directory)
    elif isinstance(request, directories_pb2.UpdateDirectoryRequest):
        request.directory.name = directory
        request.update_mask.paths.append("default_role")
    else:
        request.directory = directory
    before = await peer.stored(directory)
    for privileged in (False, True):
        scopes = _scopes(privileged=privileged)
        async with peer.having(*scopes, directory=directory, principal=principal) as who:
            answer = await who.refusal(getattr(getattr(who, service), method), request)
        wanted = "OK" if privileged else "PERMISSION_DENIED/PERMISSION_DENIED"
        assert answer.ending == wanted, answer.message
    assert await peer.stored(directory) == before


async def _directory(peer: Peer, of: Standing) -> str:
    """A directory with a user of that standing for each change, and the names they need."""
    directory = await peer.new_directory()
    for role in (_role(name="Clerk"), _role(name="root", privileged=True)):
        request = directories_pb2.CreateRoleRequest(directory=directory, role=role)
        await peer.ask(peer.directories.CreateRole, request)
    location = directories_pb2.CreateLocationRequest(
        directory=directory, location=directories_pb2.Location(name="Leeds")
    )
    await peer.ask(peer.directories.CreateLocation, location)
    unit = directories_pb2.CreateOrganizationalUnitRequest(
        directory=directory,
        organizational_unit=directories_pb2.OrganizationalUnit(name="Sales"),
    )
    await peer.ask(peer.directories.CreateOrganizationalUnit, unit)
    role_name = "admin" if of is Standing.HOLDS_PRIVILEGED else ""
    lines = [user(0), *(user(number, role=role_name) for number in _CHANGES)]
    answer = await peer.send_file(directory, HEADER + "".join(lines), source=_SOURCE)
    assert answer.ending == "OK"
    if of is Standing.PROTECTED:
        await _set(peer, directory, "protected = true", *_CHANGES)
    return directory


async def _set(peer: Peer, directory: str, what: str, *numbers: str) -> None:
    await peer.execute(
        f"update users set {what} where employee_number = any($2::text[]) and directory_id ="
        " (select id from directories where name = $1)",
        directory,
        list(numbers),
    )


def _scopes(*, privileged: bool) -> tuple[str, ...]:
    return (*_SCOPES, "roles:privileged") if privileged else _SCOPES


def _link(directory: str, number: str) -> Row:
    linked = tokens_pb2.LinkedUser(directory=directory, user=UserKey(employee_number=number))
    return {"user": linked}


def _by_number(results: Sequence[RowResult]) -> dict[str, RowResult]:
    return {result.employee_number: result for result in results}
