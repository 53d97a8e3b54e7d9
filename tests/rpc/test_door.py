"""Every method of every service checks the caller's token and scopes."""

from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from importlib import import_module
from pkgutil import iter_modules
from typing import Any
from uuid import uuid4

import grpc
import pytest
import pytest_asyncio
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

import rollbook.v1
from rollbook.access import Scope
from rollbook.access.method_table import ANYBODY, NEEDED
from rollbook.client import Client
from rollbook.v1.options_pb2 import Commit
from rollbook.v1.tokens_pb2 import Token
from tests.environment import Server

METHODS: dict[str, MethodDescriptor] = {
    f"/{service.full_name}/{method.name}": method
    for module in iter_modules(rollbook.v1.__path__)
    if module.name.endswith("_pb2")
    for service in import_module(f"rollbook.v1.{module.name}").DESCRIPTOR.services_by_name.values()
    for method in service.methods
}
_EVERYWHERE = {"ListDirectories", "GetServerInfo", "ListPlugins", "CreateToken", "ListTokens"}
_EVERYWHERE |= {"RevokeToken", "CreateSession", "GetCaller", "EndSession"}
"""Methods whose request names no directory."""

Ending = tuple[grpc.StatusCode, str, tuple[tuple[str, str | bytes], ...]]


@pytest.fixture(scope="module")
def channel(server: Server) -> Iterator[grpc.Channel]:
    """Over gRPC's threads, which show exactly what came."""
    with grpc.insecure_channel(server.address) as opened:
        yield opened


@pytest_asyncio.fixture
async def client(server: Server) -> AsyncIterator[Client]:
    """The administrator's client."""
    async with Client(server.address, server.token) as opened:
        yield opened


def _ending(channel: grpc.Channel, method: str, request: Message, token: str = "") -> Ending:
    """The end of a call: all of it that a client gets."""
    stream: Any = channel.stream_stream(method)
    called = stream(
        iter([request.SerializeToString()]),
        metadata=[("authorization", f"Bearer {token}")] if token else [],
        timeout=30,
    )
    with suppress(grpc.RpcError):
        list(called)
    return (
        called.code(),
        called.details(),
        tuple((key, value) for key, value in called.trailing_metadata()),
    )


def _request(method: MethodDescriptor, directory: str) -> Any:
    """A request about that directory; its other fields are well formed and name nothing."""
    request: Any = GetMessageClass(method.input_type)()
    if method.name == "ImportUsers":
        request.start.directory = directory
        request.start.import_id = str(uuid4())
        request.start.options.commit = Commit.COMMIT_NONE
        return request
    said = request.DESCRIPTOR.fields_by_name.get("directory")
    if said is None:
        return request
    if said.message_type:
        request.directory.name = directory
    else:
        request.directory = directory
    if "import_id" in request.DESCRIPTOR.fields_by_name:
        request.import_id = str(uuid4())
    if "row" in request.DESCRIPTOR.fields_by_name:
        request.row.employee_number = "1"
    return request


def test_every_method_has_its_rule_and_every_rule_a_method() -> None:
    """A method without one would be denied; a rule without one would be a misspelt method."""
    ours = {name for name in NEEDED if name.startswith("/rollbook.")}
    assert set(METHODS) == ours


@pytest.mark.parametrize("method", METHODS)
def test_without_a_token_nobody_passes(channel: grpc.Channel, method: str) -> None:
    """P51: TOKEN_MISSING, whatever the method, and although the directory is there."""
    code, _, trailers = _ending(channel, method, _request(METHODS[method], "main"))
    assert code is grpc.StatusCode.UNAUTHENTICATED
    assert b"TOKEN_MISSING" in dict(trailers)["grpc-status-details-bin"]


@pytest.mark.parametrize("method", [name for name in METHODS if NEEDED[name] is not ANYBODY])
async def test_without_the_scope_nobody_passes(
    channel: grpc.Channel, client: Client, directory: str, method: str
) -> None:
    """P51: with every other scope, the bytes are those that a missing directory gives."""
    others = [scope.value for scope in Scope if scope not in NEEDED[method]]
    made = await client.tokens.create(
        Token(principal="somebody", scopes=others, directories=[directory])
    )
    denied = _ending(channel, method, _request(METHODS[method], directory), made.secret)
    assert denied == await _missing(channel, client)


@pytest.mark.parametrize(
    "method", [name for name in METHODS if name.rpartition("/")[2] not in _EVERYWHERE]
)
async def test_of_another_directory_nobody_is_told_anything(
    channel: grpc.Channel, client: Client, directory: str, method: str
) -> None:
    """P51: with every scope, in another directory only: the bytes of a missing one."""
    every = [scope.value for scope in Scope]
    await client.directories.create(other := f"d-{uuid4().hex[:12]}")
    made = await client.tokens.create(
        Token(principal="somebody", scopes=every, directories=[other])
    )
    denied = _ending(channel, method, _request(METHODS[method], directory), made.secret)
    assert denied == await _missing(channel, client)


@pytest.mark.parametrize("method", [name for name in METHODS if NEEDED[name] is not ANYBODY])
async def test_with_exactly_the_scope_one_passes(
    channel: grpc.Channel, client: Client, directory: str, method: str
) -> None:
    """Each of a method's scopes opens it: what is refused then is refused for its content."""
    for scope in NEEDED[method]:
        token = Token(principal="somebody", scopes=[scope.value], all_directories=True)
        made = await client.tokens.create(token)
        code, message, _ = _ending(
            channel, method, _request(METHODS[method], directory), made.secret
        )
        assert (code, message) != (await _missing(channel, client))[:2] or _about_an_import(method)


def _about_an_import(method: str) -> bool:
    """Methods whose import is missing here: that is denied, too, in the same bytes."""
    return "import_id" in METHODS[method].input_type.fields_by_name


async def _missing(channel: grpc.Channel, client: Client) -> Ending:
    """The answer to an all-powerful caller about a missing directory."""
    method = "/rollbook.v1.DirectoryService/ListRoles"
    made = await client.tokens.create(
        Token(principal="somebody", scopes=[s.value for s in Scope], all_directories=True)
    )
    return _ending(channel, method, _request(METHODS[method], "not-there"), made.secret)
