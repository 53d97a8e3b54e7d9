"""The mails that imports ask for: which go with which password, who gets one, and who sends it."""

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import grpc.aio
import pytest
import pytest_asyncio

from rollbook.credentials.sending import Need
from rollbook.model import Mail
from rollbook.v1 import credentials_pb2 as c
from rollbook.v1 import notices_pb2, users_pb2
from rollbook.v1.imports_pb2 import ApplyImportRequest, ListImportNoticesRequest
from tests.acceptance.post import MAILS, PLUGIN, Post, settings
from tests.acceptance.wire import HEADER, Answer, Peer, csv, end, rows, start, user, users
from tests.environment import serving

COMMITS = ["PER_BATCH", "WHOLE_FILE", "NONE"]
mails = pytest.mark.parametrize("mail", MAILS)
"""Marks a test that is to hold for each mail of an import."""


@pytest.fixture
def book(peer: Peer, tmp_path: Path) -> Post:
    """The notices of the shared server, which nobody sends."""
    return Post(peer, tmp_path, peer.server.database_url)


async def written(book: Post, directory: str) -> Counter[tuple[str, str, str, int]]:
    """How often each notice was written: number, event, mail and line."""
    return Counter(
        (row["employee_number"], row["event"], row["mail"], row["line"])
        for row in await book.rows(directory)
    )


def once(mail: str, lines: dict[str, int]) -> Counter[tuple[str, str, str, int]]:
    """Each of these numbers has the mail once, of its line."""
    return Counter((number, "created", mail, line) for number, line in lines.items())


async def apply(peer: Peer, directory: str, answer: Answer) -> None:
    """Apply a preview."""
    assert answer.summary
    request = ApplyImportRequest(directory=directory, import_id=answer.summary.import_id)
    async for _ in peer.imports.ApplyImport(request, metadata=peer.metadata):
        pass


_TAKES = {
    "NONE": {"NOBODY", "WELCOME_NEW", "INVITE_NEW"},
    "FROM_FILE": {"NOBODY", "WELCOME_NEW"},
    "GENERATE": {"NOBODY", "LOGIN_DETAILS"},
}
_NOTIFY = ["NOBODY", "WELCOME_NEW", "INVITE_NEW", "LOGIN_DETAILS"]


@pytest.mark.parametrize("notify", _NOTIFY)
@pytest.mark.parametrize("first_password", _TAKES)
async def test_which_mail_goes_with_which_password(
    peer: Peer, first_password: str, notify: str
) -> None:
    """S55: each is a choice of its own; what contradicts itself names what fits."""
    options = {"first_password": first_password, "notify": notify}
    answer = await peer.send_file(await peer.new_directory(), HEADER + users(1), options=options)
    if notify in _TAKES[first_password]:
        assert answer.rows == {2: "CREATED"}
        return
    assert answer.ending == "INVALID_ARGUMENT/INVALID_OPTIONS"
    assert answer.facts == {"option": "notify"}
    fitting = " or ".join(sorted(_TAKES[first_password]))
    assert answer.message == f"first_password = {first_password} goes with notify = {fitting}."


@pytest.mark.parametrize("commit", COMMITS)
@mails
async def test_each_new_user_has_the_mail_once(book: Post, mail: str, commit: str) -> None:
    """P02, S55, S58: not who is known, changed or refused; also a row that was parked."""
    peer = book.peer
    directory = await peer.new_directory()
    await peer.send_file(directory, HEADER + users(1, 2, 3))
    content = HEADER + "".join(
        [
            user(1),
            user(2, last_name="King"),
            user(4, email="u3@example.org"),  # waits until the next row gives the address up
            user(3, email="u33@example.org"),
            user(5),
            user(6, email="no address"),
            user(5, email="u55@example.org"),
        ]
    )
    answer = await peer.send_file(directory, content, options=MAILS[mail] | {"commit": commit})
    assert Counter(told.split(" ")[0] for told in answer.rows.values()) == {
        "UNCHANGED": 1,
        "UPDATED": 2,
        "CREATED": 2,
        "FAILED": 2,
    }
    if commit == "NONE":
        assert await book.rows(directory) == []
        await apply(peer, directory, answer)
        await apply(peer, directory, answer)  # answered again
    assert answer.summary
    expected = once(mail, {"4": 4, "5": 6})
    assert await written(book, directory) == expected
    again = await peer.send_file(directory, content, options=MAILS[mail])
    assert "CREATED" not in again.rows.values()
    assert await written(book, directory) == expected
    asked = ListImportNoticesRequest(directory=directory, import_id=answer.summary.import_id)
    listed = (await peer.ask(peer.imports.ListImportNotices, asked)).notices
    kind = notices_pb2.NoticeMail.Value(f"NOTICE_MAIL_{mail.upper()}")
    assert [(one.employee_number, one.mail) for one in listed] == [("4", kind), ("5", kind)]
    lanes = {row["lane"] for row in await book.rows(directory)}
    assert lanes == {Mail(mail).lane}


@pytest.mark.parametrize("commit", COMMITS[:2])
@mails
async def test_a_resumed_import_mails_nobody_twice(narrow: Peer, mail: str, commit: str) -> None:
    """P02: cut after some rows were committed, and answered again when it has ended."""
    book = Post(narrow, Path(), narrow.server.database_url)
    directory = await narrow.new_directory()
    content = HEADER + users(*range(1, 9))
    opening = start(directory, options=MAILS[mail] | {"commit": commit})
    async with narrow.call(opening, *csv(content[: content.index("5,u5")])) as call:
        if commit == "PER_BATCH":
            await call.read("progress")
        await call.grpc.done_writing()
        await call.rest()
    for _ in range(2):
        answer = await narrow.send([opening, *csv(content), end()])
        assert set(answer.rows.values()) == {"CREATED"}
    expected = once(mail, {str(number): number + 1 for number in range(1, 9)})
    assert await written(book, directory) == expected


@mails
async def test_an_event_and_a_mail_are_one_notice(book: Post, mail: str) -> None:
    """P02: also of a directory that reports who was created."""
    directory = await book.directory("created")
    await book.peer.send_file(directory, HEADER + users(1), options=MAILS[mail])
    assert await written(book, directory) == once(mail, {"1": 2})


_BY_HAND = """\
title = "{mail}"
description = "Mails new users."
required = ["username", "email"]
sample = ["username,email", "ada,ada@example.org"]
[identity]
employee_number = "username"
username = "username"
[options]
"""


@pytest_asyncio.fixture(scope="module")
async def mailing(
    shared_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Post]:
    """A server with a profile for each mail, called as it with hyphens."""
    folder = tmp_path_factory.mktemp("mailing")
    profiles = folder / "profiles"
    profiles.mkdir()
    for mail, options in MAILS.items():
        lines = "".join(f'{name} = "{value}"\n' for name, value in options.items())
        name = mail.replace("_", "-")
        (profiles / f"{name}.toml").write_text(_BY_HAND.format(mail=mail) + lines)
    with serving(shared_database_url, folder, profiles=profiles) as running:
        async with Peer.of(running) as peer:
            yield Post(peer, folder, running.database_url)


def _by_hand(directory: str, mail: str, **said: Any) -> users_pb2.WriteUserRequest:
    """One user, by the profile that asks for that mail."""
    (row,) = rows({"username": "ada", "email": "ada@example.org"}).rows.rows
    return users_pb2.WriteUserRequest(
        directory=directory, profile=mail.replace("_", "-"), row=row, **said
    )


@mails
async def test_who_is_written_by_hand_is_mailed_as_the_profile_says(
    mailing: Post, mail: str
) -> None:
    """P02, S55: once for one request, and for the next one, too; never for `validate_only`."""
    peer = mailing.peer
    directory = await peer.new_directory()
    await peer.ask(peer.users.WriteUser, _by_hand(directory, mail, validate_only=True))
    assert await mailing.rows(directory) == []
    request = _by_hand(directory, mail, request_id=str(uuid4()))
    for asked in (request, request, _by_hand(directory, mail)):
        await peer.ask(peer.users.WriteUser, asked)
    (row,) = await mailing.rows(directory)
    assert (row["employee_number"], row["mail"], row["line"]) == ("ada", mail, 1)


async def test_login_details_need_credentials_write(mailing: Post) -> None:
    """B092: to import, preview, apply and write by hand; for other mails, and later, it is not.

    As for a password column: what makes a password needs the right to.
    """
    peer, mail = mailing.peer, "login_details"
    directory = await peer.new_directory()
    file = HEADER + users(1)
    previewed = MAILS[mail] | {"commit": "NONE"}
    scopes = ("imports:write", "users:write")
    preview = await peer.send_file(directory, file, options=previewed)
    assert preview.summary
    own = {"principal": "admin", "directory": directory}
    async with peer.having(*scopes, **own) as importer:
        for options in (MAILS[mail], previewed):
            refused = await importer.send_file(directory, file, options=options)
            assert refused.ending == "PERMISSION_DENIED/PERMISSION_DENIED"
            assert (refused.facts, refused.parts) == ({"option": "notify"}, [])
            assert "credentials:write" in refused.message
        by_hand = await importer.refusal(importer.users.WriteUser, _by_hand(directory, mail))
        assert by_hand.facts == {"option": "notify"}
        with pytest.raises(grpc.aio.AioRpcError) as broken:
            await apply(importer, directory, preview)
        assert broken.value.code() is grpc.StatusCode.PERMISSION_DENIED
        assert await peer.stored(directory) == {}
        others = [MAILS["welcome"], MAILS["invitation"], {"first_password": "GENERATE"}]
        for number, options in enumerate(others, 2):
            answer = await importer.send_file(directory, HEADER + users(number), options=options)
            assert answer.rows == {2: "CREATED"}
    async with peer.having(*scopes, "credentials:write", **own) as permitted:
        await apply(permitted, directory, preview)
    assert "1" in await peer.stored(directory)


@pytest.mark.parametrize("notify", ["NOBODY", "LOGIN_DETAILS"])
@pytest.mark.parametrize("commit", COMMITS)
async def test_a_generated_password_is_not_made_by_the_import(
    book: Post, commit: str, notify: str
) -> None:
    """S51, S54: nothing opens the account, and nothing is stored, until it is mailed."""
    peer = book.peer
    directory = await peer.new_directory()
    options = {"first_password": "GENERATE", "notify": notify, "commit": commit}
    answer = await peer.send_file(directory, HEADER + users(1), options=options)
    if commit == "NONE":
        await apply(peer, directory, answer)
    connection = await asyncpg.connect(book.url)
    try:
        kept = await connection.fetch(
            "select c.* from credentials as c join directories as d on d.id = c.directory_id"
            " where d.name = $1",
            directory,
        )
    finally:
        await connection.close()
    assert [row for row in kept if row["hash"]] == []
    assert len(await book.rows(directory)) == (notify == "LOGIN_DETAILS")
    request = c.VerifyPasswordRequest(
        directory=directory, user=users_pb2.UserKey(email="u1@example.org"), password=""
    )
    login = await peer.ask(peer.credentials.VerifyPassword, request)
    assert login.result == c.LOGIN_RESULT_NO


@pytest.mark.parametrize("first_password", ["NONE", "GENERATE"])
async def test_a_password_column_is_not_read_beside_a_generated_one(
    peer: Peer, first_password: str
) -> None:
    """As without any first password: a filled cell fails its row, a blank one does not."""
    content = "employee_number,email,first_name,last_name,password\n" + "".join(
        f"{number},u{number}@example.org,Ada,Byron,{cell}\n"
        for number, cell in ((1, "four silver kettles hum"), (2, ""))
    )
    answer = await peer.send_file(
        await peer.new_directory(), content, options={"first_password": first_password}
    )
    assert answer.rows == {2: "FAILED password_not_allowed(password)", 3: "CREATED"}


_NEEDED = {
    "welcome": [Need.PLUGIN],
    "invitation": [*Need],
    "login_details": [need for need in Need if need is not Need.PUBLIC_URL],
}


@pytest.mark.parametrize("there", range(len(Need) + 1), ids=lambda many: f"the first {many}")
@pytest.mark.few(2)
async def test_s59_what_is_missing_for_a_mail_is_named(
    shared_database_url: str, tmp_path: Path, there: int
) -> None:
    """S59: before the first row and in the summary, also of previews and typed rows."""
    keys = tmp_path / "keys"
    keys.write_text("k" * 44)
    keys.chmod(0o600)
    set_up: dict[str, dict[str, Any]] = {
        "a plugin that sends mail": settings(tmp_path),
        "ROLLBOOK_CREDENTIAL_SENDER": {"credential_sender": PLUGIN},
        "ROLLBOOK_CREDENTIAL_KEYS_FILE": {"credential_keys_file": keys},
        "ROLLBOOK_PUBLIC_URL": {"public_url": "https://people.example.org"},
    }
    said: dict[str, Any] = {}
    for need in [*Need][:there]:
        said |= set_up[need]
    with serving(shared_database_url, tmp_path, **said) as running:
        async with Peer.of(running) as peer:
            for mail, needed in _NEEDED.items():
                lacking = [need.value for need in needed if need not in [*Need][:there]]
                await _warned(peer, mail, lacking)


async def _warned(peer: Peer, mail: str, lacking: list[str]) -> None:
    """Each way to import names all that the mail lacks, and nothing if it lacks nothing."""
    directory = await peer.new_directory()
    cells = {"first_name": "Ada", "last_name": "Byron", "email": "u9@example.org"}
    answers = [
        await peer.send_file(directory, HEADER + users(1), options=MAILS[mail] | {"commit": commit})
        for commit in COMMITS
    ]
    typed = rows({"employee_number": "9", **cells})
    answers.append(await peer.send([start(directory, options=MAILS[mail]), typed, end()]))
    for answer in answers:
        assert answer.summary
        both = [answer.summary.warnings]
        if answer.understood:
            both.append(answer.understood.warnings)
        for warnings in both:
            assert [(one.code, one.params["missing"]) for one in warnings] == (
                [("mail_not_configured", ", ".join(lacking))] if lacking else []
            )
            for one in warnings:
                assert all(need in one.message for need in lacking)
                assert one.message.endswith("Users without a password cannot log in.")
    assert answers[0].understood
