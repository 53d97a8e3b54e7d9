"""Suspension by hand and by a full sync: who stays suspended, and who comes back."""

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from rollbook.client import Client
from rollbook.v1.directories_pb2 import Directory
from tests.acceptance.wire import HEADER, Peer, user, users
from tests.environment import Server, either_way

_SYNC = {"commit": "WHOLE_FILE", "missing_users": "SUSPEND"}


@pytest_asyncio.fixture
async def client(server: Server) -> AsyncIterator[Client]:
    """The administrator, for what is no import."""
    async with Client(server.address, server.token) as opened:
        yield opened


async def _seats(client: Client, directory: str, seats: int) -> None:
    await client.directories.update(Directory(name=directory, seats=seats), ["seats"])


async def _active(client: Client, directory: str) -> int:
    return (await client.directories.get(directory)).active_users


async def test_who_was_suspended_by_hand_is_updated_and_stays_suspended(
    peer: Peer, narrow: Peer, client: Client
) -> None:
    """Only a change by hand ends it; each row warns `user_suspended`, also without a change."""
    for one in (peer, narrow):
        directory = await one.new_directory()
        await one.send_file(directory, HEADER + users(1))
        await client.users.suspend(directory, employee_number="1")
        changed = await one.send_file(directory, HEADER + user(1, last_name="King"))
        assert changed.rows == {2: "UPDATED user_suspended"}
        same = await one.send_file(directory, HEADER + user(1, last_name="King"), options=_SYNC)
        assert same.rows == {2: "UNCHANGED user_suspended"}
        stored = (await one.stored(directory))["1"]
        assert (stored["last_name"], stored["status"]) == ("King", "suspended")
        assert await _active(client, directory) == 0


async def test_who_was_suspended_by_a_sync_is_reactivated_by_a_full_sync_alone(
    peer: Peer, narrow: Peer, client: Client
) -> None:
    """With the same id, taking a seat; another import updates, with `user_suspended`."""
    for one in (peer, narrow):
        directory = await one.new_directory()
        hr: dict[str, Any] = {"source": "hr"}
        await one.send_file(directory, HEADER + users(1, 2), **hr)
        before = await one.stored(directory)
        gone = await one.send_file(directory, HEADER + users(1), options=_SYNC, **hr)
        assert gone.summary
        assert (gone.summary.suspended, gone.summary.unchanged) == (1, 1)
        assert await _active(client, directory) == 1
        other = await one.send_file(directory, HEADER + user(2, last_name="King"), source="crm")
        assert other.rows == {2: "UPDATED user_suspended"}
        same = await one.send_file(directory, HEADER + user(2, last_name="King"), **hr)
        assert same.rows == {2: "UNCHANGED user_suspended"}
        await _seats(client, directory, 1)
        full = await one.send_file(directory, HEADER + users(1, 2), options=_SYNC, **hr)
        assert full.rows == {2: "UNCHANGED", 3: "FAILED seat_limit_reached"}
        await _seats(client, directory, 2)
        back = await one.send_file(directory, HEADER + users(1, 2), options=_SYNC, **hr)
        assert back.rows == {2: "UNCHANGED", 3: "UPDATED"}
        assert back.summary
        assert (back.summary.reactivated, back.summary.suspended) == (1, 0)
        after = await one.stored(directory)
        assert (after["2"]["id"], after["2"]["status"]) == (before["2"]["id"], "active")
        assert await _active(client, directory) == 2


async def test_a_sync_frees_seats_before_its_rows_take_them(peer: Peer, client: Client) -> None:
    """S43: in a staged import suspensions come first."""
    directory = await peer.new_directory()
    await peer.send_file(directory, HEADER + users(1, 2))
    await _seats(client, directory, 2)
    answer = await peer.send_file(directory, HEADER + users(2, 3), options=_SYNC)
    assert answer.summary
    said = {r.employee_number: r for r in answer.results}
    assert answer.ending == "OK"
    assert (answer.summary.created, answer.summary.suspended, answer.summary.failed) == (1, 1, 0)
    assert (said["1"].line, said["1"].row) == (0, 0)
    assert await _active(client, directory) == 2


@either_way
async def test_a_sync_leaves_the_protected_those_of_other_sources_and_the_failed(
    peer: Peer, client: Client
) -> None:
    """A failed row names its user; protected users and other sources' are not missing."""
    directory = await peer.new_directory()
    await peer.send_file(directory, HEADER + users(1, 2, 3, 4))
    await peer.send_file(directory, HEADER + users(5), source="crm")
    await client.users.set_locks(directory, protected=True, employee_number="2")
    answer = await peer.send_file(
        directory, HEADER + users(1) + user(3, email="broken"), options=_SYNC
    )
    assert answer.ending == "OK", answer.message
    stored = await peer.stored(directory)
    assert {number: record["status"] for number, record in stored.items()} == {
        "1": "active",
        "2": "active",
        "3": "active",
        "4": "suspended_by_sync",
        "5": "active",
    }


async def test_a_user_suspended_by_a_sync_can_be_reactivated_or_suspended_by_hand(
    peer: Peer, client: Client
) -> None:
    """By hand counts more: who was then suspended by hand stays so when a file names them."""
    directory = await peer.new_directory()
    await peer.send_file(directory, HEADER + users(1, 2, 3))
    await peer.send_file(directory, HEADER + users(1), options=_SYNC)
    await client.users.suspend(directory, employee_number="2")
    await client.users.reactivate(directory, employee_number="3")
    assert await _active(client, directory) == 2
    answer = await peer.send_file(directory, HEADER + users(2, 3))
    assert answer.rows == {2: "UNCHANGED user_suspended", 3: "UNCHANGED"}
