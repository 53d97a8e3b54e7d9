"""No import exceeds the rights of its caller: by row, plugin, resume or hand."""

from itertools import product
from uuid import uuid4

import pytest

from rollbook.users.policy import ANYBODY, Deed, Standing, Way, refused
from rollbook.v1 import directories_pb2, imports_pb2, users_pb2
from rollbook.v1.results_pb2 import Outcome
from rollbook.v1.tokens_pb2 import LinkedUser
from rollbook.v1.users_pb2 import UserKey
from tests.acceptance.wire import HEADER, Answer, Peer, csv, end, start, user

_SCOPES = ("imports:write", "imports:read", "users:read", "users:write")
_HIGH = (*_SCOPES, "roles:privileged")
_DENIED = "PERMISSION_DENIED/PERMISSION_DENIED"


async def _roles(peer: Peer, directory: str) -> dict[str, str]:
    return {number: row["role"] for number, row in (await peer.stored(directory)).items()}


async def _start_with(peer: Peer, directory: str, *lines: str) -> None:
    answer = await peer.send_file(directory, HEADER + "".join(lines))
    assert answer.ending == "OK"


async def test_only_who_may_import_may_import(peer: Peer) -> None:
    """S01, S02: the right is one of its own; without it not a byte of the file is read."""
    directory = await peer.new_directory()
    others = (
        "users:write",
        "directories:write",
        "tokens:write",
        "imports:read",
        "roles:privileged",
    )
    async with peer.having(*others, directory=directory) as other:
        answer = await other.send([])
        assert answer.ending == _DENIED
        assert (await other.send_file(directory, HEADER + user(1))).ending == _DENIED
    async with peer.having("imports:write", directory=directory) as importer:
        assert (await importer.send_file(directory, HEADER + user(2))).rows == {2: "CREATED"}
    assert set(await peer.stored(directory)) == {"2"}


async def test_neither_right_is_refused_before_a_message_and_preview_alone_after_start(
    peer: Peer,
) -> None:
    """B018: with `imports:preview` alone a commit is refused, and a preview is made."""
    directory = await peer.new_directory()
    async with (
        peer.having("users:read", directory=directory) as reader,
        reader.call() as silent,
    ):
        assert (await silent.rest()).ending == _DENIED
    async with peer.having("imports:preview", directory=directory) as previewer:
        for commit in ("PER_BATCH", "WHOLE_FILE"):
            asked = start(directory, options={"commit": commit})
            async with previewer.call(asked) as call:
                assert (await call.rest()).ending == _DENIED
        answer = await previewer.send_file(directory, HEADER + user(1), options={"commit": "NONE"})
        assert answer.rows == {2: "CREATED"}
        assert answer.summary
        applying = imports_pb2.ApplyImportRequest(
            directory=directory, import_id=answer.summary.import_id
        )
        refused = await _apply(previewer, applying)
        assert refused.ending == _DENIED
    assert await peer.stored(directory) == {}


async def _apply(peer: Peer, request: imports_pb2.ApplyImportRequest) -> Answer:
    answer = Answer()
    try:
        async for message in peer.imports.ApplyImport(request, metadata=peer.metadata, timeout=30):
            answer.results.extend(message.results.results)
    except Exception as broken:
        answer.end_with(broken)  # type: ignore[arg-type]
    return answer


async def test_a_password_column_needs_its_right(peer: Peer) -> None:
    """B092: refused at the header, naming the column; nothing is applied. Of typed rows, too."""
    directory = await peer.new_directory()
    content = "employee_number,email,first_name,last_name,password\n1,a@x.org,Ada,Byron,\n"
    async with peer.having(*_SCOPES, directory=directory) as importer:
        answer = await importer.send_file(directory, content)
        assert (answer.ending, answer.facts["column"]) == (_DENIED, "password")
        assert answer.summary is None
        typed = {"employee_number": "1", "email": "a@x.org", "first_name": "A", "last_name": "B"}
        row = users_pb2.WriteUserRequest(directory=directory)
        for name, text in (typed | {"password": ""}).items():
            setattr(row.row, name, text)
        assert (await importer.refusal(importer.users.WriteUser, row)).ending == _DENIED
    async with peer.having(*_SCOPES, "credentials:write", directory=directory) as importer:
        assert (await importer.send_file(directory, content)).rows == {2: "CREATED"}


@pytest.mark.parametrize(
    ("commit", "way"), list(product(["PER_BATCH", "WHOLE_FILE"], ["create", "update", "by hand"]))
)
@pytest.mark.parametrize("high", [False, True], ids=["without the right", "with the right"])
async def test_who_grants_a_privileged_role(
    peer: Peer, commit: str, way: str, *, high: bool
) -> None:
    """B194, B191, P52: not without `roles:privileged`, however the role is written."""
    directory = await peer.new_directory()
    if way != "create":
        await _start_with(peer, directory, user(1))
    scopes = _HIGH if high else _SCOPES
    async with peer.having(*scopes, directory=directory) as importer:
        if way == "by hand":
            request = users_pb2.WriteUserRequest(directory=directory)
            request.row.employee_number, request.row.email = "1", "u1@example.org"
            request.row.first_name, request.row.last_name = "Ada", "Byron"
            request.row.role = " ADMIN "
            written = await importer.ask(importer.users.WriteUser, request)
            codes = [issue.code for issue in written.result.issues if issue.severity == 1]
        else:
            answer = await importer.send_file(
                directory, HEADER + user(1, role=" ADMIN "), options={"commit": commit}
            )
            codes = [i.code for r in answer.results for i in r.issues if i.severity == 1]
    assert codes == ([] if high else ["role_not_permitted"])
    roles = await _roles(peer, directory)
    assert roles.get("1", "nobody") == (
        "admin" if high else "nobody" if way == "create" else "Standard"
    )


@pytest.mark.parametrize("high", [False, True], ids=["without the right", "with the right"])
async def test_a_plugin_does_not_climb(mapping: Peer, *, high: bool) -> None:
    """B195, B231, P52: a plugin's answer is judged as the caller's own word is."""
    directory = await mapping.new_directory()
    content = "employee_number,email,first_name,last_name,department\n1,a@x.org,Ada,Byron,it\n"
    async with mapping.having(*(_HIGH if high else _SCOPES), directory=directory) as importer:
        answer = await importer.send_file(directory, content)
    assert answer.rows == {2: "CREATED" if high else "FAILED role_not_permitted(role)"}


@pytest.mark.parametrize(
    ("cells", "ended"),
    [
        ({}, "UNCHANGED"),
        ({"last_name": "King"}, "FAILED target_protected"),
        ({"email": "king@example.org"}, "FAILED target_protected"),
        ({"role": "Standard"}, "FAILED target_protected"),
    ],
)
async def test_who_holds_a_privileged_role_is_not_changed(
    peer: Peer, cells: dict[str, str], ended: str
) -> None:
    """B208, P52: any field, by a caller without the right; a row without a change is fine."""
    directory = await peer.new_directory()
    await _start_with(peer, directory, user(1, role="admin"))
    before = (await peer.stored(directory))["1"]
    async with peer.having(*_SCOPES, directory=directory) as importer:
        answer = await importer.send_file(directory, HEADER + user(1, **cells))
        assert answer.rows == {2: ended}
        for method, request in (
            (importer.users.SuspendUser, users_pb2.SuspendUserRequest),
            (importer.users.SetLocks, users_pb2.SetLocksRequest),
        ):
            asked = request(directory=directory, user=UserKey(employee_number="1"))
            if isinstance(asked, users_pb2.SetLocksRequest):
                asked.role = True
            refused = await importer.refusal(method, asked)
            assert refused.ending == "INVALID_ARGUMENT/TARGET_PROTECTED"
    assert (await peer.stored(directory))["1"] == before


async def test_protecting_a_user_needs_the_right(peer: Peer) -> None:
    """P52: setting the flag, and taking it away."""
    directory = await peer.new_directory()
    await _start_with(peer, directory, user(1))
    for scopes, protected, ending in (
        (_SCOPES, True, _DENIED),
        (_HIGH, True, "OK"),
        (_SCOPES, False, _DENIED),
        (_HIGH, False, "OK"),
    ):
        asked = users_pb2.SetLocksRequest(
            directory=directory, user=UserKey(employee_number="1"), protected=protected
        )
        async with peer.having(*scopes, directory=directory) as somebody:
            assert (await somebody.refusal(somebody.users.SetLocks, asked)).ending == ending


async def test_nobody_raises_lowers_or_suspends_themselves(peer: Peer) -> None:
    """B200, P52: by a row, by hand, or by a full sync without them; the rest is fine."""
    directory = await peer.new_directory()
    role = directories_pb2.Role(name="Clerk")
    await peer.ask(
        peer.directories.CreateRole,
        directories_pb2.CreateRoleRequest(directory=directory, role=role),
    )
    await _start_with(peer, directory, user(1), user(2), user(3, role="admin"))
    me = LinkedUser(directory=directory, user=UserKey(employee_number="1"))
    async with peer.having(*_HIGH, directory=directory, user=me) as myself:
        for raised in ("admin", "Clerk"):
            answer = await myself.send_file(directory, HEADER + user(1, role=raised))
            assert answer.rows == {2: "FAILED target_protected(role)"}
        answer = await myself.send_file(directory, HEADER + user(1, last_name="King"))
        assert answer.rows == {2: "UPDATED"}
        for method, request in (
            (myself.users.SuspendUser, users_pb2.SuspendUserRequest),
            (myself.users.ReactivateUser, users_pb2.ReactivateUserRequest),
        ):
            asked = request(directory=directory, user=UserKey(employee_number="1"))
            if method is myself.users.ReactivateUser:
                suspend = users_pb2.SuspendUserRequest(directory=directory, user=asked.user)
                await peer.ask(peer.users.SuspendUser, suspend)
            refused = await myself.refusal(method, asked)
            assert refused.ending == "INVALID_ARGUMENT/TARGET_PROTECTED"
        again = users_pb2.ReactivateUserRequest(
            directory=directory, user=UserKey(employee_number="1")
        )
        await peer.ask(peer.users.ReactivateUser, again)
        options = {"commit": "WHOLE_FILE", "missing_users": "SUSPEND"}
        answer = await myself.send_file(directory, HEADER + user(2), options=options)
    assert answer.ending == "OK"
    stored = await peer.stored(directory)
    assert {number: row["status"] for number, row in stored.items()} == {
        "1": "active",
        "2": "active",
        "3": "suspended_by_sync",
    }


@pytest.mark.parametrize("commit", ["PER_BATCH", "WHOLE_FILE", "NONE"])
async def test_a_suspended_caller_does_not_reactivate_themselves_by_a_file(
    peer: Peer, commit: str
) -> None:
    """B200, P52: not by a full sync; by no other import either, as for anybody."""
    directory = await peer.new_directory()
    sync = {"commit": "WHOLE_FILE", "missing_users": "SUSPEND"}
    await _start_with(peer, directory, user(1), user(2))
    gone = await peer.send_file(directory, HEADER + user(2), options=sync)
    assert gone.ending == "OK"
    me = LinkedUser(directory=directory, user=UserKey(employee_number="1"))
    await peer.ask(
        peer.directories.UpdateDirectory,
        directories_pb2.UpdateDirectoryRequest(
            directory=directories_pb2.Directory(name=directory, sources={"default": "somebody"})
        ),
    )
    tried: list[tuple[dict[str, object], str]] = [
        ({"commit": commit}, "UNCHANGED user_suspended"),
    ]
    if commit != "PER_BATCH":
        tried.append(({"commit": commit, "missing_users": "SUSPEND"}, "FAILED target_protected"))
    async with peer.having(*_HIGH, directory=directory, user=me) as myself:
        for options, mine in tried:
            answer = await myself.send_file(directory, HEADER + user(1) + user(2), options=options)
            assert answer.rows == {2: mine, 3: "UNCHANGED"}
        written = users_pb2.WriteUserRequest(directory=directory)
        written.row.employee_number, written.row.email = "1", "u1@example.org"
        written.row.first_name, written.row.last_name = "Ada", "Byron"
        by_hand = await myself.ask(myself.users.WriteUser, written)
        assert by_hand.result.outcome == Outcome.OUTCOME_UNCHANGED
    assert (await peer.stored(directory))["1"]["status"] == "suspended_by_sync"


async def test_a_protected_user_is_locked_and_suspended_by_hand_only_with_the_right(
    peer: Peer,
) -> None:
    """P52: `target_protected` without `roles:privileged`; a change that changes nothing is fine."""
    directory = await peer.new_directory()
    await _start_with(peer, directory, user(1))
    key = UserKey(employee_number="1")
    await peer.ask(
        peer.users.SetLocks,
        users_pb2.SetLocksRequest(directory=directory, user=key, protected=True),
    )

    def changes(somebody: Peer) -> list[tuple[object, object]]:
        suspend = users_pb2.SuspendUserRequest(directory=directory, user=key)
        reactivate = users_pb2.ReactivateUserRequest(directory=directory, user=key)
        lock = users_pb2.SetLocksRequest(directory=directory, user=key, location=True)
        return [
            (somebody.users.SetLocks, lock),
            (somebody.users.SuspendUser, suspend),
            (somebody.users.ReactivateUser, reactivate),
        ]

    above = "INVALID_ARGUMENT/TARGET_PROTECTED"
    async with peer.having(*_SCOPES, directory=directory) as low:
        told = [(await low.refusal(*change)).ending for change in changes(low)]
        assert told == [above, above, "OK"]
        await peer.ask(*changes(peer)[1])
        told = [(await low.refusal(*change)).ending for change in changes(low)]
        assert told == [above, "OK", above]
    async with peer.having(*_HIGH, directory=directory) as high:
        told = [(await high.refusal(*change)).ending for change in changes(high)]
    assert told == ["OK"] * 3


@pytest.mark.parametrize("high", [False, True], ids=["without the right", "with the right"])
async def test_a_protected_user_is_reactivated_by_a_file_only_with_the_right(
    peer: Peer, *, high: bool
) -> None:
    """P52: protected after a sync had suspended them; a file is no way around the hand."""
    directory = await peer.new_directory()
    sync = {"commit": "WHOLE_FILE", "missing_users": "SUSPEND"}
    await _start_with(peer, directory, user(1), user(2))
    assert (await peer.send_file(directory, HEADER + user(2), options=sync)).ending == "OK"
    await peer.ask(
        peer.users.SetLocks,
        users_pb2.SetLocksRequest(
            directory=directory, user=UserKey(employee_number="1"), protected=True
        ),
    )
    async with peer.having(*(_HIGH if high else _SCOPES), directory=directory) as somebody:
        answer = await somebody.send_file(
            directory, HEADER + user(1) + user(3), options=sync, source="another"
        )
    assert answer.rows == {2: "UPDATED" if high else "FAILED target_protected", 3: "CREATED"}
    status = (await peer.stored(directory))["1"]["status"]
    assert status == ("active" if high else "suspended_by_sync")


@pytest.mark.parametrize("high", [False, True], ids=["without the right", "with the right"])
async def test_a_full_sync_suspends_exactly_those_whom_the_policy_lets_it(
    peer: Peer, *, high: bool
) -> None:
    """P52: the statement that suspends, and the table of rights, agree on every standing."""
    directory = await peer.new_directory()
    standings = {"1": ANYBODY, "2": Standing.HOLDS_PRIVILEGED, "3": Standing.PROTECTED}
    standings["4"] = Standing.CALLER
    await _start_with(
        peer, directory, user(1), user(2, role="admin"), user(3), user(4), *map(user, range(5, 15))
    )
    protect = users_pb2.SetLocksRequest(
        directory=directory, user=UserKey(employee_number="3"), protected=True
    )
    await peer.ask(peer.users.SetLocks, protect)
    me = LinkedUser(directory=directory, user=UserKey(employee_number="4"))
    options = {"commit": "WHOLE_FILE", "missing_users": "SUSPEND"}
    scopes = _HIGH if high else _SCOPES
    async with peer.having(*scopes, directory=directory, user=me) as importer:
        answer = await importer.send_file(
            directory, HEADER + "".join(map(user, range(5, 15))), options=options
        )
    assert answer.ending == "OK"
    stored = await peer.stored(directory)
    for number, of in standings.items():
        permitted = not refused(Deed.SUSPEND, of, Way.IMPORT, privileged=high)
        assert (stored[number]["status"] == "suspended_by_sync") is permitted, of


async def test_a_full_sync_leaves_out_who_is_above_it(peer: Peer) -> None:
    """P52: without the right, no holder of a privileged role is suspended."""
    directory = await peer.new_directory()
    await _start_with(peer, directory, user(1, role="admin"), user(2), user(3))
    options = {"commit": "WHOLE_FILE", "missing_users": "SUSPEND"}
    async with peer.having(*_SCOPES, directory=directory) as importer:
        answer = await importer.send_file(directory, HEADER + user(3), options=options)
    assert answer.ending == "OK"
    stored = await peer.stored(directory)
    assert {number: row["status"] for number, row in stored.items()} == {
        "1": "active",
        "2": "suspended_by_sync",
        "3": "active",
    }


@pytest.mark.parametrize("first", [_SCOPES, _HIGH], ids=["begun low", "begun high"])
async def test_a_resume_does_not_climb(peer: Peer, first: tuple[str, ...]) -> None:
    """P52: an import goes on no higher than it began, nor than who goes on with it."""
    directory, import_id = await peer.new_directory(), str(uuid4())
    lines = [HEADER, user(1), user(2, role="admin")]
    begun = start(directory, import_id=import_id, options={})
    async with (
        peer.having(*first, directory=directory) as one,
        one.call(begun, *csv("".join(lines[:2]))) as call,
    ):
        await call.read("results")
        await call.half_close()
        await call.rest()
    await peer.until(directory, import_id, {"IMPORT_STATE_INTERRUPTED"})
    then = _SCOPES if first is _HIGH else _HIGH
    async with peer.having(*then, directory=directory) as other:
        answer = await other.send([begun, *csv("".join(lines)), end()])
    assert answer.rows[3] == "FAILED role_not_permitted(role)"
    assert set(await _roles(peer, directory)) == {"1"}


@pytest.mark.parametrize("first", [_SCOPES, _HIGH], ids=["previewed low", "previewed high"])
async def test_applying_a_preview_does_not_climb(peer: Peer, first: tuple[str, ...]) -> None:
    """P52: the plan is judged by both; where that is another plan, it is stale."""
    directory = await peer.new_directory()
    async with peer.having(*first, directory=directory) as one:
        previewed = await one.send_file(
            directory, HEADER + user(1, role="admin"), options={"commit": "NONE"}
        )
    assert previewed.summary
    request = imports_pb2.ApplyImportRequest(
        directory=directory, import_id=previewed.summary.import_id
    )
    then = _SCOPES if first is _HIGH else _HIGH
    async with peer.having(*then, directory=directory) as other:
        answer = await _apply(other, request)
    if first is _HIGH:
        assert answer.ending == "FAILED_PRECONDITION/PLAN_STALE"
    else:
        assert answer.rows == {2: "FAILED role_not_permitted(role)"}
    assert await peer.stored(directory) == {}


async def test_a_privileged_default_role_is_granted_by_nobody_without_the_right(
    peer: Peer,
) -> None:
    """P52: a new user whose row names no role is given it as well."""
    directory = await peer.new_directory()
    await peer.execute(
        "update roles set privileged = true where is_default and directory_id ="
        " (select id from directories where name = $1)",
        directory,
    )
    async with peer.having(*_SCOPES, directory=directory) as importer:
        answer = await importer.send_file(directory, HEADER + user(1))
    assert answer.rows == {2: "FAILED role_not_permitted(role)"}


async def test_another_principals_import_is_as_if_unknown(peer: Peer) -> None:
    """B042: its id used again, its cancellation, its application: denied as a missing one is."""
    directory, import_id = await peer.new_directory(), str(uuid4())
    content = HEADER + user(1)
    asked = {"import_id": import_id, "options": {"commit": "NONE"}}
    assert (await peer.send_file(directory, content, **asked)).ending == "OK"
    async with peer.having(*_SCOPES, directory=directory, principal="other") as other:
        again = await other.send_file(directory, content, **asked)
        cancelling = imports_pb2.CancelImportRequest(directory=directory, import_id=import_id)
        applying = imports_pb2.ApplyImportRequest(directory=directory, import_id=import_id)
        unknown = imports_pb2.CancelImportRequest(directory=directory, import_id=str(uuid4()))
        told = {
            (answer.ending, answer.message)
            for answer in (
                again,
                await other.refusal(other.imports.CancelImport, cancelling),
                await _apply(other, applying),
                await other.refusal(other.imports.CancelImport, unknown),
            )
        }
    assert len(told) == 1
    assert told.pop()[0] == _DENIED


async def test_a_privileged_role_is_changed_and_removed_by_who_may_grant_it(peer: Peer) -> None:
    """P52: a caller with `roles:write` alone cannot make a role privileged, or the reverse."""
    directory = await peer.new_directory()
    for role in ("Root", "Clerk"):
        made = directories_pb2.Role(name=role, privileged=role == "Root")
        await peer.ask(
            peer.directories.CreateRole,
            directories_pb2.CreateRoleRequest(directory=directory, role=made),
        )

    def changes(somebody: Peer) -> list[tuple[object, object]]:
        update, delete = directories_pb2.UpdateRoleRequest, directories_pb2.DeleteRoleRequest
        alias = directories_pb2.Role(aliases=["boss"])
        raised = directories_pb2.Role(privileged=True)
        return [
            (
                somebody.directories.UpdateRole,
                update(directory=directory, name="Root", role=alias),
            ),
            (
                somebody.directories.UpdateRole,
                update(directory=directory, name="Clerk", role=raised),
            ),
            (somebody.directories.DeleteRole, delete(directory=directory, name="Root")),
        ]

    for scopes, ending in (
        (("directories:write",), _DENIED),
        (("directories:write", *_HIGH), "OK"),
    ):
        async with peer.having(*scopes, directory=directory) as somebody:
            told = [(await somebody.refusal(*change)).ending for change in changes(somebody)]
        assert told == [ending] * 3


@pytest.mark.parametrize("commit", ["PER_BATCH", "WHOLE_FILE", "NONE"])
@pytest.mark.parametrize(
    ("stored", "wanted", "refused"),
    [
        ("strasse.kiss@x.com", "straße.kiss@x.com", True),
        ("u1@example.org", "U1@example.org", True),
        ("u1@strasse.example", "u1@STRASSE.example", False),
        ("u1@xn--strae-oqa.example", "u1@straße.example", True),
    ],
)
async def test_another_text_of_a_protected_email_is_refused(
    peer: Peer, stored: str, wanted: str, commit: str, *, refused: bool
) -> None:
    """B188, B175, P52: the keys are equal, the mailboxes perhaps not; the domain's case is free."""
    directory = await peer.new_directory()
    await _start_with(peer, directory, user(1, email=stored))
    await peer.ask(
        peer.users.SetLocks,
        users_pb2.SetLocksRequest(
            directory=directory, user=UserKey(employee_number="1"), protected=True
        ),
    )
    async with peer.having(*_HIGH, directory=directory) as importer:
        answer = await importer.send_file(
            directory, HEADER + user(1, email=wanted), options={"commit": commit}
        )
    said = answer.rows[2].removesuffix(" smtputf8_required(email)")
    assert said == ("FAILED target_protected(email)" if refused else "UPDATED")
    if refused or commit == "NONE":
        assert (await peer.stored(directory))["1"]["email"] == stored


async def test_another_text_of_a_protected_username_is_refused(peer: Peer) -> None:
    """B135, B188: the fullwidth twin of the stored username, and another case of it."""
    directory = await peer.new_directory()
    header = "employee_number,email,username,first_name,last_name\n"
    line = "1,a@x.org,{},Ada,Byron\n"
    await peer.send_file(directory, header + line.format("countess"))
    await peer.ask(
        peer.users.SetLocks,
        users_pb2.SetLocksRequest(
            directory=directory, user=UserKey(employee_number="1"), protected=True
        ),
    )
    for twin in ("Countess", "\uff43ountess"):
        answer = await peer.send_file(directory, header + line.format(twin))
        assert answer.rows == {2: "FAILED target_protected(username)"}
    again = await peer.send_file(directory, header + line.format("countess"))
    assert again.rows == {2: "UNCHANGED"}
