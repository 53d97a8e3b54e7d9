"""A hook that raises costs the rows that it cannot bear, whichever hook, commit and shape."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.acceptance.wire import Peer, end, rows, start
from tests.environment import serving

_HOOKS = {"map_roles": "role", "match_locations": "location", "check_users": "job_title"}
_COMMITS = ("PER_BATCH", "WHOLE_FILE", "NONE")
_ROWS = 11
_BAD = {2, 5, 6, 11}  # the numbers, which are those of the rows: of both batches


@pytest_asyncio.fixture(
    scope="module",
    params=["on_demand", "on_demand_async", "one_by_one"],
    ids=["by batch", "by batch, async", "per row"],
)
async def failing(
    request: pytest.FixtureRequest, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Peer]:
    """A server with a plugin that raises on a row's order; a batch has seven rows."""
    plugin = f"tests.plugin:{request.param}"
    with serving(
        database_url,
        tmp_path_factory.mktemp("failing"),
        plugins=plugin,
        batch_rows=7,
        batch_wait=0.5,
        batch_wait_busy=0.5,
    ) as running:
        async with Peer.of(running) as peer:
            yield peer


@pytest.mark.parametrize("typed", [False, True], ids=["csv", "typed"])
@pytest.mark.parametrize("commit", _COMMITS)
@pytest.mark.parametrize("hook", _HOOKS)
@pytest.mark.few(18)
async def test_a_hook_that_raises_costs_its_rows_alone(
    failing: Peer, hook: str, commit: str, typed: bool
) -> None:
    """S30, P40: all the others of its batch are applied, and planned in a preview."""
    directory = await failing.new_directory()
    people = [
        {
            "employee_number": str(number),
            "email": f"u{number}@example.org",
            "first_name": "Ada",
            "last_name": "Byron",
            **({_HOOKS[hook]: "@raise"} if number in _BAD else {}),
        }
        for number in range(1, _ROWS + 1)
    ]
    options = {"commit": commit}
    if typed:
        async with failing.call(start(directory, options=options), rows(*people), end()) as call:
            await call.half_close()
            answer = await call.rest()
    else:
        names = [*people[0], _HOOKS[hook]]
        lines = [",".join(person.get(name, "") for name in names) for person in people]
        content = "\n".join([",".join(names), *lines]) + "\n"
        answer = await failing.send_file(directory, content, options=options)
    assert answer.ending == "OK", answer.message
    failed = {
        result.row: {
            (issue.code, issue.params["hook"])
            for issue in result.issues
            if issue.code == "plugin_error"
        }
        for result in answer.results
        if answer.rows[result.line].startswith("FAILED")
    }
    assert failed == {number: {("plugin_error", hook)} for number in _BAD}
    assert len(answer.results) == _ROWS
    assert answer.summary
    assert (answer.summary.created, answer.summary.failed) == (_ROWS - len(_BAD), len(_BAD))
    good = {str(number) for number in range(1, _ROWS + 1)} - {str(number) for number in _BAD}
    assert set(await failing.stored(directory)) == (set() if commit == "NONE" else good)
