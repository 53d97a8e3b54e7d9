"""A dry run and its real run agree in every row, on generated files."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rollbook.client import Client
from rollbook.errors import Reason
from tests.environment import Cluster, Server
from tests.faults.witness import started
from tests.model.comparing import outcomes_of
from tests.model.files import File, files, options
from tests.model.oracle import Directory, Options
from tests.model.people import directories
from tests.model.trial import importing, put


@pytest_asyncio.fixture(scope="module")
async def small(
    cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Server]:
    """A server whose batches are seven rows, so that a file has several."""
    async with started(
        await cluster.new_database(), tmp_path_factory.mktemp("small"), batch_rows=7
    ) as running:
        yield running


@st.composite
def _cases(draw: st.DrawFn) -> tuple[Directory, File, Options]:
    directory = draw(directories(guarded=True))
    file, told = draw(files(directory, draw(options(include_changes=True)), faults=False))
    return directory, file, told


CASES = _cases()


async def _try(server: Server, case: tuple[Directory, File, Options]) -> None:
    """A dry run, then batch by batch: the same of each row, and of the file as a whole."""
    directory, file, told = case
    connection = await asyncpg.connect(server.database_url)
    try:
        name = await put(connection, directory)
    finally:
        await connection.close()
    async with Client(server.address, server.token) as client:
        dry = await importing(client, name, file, Options(**(vars(told) | {"commit": "NONE"})))
        real = await importing(
            client, name, file, Options(**(vars(told) | {"commit": "PER_BATCH"}))
        )
    ends = [answer.error.reason if answer.error else None for answer in (dry, real)]
    assert ends[0] == ends[1]
    assert Reason.INTERNAL_ERROR not in ends
    if ends == [None, None]:
        assert outcomes_of(dry) == outcomes_of(real)
        assert dry.summary
        assert real.summary
        assert dry.summary.codes == real.summary.codes


@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(case=CASES)
async def test_a_dry_run_tells_the_truth(
    small: Server, case: tuple[Directory, File, Options]
) -> None:
    """P09: 0 rows differ between a dry run and the run itself, over 30 generated files."""
    await _try(small, case)


@pytest.mark.long
@pytest.mark.timeout(1800)
@settings(max_examples=1_000, suppress_health_check=list(HealthCheck))
@given(case=CASES)
async def test_a_thousand_dry_runs_tell_the_truth(
    small: Server, case: tuple[Directory, File, Options]
) -> None:
    """P09: 0 rows differ over 1,000 generated files."""
    await _try(small, case)
