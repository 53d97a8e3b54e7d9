"""A caller with `tokens:write` gains neither rights nor another principal."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import grpc.aio
import pytest
import pytest_asyncio

from rollbook.client import Client
from rollbook.errors import Reason
from rollbook.v1.server_pb2 import GetServerInfoRequest
from rollbook.v1.server_pb2_grpc import ServerServiceStub
from rollbook.v1.tokens_pb2 import LinkedUser, Token
from rollbook.v1.users_pb2 import UserKey
from tests.environment import Server
from tests.rpc.refusals import refusal
from tests.rpc.test_reports_approved import tripped

_IMPORTER = ("imports:write", "imports:approve", "imports:read", "tokens:write")


def _name(word: str) -> str:
    return f"{word}-{uuid4().hex[:8]}"


@asynccontextmanager
async def _having(
    maker: Client, server: Server, principal: str, scopes: Sequence[str], **fields: Any
) -> AsyncIterator[Client]:
    everywhere = "directories" not in fields
    token = Token(principal=principal, scopes=scopes, all_directories=everywhere, **fields)
    made = await maker.tokens.create(token)
    async with Client(server.address, made.secret) as opened:
        yield opened


@pytest_asyncio.fixture
async def reviewer(server: Server) -> AsyncIterator[Client]:
    """Another of the operator's own principals."""
    async with Client(server.address, server.token_files["reviewer"].read_text().strip()) as opened:
        yield opened


async def test_a_second_name_needs_a_right(server: Server, client: Client) -> None:
    """`tokens:write` makes tokens of one's own principal; of another only `principals:write`."""
    me = _name("me")
    async with _having(client, server, me, _IMPORTER) as attacker:
        mine = Token(principal=me, scopes=["imports:write"], all_directories=True)
        assert (await attacker.tokens.create(mine)).token.principal == me
        for other in ("admin", _name("new"), me.upper()):
            wanted = Token(principal=other, scopes=["imports:write"], all_directories=True)
            await refusal(attacker.tokens.create(wanted), Reason.PERMISSION_DENIED)
        assert {token.principal async for token in attacker.tokens.list()} == {me}
        assert [token async for token in attacker.tokens.list("admin")] == []


async def test_a_name_in_use_is_its_makers_alone(
    server: Server, client: Client, directory: str
) -> None:
    """A maker of principals makes none that others use: it cannot cancel or apply as `admin`.

    Neither the operator's own, nor their own maker, nor another team's, nor one that made tokens,
    nor do they list or revoke such tokens. New ones they make, and again, also through others.
    """
    rights = ("imports:write", "imports:read", "tokens:write", "principals:write")
    me, team, child = _name("me"), _name("team"), _name("child")

    def wanted(principal: str) -> Token:
        return Token(principal=principal, scopes=["imports:write"], all_directories=True)

    async with (
        _having(client, server, me, rights) as attacker,
        _having(client, server, team, rights) as other,
        _having(other, server, _name("theirs"), rights) as theirs,
        _having(attacker, server, child, rights) as mine,
    ):
        import_id = await tripped(other, directory)
        deep = _name("deep")
        hidden = [
            (await maker.tokens.create(wanted(principal))).token.token_id
            for maker, principal in ((client, "admin"), (client, team), (other, _name("their")))
        ]
        victims = ["admin", "reviewer", team]
        victims += {token.principal async for token in theirs.tokens.list()}
        for victim in victims:
            for taker in (attacker, mine):
                await refusal(taker.tokens.create(wanted(victim)), Reason.PERMISSION_DENIED)
                assert [token async for token in taker.tokens.list(victim)] == []
        await refusal(mine.tokens.create(wanted(me)), Reason.PERMISSION_DENIED)
        for token_id in hidden:
            await refusal(attacker.tokens.revoke(token_id), Reason.RESOURCE_NOT_FOUND)
        await refusal(attacker.imports.cancel(directory, import_id), Reason.PERMISSION_DENIED)
        await mine.tokens.create(wanted(deep))
        assert (await attacker.tokens.create(wanted(deep))).token.principal == deep
        assert {token.principal async for token in attacker.tokens.list()} == {me, child, deep}
        assert {token.principal async for token in mine.tokens.list()} == {child, deep}
        assert (await client.tokens.create(wanted(team))).token.principal == team


async def test_nobody_approves_under_a_name_that_they_made(
    server: Server, client: Client, reviewer: Client, directory: str
) -> None:
    """Neither the second name what the first imported, nor the reverse, nor one made by both.

    Also after the tokens that show it are revoked; an independent principal approves.
    """
    rights = (*_IMPORTER, "principals:write", "users:write")
    me, second, third = _name("me"), _name("second"), _name("third")
    async with (
        _having(client, server, me, rights) as attacker,
        _having(attacker, server, second, rights) as alias,
        _having(alias, server, third, rights) as far,
        _having(attacker, server, _name("fourth"), rights) as sibling,
    ):
        for importer in (attacker, alias):
            import_id = await tripped(importer, directory)
            everybody = (attacker, alias, far, sibling)
            for approver in everybody:
                said = await refusal(
                    approver.imports.approve(directory, import_id), Reason.PERMISSION_DENIED
                )
                assert "your own" in said.message
            if importer is alias:
                async for token in client.tokens.list(second):
                    await client.tokens.revoke(token.token_id)
                await refusal(
                    attacker.imports.approve(directory, import_id), Reason.PERMISSION_DENIED
                )
            assert (await reviewer.imports.approve(directory, import_id)).approved_by == "reviewer"


async def test_principals_of_the_operator_approve_for_one_another(
    server: Server, client: Client, directory: str
) -> None:
    """The operator what they imported, and they for one another; not they for the operator."""
    rights = ("imports:write", "imports:approve", "users:write")
    async with (
        _having(client, server, _name("hr"), rights) as importer,
        _having(client, server, _name("lead"), rights) as lead,
    ):
        await client.imports.approve(directory, await tripped(importer, directory))
        await lead.imports.approve(directory, await tripped(importer, directory))
        own = await tripped(client, directory)
        await refusal(lead.imports.approve(directory, own), Reason.PERMISSION_DENIED)
    async with (
        _having(client, server, _name("hr"), rights) as importer,
        _having(client, server, "admin", rights) as minted,
    ):  # a token that was made is none of the operator's own, whatever its name
        import_id = await tripped(importer, directory)
        await refusal(minted.imports.approve(directory, import_id), Reason.PERMISSION_DENIED)


async def test_nobody_applies_what_another_imported(
    server: Server, client: Client, directory: str
) -> None:
    """Neither their maker, nor principals that they made, nor the operator; also once approved."""
    rights = ("imports:write", "imports:read", "users:write", "tokens:write", "principals:write")
    async with (
        _having(client, server, _name("me"), rights) as importer,
        _having(importer, server, _name("made"), rights) as made,
    ):
        import_id = await tripped(importer, directory)
        await client.imports.approve(directory, import_id)
        for other in (made, client):
            applied = anext(other.imports.apply(directory, import_id))
            await refusal(applied, Reason.PERMISSION_DENIED)


async def test_a_linked_token_makes_linked_tokens(
    server: Server, client: Client, directory: str
) -> None:
    """A user who may suspend others does not suspend themselves by a token of a token."""
    cells = {"employee_number": "1", "email": "a@x.org", "first_name": "A", "last_name": "B"}
    await client.users.write(directory, cells)
    await client.users.write(directory, cells | {"employee_number": "2", "email": "b@x.org"})
    link = LinkedUser(directory=directory, user=UserKey(employee_number="1"))
    rights = ("users:write", "users:read", "tokens:write")
    me = _name("me")
    async with _having(client, server, me, rights, user=link) as attacker:
        async with _having(attacker, server, me, rights) as heir:
            await refusal(heir.users.suspend(directory, email="a@x.org"), Reason.TARGET_PROTECTED)
            async with _having(heir, server, me, rights, user=link) as same:
                await refusal(
                    same.users.suspend(directory, email="a@x.org"), Reason.TARGET_PROTECTED
                )
        other = LinkedUser(directory=directory, user=UserKey(employee_number="2"))
        wanted = Token(principal=me, scopes=["users:write"], all_directories=True, user=other)
        await refusal(attacker.tokens.create(wanted), Reason.PERMISSION_DENIED)
        unlinked = Token(principal=me, scopes=["users:read"], all_directories=True)
        hidden = await client.tokens.create(unlinked)
        assert hidden.token not in [token async for token in attacker.tokens.list()]
        await refusal(attacker.tokens.revoke(hidden.token.token_id), Reason.RESOURCE_NOT_FOUND)


async def test_tokens_that_one_could_not_have_made_are_out_of_reach(
    server: Server, client: Client, directory: str
) -> None:
    """With a scope, a directory or a principal that the caller lacks: not listed, not revoked."""
    me = _name("me")
    async with _having(
        client, server, me, ("tokens:write", "users:read"), directories=[directory]
    ) as attacker:
        elsewhere = _name("d")
        await client.directories.create(elsewhere)
        beyond = [
            Token(principal=me, scopes=["users:write"], directories=[directory]),
            Token(principal=me, scopes=["users:read"], directories=[directory, elsewhere]),
            Token(principal=me, scopes=["users:read"], all_directories=True),
            Token(principal=_name("other"), scopes=["users:read"], directories=[directory]),
        ]
        for token in beyond:
            made = (await client.tokens.create(token)).token
            seen = [one.token_id async for one in attacker.tokens.list()]
            assert made.token_id not in seen
            await refusal(attacker.tokens.revoke(made.token_id), Reason.RESOURCE_NOT_FOUND)
        within = Token(principal=me, scopes=["users:read"], directories=[directory])
        reachable = (await client.tokens.create(within)).token
        assert reachable in [one async for one in attacker.tokens.list()]
        await attacker.tokens.revoke(reachable.token_id)


@pytest.mark.parametrize("first", [True, False], ids=["good first", "good last"])
async def test_two_authorization_headers_open_nothing(server: Server, first: bool) -> None:
    """A proxy may check one of them, and the server would go by the other."""
    good, bad = f"Bearer {server.token}", "Bearer x"
    headers = [good, bad] if first else [bad, good]
    async with grpc.aio.insecure_channel(server.address) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await ServerServiceStub(channel).GetServerInfo(
                GetServerInfoRequest(),
                metadata=tuple(("authorization", header) for header in headers),
            )
    assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
    assert "not valid here" in str(refused.value.details())
