"""The order of an import's messages: `start`, then `csv` or `rows`, then `end`; no other."""

import hashlib
from collections.abc import AsyncIterator, Sequence

import pytest
import pytest_asyncio

from rollbook.v1.imports_pb2 import (
    IMPORT_STATE_COMPLETED,
    IMPORT_STATE_INTERRUPTED,
    IMPORT_STATE_STOPPED,
)
from tests.acceptance.wire import (
    HEADER,
    Answer,
    Peer,
    Request,
    csv,
    end,
    rows,
    start,
    user,
    users,
)
from tests.environment import Server

_SEQUENCE = "INVALID_ARGUMENT/SEQUENCE_ERROR"
_CUT_OFF = "ABORTED/TRUNCATED_STREAM"
_FILE = HEADER + users(1, 2)


@pytest_asyncio.fixture(scope="module")
async def peer(server: Server) -> AsyncIterator[Peer]:
    async with Peer.of(server) as peer:
        yield peer


def _typed(number: int) -> Request:
    return rows(
        {
            "employee_number": str(number),
            "email": f"u{number}@example.org",
            "first_name": "Ada",
            "last_name": "Byron",
        }
    )


@pytest.mark.parametrize(
    "first",
    [[*csv(_FILE)], [_typed(1)], [end()], [Request()], []],
    ids=["csv", "rows", "end", "a message of nothing", "no message"],
)
async def test_start_comes_first(peer: Peer, first: Sequence[Request]) -> None:
    """B036: whatever comes in its place is SEQUENCE_ERROR, and nothing is accepted."""
    answer = await peer.send([*first, end()] if first else [])
    assert answer.ending == _SEQUENCE
    assert answer.parts == []


@pytest.mark.parametrize(
    "import_id",
    [
        "",
        "1",
        "x" * 36,
        "00000000-0000-0000-0000-00000000000g",
        "6f1c2a4e-0d5b-4f0e-9f43-9f4a5a3f7c110",
    ],
)
async def test_an_import_id_is_a_uuid(peer: Peer, directory: str, import_id: str) -> None:
    """B039: INVALID_OPTIONS names it; nothing is accepted."""
    answer = await peer.send([start(directory, import_id=import_id), *csv(_FILE), end()])
    assert answer.ending == "INVALID_ARGUMENT/INVALID_OPTIONS"
    assert answer.facts["option"] == "import_id"
    assert answer.parts == []
    assert await peer.stored(directory) == {}


@pytest.mark.parametrize("wrong", ["start", "nothing", "rows"])
@pytest.mark.parametrize("rows_before", [0, 2])
async def test_what_may_not_come_after_start(
    peer: Peer, directory: str, wrong: str, rows_before: int
) -> None:
    """A second `start`, a message of nothing, rows among CSV: SEQUENCE_ERROR.

    The rows before it are answered and stay, and a new id is needed.
    """
    opening = start(directory)
    what = {"start": start(directory), "nothing": Request(), "rows": _typed(9)}[wrong]
    content = _FILE if rows_before else HEADER
    answer = await peer.send([opening, *csv(content), what, *csv(users(3)), end()])
    assert answer.ending == _SEQUENCE
    assert list(answer.rows.values()) == ["CREATED"] * rows_before
    assert sorted(await peer.stored(directory)) == ["1", "2"][:rows_before]
    assert bool(answer.summary) == bool(rows_before)
    if answer.summary:
        assert answer.summary.stopped_by.code == "sequence_error"
    found = await peer.get_import(directory, opening.start.import_id)
    assert found.state == IMPORT_STATE_STOPPED


async def test_csv_among_rows(peer: Peer, directory: str) -> None:
    """A stream of rows takes no CSV: SEQUENCE_ERROR, and the rows before it stay."""
    answer = await peer.send([start(directory), _typed(1), *csv(_FILE), end()])
    assert answer.ending == _SEQUENCE
    assert answer.rows == {1: "CREATED"}
    assert answer.understood is None


@pytest.mark.parametrize(
    "late", [[*csv(users(3))], [end()], [start("x")]], ids=["csv", "end", "start"]
)
async def test_nothing_comes_after_end(peer: Peer, directory: str, late: Sequence[Request]) -> None:
    """What was sent after `end` is not dropped without a word: SEQUENCE_ERROR."""
    answer = await peer.send([start(directory), *csv(_FILE), end(), *late])
    assert answer.ending == _SEQUENCE


async def test_end_needs_no_half_close(peer: Peer, directory: str) -> None:
    """Only `end` completes a file, and it does so while the client's side is still open."""
    async with peer.call(start(directory), *csv(_FILE), end()) as call:
        answer = await call.rest()
    assert answer.ending == "OK"
    assert answer.summary
    assert answer.summary.state == IMPORT_STATE_COMPLETED


async def test_accepted_comes_at_once_and_understood_after_the_header(
    peer: Peer, directory: str
) -> None:
    """`start` is answered before anything else is sent, the header before there is a row."""
    async with peer.call(start(directory)) as call:
        assert await call.read("accepted")
        await call.send(*csv(HEADER))
        assert await call.read("understood")
        await call.send(*csv(users(1)))
        assert await call.read("results"), "one row alone is answered at once"
        await call.send(end())
        answer = await call.rest()
    assert [part for part in answer.parts if part != "progress"] == [
        "accepted",
        "understood",
        "results",
        "summary",
    ]


@pytest.mark.parametrize(
    ("content", "whole"),
    [
        ("", 0),
        ("employee_number,em", 0),
        (HEADER, 0),
        (HEADER + "1,u1@example.org,Ada", 0),
        (HEADER + users(1), 1),
        (HEADER + users(1) + user(2).rstrip("\n"), 1),
        (HEADER + users(1, 2) + '3,u3@example.org,"Ada\n', 2),
        (HEADER + users(1, 2) + '3,u3@example.org,"Ada",Byron,,\n4', 3),
        ((HEADER + users(1, 2) + user(3, first_name="É")).encode()[:-14], 2),
    ],
    ids=[
        "before the header",
        "in the header",
        "after the header",
        "in the first row",
        "after a row",
        "before a row's end",
        "in a quoted cell",
        "after a quoted cell",
        "in a character",
    ],
)
async def test_half_close_without_end(
    peer: Peer, directory: str, content: str | bytes, whole: int
) -> None:
    """B057: TRUNCATED_STREAM, INTERRUPTED; whole rows stay, the incomplete one is not touched."""
    opening = start(directory)
    answer = await peer.send([opening, *csv(content)])
    assert answer.ending == _CUT_OFF
    assert list(answer.rows.values()) == ["CREATED"] * whole
    assert len(await peer.stored(directory)) == whole
    if whole:
        assert answer.summary
        assert answer.summary.state == IMPORT_STATE_INTERRUPTED
        assert answer.summary.stopped_by.code == "truncated_stream"
    found = await peer.get_import(directory, opening.start.import_id)
    assert found.state == IMPORT_STATE_INTERRUPTED
    assert found.summary.rows == whole


def _facts(answer: Answer) -> tuple[str, str, str]:
    return answer.facts["field"], answer.facts["claimed"], answer.facts["received"]


@pytest.mark.parametrize("off", [-1, 1, -len(_FILE), 10**12])
async def test_end_says_another_number_of_bytes(peer: Peer, directory: str, off: int) -> None:
    """B054: CHECKSUM_MISMATCH names both; what was committed stays, and is in the summary."""
    opening = start(directory)
    size = len(_FILE)
    answer = await peer.send([opening, *csv(_FILE), end(total_bytes=size + off)])
    assert answer.ending == "ABORTED/CHECKSUM_MISMATCH"
    assert _facts(answer) == ("total_bytes", str(size + off), str(size))
    assert answer.rows == {2: "CREATED", 3: "CREATED"}
    assert answer.summary
    assert answer.summary.state == IMPORT_STATE_STOPPED
    assert answer.summary.stopped_by.code == "checksum_mismatch"
    assert len(await peer.stored(directory)) == 2
    assert (await peer.get_import(directory, opening.start.import_id)).state == IMPORT_STATE_STOPPED


async def test_end_says_another_hash(peer: Peer, directory: str) -> None:
    """B054: CHECKSUM_MISMATCH of the bytes as they were sent, mark and all."""
    content = b"\xef\xbb\xbf" + _FILE.encode()
    digest = hashlib.sha256(content).digest()
    wrong = hashlib.sha256(_FILE.encode()).digest()
    answer = await peer.send([start(directory), *csv(content, 7), end(sha256=wrong)])
    assert answer.ending == "ABORTED/CHECKSUM_MISMATCH"
    assert _facts(answer) == ("sha256", wrong.hex(), digest.hex())


@pytest.mark.parametrize(("said", "fits"), [(1, False), (2, True), (3, False)])
async def test_end_says_a_number_of_rows(peer: Peer, directory: str, said: int, fits: bool) -> None:
    """B054: for typed rows `total_rows` is compared."""
    answer = await peer.send([start(directory), _typed(1), _typed(2), end(total_rows=said)])
    assert answer.ending == ("OK" if fits else "ABORTED/CHECKSUM_MISMATCH")
    if not fits:
        assert _facts(answer) == ("total_rows", str(said), "2")


async def test_end_says_what_was_sent(peer: Peer, directory: str) -> None:
    """B054: numbers that fit are fine."""
    digest = hashlib.sha256(_FILE.encode()).digest()
    ending = end(total_bytes=len(_FILE), sha256=digest)
    answer = await peer.send([start(directory), *csv(_FILE, 7), ending])
    assert answer.ending == "OK"
