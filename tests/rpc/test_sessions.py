"""Sessions stand in the place of a token, and end with all that they depend on."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from rollbook.client import Client
from rollbook.errors import Reason
from rollbook.v1.credentials_pb2 import LOGIN_RESULT_MUST_CHANGE, LOGIN_RESULT_NO, LOGIN_RESULT_OK
from rollbook.v1.tokens_pb2 import LinkedUser, Token
from rollbook.v1.users_pb2 import UserKey
from tests.environment import Server
from tests.rpc.refusals import refusal

_PASSWORD = "drei Hasen unter der Brücke"
_USER = {"employee_number": "1", "email": "ada@example.org", "first_name": "A", "last_name": "B"}


def _grant(directory: str, *scopes: str) -> Token:
    return Token(
        principal=f"{directory}/1",
        scopes=scopes,
        directories=[directory],
        user=LinkedUser(directory=directory, user=UserKey(employee_number="1")),
        for_login=True,
    )


async def _ada(client: Client, directory: str) -> None:
    await client.users.write(directory, _USER)
    await client.credentials.set_for_user(
        directory, _PASSWORD, must_change=False, employee_number="1"
    )


@asynccontextmanager
async def _signed_in(server: Server, client: Client, directory: str) -> AsyncIterator[Client]:
    """Ada's session, by her password and a grant to look at users."""
    await _ada(client, directory)
    await client.tokens.create(_grant(directory, "users:read"))
    opened = await client.sessions.sign_in(directory, _PASSWORD, email="ada@example.org")
    assert opened.result == LOGIN_RESULT_OK
    async with Client(server.address, opened.secret) as session:
        yield session


async def test_a_session_has_the_rights_of_its_token(
    server: Server, client: Client, directory: str
) -> None:
    """The same scopes and directories; and it ends with its token at once."""
    token = Token(principal="desk", scopes=["users:read"], directories=[directory])
    made = await client.tokens.create(token)
    async with Client(server.address, made.secret) as desk:
        opened = await desk.sessions.open()
    assert opened.secret.startswith("rollbook_session_")
    ends = opened.expire_time.ToDatetime(UTC) - datetime.now(UTC)
    assert timedelta(hours=11, minutes=59) < ends <= timedelta(hours=12)
    async with Client(server.address, opened.secret) as session:
        assert [user async for user in session.users.list(directory)] == []
        await refusal(session.users.write(directory, _USER), Reason.PERMISSION_DENIED)
        await refusal(session.directories.get("main"), Reason.PERMISSION_DENIED)
        await client.tokens.revoke(made.token.token_id)
        await refusal(session.get_server_info(), Reason.TOKEN_INVALID)


async def test_a_session_of_the_operators_own_token(server: Server, client: Client) -> None:
    """It may everything that the token may, and ends when it is ended, alone."""
    first, second = await client.sessions.open(), await client.sessions.open()
    async with (
        Client(server.address, first.secret) as one,
        Client(server.address, second.secret) as two,
    ):
        assert [found async for found in one.directories.list()]
        await one.sessions.end()
        await refusal(one.get_server_info(), Reason.TOKEN_INVALID)
        await two.get_server_info()
        await refusal(two.sessions.open(), Reason.PERMISSION_DENIED)
    await refusal(client.sessions.end(), Reason.SEQUENCE_ERROR)
    await client.get_server_info()


async def test_of_a_session_the_hash_alone_is_kept(server: Server, client: Client) -> None:
    """P50: neither table nor log has its clear text."""
    opened = await client.sessions.open()
    connection = await asyncpg.connect(server.database_url)
    try:
        stored = await connection.fetch("select s::text from sessions as s")
    finally:
        await connection.close()
    assert stored
    assert not any(opened.secret in row[0] for row in stored)
    assert opened.secret not in server.log.read_text()


async def test_a_session_that_has_expired(server: Server, client: Client) -> None:
    """It is refused as expired, which says what to do."""
    opened = await client.sessions.open()
    connection = await asyncpg.connect(server.database_url)
    try:
        await connection.execute("update sessions set expires_at = now()")
    finally:
        await connection.close()
    async with Client(server.address, opened.secret) as session:
        why = await refusal(session.get_server_info(), Reason.TOKEN_EXPIRED)
    assert "sign in again" in why.message


async def test_a_user_signs_in_by_a_password_and_a_grant(
    server: Server, client: Client, directory: str
) -> None:
    """The session is the user's: with the grant's rights, and none to change their own role."""
    async with _signed_in(server, client, directory) as session:
        assert [user.email async for user in session.users.list(directory)] == ["ada@example.org"]
        await refusal(session.users.write(directory, _USER), Reason.PERMISSION_DENIED)
    tokens = [token async for token in client.tokens.list(f"{directory}/1")]
    assert [token.for_login for token in tokens] == [True]


@pytest.mark.parametrize(
    ("password", "result"),
    [("nothing of the kind", LOGIN_RESULT_NO), (_PASSWORD, LOGIN_RESULT_MUST_CHANGE)],
    ids=["wrong", "must change"],
)
async def test_a_login_that_opens_nothing(
    client: Client, directory: str, password: str, result: int
) -> None:
    """A wrong password, and one that must be changed first: no session, though there is a grant."""
    await client.users.write(directory, _USER)
    await client.credentials.set_for_user(directory, _PASSWORD, employee_number="1")
    await client.tokens.create(_grant(directory, "users:read"))
    answer = await client.sessions.sign_in(directory, password, email="ada@example.org")
    assert (answer.result, answer.secret) == (result, "")


async def test_without_a_grant_nobody_signs_in(client: Client, directory: str) -> None:
    """A right password alone opens no session; a grant that was revoked is none."""
    await _ada(client, directory)
    login = {"email": "ada@example.org"}
    await refusal(client.sessions.sign_in(directory, _PASSWORD, **login), Reason.PERMISSION_DENIED)
    made = await client.tokens.create(_grant(directory, "users:read"))
    assert not made.secret
    assert (await client.sessions.sign_in(directory, _PASSWORD, **login)).secret
    await client.tokens.revoke(made.token.token_id)
    await refusal(client.sessions.sign_in(directory, _PASSWORD, **login), Reason.PERMISSION_DENIED)


async def _revoke(client: Client, directory: str) -> None:
    async for token in client.tokens.list(f"{directory}/1"):
        await client.tokens.revoke(token.token_id)


async def _suspend(client: Client, directory: str) -> None:
    await client.users.suspend(directory, employee_number="1")


async def _new_address(client: Client, directory: str) -> None:
    await client.users.write(directory, _USER | {"email": "ada@example.com"})


async def _new_password(client: Client, directory: str) -> None:
    await client.credentials.set_for_user(
        directory, "vier Enten auf dem Dach", must_change=False, employee_number="1"
    )


@pytest.mark.parametrize(
    "change", [_revoke, _suspend, _new_address, _new_password], ids=lambda one: one.__name__[1:]
)
async def test_what_ends_a_users_session(
    server: Server,
    client: Client,
    directory: str,
    change: Callable[[Client, str], Awaitable[None]],
) -> None:
    """The grant revoked; the user suspended, or with another address or password."""
    async with _signed_in(server, client, directory) as session:
        await change(client, directory)
        await refusal(session.get_server_info(), Reason.TOKEN_INVALID)


async def test_who_may_verify_no_passwords_signs_nobody_in(
    server: Server, client: Client, directory: str
) -> None:
    """Nor does a session of somebody who may."""
    await _ada(client, directory)
    await client.tokens.create(_grant(directory, "users:read"))
    token = Token(principal="desk", scopes=["users:write"], directories=[directory])
    secrets = [(await client.tokens.create(token)).secret, (await client.sessions.open()).secret]
    for secret in secrets:
        async with Client(server.address, secret) as other:
            await refusal(
                other.sessions.sign_in(directory, _PASSWORD, email="ada@example.org"),
                Reason.PERMISSION_DENIED,
            )


async def test_a_grant_names_its_user(client: Client, directory: str) -> None:
    """`for_login` without a user is refused by its name."""
    token = Token(principal="x", scopes=["users:read"], directories=[directory], for_login=True)
    why = await refusal(client.tokens.create(token), Reason.INVALID_OPTIONS)
    assert "user" in why.message


async def test_a_client_whose_name_is_too_long_is_refused(client: Client, directory: str) -> None:
    """Whose attempts are counted is a text of at most 200 code points."""
    await _ada(client, directory)
    asked = client.sessions.sign_in(directory, _PASSWORD, client="x" * 201, email="ada@example.org")
    assert "client" in (await refusal(asked, Reason.INVALID_OPTIONS)).message


async def test_a_caller_is_told_what_they_may(
    server: Server, client: Client, directory: str
) -> None:
    """Principal, scopes, directories, end: of a token, a session, and the operator's own token."""
    token = Token(principal="desk", scopes=["users:read"], directories=[directory])
    made = await client.tokens.create(token)
    async with Client(server.address, made.secret) as desk:
        opened = await desk.sessions.open()
        found = await desk.sessions.caller()
    assert (found.principal, [*found.scopes], found.session) == ("desk", ["users:read"], False)
    assert ([*found.directories], found.all_directories) == ([directory], False)
    assert found.expire_time == made.token.expire_time
    async with Client(server.address, opened.secret) as session:
        assert await session.sessions.caller() == type(found)(
            principal="desk",
            scopes=["users:read"],
            directories=[directory],
            session=True,
            expire_time=opened.expire_time,
        )
    own = await client.sessions.caller()
    assert own.all_directories
    assert not own.HasField("expire_time")
    assert "principals:write" in own.scopes
    async with _signed_in(server, client, directory) as ada:
        assert (await ada.sessions.caller()).user_id


async def test_a_session_ends_with_its_token_at_the_latest(
    server: Server, client: Client, directory: str
) -> None:
    """So it is told when it is opened, and afterwards, also if the token was meant to last."""
    token = Token(principal="desk", scopes=["users:read"], directories=[directory])
    token.expire_time.FromDatetime(datetime.now(UTC) + timedelta(hours=1))
    made = await client.tokens.create(token)
    async with Client(server.address, made.secret) as desk:
        opened = await desk.sessions.open()
    assert opened.expire_time == made.token.expire_time
    async with Client(server.address, opened.secret) as session:
        assert (await session.sessions.caller()).expire_time == made.token.expire_time
