"""Lists come in pages, by key, with opaque tokens."""

from collections.abc import AsyncIterator

import grpc.aio
import pytest
import pytest_asyncio

from rollbook.client import Client
from rollbook.client.errors import from_call
from rollbook.errors import Reason, RollbookError
from rollbook.v1 import directories_pb2 as v1
from rollbook.v1.directories_pb2_grpc import DirectoryServiceStub
from tests.environment import Server
from tests.rpc.refusals import refusal

_ROWS = 1_002


class _Units:
    """The raw calls: the client hides the pages."""

    def __init__(self, server: Server, channel: grpc.aio.Channel, directory: str):
        self._calls = DirectoryServiceStub(channel)
        self._metadata = (("authorization", f"Bearer {server.token}"),)
        self.directory = directory

    async def page(self, size: int = 0, token: str = "") -> v1.ListOrganizationalUnitsResponse:
        request = v1.ListOrganizationalUnitsRequest(
            directory=self.directory, page_size=size, page_token=token
        )
        try:
            answer: v1.ListOrganizationalUnitsResponse = await self._calls.ListOrganizationalUnits(
                request, metadata=self._metadata
            )
        except grpc.aio.AioRpcError as broken:
            raise from_call(broken, "") from None
        return answer

    async def roles_page(self, token: str) -> v1.ListRolesResponse:
        request = v1.ListRolesRequest(directory=self.directory, page_size=1, page_token=token)
        try:
            answer: v1.ListRolesResponse = await self._calls.ListRoles(
                request, metadata=self._metadata
            )
        except grpc.aio.AioRpcError as broken:
            raise from_call(broken, "") from None
        return answer


@pytest_asyncio.fixture
async def units(server: Server, client: Client, directory: str) -> AsyncIterator[_Units]:
    """A directory with units `0000`, `0001` and so on."""
    csv = "name\n" + "".join(f"{number:04}\n" for number in range(_ROWS))
    assert await client.units.load(directory, csv.encode()) == (_ROWS, 0)
    async with grpc.aio.insecure_channel(server.address) as channel:
        yield _Units(server, channel, directory)


async def test_pages_follow_one_another_without_gap_or_overlap(units: _Units) -> None:
    seen, token, sizes = [], "", []
    while True:
        page = await units.page(334, token)
        seen += [unit.name for unit in page.organizational_units]
        sizes.append(len(page.organizational_units))
        token = page.next_page_token
        if not token:
            break
    assert seen == [f"{number:04}" for number in range(_ROWS)]
    assert sizes == [334, 334, 334]  # the last page is full, and marked as the last


@pytest.mark.parametrize(("asked", "given"), [(0, 100), (1, 1), (1_000, 1_000), (1_001, 1_000)])
async def test_a_page_has_100_unless_said_and_1000_at_most(
    units: _Units, asked: int, given: int
) -> None:
    page = await units.page(asked)
    assert len(page.organizational_units) == given
    assert page.next_page_token


async def test_a_size_below_zero_is_refused(units: _Units) -> None:
    error = await refusal(units.page(-1), Reason.INVALID_OPTIONS)
    assert error.facts["option"] == "page_size"


async def test_only_a_token_that_this_list_gave_is_taken(units: _Units, client: Client) -> None:
    """Another list's, another directory's, a changed, cut or invented one is invalid_options."""
    token = (await units.page(1)).next_page_token
    of_roles = (await units.roles_page("")).next_page_token
    other = _Units.__new__(_Units)
    other.__dict__ |= units.__dict__ | {"directory": f"{units.directory}-b"}
    await client.directories.create(other.directory)
    cases = [units.page(1, wrong) for wrong in ("x", "é", "AAAA", token[:-4], f"{token}AAAA")]
    changed = token[:-1] + ("A" if token[-1] != "A" else "B")
    cases += [units.page(1, of_roles), other.page(1, token), units.page(1, changed)]
    for asked in cases:
        error = await refusal(asked, Reason.INVALID_OPTIONS)
        assert error.facts["option"] == "page_token"
    with pytest.raises(RollbookError):
        await units.roles_page(token)


async def test_what_is_made_meanwhile_moves_no_page(units: _Units, client: Client) -> None:
    """A page begins after a key, not at a number: nothing is seen twice or left out."""
    first = await units.page(10)
    await client.units.create(units.directory, v1.OrganizationalUnit(name="0000 a"))
    second = await units.page(1, first.next_page_token)
    assert [unit.name for unit in second.organizational_units] == ["0010"]


async def test_lists_are_in_the_order_of_keys(client: Client, directory: str) -> None:
    """Case decides nothing: `Ärzte` is not before `admin` because it is upper case."""
    for name in ("zebra", "Beta", "alpha"):
        await client.locations.create(directory, v1.Location(name=name))
    assert [one.name async for one in client.locations.list(directory)] == [
        "alpha",
        "Beta",
        "zebra",
    ]


async def test_a_page_ends_early_where_it_would_be_too_large_a_message(
    client: Client, directory: str
) -> None:
    """Aliases have no limit but a message's; no page is larger than what the server may send."""
    for letter in "abcd":
        aliases = [f"{letter}{number:05}{'é' * 190}" for number in range(1_000)]
        await client.roles.create(directory, v1.Role(name=letter, aliases=aliases))
    found = {role.name: len(role.aliases) async for role in client.roles.list(directory)}
    assert found == {"a": 1_000, "admin": 0, "b": 1_000, "c": 1_000, "d": 1_000, "Standard": 2}
