"""Access tokens are created, shown once, listed and revoked, within the caller's rights."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import grpc.aio
import pytest

from rollbook.client import Client
from rollbook.errors import Reason
from rollbook.v1.server_pb2 import GetServerInfoResponse
from rollbook.v1.tokens_pb2 import LinkedUser, ListTokensRequest, Token
from rollbook.v1.tokens_pb2_grpc import TokenServiceStub
from rollbook.v1.users_pb2 import UserKey
from tests.environment import Server
from tests.rpc.refusals import refusal

_USER = {"employee_number": "1", "email": "ada@example.org", "first_name": "A", "last_name": "B"}


def _token(*scopes: str, directories: tuple[str, ...] = (), **said: Any) -> Token:
    where = {"directories": directories} if directories else {"all_directories": True}
    return Token(**({"principal": "somebody", "scopes": scopes} | where | said))


@asynccontextmanager
async def _having(server: Server, client: Client, token: Token) -> AsyncIterator[Client]:
    made = await client.tokens.create(token)
    async with Client(server.address, made.secret) as opened:
        yield opened


async def test_a_token_opens_what_it_says(server: Server, client: Client, directory: str) -> None:
    """Its scopes in its directories, and nothing else."""
    async with _having(server, client, _token("users:read", directories=(directory,))) as reader:
        assert [user async for user in reader.users.list(directory)] == []
        await refusal(reader.users.write(directory, _USER), Reason.PERMISSION_DENIED)
        await refusal(reader.directories.get(directory), Reason.PERMISSION_DENIED)


async def test_of_a_token_the_hash_alone_is_kept(server: Server, client: Client) -> None:
    """Its clear text is in the answer that made it, and nowhere in the database or the log."""
    made = await client.tokens.create(_token("users:read"))
    assert made.secret.startswith("rollbook_")
    assert len(made.secret) > 40
    assert made.secret not in str(made.token)
    assert made.secret not in str([token async for token in client.tokens.list()])
    connection = await asyncpg.connect(server.database_url)
    try:
        stored = await connection.fetch("select t::text from access_tokens as t")
    finally:
        await connection.close()
    assert stored
    assert not any(made.secret in row[0] for row in stored)
    async with Client(server.address, made.secret) as opened:
        await opened.get_server_info()
    assert made.secret not in server.log.read_text()


async def test_a_revoked_token_opens_nothing_any_more(server: Server, client: Client) -> None:
    """From the answer on; revoking it again changes nothing."""
    made = await client.tokens.create(_token("users:read"))
    async with Client(server.address, made.secret) as holder:
        await holder.get_server_info()
        revoked = await client.tokens.revoke(made.token.token_id)
        assert revoked.HasField("revoke_time")
        await refusal(holder.get_server_info(), Reason.TOKEN_INVALID)
    assert await client.tokens.revoke(made.token.token_id) == revoked


async def test_a_token_expires(server: Server, client: Client) -> None:
    """By the database's clock, with a reason of its own."""
    made = await client.tokens.create(_token("users:read"))
    connection = await asyncpg.connect(server.database_url)
    try:
        await connection.execute(
            "update access_tokens set expires_at = now() where id = $1", int(made.token.token_id)
        )
    finally:
        await connection.close()
    async with Client(server.address, made.secret) as holder:
        await refusal(holder.get_server_info(), Reason.TOKEN_EXPIRED)


async def test_a_token_ends_when_it_was_told_to(client: Client) -> None:
    """Else after `token_days`, 90."""
    said = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
    token = _token("users:read")
    token.expire_time.FromDatetime(said)
    made = await client.tokens.create(token)
    assert made.token.expire_time.ToDatetime(UTC) == said
    usual = (await client.tokens.create(_token("users:read"))).token
    lives = usual.expire_time.ToDatetime() - usual.create_time.ToDatetime()
    assert lives == timedelta(days=90)
    info: GetServerInfoResponse = await client.get_server_info()
    assert {limit.name: limit.value for limit in info.limits}["token_days"] == 90


async def test_tokens_are_listed_with_whose_they_are(client: Client, directory: str) -> None:
    """By principal, in the order in which they were made."""
    who = f"who-{uuid4().hex[:8]}"
    for n in range(3):
        token = _token(
            "users:read", directories=(directory,), principal=who, description=f"the {n}th"
        )
        await client.tokens.create(token)
    found = [token async for token in client.tokens.list(who)]
    assert [token.description for token in found] == ["the 0th", "the 1th", "the 2th"]
    assert {(t.principal, t.created_by, tuple(t.directories)) for t in found} == {
        (who, "admin", (directory,))
    }


async def test_tokens_come_in_pages(server: Server, client: Client) -> None:
    """Each token on one of them, whatever their size."""
    who = f"who-{uuid4().hex[:8]}"
    made = [(await client.tokens.create(_token("users:read", principal=who))) for _ in range(5)]
    found: list[Token] = []
    after = ""
    async with grpc.aio.insecure_channel(server.address) as channel:
        calls = TokenServiceStub(channel)
        for _ in range(3):
            page = await calls.ListTokens(
                ListTokensRequest(principal=who, page_size=2, page_token=after),
                metadata=(("authorization", f"Bearer {server.token}"),),
            )
            found += page.tokens
            after = page.next_page_token
    assert found == [one.token for one in made]
    assert not after


@pytest.mark.parametrize(
    ("said", "option"),
    [
        ({"principal": " "}, "principal"),
        ({"principal": "a\x00b"}, "principal"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["users:write", "users:own"]}, "scopes"),
        ({"all_directories": False}, "directories"),
        ({"directories": ["main"], "all_directories": True}, "directories"),
        ({"user": LinkedUser(directory="other"), "all_directories": False}, "directories"),
    ],
)
async def test_what_cannot_be_is_refused_by_name(
    client: Client, said: dict[str, Any], option: str
) -> None:
    error = await refusal(
        client.tokens.create(_token(*said.pop("scopes", ["users:read"]), **said)),
        Reason.INVALID_OPTIONS,
    )
    assert error.facts["option"] == option


async def test_a_token_that_has_ended_is_not_made(client: Client) -> None:
    token = _token("users:read")
    token.expire_time.FromDatetime(datetime.now(UTC) - timedelta(seconds=1))
    error = await refusal(client.tokens.create(token), Reason.INVALID_OPTIONS)
    assert error.facts["option"] == "expire_time"


async def test_nobody_gives_more_than_they_have(
    server: Server, client: Client, directory: str
) -> None:
    """Neither a scope, nor a directory, nor all of them; nor may they revoke such a token."""
    above = await client.tokens.create(_token("users:read"))
    token = _token("tokens:write", "users:read", directories=(directory,))
    async with _having(server, client, token) as maker:
        await maker.tokens.create(_token("users:read", directories=(directory,)))
        for greater in (
            _token("users:write", directories=(directory,)),
            _token("users:read", directories=(directory, "main")),
            _token("users:read"),
        ):
            await refusal(maker.tokens.create(greater), Reason.PERMISSION_DENIED)
        seen = [token async for token in maker.tokens.list()]
        assert {tuple(token.directories) for token in seen} == {(directory,)}
        revoking = maker.tokens.revoke(above.token.token_id)
        await refusal(revoking, Reason.RESOURCE_NOT_FOUND)
    async with Client(server.address, above.secret) as holder:
        await holder.get_server_info()


@pytest.mark.parametrize("token_id", ["", "x", "0", "1e3", "9" * 30, "١"])
async def test_a_token_that_is_not_there(client: Client, token_id: str) -> None:
    await refusal(client.tokens.revoke(token_id), Reason.RESOURCE_NOT_FOUND)


async def test_a_token_is_linked_to_a_user(client: Client, directory: str) -> None:
    """A user of one of its directories, who must exist; it is answered by id."""
    written = await client.users.write(directory, _USER)
    linked = LinkedUser(directory=directory, user=UserKey(employee_number="1"))
    made = await client.tokens.create(_token("users:read", directories=(directory,), user=linked))
    assert made.token.user.user.user_id == written.user.user_id
    nobody = LinkedUser(directory=directory, user=UserKey(employee_number="2"))
    await refusal(
        client.tokens.create(_token("users:read", directories=(directory,), user=nobody)),
        Reason.RESOURCE_NOT_FOUND,
    )
    elsewhere = LinkedUser(directory="main", user=UserKey(employee_number="1"))
    await refusal(
        client.tokens.create(_token("users:read", directories=(directory,), user=elsewhere)),
        Reason.INVALID_OPTIONS,
    )
