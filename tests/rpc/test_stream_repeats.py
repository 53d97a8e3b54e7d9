"""Repeated rows, and wrong rows among many right ones."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from rollbook.v1.results_pb2 import OUTCOME_FAILED
from tests.acceptance.memory import MIB, Memory
from tests.acceptance.wire import CHUNK, HEADER, Answer, Peer, Request, end, start, user, users
from tests.environment import Server, serving


@pytest_asyncio.fixture(scope="module")
async def peer(server: Server) -> AsyncIterator[Peer]:
    async with Peer.of(server) as peer:
        yield peer


@pytest.mark.parametrize(
    "count", [20_000, pytest.param(1_000_000, marks=[pytest.mark.long, pytest.mark.timeout(900)])]
)
async def test_one_employee_again_and_again(
    shared_database_url: str, tmp_path_factory: pytest.TempPathFactory, count: int
) -> None:
    """P15: 1 CREATED, all others `duplicate_employee_number` with the first line; memory flat."""
    with serving(shared_database_url, tmp_path_factory.mktemp("repeats")) as running:
        async with Peer.of(running) as peer:
            warm = await peer.new_directory()
            await peer.send_file(warm, HEADER + users(*range(20_000)))
            directory = await peer.new_directory()
            memory = Memory(running.process.pid)
            memory.forget_peak()
            before = memory.now()
            outcomes, lines, summary = await _import_counted(peer, directory, count)
            assert memory.peak() - before < 128 * MIB
            assert outcomes == {"CREATED": 1, "FAILED duplicate_employee_number line 2": count - 1}
            assert lines == count
            assert summary.summary
            assert summary.summary.rows == count
            assert summary.summary.created == 1
            assert summary.summary.codes == {"duplicate_employee_number": count - 1}
            assert len(await peer.stored(directory)) == 1


async def _import_counted(
    peer: Peer, directory: str, count: int
) -> tuple[dict[str, int], int, Answer]:
    """Outcomes, how many different lines were answered, and all but the results themselves."""
    outcomes: Counter[str] = Counter()
    answered = bytearray(count + 2)
    async with peer.call(start(directory)) as call:

        async def write() -> None:
            await call.send(*_repeated(count), end())

        writing = asyncio.create_task(write())
        while await call.read():
            for result in call.answer.results:
                assert not answered[result.line], "a line was answered twice"
                answered[result.line] = 1
                firsts = {f" line {issue.params['first_line']}" for issue in result.issues}
                codes = [issue.code for issue in result.issues]
                name = "FAILED" if result.outcome == OUTCOME_FAILED else "CREATED"
                outcomes[" ".join([name, *codes]) + "".join(firsts)] += 1
            call.answer.results.clear()
        await writing
    assert call.answer.ending == "OK"
    return dict(outcomes), sum(answered), call.answer


def _repeated(count: int) -> Iterator[Request]:
    held = HEADER
    for n in range(count):
        number = "E1" if n % 2 == 0 else "e1"
        held += user(number, email=f"u{n}@example.org")
        if len(held) > CHUNK - 200:
            yield Request(csv=held.encode())
            held = ""
    yield Request(csv=held.encode())


@pytest.mark.parametrize("wrong", [1, 2_500, 5_000])
async def test_one_bad_row_fails_alone(peer: Peer, directory: str, wrong: int) -> None:
    """P17, S30: of a batch of 5,000 only the row whose e-mail another user has is refused."""
    await peer.send_file(directory, HEADER + user("first", email="taken@example.org"))
    lines = [user(n) for n in range(1, 5_001)]
    lines[wrong - 1] = user(wrong, email="Taken@example.org")
    answer = await peer.send_file(directory, HEADER + "".join(lines))
    refused = {line: said for line, said in answer.rows.items() if said != "CREATED"}
    assert refused == {wrong + 1: "FAILED duplicate_email(email)"}
    assert len(await peer.stored(directory)) == 5_000


async def test_every_hundredth_row_is_in_the_way(peer: Peer, directory: str) -> None:
    """P17: 1 % conflicts, over several batches, fail alone and in order of their lines."""
    taken = range(0, 10_000, 100)
    await peer.send_file(
        directory,
        HEADER + "".join(user(f"old{n}", email=f"taken{n}@example.org") for n in taken),
    )
    rows = (
        user(n, email=f"taken{n}@example.org" if n in taken else f"u{n}@example.org")
        for n in range(10_000)
    )
    began = time.monotonic()
    answer = await peer.send_file(directory, HEADER + "".join(rows))
    assert time.monotonic() - began < 20
    refused = {line for line, said in answer.rows.items() if said != "CREATED"}
    assert refused == {n + 2 for n in taken}
    assert set(answer.rows.values()) == {"CREATED", "FAILED duplicate_email(email)"}
