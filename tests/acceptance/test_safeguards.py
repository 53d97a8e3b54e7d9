"""Safeguards: an import that would change too many users stops for approval."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from rollbook.client import Client
from rollbook.v1.directories_pb2 import Directory, SafeguardLimit, Safeguards
from rollbook.v1.imports_pb2 import ImportState
from tests.acceptance.wire import HEADER, Answer, Peer, user, users
from tests.environment import Server

_SYNC = {"commit": "WHOLE_FILE", "missing_users": "SUSPEND"}
_PREVIEW = {"commit": "NONE", "missing_users": "SUSPEND"}
_TRIPPED = "FAILED_PRECONDITION/SAFEGUARD_TRIPPED"
_OFF = SafeguardLimit(off=True)


@pytest_asyncio.fixture
async def client(server: Server) -> AsyncIterator[Client]:
    """The administrator, for what is no import."""
    async with Client(server.address, server.token) as opened:
        yield opened


async def _with_users(peer: Peer, count: int) -> str:
    directory = await peer.new_directory()
    answer = await peer.send_file(directory, HEADER + users(*range(count)))
    assert answer.summary
    assert answer.summary.created == count
    return directory


def _moved(count: int) -> str:
    return HEADER + "".join(user(n, email=f"new{n}@example.org") for n in range(count))


def _risen(count: int) -> str:
    return HEADER + "".join(user(n, role="admin") for n in range(count))


def _state(answer: Answer) -> str:
    assert answer.summary
    return ImportState.Name(answer.summary.state).removeprefix("IMPORT_STATE_")


@pytest.mark.parametrize(("content", "most"), [(_moved, 10), (_risen, 5)], ids=["email", "role"])
@pytest.mark.few(1)
async def test_per_batch_an_import_stops_at_the_row_that_would_cross(
    peer: Peer, narrow: Peer, content: Any, most: int
) -> None:
    """10 % of e-mails and 5 % of roles pass; the next row is not applied, in any batch cut."""
    for one in (peer, narrow):
        directory = await _with_users(one, 100)
        fits = await one.send_file(directory, content(most))
        assert (fits.ending, _state(fits)) == ("OK", "COMPLETED")
        directory = await _with_users(one, 100)
        answer = await one.send_file(directory, content(most + 3))
        assert (answer.ending, _state(answer)) == (_TRIPPED, "STOPPED")
        assert answer.rows == dict.fromkeys(range(2, most + 2), "UPDATED") | {
            most + 2: "NOT_APPLIED"
        }
        assert answer.summary
        stopped = answer.summary.stopped_by
        assert (stopped.code, stopped.line) == ("safeguard_tripped", most + 2)
        assert (stopped.safeguard.count, stopped.safeguard.limit) == (most + 1, most)
        assert sum(r["version"] == 2 for r in (await one.stored(directory)).values()) == most


@pytest.mark.parametrize("content", [_moved, _risen], ids=["email", "role"])
async def test_below_a_hundred_active_users_no_share_says_anything(
    peer: Peer, content: Any
) -> None:
    """From 100 active users on; 99 may all be changed."""
    directory = await _with_users(peer, 99)
    answer = await peer.send_file(directory, content(99))
    assert (answer.ending, _state(answer)) == ("OK", "COMPLETED")


@pytest.mark.parametrize(
    ("email", "counts"),
    [
        ("strasse{}@EXAMPLE.org", False),
        ("Strasse{}@example.org", True),
        ("stra\u00dfe{}@example.org", True),
    ],
    ids=["case of the domain", "case before the @", "another letter of the same key"],
)
async def test_an_address_of_the_same_key_counts_by_its_text(
    peer: Peer, email: str, *, counts: bool
) -> None:
    """B175: two texts of one key may be two mailboxes; only the case of the domain is free."""
    directory = await peer.new_directory()
    before = "".join(user(n, email=f"strasse{n}@example.org") for n in range(100))
    assert (await peer.send_file(directory, HEADER + before)).ending == "OK"
    content = HEADER + "".join(user(n, email=email.format(n)) for n in range(100))
    answer = await peer.send_file(directory, content)
    assert answer.ending == ("FAILED_PRECONDITION/SAFEGUARD_TRIPPED" if counts else "OK")


async def test_a_staged_import_writes_nothing_and_waits_for_approval(peer: Peer) -> None:
    """Every row is answered as it would have been; nothing of it is in the database."""
    directory = await _with_users(peer, 100)
    answer = await peer.send_file(directory, _moved(11), options={"commit": "WHOLE_FILE"})
    assert (answer.ending, _state(answer)) == (_TRIPPED, "AWAITING_APPROVAL")
    assert answer.rows == dict.fromkeys(range(2, 13), "UPDATED")
    assert all(r["version"] == 1 for r in (await peer.stored(directory)).values())
    found = await peer.get_import(directory, answer.summary.import_id if answer.summary else "")
    assert ImportState.Name(found.state) == "IMPORT_STATE_AWAITING_APPROVAL"
    assert not found.approved_by


@pytest.mark.parametrize(("named", "ending"), [(80, "OK"), (79, _TRIPPED)])
async def test_a_full_sync_suspends_a_fifth_and_no_more(
    peer: Peer, client: Client, named: int, ending: str
) -> None:
    """20 % of 100 active users."""
    directory = await _with_users(peer, 100)
    answer = await peer.send_file(directory, HEADER + users(*range(named)), options=_SYNC)
    assert answer.ending == ending
    active = (await client.directories.get(directory)).active_users
    assert active == (named if ending == "OK" else 100)


async def test_a_preview_says_that_it_would_trip_and_writes_nothing(peer: Peer) -> None:
    """A dry run is the real run: PREVIEWED, with the safeguard named."""
    directory = await _with_users(peer, 100)
    answer = await peer.send_file(directory, HEADER + users(1), options=_PREVIEW)
    assert (answer.ending, _state(answer)) == ("OK", "PREVIEWED")
    assert answer.summary
    assert (answer.summary.suspended, answer.summary.stopped_by.code) == (99, "safeguard_tripped")
    trip = answer.summary.stopped_by.safeguard
    assert (trip.what, trip.count, trip.limit) == ("suspended", 99, 20)
    found = await peer.get_import(directory, answer.summary.import_id)
    assert found.summary == answer.summary
    assert all(r["status"] == "active" for r in (await peer.stored(directory)).values())


@pytest.mark.parametrize("content", [HEADER, HEADER.rstrip("\n")], ids=["line end", "none"])
@pytest.mark.parametrize("count", [0, 3, 100])
async def test_a_full_sync_of_an_empty_file_always_trips(
    peer: Peer, content: str, count: int
) -> None:
    """B066: whatever the directory's size or settings, a file without users suspends none."""
    directory = await _with_users(peer, count)
    answer = await peer.send_file(directory, content, options=_SYNC)
    assert (answer.ending, _state(answer)) == (_TRIPPED, "AWAITING_APPROVAL")
    assert answer.summary
    assert answer.summary.stopped_by.safeguard.what == "empty"
    assert all(r["status"] == "active" for r in (await peer.stored(directory)).values())


async def test_a_row_whose_number_cannot_be_read_stops_a_full_sync(peer: Peer) -> None:
    """It is unknown which user the row names, so it is unknown who is missing."""
    directory = await _with_users(peer, 3)
    answer = await peer.send_file(directory, HEADER + users(0, 1) + user("1.2E+5"), options=_SYNC)
    assert (answer.ending, _state(answer)) == (_TRIPPED, "AWAITING_APPROVAL")
    assert answer.summary
    assert answer.summary.stopped_by.safeguard.what == "unreadable"
    assert all(r["status"] == "active" for r in (await peer.stored(directory)).values())


async def test_a_safeguard_can_be_switched_off_by_its_name(peer: Peer, client: Client) -> None:
    """And only that one: the others stay."""
    directory = await _with_users(peer, 100)
    limits = Safeguards(max_email_percent=_OFF)
    await client.directories.update(Directory(name=directory, safeguards=limits))
    assert (await peer.send_file(directory, _moved(100))).ending == "OK"
    content = HEADER + "".join(user(n, email=f"new{n}@example.org", role="admin") for n in range(6))
    assert (await peer.send_file(directory, content)).ending == _TRIPPED


async def test_the_lesser_of_percent_and_number_counts(peer: Peer, client: Client) -> None:
    """Both off: any number, but never an empty file."""
    directory = await _with_users(peer, 100)
    few = Safeguards(max_suspended=SafeguardLimit(at_most=3))
    await client.directories.update(Directory(name=directory, safeguards=few))
    answer = await peer.send_file(directory, HEADER + users(*range(96)), options=_SYNC)
    assert answer.ending == _TRIPPED
    none = Safeguards(max_suspended=_OFF, max_suspended_percent=_OFF)
    await client.directories.update(Directory(name=directory, safeguards=none))
    assert (await peer.send_file(directory, HEADER, options=_SYNC)).ending == _TRIPPED
    assert (await peer.send_file(directory, HEADER + users(1), options=_SYNC)).ending == "OK"
    assert (await client.directories.get(directory)).active_users == 1


async def test_protected_users_do_not_count_as_missing(peer: Peer, client: Client) -> None:
    """20 of 100 are suspended, the 21st is protected: nothing trips."""
    directory = await _with_users(peer, 100)
    await client.users.set_locks(directory, protected=True, employee_number="99")
    answer = await peer.send_file(directory, HEADER + users(*range(79)), options=_SYNC)
    assert answer.ending == "OK", answer.message
    assert answer.summary
    assert answer.summary.suspended == 20


async def test_new_users_and_locked_ones_do_not_count(peer: Peer, client: Client) -> None:
    """A role that is locked does not change, so it crosses nothing; nor does a new user's."""
    directory = await _with_users(peer, 100)
    for number in range(5):
        await client.users.set_locks(directory, role=True, employee_number=str(number))
    more = "".join(user(n, role="admin") for n in range(100, 150))
    answer = await peer.send_file(directory, _risen(10) + more)
    assert answer.ending == "OK", answer.message
