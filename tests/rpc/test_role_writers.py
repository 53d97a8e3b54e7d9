"""No method makes a role privileged, or a privileged one unprivileged, without the right."""

from collections.abc import AsyncIterator
from uuid import uuid4

import grpc.aio
import pytest
import pytest_asyncio
from google.protobuf.descriptor import Descriptor
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from rollbook.client import Client
from rollbook.v1 import directories_pb2 as v1
from rollbook.v1.directories_pb2_grpc import DirectoryServiceStub
from rollbook.v1.tokens_pb2 import Token
from tests.environment import Server

_SERVICE = v1.DESCRIPTOR.services_by_name["DirectoryService"]
_TO_PRIVILEGED = v1.Role(name="admin", aliases=["boss"], privileged=True)


def _writes_roles(method: str, request: Descriptor) -> bool:
    """Whether the request of a method that writes has a role in it, or names one."""
    if method.startswith(("Get", "List")):
        return False
    if method.endswith(("Role", "Roles")):
        return True
    parts = [field.message_type for field in request.fields if field.message_type]
    return any(
        part.full_name == "rollbook.v1.Role" or "default_role" in part.fields_by_name
        for part in parts
    )


def _mask(*paths: str) -> FieldMask:
    return FieldMask(paths=paths)


def _attacks(where: str) -> dict[str, list[Message]]:
    """By method: requests that would make a role privileged, or change one that is."""
    new = f"new-{uuid4().hex[:8]}"
    lowered = v1.Role(name="admin", privileged=False)
    return {
        "CreateDirectory": [
            v1.CreateDirectoryRequest(directory=v1.Directory(name=new, default_role="Admin")),
        ],
        "UpdateDirectory": [
            v1.UpdateDirectoryRequest(directory=v1.Directory(name=where, default_role=" ADMIN")),
            v1.UpdateDirectoryRequest(
                directory=v1.Directory(name=where, default_role="admin"),
                update_mask=_mask("seats", "default_role"),
            ),
        ],
        "CreateRole": [
            v1.CreateRoleRequest(directory=where, role=v1.Role(name="root", privileged=True)),
        ],
        "UpdateRole": [
            v1.UpdateRoleRequest(directory=where, name="Standard", role=v1.Role(privileged=True)),
            v1.UpdateRoleRequest(
                directory=where,
                name="standard",
                role=v1.Role(privileged=True),
                update_mask=_mask("privileged"),
            ),
            v1.UpdateRoleRequest(directory=where, name="admin", role=_TO_PRIVILEGED),
            v1.UpdateRoleRequest(
                directory=where, name="admin", role=lowered, update_mask=_mask("privileged")
            ),
        ],
        "DeleteRole": [v1.DeleteRoleRequest(directory=where, name="admin")],
        "LoadRoles": [
            v1.LoadRolesRequest(directory=where, csv=b"name,privileged\nroot,yes\n"),
            v1.LoadRolesRequest(directory=where, csv=b"name,privileged\nplain,no\nroot,1\n"),
        ],
    }


@pytest_asyncio.fixture
async def attacker(server: Server, client: Client) -> AsyncIterator["_Calls"]:
    """A caller who may write directories, and grant no privileged role."""
    token = Token(
        principal="attacker",
        scopes=["directories:write", "directories:read"],
        all_directories=True,
    )
    secret = (await client.tokens.create(token)).secret
    async with grpc.aio.insecure_channel(server.address) as channel:
        yield _Calls(channel, secret)


class _Calls:
    """The attacker's calls."""

    def __init__(self, channel: grpc.aio.Channel, secret: str):
        self._stub = DirectoryServiceStub(channel)
        self._metadata = (("authorization", f"Bearer {secret}"),)

    async def code(self, method: str, request: Message) -> grpc.StatusCode:
        """How the call ends."""
        try:
            await getattr(self._stub, method)(request, metadata=self._metadata)
        except grpc.aio.AioRpcError as error:
            return error.code()
        return grpc.StatusCode.OK


def test_every_writer_of_roles_is_attacked() -> None:
    """A new method of the contract that writes roles joins this test, or fails it."""
    writers = {
        method.name for method in _SERVICE.methods if _writes_roles(method.name, method.input_type)
    }
    assert writers == set(_attacks("main"))


@pytest.mark.parametrize("method", sorted(_attacks("main")))
async def test_no_writer_makes_a_role_privileged_without_the_right(
    attacker: _Calls, client: Client, directory: str, method: str
) -> None:
    """Nor a privileged role the default; what is plain goes on working."""
    before = [role async for role in client.roles.list(directory)]
    for request in _attacks(directory)[method]:
        assert await attacker.code(method, request) is grpc.StatusCode.PERMISSION_DENIED, request
    assert [role async for role in client.roles.list(directory)] == before
    assert (await client.directories.get(directory)).default_role == "Standard"
    plain = v1.LoadRolesRequest(directory=directory, csv=b"name,privileged\nadmin,yes\nplain,no\n")
    assert await attacker.code("LoadRoles", plain) is grpc.StatusCode.OK
