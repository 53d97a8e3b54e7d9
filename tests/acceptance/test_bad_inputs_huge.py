"""Bad inputs that are large: they are refused without being held in memory."""

from collections.abc import AsyncIterator, Iterator
from statistics import median

import pytest
import pytest_asyncio

from tests.acceptance.memory import MIB, Memory
from tests.acceptance.wire import (
    CHUNK,
    HEADER,
    Answer,
    Peer,
    Request,
    end,
    start,
    user,
    users,
    whole,
)
from tests.environment import serving

_FLAT = 32 * MIB
"""What gRPC itself holds of a stream that comes as fast as it can, and some; of any length."""


@pytest_asyncio.fixture(scope="module")
async def alone(
    shared_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Peer]:
    """A server that no other test uses, and that has imported before."""
    with serving(shared_database_url, tmp_path_factory.mktemp("alone")) as running:
        async with Peer.of(running) as peer:
            for _ in range(2):
                await peer.send_file(await peer.new_directory(), HEADER + users(*range(5_000)))
                await _send(peer, _row_of(10 * MIB), CHUNK)
            yield peer


class _Filled:
    """`before`, then `size` bytes of a letter, then `after`: made as it is sent."""

    def __init__(self, before: bytes | str, size: int, after: str = "", letter: bytes = b"A"):
        self._before = before.encode() if isinstance(before, str) else before
        self._size = size
        self._after = after.encode()
        self._letter = letter
        self.sent = 0

    def chunks(self, size: int) -> Iterator[bytes]:
        yield self._before
        block = self._letter * size
        for _ in range(self._size // size):
            self.sent += size
            yield block
        if self._after:
            yield self._after


def _row_of(size: int) -> _Filled:
    """A file whose second row has one closed cell of that size."""
    return _Filled(f'{HEADER}{users(1)}2,u2@example.org,"', size, f'",Byron,,\n{users(3, 4)}')


async def _send(peer: Peer, filled: _Filled, size: int) -> tuple[Answer, str]:
    """How it ended, and in which directory."""
    directory = await peer.new_directory()

    def requests() -> Iterator[Request]:
        yield start(directory)
        for chunk in filled.chunks(size):
            yield Request(csv=chunk)
        yield end()

    return await peer.send(requests()), directory


@pytest.mark.parametrize("size", [4096, CHUNK])
@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b'"'], ids=["B080", "mark", "quote"])
async def test_a_gigabyte_without_a_line_end(alone: Peer, size: int, before: bytes) -> None:
    """B080: HEADER_TOO_LONG after 64 KiB of 1 GiB, before the rest is sent; memory stays flat."""
    memory = Memory(alone.server.process.pid)
    memory.forget_peak()
    resident = memory.now()
    filled = _Filled(before, 1024 * MIB)
    answer, directory = await _send(alone, filled, size)
    assert answer.ending == "INVALID_ARGUMENT/HEADER_TOO_LONG"
    assert answer.facts["limit"] == str(64 * 1024)
    assert answer.summary is None
    assert filled.sent < 32 * MIB, "the client was left to send on"
    assert memory.peak() - resident < _FLAT
    assert await alone.stored(directory) == {}


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(64 * MIB, id="64 MiB"),
        pytest.param(900 * MIB, id="900 MiB", marks=pytest.mark.long),
    ],
)
@pytest.mark.parametrize("opened", ["", "\n", "x\r\n\r\n"], ids=["one line", "2nd", "3rd"])
async def test_a_quote_left_open_before_very_much(alone: Peer, size: int, opened: str) -> None:
    """B108: UNTERMINATED_QUOTE with the line where it opened; memory stays flat."""
    memory = Memory(alone.server.process.pid)
    memory.forget_peak()
    resident = memory.now()
    filled = _Filled(f'{HEADER}{users(1)}2,u2@example.org,"{opened}', size)
    answer, directory = await _send(alone, filled, CHUNK)
    assert answer.ending == "INVALID_ARGUMENT/UNTERMINATED_QUOTE"
    assert answer.facts["line"] == "3"
    assert answer.rows == {2: "CREATED"}
    assert answer.summary
    assert answer.summary.stopped_by.line == 3
    assert filled.sent == size
    assert memory.peak() - resident < _FLAT
    assert list(await alone.stored(directory)) == ["1"]


@pytest.mark.parametrize("size", [16 * 1024, CHUNK])
@pytest.mark.few(1)
async def test_a_cell_of_ten_megabytes(alone: Peer, size: int) -> None:
    """B119: RECORD_TOO_LARGE, the rows after it are fine, and the server has not grown for it.

    By no more than 2 MiB, that is, over as many bytes that are skipped: gRPC keeps some, too.
    """
    memory = Memory(alone.server.process.pid)
    large: list[int] = []
    skipped: list[int] = []
    # An allocator is noisy: medians of at least 9, and of more until they agree. What is kept of
    # such a row would part them by 10 MiB, and by more each time.
    while len(large) < 9 or (len(large) < 27 and median(large) - median(skipped) > 2 * MIB):
        await _send(alone, _Filled(HEADER + users(1), 10 * MIB, users(3, 4), b"\n"), size)
        skipped.append(memory.now())
        memory.forget_peak()
        answer, directory = await _send(alone, _row_of(10 * MIB), size)
        assert memory.peak() - skipped[-1] < _FLAT
        large.append(memory.now())
        assert answer.ending == "OK"
        assert answer.rows == {
            2: "CREATED",
            3: "FAILED record_too_large",
            4: "CREATED",
            5: "CREATED",
        }
        assert sorted(await alone.stored(directory)) == ["1", "3", "4"]
    assert median(large) - median(skipped) <= 2 * MIB


@pytest.mark.parametrize("size", [4096, CHUNK])
async def test_a_record_on_both_sides_of_its_limit(alone: Peer, size: int) -> None:
    """A record of 1 MiB is read, and then its cell is too long; one byte more is not read."""
    for length, code in ((MIB, "field_too_long(first_name)"), (MIB + 1, "record_too_large")):
        line = user(2, first_name="A" * (length - len(user(2, first_name="").rstrip())))
        assert len(line.rstrip()) == length
        directory = await alone.new_directory()
        answer = await alone.send(whole(directory, HEADER + line + users(3), size))
        assert answer.rows == {2: f"FAILED {code}", 3: "CREATED"}, length
