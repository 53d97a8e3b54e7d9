"""Page tokens cannot be forged, and belong to their list on every server."""

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.message_factory import GetMessageClass
from google.rpc.error_details_pb2 import ErrorInfo
from grpc_status.rpc_status import from_call

from rollbook.client import Client
from rollbook.v1 import directories_pb2 as v1
from tests.environment import Server, serving
from tests.rpc.imported import imported, person
from tests.rpc.test_door import METHODS

_LISTS = sorted(
    method for method, found in METHODS.items() if "page_token" in found.input_type.fields_by_name
)
_LIST_UNITS = "/rollbook.v1.DirectoryService/ListOrganizationalUnits"


@pytest.fixture(scope="module")
def channel(server: Server) -> Iterator[grpc.Channel]:
    """To the server."""
    with grpc.insecure_channel(server.address) as opened:
        yield opened


def _asked(channel: grpc.Channel, server: Server, method: str, **fields: Any) -> ErrorInfo | None:
    """Why the call is refused; None: it is not."""
    known = METHODS[method].input_type.fields_by_name
    request = GetMessageClass(METHODS[method].input_type)(
        **{name: value for name, value in fields.items() if name in known}
    )
    call: Any = channel.unary_unary(method, request_serializer=type(request).SerializeToString)
    try:
        call(request, metadata=[("authorization", f"Bearer {server.token}")], timeout=20)
    except grpc.RpcError as error:
        info = ErrorInfo()
        from_call(error).details[0].Unpack(info)  # type: ignore[arg-type]
        return info
    return None


def _about(directory: str, import_id: str) -> dict[str, Any]:
    """What lists are asked about."""
    user = {"employee_number": "1"}
    return {"directory": directory, "import_id": import_id, "user": user}


def _units(of: Server, directory: str, token: str) -> v1.ListOrganizationalUnitsResponse:
    """One unit of the directory."""
    with grpc.insecure_channel(of.address) as channel:
        call: Any = channel.unary_unary(
            _LIST_UNITS,
            request_serializer=v1.ListOrganizationalUnitsRequest.SerializeToString,
            response_deserializer=v1.ListOrganizationalUnitsResponse.FromString,
        )
        answer: v1.ListOrganizationalUnitsResponse = call(
            v1.ListOrganizationalUnitsRequest(directory=directory, page_size=1, page_token=token),
            metadata=[("authorization", f"Bearer {of.token}")],
        )
    return answer


def _forgeries() -> list[str]:
    """Tokens of an attacker who knows the code: with checksums of no key, and of any length."""
    keys = ["x", "", "-1 -1", "1", "\0", "9" * 40, "1 x", "2026-01-01 x", "u" + "f" * 16]
    forged = [
        base64.urlsafe_b64encode(bytes(size) + key.encode()) for key in keys for size in (0, 6, 16)
    ]
    for key in keys:
        check = hashlib.blake2b(f"directories\0{key}".encode(), digest_size=6).digest()
        forged.append(base64.urlsafe_b64encode(check + key.encode()))
    return [token.decode() for token in forged if token] + ["é", "A" * 10_000, "=" * 8, "\ud7ff"]


@pytest.mark.parametrize("method", _LISTS)
async def test_a_forged_token_is_an_invalid_option_of_every_list(
    server: Server, channel: grpc.Channel, client: Client, directory: str, method: str
) -> None:
    """Never an internal error: the reason names the field."""
    summary = await imported(client, directory, [person(1)])
    fields = _about(directory, summary.import_id)
    first = _asked(channel, server, method, **fields)
    assert first is None or first.metadata["missing"]  # this server cannot mail invitations
    for token in _forgeries():
        info = _asked(channel, server, method, page_token=token, **fields)
        assert info is not None, token
        assert (info.reason, info.metadata["option"]) == ("INVALID_OPTIONS", "page_token")


async def test_a_token_goes_on_at_another_server_of_the_database(
    server: Server, client: Client, directory: str, tmp_path: Path
) -> None:
    """The key is the database's, so that a client may be sent elsewhere for its next page."""
    for name in ("a", "b", "c"):
        await client.units.create(directory, v1.OrganizationalUnit(name=name))
    first = _units(server, directory, "")
    with serving(server.database_url, tmp_path) as other:
        second = _units(other, directory, first.next_page_token)
    assert [unit.name for unit in second.organizational_units] == ["b"]


async def test_a_token_of_one_list_is_refused_by_every_other(
    server: Server, channel: grpc.Channel, client: Client, directory: str
) -> None:
    """Also by the list of the same method in another directory."""
    for name in ("a", "b"):
        await client.units.create(directory, v1.OrganizationalUnit(name=name))
    elsewhere = f"{directory}-b"
    await client.directories.create(elsewhere)
    summary = await imported(client, directory, [person(1)])
    token = _units(server, directory, "").next_page_token
    here = _about(directory, summary.import_id)
    assert _asked(channel, server, _LIST_UNITS, page_token=token, **here) is None
    others = [(method, here) for method in _LISTS if method != _LIST_UNITS]
    for method, fields in [*others, (_LIST_UNITS, {"directory": elsewhere})]:
        info = _asked(channel, server, method, page_token=token, **fields)
        assert info is not None, method
        assert (info.reason, info.metadata["option"]) == ("INVALID_OPTIONS", "page_token")
