"""A lost connection is resumed: a bounded number of times, each row once."""

from pathlib import Path

import grpc
import pytest

from rollbook.client import Client, Interrupted, StreamContent, Waits, new_import
from rollbook.client.resume import TRIES
from rollbook.errors import Reason
from rollbook.v1.imports_pb2 import ImportAccepted, ImportSummary
from tests.unit.client.peer import (
    ACCEPTED,
    SUMMARY,
    Answer,
    Peer,
    created,
    one_byte,
    refusal,
    rows_of,
    serving,
    taken,
)

CONTENT = b"employee_number\n1\n2\n3\n"
LOST = grpc.StatusCode.UNAVAILABLE
RUNNING = refusal(grpc.StatusCode.ABORTED, "IMPORT_ALREADY_RUNNING", "it runs")


def impatient(peer: Peer) -> Client:
    """A client of that peer whose waits are short; how long they are is not the subject."""
    return Client(peer.address, "t", waits=Waits(0.001, 0.002))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "users.csv"
    path.write_bytes(CONTENT)
    return path


async def test_the_same_import_is_sent_again_from_its_first_byte(file: Path) -> None:
    """Every row's result is yielded once, also where the server sends stored ones again."""
    async with (
        serving([ACCEPTED, created(1, 2), LOST], [ACCEPTED, created(1, 2, 3), SUMMARY]) as peer,
        impatient(peer) as client,
    ):
        events = [e async for e in client.upload_file(file, new_import())]
    first, second = peer.calls
    assert second.start.results_after_line == 3
    second.start.ClearField("results_after_line")
    assert first.start == second.start
    assert first.content == second.content == CONTENT
    assert rows_of(events) == [1, 2, 3]
    assert [type(e) for e in events if not rows_of([e])] == [
        ImportAccepted,
        Interrupted,
        ImportSummary,
    ]


async def test_only_the_last_call_has_a_summary(file: Path) -> None:
    """One that breaks off reports what it did so far, which is not the end of it."""
    draining = refusal(LOST, "SERVER_DRAINING", "stopping")
    async with (
        serving([ACCEPTED, created(1), SUMMARY, draining], [ACCEPTED, SUMMARY]) as peer,
        impatient(peer) as client,
    ):
        events, ended = await taken(client.upload_file(file, new_import()))
    assert ended is None
    assert [type(event) for event in events].count(ImportSummary) == 1
    assert isinstance(events[-1], ImportSummary)


async def test_it_is_waited_for_a_server_that_has_not_noticed_yet(file: Path) -> None:
    """While resuming, "it runs" means that the lost connection still counts: wait, ask again."""
    async with (
        serving([ACCEPTED, LOST], [RUNNING], [RUNNING], [ACCEPTED, SUMMARY]) as peer,
        impatient(peer) as client,
    ):
        events = [e async for e in client.upload_file(file, new_import())]
    assert len(peer.calls) == 4
    assert isinstance(events[-1], ImportSummary)


async def test_it_gives_up_after_a_while(file: Path) -> None:
    async with serving([ACCEPTED, LOST]) as peer, impatient(peer) as client:
        seen, ended = await taken(client.upload_file(file, new_import()))
    assert len(peer.calls) == 1 + TRIES
    assert sum(isinstance(event, Interrupted) for event in seen) == TRIES
    assert ended
    assert ended.verdict.resumable


@pytest.mark.parametrize(
    ("first", "reason"),
    [
        ([RUNNING], Reason.IMPORT_ALREADY_RUNNING),
        (
            [ACCEPTED, refusal(grpc.StatusCode.ABORTED, "CHECKSUM_MISMATCH", "differs")],
            Reason.CHECKSUM_MISMATCH,
        ),
        (
            [ACCEPTED, refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, "STORAGE_FULL", "full")],
            Reason.STORAGE_FULL,
        ),
    ],
    ids=["somebody else's", "not resumable", "needs somebody"],
)
async def test_what_another_try_cannot_mend_is_raised_at_once(
    file: Path, first: list[Answer], reason: Reason
) -> None:
    async with serving(first) as peer, impatient(peer) as client:
        _, ended = await taken(client.upload_file(file, new_import()))
    assert ended
    assert (len(peer.calls), ended.reason) == (1, reason)


async def test_what_came_from_a_pipe_cannot_be_sent_again() -> None:
    async with serving([ACCEPTED, created(1), LOST]) as peer, impatient(peer) as client:
        events = client.upload(StreamContent(one_byte()), new_import())
        seen, ended = await taken(events)
    assert (len(peer.calls), rows_of(seen)) == (1, [1])
    assert ended
    assert ended.verdict.resumable


async def test_what_was_never_accepted_is_sent_again_too(file: Path) -> None:
    """P11: the server that was reached has gone, or waits for its database: it may be back."""
    draining = refusal(LOST, "SERVER_DRAINING", "the database is away")
    async with (
        serving([LOST], [draining], [ACCEPTED, created(1, 2, 3), SUMMARY]) as peer,
        impatient(peer) as client,
    ):
        events = [e async for e in client.upload_file(file, new_import())]
    assert len(peer.calls) == 3
    assert rows_of(events) == [1, 2, 3]


async def test_an_address_where_nobody_ever_answered_is_reported_at_once(file: Path) -> None:
    """It may be a wrong one."""
    async with serving([ACCEPTED]) as peer:
        address = peer.address
    async with Client(address, "t") as client:
        seen, ended = await taken(client.upload_file(file, new_import()))
    assert seen == []
    assert ended
    assert ended.reason is Reason.SERVER_DRAINING
