"""An import that breaks and resumes ends like one that never broke."""

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rollbook.client import Client, new_import
from rollbook.errors import Reason
from tests.environment import Server, serving
from tests.model.comparing import check_answer, check_directory
from tests.model.conftest import BATCHES, RECORD_LIMIT, Bench
from tests.model.examples import examples
from tests.model.files import File, files, options
from tests.model.interrupting import again, check_durable, cut_off, walk_away
from tests.model.oracle import Directory, Options, replay
from tests.model.people import directories
from tests.model.trial import put, wire_options

_BROKEN = (Reason.TRUNCATED_STREAM, Reason.IMPORT_ALREADY_RUNNING)

Case = tuple[Directory, File, Options, int, int, list[tuple[int, bool]]]


@st.composite
def _cases(draw: st.DrawFn) -> Case:
    directory = draw(directories(guarded=True))
    commit = draw(st.sampled_from(["PER_BATCH", "PER_BATCH", "WHOLE_FILE", "NONE"]))
    told = draw(options(commit=commit, include_changes=draw(st.booleans())))
    file, told = draw(files(directory, told, faults=False))
    verdict = replay(file.content, told, directory, record_limit=RECORD_LIMIT)
    # Bytes that show another encoding than was asked for end the file before it is broken off.
    fault = verdict.stopped_by[0] if verdict.stopped_by else ""
    assume(verdict.answered and fault != "encoding_error")
    cut = st.tuples(st.integers(0, len(file.chunks)), st.booleans())
    cuts = draw(st.lists(cut, min_size=1, max_size=3))
    batches = st.sampled_from(BATCHES)
    return directory, file, told, draw(batches), draw(batches), cuts


CASES = _cases()


@examples(25)
@given(case=CASES)
async def test_a_broken_import_goes_on_to_the_same_end(bench: Bench, case: Case) -> None:
    """Cut off or cancelled at any chunk, sent again to another server with other batches.

    P03, P04: parked rows and claims survive, each line ends as in an unbroken run, what a client
    received stays, and a last time sent it is only answered again.
    """
    await try_case(bench, case)


@pytest.mark.long
@examples(120)
@given(case=CASES)
async def test_a_broken_import_goes_on_to_the_same_end_at_length(bench: Bench, case: Case) -> None:
    """As above, at length, which is more than 300 cut points: P03, P04."""
    await try_case(bench, case)


async def try_case(bench: Bench, case: Case) -> None:
    """Break the import off as often as the case wants, let it end, then send it once more."""
    before, file, told, batch, other, cuts = case
    dry = told.commit == "NONE"
    verdict = replay(file.content, told, before, record_limit=RECORD_LIMIT)
    name = await put(bench.connection, before)
    start = new_import(name, options=wire_options(told))
    for at, (chunks, politely) in enumerate(cuts):
        client = bench.clients[(batch, other)[at % 2]]
        broken = await (cut_off if politely else walk_away)(client, start, file, chunks)
        assert broken.error is None or broken.error.reason in _BROKEN, broken.error
    answer = await again(bench.clients[other], start, file)
    check_answer(answer, verdict, dry=dry)
    check_durable(broken, answer)
    await check_directory(bench.connection, name, before, verdict.directory)
    if verdict.state in ("COMPLETED", "PREVIEWED"):
        stored = await again(bench.clients[batch], start, file)
        check_answer(stored, verdict, dry=dry)
        check_durable(answer, stored)
        assert stored.summary == answer.summary
        await check_directory(bench.connection, name, before, verdict.directory)


class Fleet:
    """A server that is killed and followed by another on the same database."""

    def __init__(self, database_url: str, folder: Path):
        self._database_url = database_url
        self._folder = folder
        self._serving = self._start()
        self.server = next(self._serving)

    def kill(self) -> None:
        """End the server as a crash would, and start its successor."""
        self.server.kill()
        self._serving.close()
        self._serving = self._start()
        self.server = next(self._serving)

    def close(self) -> None:
        self._serving.close()

    def _start(self) -> Generator[Server]:
        with serving(
            self._database_url,
            self._folder,
            batch_rows=7,
            max_record_bytes=RECORD_LIMIT,
            new_imports_per_hour=1_000_000,
            lease=1,
        ) as server:
            yield server


@pytest.fixture(scope="session")
def fleet(model_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """A server to be killed."""
    fleet = Fleet(model_database_url, tmp_path_factory.mktemp("fleet"))
    yield fleet
    fleet.close()


@examples(5)
@given(case=CASES)
async def test_a_killed_server_loses_nothing(bench: Bench, fleet: Fleet, case: Case) -> None:
    """The server process is killed (-9) while the import runs; the client resumes at the next.

    P01: no row lost, none applied twice, and the summary of an unbroken run.
    """
    await try_killing(bench, fleet, case)


@pytest.mark.long
@examples(20)
@given(case=CASES)
async def test_a_killed_server_loses_nothing_at_length(
    bench: Bench, fleet: Fleet, case: Case
) -> None:
    """As above, at length: P01."""
    await try_killing(bench, fleet, case)


async def try_killing(bench: Bench, fleet: Fleet, case: Case) -> None:
    """Send some of the file, kill the server, send all of it to the next."""
    before, file, told, _, _, cuts = case
    verdict = replay(file.content, told, before, record_limit=RECORD_LIMIT)
    name = await put(bench.connection, before)
    start = new_import(name, options=wire_options(told))
    async with Client(fleet.server.address, fleet.server.token) as client:
        broken = await walk_away(client, start, file, cuts[0][0])
    fleet.kill()
    async with Client(fleet.server.address, fleet.server.token) as client:
        answer = await again(client, start, file)
    check_answer(answer, verdict, dry=told.commit == "NONE")
    check_durable(broken, answer)
    await check_directory(bench.connection, name, before, verdict.directory)
