"""The cut of batches does not decide where an import stops: parked rows count as later."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from rollbook.context import AppContext
from rollbook.errors import Reason
from rollbook.imports.planning.limits import Stopped
from rollbook.imports.run import run
from rollbook.model import Answers, Commit, Options
from rollbook.server.app import open_app
from rollbook.settings import Settings
from tests.imports.jobs import FILE, opened, parts

_SWAP_THEN_FAIL = (
    b"employee_number,first_name,last_name,email\n"
    b"1,Ada,King,alan@example.org\n"
    b"2,Alan,Mathison,ada@example.org\n"
    b"3,,King,three@example.org\n"
    b"4,,King,four@example.org\n"
    b"5,Joan,Clarke,five@example.org\n"
)
"""Of two users who swap their e-mails, each row wants what the other still holds."""


@pytest_asyncio.fixture(params=[1, 2, 4, 7, 100, 5_000])
async def app(database_url: str, request: pytest.FixtureRequest) -> AsyncIterator[AppContext]:
    """The inside of a server that cuts batches of so many rows."""
    chosen = Settings(database_url=database_url, batch_rows=request.param)
    async with open_app(chosen) as inside:
        yield inside


async def _outcomes(app: AppContext, options: Options) -> tuple[dict[int, str], Reason | None]:
    """The outcome of each line of the file after two users were made, and what stops it."""
    job = await opened(app, Commit.PER_BATCH)
    async for _ in run(job, parts(FILE)):
        pass
    again = await opened(app, options.commit, job.directory.name)
    again = replace(again, options=options)
    found: dict[int, str] = {}
    try:
        async for event in run(again, parts(_SWAP_THEN_FAIL)):
            if isinstance(event, Answers):
                names = (outcome.name for outcome in event.outcomes)
                found |= dict(zip(event.lines, names, strict=True))
    except Stopped as stop:
        return found, stop.reason
    return found, None


async def test_too_many_failed_rows_leave_parked_rows_whatever_the_batches(
    app: AppContext,
) -> None:
    """P16: the swap would pass at the end of the file, which is not reached."""
    options = Options(commit=Commit.PER_BATCH, max_failed_rows=1)
    assert await _outcomes(app, options) == (
        {2: "NOT_APPLIED", 3: "NOT_APPLIED", 4: "FAILED", 5: "FAILED"},
        Reason.TOO_MANY_FAILED_ROWS,
    )


@pytest.mark.parametrize("most", [None, 2])
async def test_without_a_stop_the_swap_passes(app: AppContext, most: int | None) -> None:
    """P16: both rows are applied together."""
    options = Options(commit=Commit.PER_BATCH, max_failed_rows=most)
    assert await _outcomes(app, options) == (
        {2: "UPDATED", 3: "UPDATED", 4: "FAILED", 5: "FAILED", 6: "CREATED"},
        None,
    )
