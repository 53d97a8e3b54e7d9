"""Directories are created, shown and listed."""

import uuid

import grpc.aio
import pytest

from rollbook.client import Client
from rollbook.errors import Reason
from rollbook.v1 import directories_pb2 as v1
from rollbook.v1.directories_pb2_grpc import DirectoryServiceStub
from tests.environment import Server
from tests.rpc.refusals import refusal


def _new_name() -> str:
    return f"d-{uuid.uuid4().hex[:12]}"


async def test_a_new_directory_has_its_two_roles(client: Client) -> None:
    """Standard is the default, and is `user` and `Default User` too; admin is privileged."""
    name = _new_name()
    made = await client.directories.create(name, "  Cafe\u0301  ")
    assert (made.name, made.display_name, made.default_role) == (name, "Café", "Standard")
    assert await client.directories.get(name) == made
    assert [role async for role in client.roles.list(name)] == [
        v1.Role(name="admin", privileged=True),
        v1.Role(name="Standard", aliases=["Default User", "user"]),
    ]


@pytest.mark.parametrize("name", ["a", "a" * 64, "x-9", "a-"])
async def test_names_within_the_grammar(server: Server, client: Client, name: str) -> None:
    """1 to 64 of a-z, 0-9 and -, beginning with a letter."""
    made = await client.directories.create(name)
    assert made.name == name


@pytest.mark.parametrize("name", ["", "a" * 65, "9a", "-a", "A", "a_b", "a b", "ä", "a\n", "a\0"])
async def test_names_outside_the_grammar_are_refused(client: Client, name: str) -> None:
    error = await refusal(client.directories.create(name), Reason.INVALID_OPTIONS)
    assert error.facts["option"] == "name"


async def test_a_display_name_has_200_characters_at_most_and_no_controls(client: Client) -> None:
    assert (await client.directories.create(_new_name(), "é" * 200)).display_name == "é" * 200
    for wrong in ("é" * 201, "a\x07b", "a\0b"):
        error = await refusal(client.directories.create(_new_name(), wrong), Reason.INVALID_OPTIONS)
        assert error.facts["option"] == "display_name"


async def test_a_directory_is_made_once(client: Client, directory: str) -> None:
    error = await refusal(client.directories.create(directory), Reason.RESOURCE_EXISTS)
    assert error.facts == {"option": "name", "value": directory}


async def test_what_is_for_answers_alone_is_not_taken_from_a_request(server: Server) -> None:
    asked = v1.Directory(name=_new_name(), active_users=7)
    async with grpc.aio.insecure_channel(server.address) as channel:
        answer = await DirectoryServiceStub(channel).CreateDirectory(
            v1.CreateDirectoryRequest(directory=asked),
            metadata=(("authorization", f"Bearer {server.token}"),),
        )
    assert answer.directory.active_users == 0


async def test_a_default_role_can_be_said_at_once(client: Client) -> None:
    """One of the two that there are; where it is none, no directory is made."""
    name = _new_name()
    made = await client.directories.create(name, default_role="ADMIN")
    assert (made.default_role, (await client.directories.get(name)).default_role) == ("admin",) * 2
    other = client.directories.create(f"{name}-b", default_role="Clerk")
    error = await refusal(other, Reason.RESOURCE_NOT_FOUND)
    assert error.facts == {"option": "default_role", "value": "Clerk"}
    await refusal(client.directories.get(f"{name}-b"), Reason.PERMISSION_DENIED)


async def test_a_missing_directory_is_denied_in_the_same_bytes_everywhere(server: Server) -> None:
    """Whether a directory exists is hidden: every method gives the same answer."""
    said = set()
    service = v1.DESCRIPTOR.services_by_name["DirectoryService"]
    named = [m for m in service.methods if "directory" in m.input_type.fields_by_name]
    async with grpc.aio.insecure_channel(server.address) as channel:
        stub = DirectoryServiceStub(channel)
        for method in named:
            if method.name == "CreateDirectory":
                continue
            request = getattr(v1, method.input_type.name)
            update = method.name == "UpdateDirectory"
            for name in ("no-such", "", "No Such", "'; drop table users;--", "a\0"):
                with pytest.raises(grpc.aio.AioRpcError) as caught:
                    await getattr(stub, method.name)(
                        request(directory=v1.Directory(name=name) if update else name),
                        metadata=(("authorization", f"Bearer {server.token}"),),
                    )
                metadata = caught.value.trailing_metadata()
                assert metadata is not None
                details = dict(metadata)["grpc-status-details-bin"]
                said.add((caught.value.code(), caught.value.details(), details))
    assert len(named) == 22
    assert len(said) == 1
    assert said.pop()[0] is grpc.StatusCode.PERMISSION_DENIED


async def test_directories_are_listed_by_name(client: Client) -> None:
    names = [_new_name() for _ in range(3)]
    for name in names:
        await client.directories.create(name)
    listed = [found.name async for found in client.directories.list()]
    assert listed == sorted(listed)
    assert set(names) <= set(listed)
