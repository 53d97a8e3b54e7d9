"""Every limit of an import, on both sides of its edge, at servers with small limits."""

import asyncio
import time
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from rollbook.v1 import users_pb2
from tests.acceptance.wire import (
    CHUNK,
    HEADER,
    Answer,
    Call,
    Peer,
    Request,
    csv,
    end,
    rows,
    start,
    user,
    users,
    whole,
)
from tests.environment import Cluster, serving

_FOUR = "employee_number,email,first_name,last_name"
_FULL = "RESOURCE_EXHAUSTED/QUOTA_EXCEEDED"
_TOO_LARGE = "RESOURCE_EXHAUSTED/MESSAGE_TOO_LARGE"

MAX_ROWS = 7
MAX_COLUMNS = 8
MAX_NAME = 16
MAX_HEADER = 150
MAX_RECORD = 120
MAX_CHUNK = 2_000
MAX_TYPED = 4
MAX_MESSAGE = 3_000
MAX_SENT = 700
BATCH_ROWS = 3


@pytest_asyncio.fixture(scope="module")
async def small(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Peer]:
    """A server of small limits, which is never in a hurry to cut a batch."""
    with serving(
        database_url,
        tmp_path_factory.mktemp("small"),
        max_rows=MAX_ROWS,
        max_columns=MAX_COLUMNS,
        max_column_name_bytes=MAX_NAME,
        max_header_bytes=MAX_HEADER,
        max_record_bytes=MAX_RECORD,
        max_chunk_bytes=MAX_CHUNK,
        max_typed_rows=MAX_TYPED,
        max_message_bytes=MAX_MESSAGE,
        max_sent_bytes=MAX_SENT,
        batch_rows=BATCH_ROWS,
        batch_wait=1,
        batch_wait_busy=1,
        imports_per_principal=2,
        imports_per_process=3,
        import_queue_wait=0.5,
        new_imports_per_hour=1_000,
    ) as running:
        async with Peer.of(running) as peer:
            yield peer


async def _import(peer: Peer, content: str, size: int = MAX_CHUNK) -> tuple[Answer, int]:
    """How it ended, and how many users are there then."""
    directory = await peer.new_directory()
    answer = await peer.send(whole(directory, content, size))
    return answer, len(await peer.stored(directory))


async def test_rows(small: Peer) -> None:
    """B083: the row over the limit ends the file; those before it stay, and are answered."""
    content = HEADER + users(*range(MAX_ROWS))
    assert (await _import(small, content + "\n\n"))[0].ending == "OK"
    for size in (1, MAX_CHUNK):
        answer, stored = await _import(small, content + users("over", "further"), size)
        assert answer.ending == "INVALID_ARGUMENT/TOO_MANY_ROWS"
        assert answer.facts["limit"] == str(MAX_ROWS)
        assert answer.facts["line"] == str(MAX_ROWS + 2)
        assert list(answer.rows.values()) == ["CREATED"] * MAX_ROWS
        assert answer.summary
        assert answer.summary.stopped_by.code == "too_many_rows"
        assert answer.summary.stopped_by.line == MAX_ROWS + 2
        assert stored == MAX_ROWS


async def test_typed_rows(small: Peer) -> None:
    """B083: typed rows are counted in the same way, over all messages."""
    directory = await small.new_directory()
    some = [rows(*map(_typed, range(n, n + 4))) for n in (0, 4)]
    answer = await small.send([start(directory), *some, end()])
    assert answer.ending == "INVALID_ARGUMENT/TOO_MANY_ROWS"
    assert len(answer.rows) == MAX_ROWS == len(await small.stored(directory))


def _typed(number: int) -> dict[str, str]:
    return {
        "employee_number": str(number),
        "email": f"u{number}@x.org",
        "first_name": "A",
        "last_name": "B",
    }


async def test_columns(small: Peer) -> None:
    """TOO_MANY_COLUMNS names the limit; as many as it are fine."""
    for columns in (MAX_COLUMNS, MAX_COLUMNS + 1):
        extra = [f"c{n}" for n in range(columns - 4)]
        content = f"{_FOUR},{','.join(extra)}\n1,a@x.org,Ada,Byron{',' * len(extra)}\n"
        answer, stored = await _import(small, content)
        fits = columns == MAX_COLUMNS
        assert answer.ending == ("OK" if fits else "INVALID_ARGUMENT/TOO_MANY_COLUMNS")
        assert stored == fits
        if not fits:
            assert answer.facts["limit"] == str(MAX_COLUMNS)


async def test_a_columns_name(small: Peer) -> None:
    """HEADER_TOO_LONG where one name has a byte too many; bytes, not letters, are counted."""
    for name, fits in (
        ("n" * MAX_NAME, True),
        ("n" * (MAX_NAME + 1), False),
        ("é" * (MAX_NAME // 2), True),
        ("é" * (MAX_NAME // 2) + "n", False),
    ):
        answer, stored = await _import(small, f"{_FOUR},{name}\n1,a@x.org,Ada,Byron,\n")
        assert answer.ending == ("OK" if fits else "INVALID_ARGUMENT/HEADER_TOO_LONG"), name
        assert stored == fits


async def test_a_header(small: Peer) -> None:
    """HEADER_TOO_LONG where the header's line has a byte too many, without its line end."""
    for length, fits in ((MAX_HEADER, True), (MAX_HEADER + 1, False)):
        padding = " " * (length - len(_FOUR))
        for size in (1, MAX_CHUNK):
            answer, stored = await _import(small, f"{_FOUR}{padding}\n1,a@x.org,Ada,Byron\n", size)
            assert answer.ending == ("OK" if fits else "INVALID_ARGUMENT/HEADER_TOO_LONG"), length
            assert stored == fits


async def test_a_record(small: Peer) -> None:
    """A row with a byte too many is `record_too_large`, and only it."""
    for length, code in ((MAX_RECORD, "CREATED"), (MAX_RECORD + 1, "FAILED record_too_large")):
        line = user(1, last_name="B" * (length - len(user(1, last_name="").rstrip())))
        for size in (1, MAX_CHUNK):
            answer, _ = await _import(small, HEADER + line + users(2), size)
            assert answer.rows == {2: code, 3: "CREATED"}


async def test_a_typed_record(small: Peer) -> None:
    """The same for a typed row, by the bytes of its fields."""
    directory = await small.new_directory()
    for number, over in ((1, 0), (2, 1)):
        row = _typed(number)
        row["last_name"] = "B" * (MAX_RECORD - sum(map(len, row.values())) + 1 + over)
        answer = await small.send([start(directory), rows(row), end()])
        assert answer.rows == {1: "FAILED record_too_large" if over else "CREATED"}


async def test_a_chunk(small: Peer) -> None:
    """MESSAGE_TOO_LARGE names the limit of a chunk; the rows before it stay."""
    directory = await small.new_directory()
    for length, ending in ((MAX_CHUNK, "OK"), (MAX_CHUNK + 1, _TOO_LARGE)):
        requests = [start(directory), *csv(HEADER + users(1)), Request(csv=b"\n" * length), end()]
        answer = await small.send(requests)
        assert answer.ending == ending
        if ending != "OK":
            assert answer.facts == {"bytes": str(length), "limit": str(MAX_CHUNK)}
            assert answer.rows == {2: "UNCHANGED"}


async def test_typed_rows_in_a_message(small: Peer) -> None:
    """MESSAGE_TOO_LARGE names how many there may be."""
    for count, ending in ((MAX_TYPED, "OK"), (MAX_TYPED + 1, _TOO_LARGE)):
        directory = await small.new_directory()
        answer = await small.send([start(directory), rows(*map(_typed, range(count))), end()])
        assert answer.ending == ending
        assert len(await small.stored(directory)) == (count if ending == "OK" else 0)


async def test_a_message(small: Peer) -> None:
    """MESSAGE_TOO_LARGE with the reason, though the message itself would be small enough."""
    for length, ending in ((MAX_MESSAGE, "OK"), (MAX_MESSAGE + 1, _TOO_LARGE)):
        directory = await small.new_directory()
        request = rows(_typed(1))
        attributes = request.rows.rows[0].attributes
        attributes["padding"] = ""
        attributes["padding"] = " " * (length - request.ByteSize() - 7)
        while request.ByteSize() < length:
            attributes["padding"] += " "
        assert request.ByteSize() == length
        answer = await small.send([start(directory), request, end()])
        assert answer.ending == ending
        if ending == "OK":
            assert answer.rows == {1: "FAILED record_too_large"}


async def test_messages_sent(small: Peer) -> None:
    """Results are split so that no message is over its limit, and every line is in one of them."""
    answer, _ = await _import(small, HEADER + ",,,,,\n" * MAX_ROWS)
    assert list(answer.rows) == list(range(2, MAX_ROWS + 2))
    assert max(answer.sizes) <= MAX_SENT
    assert len(answer.groups) > -(-MAX_ROWS // BATCH_ROWS), "nothing had to be split"


async def test_a_batch_by_rows(small: Peer) -> None:
    """No batch has more rows: so many are answered together, whatever chunks they came in."""
    content = HEADER + users(*range(MAX_ROWS))
    for size in (40, MAX_CHUNK):
        answer, _ = await _import(small, content, size)
        assert answer.groups == [3, 3, 1], size


async def test_a_batch_is_cut_where_the_client_makes_it_wait(small: Peer) -> None:
    """`batch_wait`: a row alone is answered after that wait, and no sooner."""
    directory = await small.new_directory()
    began = time.monotonic()
    async with small.call(start(directory), *csv(HEADER + users(1))) as call:
        assert await call.read("results")
        assert 0.9 <= time.monotonic() - began < 4
        began = time.monotonic()
        await call.send(*csv(users(2)), end())
        answer = await call.rest()
        assert time.monotonic() - began < 0.9, "`end` is not waited for"
    assert answer.groups == [1, 1]


async def test_a_batch_by_bytes(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> None:
    """`batch_bytes`: a batch ends before the row that would be too much, but has one at least.

    And `batch_wait_busy`: while a batch is being written there is more time to fill the next.
    """
    size = len(user(11))
    with serving(
        await cluster.new_database(),
        tmp_path_factory.mktemp("bytes"),
        batch_bytes=3 * size,
        batch_wait_busy=1,
    ) as running:
        async with Peer.of(running) as peer:
            answer, _ = await _import(peer, HEADER + users(*range(11, 18)), CHUNK)
            assert answer.groups == [3, 3, 1]
            long = [user(n, first_name="A" * 150) for n in (21, 22)]
            answer, _ = await _import(peer, HEADER + "".join(long) + users(23), CHUNK)
            assert answer.groups == [1, 1, 1]
            await _wait_while_busy(peer)


async def _wait_while_busy(peer: Peer) -> None:
    """Rows that come one by one are one batch where another is held up in the database."""
    directory = await peer.new_directory()
    blocker = await asyncpg.connect(peer.server.database_url)
    try:
        async with peer.call(start(directory)) as call:
            async with blocker.transaction():
                await blocker.execute("lock table users in exclusive mode")
                await call.send(*csv(HEADER + users(1)))
                await _blocked(blocker)
                for number in (2, 3):
                    await call.send(*csv(users(number)))
                    await asyncio.sleep(0.1)
            await call.send(end())
            answer = await call.rest()
    finally:
        await blocker.close()
    assert answer.groups == [1, 2]


async def _blocked(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    waiting = "select count(*) from pg_locks where not granted"
    async with asyncio.timeout(5):
        while not await connection.fetchval(waiting):  # noqa: ASYNC110 -- PostgreSQL's
            await asyncio.sleep(0.01)


async def _open(peer: Peer, directory: str) -> Call:
    """An import that has begun."""
    call = Call(peer.imports.ImportUsers(metadata=peer.metadata))
    await call.send(start(directory))
    assert await call.read("accepted"), call.answer.message
    return call


async def test_imports_at_once(small: Peer) -> None:
    """QUOTA_EXCEEDED with RetryInfo, after a wait for a slot: of one principal, also by hand."""
    directory = await small.new_directory()
    running = [await _open(small, directory) for _ in range(2)]
    try:
        began = time.monotonic()
        answer = await small.send_file(directory, HEADER + users(1))
        assert time.monotonic() - began >= 0.5, "it did not wait for a slot"
        assert answer.ending == _FULL
        assert answer.retry_after
        assert answer.parts == []
        by_hand = users_pb2.WriteUserRequest(directory=directory)
        by_hand.row.employee_number = "1"
        answer = await small.refusal(small.users.WriteUser, by_hand)
        assert answer.ending == _FULL, "by hand one needs a slot, too"
        waiting = asyncio.create_task(small.send_file(directory, HEADER + users(1)))
        await asyncio.sleep(0.1)
        await running.pop(0).send(end())
        assert (await waiting).ending == "OK", "the slot that came free was not given"
    finally:
        for call in running:
            call.grpc.cancel()


async def test_idle_previews_keep_nobody_out(small: Peer) -> None:
    """Slots are shared: an attacker with idle imports leaves one for each of some others.

    When the server is full, its administrator still imports.
    """
    directory = await small.new_directory()
    rights = ("imports:write", "imports:read")
    async with (
        small.having(*rights, principal="idle") as idle,
        small.having(*rights, principal="hr") as hr,
        small.having(*rights, principal="late") as late,
    ):
        running = [await _open(idle, directory), await _open(hr, directory)]
        try:
            answer = await idle.send_file(directory, HEADER + users(1))
            assert answer.ending == _FULL, "the last slot is for somebody who has none"
            assert (await late.send_file(directory, HEADER + users(1))).ending == "OK"
            running.append(await _open(late, directory))
            assert (await late.send_file(directory, HEADER + users(1))).ending == _FULL
            running += [await _open(small, directory), await _open(small, directory)]
            assert (await small.send_file(directory, HEADER + users(1))).ending == _FULL
        finally:
            for call in running:
                call.grpc.cancel()


async def test_places_are_given_back(small: Peer) -> None:
    """Imports that were refused, cancelled or wrong leave no place taken."""
    directory = await small.new_directory()
    for _ in range(4):
        await small.send([start("nowhere")])
        await small.send([start(directory, import_id="?")])
        await small.send_file(directory, "no header\n")
        async with small.call(start(directory), *csv(HEADER)) as call:
            assert await call.read("understood")
    assert (await small.send_file(directory, HEADER + users(1))).ending == "OK"


async def test_new_imports_in_an_hour(
    cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """B028: one more is RATE_LIMITED with RetryInfo; another caller has an hour of their own."""
    folder = tmp_path_factory.mktemp("hourly")
    with serving(await cluster.new_database(), folder, new_imports_per_hour=3) as running:
        async with Peer.of(running) as admin, Peer.of(running, "reviewer") as other:
            directory = await admin.new_directory()
            for number in range(3):
                answer = await admin.send_file(directory, HEADER + users(number))
                assert answer.ending == "OK"
            answer = await admin.send_file(directory, HEADER + users(4))
            assert answer.ending == "RESOURCE_EXHAUSTED/RATE_LIMITED"
            assert answer.retry_after
            assert answer.parts == []
            assert (await other.send_file(directory, HEADER + users(5))).ending == "OK"
            assert len(await admin.stored(directory)) == 4
