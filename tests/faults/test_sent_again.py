"""The same import or file sent again, and others under a used import id."""

import pytest

from rollbook.errors import Reason
from rollbook.v1.imports_pb2 import IMPORT_STATE_INTERRUPTED
from tests.acceptance.wire import HEADER, Peer, Request, csv, end, rows, start, user
from tests.bench.users import File
from tests.faults.crowd import crowd
from tests.faults.sending import Sent
from tests.faults.witness import (
    check_ending,
    check_quiet,
    check_sums,
    connected,
    guard_off,
    row_versions,
    seeded,
    user_versions,
)

_FILE = (HEADER + "".join(user(n) for n in range(1_000))).encode()


@pytest.mark.parametrize("commit", ["PER_BATCH", "WHOLE_FILE", "NONE"])
@pytest.mark.parametrize("size", [500, pytest.param(50_000, marks=pytest.mark.long)])
async def test_the_same_id_again(peer: Peer, commit: str, size: int) -> None:
    """P04: the same answers and summary, byte by byte, and not a row of any table is written."""
    file = crowd(seeded(), size, swaps=20)
    directory = await peer.new_directory()
    check_ending(await peer.send_file(directory, file.before))
    async with connected(peer.server.database_url) as connection:
        await guard_off(connection, directory)
        sent = Sent(directory, file.content, options={"commit": commit})
        first = await sent.to_the_end(peer)
        check_ending(first)
        assert first.summary
        check_sums(first.summary, sent.results.values(), file)
        before = await row_versions(connection, directory)
        for skip in (False, True):
            sent.opening.start.skip_results = skip
            again = await sent.to_the_end(peer)
            check_ending(again)
            assert again.summary == first.summary
            assert len(again.results) == (0 if skip else file.rows)
            assert all(result.replayed for result in again.results)
        assert await row_versions(connection, directory) == before
    await check_quiet(peer.server.database_url)


def _others() -> dict[str, bytes]:
    """Content that is not `_FILE`, by what it differs in."""
    middle = len(_FILE) // 2
    at = _FILE.index(b"Ada", middle)
    first = _FILE.index(b"Ada")
    last = _FILE.rindex(b"Ada")
    return {
        "a letter at the beginning": _FILE[:first] + b"Eda" + _FILE[first + 3 :],
        "a letter in the middle": _FILE[:at] + b"Eda" + _FILE[at + 3 :],
        "a letter at the end": _FILE[:last] + b"Eda" + _FILE[last + 3 :],
        "a header spelled otherwise": _FILE.replace(b"email", b"E-Mail", 1),
        "line ends": _FILE.replace(b"\n", b"\r\n"),
        "a row fewer": _FILE[: _FILE.rindex(b"\n", 0, -1) + 1],
        "a row more": _FILE + user("more").encode(),
        "no rows at all": HEADER.encode(),
        "two rows exchanged": _exchanged(),
    }


def _exchanged() -> bytes:
    lines = _FILE.splitlines(keepends=True)
    lines[500], lines[501] = lines[501], lines[500]
    return b"".join(lines)


@pytest.mark.parametrize("commit", ["PER_BATCH", "WHOLE_FILE", "NONE"])
@pytest.mark.parametrize("what", sorted(_others()))
@pytest.mark.few(9)
async def test_other_bytes_after_the_end(peer: Peer, what: str, commit: str) -> None:
    """P05: the id of an import that has ended, with other bytes: refused, and nothing written."""
    directory = await peer.new_directory()
    sent = Sent(directory, _FILE, options={"commit": commit})
    check_ending(await sent.to_the_end(peer))
    async with connected(peer.server.database_url) as connection:
        before = await row_versions(connection, directory)
        answer = await peer.send([sent.opening, *csv(_others()[what]), end()])
        assert answer.ending == "ALREADY_EXISTS/IDEMPOTENCY_CONFLICT", answer.message
        assert answer.facts == {"differs": "content"}
        assert answer.summary is None
        assert await row_versions(connection, directory) == before
    check_ending(await sent.to_the_end(peer))


@pytest.mark.parametrize("commit", ["PER_BATCH", "WHOLE_FILE"])
@pytest.mark.parametrize(
    "what",
    [
        "a letter at the beginning",
        "a header spelled otherwise",
        "line ends",
        "no rows at all",
    ],
)
async def test_other_bytes_when_resuming(peer: Peer, what: str, commit: str) -> None:
    """P05: a broken import goes on with its own file alone; another's is refused."""
    directory = await peer.new_directory()
    sent = Sent(directory, _FILE, options={"commit": commit})
    half = _FILE.index(b"\n", len(_FILE) // 2) + 1
    async with peer.call(sent.opening, *csv(_FILE[:half], 2_000)) as call:
        await call.half_close()
        check_ending(await call.rest(), Reason.TRUNCATED_STREAM)
    async with connected(peer.server.database_url) as connection:
        users = await user_versions(connection, directory)
        answer = await peer.send([sent.opening, *csv(_others()[what]), end()])
        assert answer.ending == "ALREADY_EXISTS/IDEMPOTENCY_CONFLICT", answer.message
        assert await user_versions(connection, directory) == users
        found = await peer.get_import(directory, sent.import_id)
        assert found.state == IMPORT_STATE_INTERRUPTED
    check_ending(await sent.to_the_end(peer))
    assert len(await peer.stored(directory)) == 1_000


def _started_otherwise(directory: str, import_id: str) -> dict[str, Request]:
    said = {"import_id": import_id}
    return {
        "mode": start(directory, options={"mode": "CREATE_ONLY"}, **said),
        "commit": start(directory, options={"commit": "NONE"}, **said),
        "blanks": start(directory, options={"blanks": "CLEAR"}, **said),
        "columns": start(directory, options={"columns": {"role": "department"}}, **said),
        "only_lines": start(directory, options={"only_lines": "2-9"}, **said),
        "max_failed_rows": start(directory, options={"max_failed_rows": 0}, **said),
        "results": start(directory, options={"results": "NONE"}, **said),
        "first_password": start(directory, options={"first_password": "GENERATE"}, **said),
        "notify": start(directory, options={"notify": "INVITE_NEW"}, **said),
        "source": start(directory, source="another", **said),
        "profile,source": start(directory, profile="claromentis", **said),
    }


async def test_other_options(peer: Peer) -> None:
    """P05: the same id and bytes with another option, source or profile: refused, 0 writes."""
    directory = await peer.new_directory()
    sent = Sent(directory, _FILE)
    check_ending(await sent.to_the_end(peer))
    async with connected(peer.server.database_url) as connection:
        before = await row_versions(connection, directory)
        for what, opening in _started_otherwise(directory, sent.import_id).items():
            answer = await peer.send([opening, *csv(_FILE), end()])
            assert answer.ending == "ALREADY_EXISTS/IDEMPOTENCY_CONFLICT", (what, answer.message)
            assert set(what.split(",")) <= set(answer.facts["differs"].split(",")), answer.facts
        assert await row_versions(connection, directory) == before


async def test_typed_rows_after_a_file(peer: Peer) -> None:
    """P05: the same users as typed rows are not the same bytes."""
    directory = await peer.new_directory()
    sent = Sent(directory, _FILE)
    check_ending(await sent.to_the_end(peer))
    typed = [
        {
            "employee_number": str(n),
            "email": f"u{n}@example.org",
            "first_name": "Ada",
            "last_name": "Byron",
        }
        for n in range(1_000)
    ]
    async with connected(peer.server.database_url) as connection:
        before = await row_versions(connection, directory)
        answer = await peer.send([sent.opening, rows(*typed), end()])
        assert answer.ending == "ALREADY_EXISTS/IDEMPOTENCY_CONFLICT", answer.message
        assert await row_versions(connection, directory) == before


@pytest.mark.parametrize("size", [10_000, pytest.param(50_000, marks=pytest.mark.long)])
async def test_an_unchanged_file(peer: Peer, size: int) -> None:
    """P08: under a new id, in every way of committing: 100 % UNCHANGED, 0 row versions written."""
    content = File(rows=size, seed=seeded().randrange(10**6), locations=False).read()
    directory = await peer.new_directory()
    check_ending(await peer.send_file(directory, content))
    async with connected(peer.server.database_url) as connection:
        before = await user_versions(connection, directory)
        assert len(before) == size
        for commit in ("PER_BATCH", "WHOLE_FILE", "NONE"):
            answer = await peer.send_file(directory, content, options={"commit": commit})
            check_ending(answer)
            assert answer.summary
            assert answer.summary.unchanged == answer.summary.rows == size
            assert set(answer.rows.values()) == {"UNCHANGED"}
            assert len(answer.rows) == size
        assert await user_versions(connection, directory) == before
        history = await connection.fetchval(
            "select count(*) from user_history as h join directories as d"
            " on d.id = h.directory_id where d.name = $1",
            directory,
        )
        assert history == 0
