"""Rows whose plugin failed wait until it answers, or until the end, or for a resume."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from rollbook.v1 import imports_pb2
from rollbook.v1.imports_pb2 import IMPORT_STATE_INTERRUPTED
from tests.acceptance.wire import Answer, Peer, csv, end, rows, start, whole
from tests.environment import serving
from tests.faults.witness import connected

_HEADER = "employee_number,email,first_name,last_name,role,job_title\n"
_MODES = ("PER_BATCH", "WHOLE_FILE", "NONE")
_UNAVAILABLE = "UNAVAILABLE/PLUGIN_UNAVAILABLE"


@pytest_asyncio.fixture(scope="module")
async def demanding(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Peer]:
    """A server with the plugin that does what a row asks, in batches of two rows."""
    with serving(
        database_url,
        tmp_path_factory.mktemp("waiting"),
        plugins="tests.plugin:on_demand",
        plugin_timeout=1,
        plugin_failures=3,
        batch_rows=2,
        batch_wait=0.5,
        batch_wait_busy=0.5,
    ) as running:
        async with Peer.of(running) as peer:
            yield peer


@pytest.fixture
def down(tmp_path: Path) -> Path:
    """A file: while it exists, the plugin fails on the rows that order it."""
    path = tmp_path / "down"
    path.touch()
    return path


def _row(number: int, *, role: str = "", email: str = "", title: object = "") -> str:
    return f"{number},{email or f'u{number}@example.org'},Ada,Byron,{role},{title}\n"


def _while(path: Path) -> str:
    return f"@while:{path}"


def _answers(down: Path) -> None:
    """From now on the plugin does."""
    down.unlink()


def _judged(answer: Answer) -> dict[int, str]:
    """Results by line; that a word for the plugin begins as a formula does is beside the point."""
    return {
        line: " ".join(word for word in said.split() if not word.startswith("formula_like_value"))
        for line, said in answer.rows.items()
    }


def _counted(answer: Answer) -> imports_pb2.ImportSummary:
    """The summary without the id."""
    assert answer.summary
    counted = imports_pb2.ImportSummary()
    counted.CopyFrom(answer.summary)
    counted.import_id = ""
    return counted


async def _waiting(peer: Peer, directory: str) -> int:
    """How many batches wait for their plugin."""
    async with connected(peer.server.database_url) as connection:
        found: int = await connection.fetchval(
            "select count(*) from import_rows r join directories d on d.id = r.directory_id"
            " where d.name = $1 and r.kind = 'waiting'",
            directory,
        )
    return found


async def _until_waiting(peer: Peer, directory: str, batches: int) -> None:
    async with asyncio.timeout(10):
        while await _waiting(peer, directory) < batches:  # noqa: ASYNC110 -- another process
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("commit", _MODES)
async def test_rows_wait_for_a_plugin_that_answers_again(
    demanding: Peer, down: Path, commit: str
) -> None:
    """P40: they are not answered while it fails, and as all the others once it answers."""
    directory = await demanding.new_directory()
    opening = start(directory, options={"commit": commit})
    early = _HEADER + _row(1, title=_while(down)) + _row(2)
    async with demanding.call(opening, *csv(early)) as call:
        await _until_waiting(demanding, directory, 1)
        _answers(down)
        await call.send(*csv(_row(3) + _row(4)), end())
        await call.half_close()
        answer = await call.rest()
    assert answer.ending == "OK"
    assert _judged(answer) == dict.fromkeys(range(2, 6), "CREATED")
    assert [result.line for result in answer.results] == [4, 5, 2, 3]
    assert await _waiting(demanding, directory) == 0
    there = await demanding.stored(directory)
    assert sorted(there) == ([] if commit == "NONE" else ["1", "2", "3", "4"])


async def test_typed_rows_wait_too(demanding: Peer, down: Path) -> None:
    """P40: with the fields that are unset, and those that are blank."""
    directory = await demanding.new_directory()
    names = {"first_name": "Ada", "last_name": "Byron"}
    some = [
        {"employee_number": f"{n}", "email": f"t{n}@example.org", **names, **more}
        for n, more in enumerate(({"job_title": _while(down)}, {}, {"phone": ""}))
    ]
    async with demanding.call(start(directory), rows(*some[:2])) as call:
        await _until_waiting(demanding, directory, 1)
        _answers(down)
        await call.send(rows(some[2]), end(total_rows=3))
        await call.half_close()
        answer = await call.rest()
    assert {r.line: r.row for r in answer.results} == {1: 1, 2: 2, 3: 3}
    assert _judged(answer) == dict.fromkeys((1, 2, 3), "CREATED")
    titles = {n: user["job_title"] for n, user in (await demanding.stored(directory)).items()}
    assert titles == {"0": _while(down), "1": "", "2": ""}


@pytest.mark.parametrize("commit", _MODES)
async def test_only_the_lines_that_it_was_asked_wait(demanding: Peer, commit: str) -> None:
    """P40: a row that failed its own cells is answered as it comes; issues and numbers stay."""
    directory = await demanding.new_directory()
    content = _HEADER + _row(1, email="nobody") + _row(2, title="@raise") + _row(3)
    answer = await demanding.send_file(directory, content, options={"commit": commit})
    assert answer.rows == {
        2: "FAILED invalid_email(email)",
        3: "FAILED formula_like_value(job_title) plugin_error",
        4: "CREATED",
    }
    assert {result.line: result.row for result in answer.results} == {2: 1, 3: 2, 4: 3}
    assert answer.issue(3, "plugin_error").params["hook"] == "check_users"


async def test_what_waits_keeps_its_claims(demanding: Peer, down: Path) -> None:
    """P40: a later row that claims its address is refused, and names the line that waits."""
    directory = await demanding.new_directory()
    early = _HEADER + _row(1, title=_while(down)) + _row(2)
    async with demanding.call(start(directory), *csv(early)) as call:
        await _until_waiting(demanding, directory, 1)
        _answers(down)
        await call.send(*csv(_row(3, email="u1@example.org") + _row(1)), end())
        await call.half_close()
        answer = await call.rest()
    assert _judged(answer) == {
        2: "CREATED",
        3: "CREATED",
        4: "FAILED duplicate_email(email)",
        5: "FAILED duplicate_employee_number(employee_number) duplicate_email(email)",
    }
    assert answer.issue(4, "duplicate_email").params["first_line"] == "2"


@pytest.mark.parametrize("commit", ["PER_BATCH", "WHOLE_FILE"])
async def test_what_waits_may_swap_names(demanding: Peer, down: Path, commit: str) -> None:
    """P40: a row that waited and one that was parked for it get each other's address."""
    directory = await demanding.new_directory()
    await demanding.send_file(directory, _HEADER + _row(1) + _row(2))
    swapped = [
        _row(1, email="u2@example.org", title=_while(down)),
        _row(3),
        _row(2, email="u1@example.org"),
    ]
    opening = start(directory, options={"commit": commit})
    async with demanding.call(opening, *csv(_HEADER + "".join(swapped[:2]))) as call:
        await _until_waiting(demanding, directory, 1)
        _answers(down)
        await call.send(*csv(swapped[2]), end())
        await call.half_close()
        answer = await call.rest()
    assert _judged(answer) == {2: "UPDATED", 3: "CREATED", 4: "UPDATED"}
    emails = {n: user["email"] for n, user in (await demanding.stored(directory)).items()}
    assert (emails["1"], emails["2"]) == ("u2@example.org", "u1@example.org")


@pytest.mark.parametrize("commit", ["PER_BATCH", "WHOLE_FILE"])
async def test_what_waits_counts_last(demanding: Peer, down: Path, commit: str) -> None:
    """P40: seats are given to all the other rows first."""
    directory = await demanding.new_directory()
    await demanding.execute("update directories set seats = 3 where name = $1", directory)
    early = _HEADER + _row(1, title=_while(down)) + _row(2)
    opening = start(directory, options={"commit": commit})
    async with demanding.call(opening, *csv(early)) as call:
        await _until_waiting(demanding, directory, 1)
        _answers(down)
        await call.send(*csv(_row(3) + _row(4)), end())
        await call.half_close()
        answer = await call.rest()
    full = "FAILED seat_limit_reached"
    assert _judged(answer) == {2: "CREATED", 3: full, 4: "CREATED", 5: "CREATED"}


@pytest.mark.parametrize("commit", ["PER_BATCH", "WHOLE_FILE"])
async def test_too_many_of_those_that_waited_fail(demanding: Peer, commit: str) -> None:
    """P40: they count after all others; what is beyond the stop is answered, and not applied."""
    directory = await demanding.new_directory()
    content = _HEADER + _row(1, title="@raise") + _row(2) + _row(3, role="nobody") + _row(4)
    options = {"commit": commit, "max_failed_rows": 1}
    answer = await demanding.send_file(directory, content, options=options)
    assert answer.ending == "ABORTED/TOO_MANY_FAILED_ROWS"
    assert _judged(answer) == {
        2: "FAILED plugin_error",
        3: "NOT_APPLIED",
        4: "FAILED invalid_role(role)",
        5: "CREATED" if commit == "PER_BATCH" else "NOT_APPLIED",
    }
    assert answer.summary
    assert (answer.summary.rows, answer.summary.stopped_by.line) == (4, 2)
    assert await _waiting(demanding, directory) == 0


@pytest.mark.parametrize("commit", ["PER_BATCH", "WHOLE_FILE"])
async def test_a_fault_of_the_file_ends_the_waiting(demanding: Peer, commit: str) -> None:
    """P40, S30: rows before it are all there, but the one; of a staged file nothing is applied."""
    directory = await demanding.new_directory()
    content = _HEADER + _row(1, title="@raise") + _row(2) + _row(3) + '4,"never ends\n'
    answer = await demanding.send_file(directory, content, options={"commit": commit})
    assert answer.ending == "INVALID_ARGUMENT/UNTERMINATED_QUOTE"
    staged = commit == "WHOLE_FILE"
    waited = "NOT_APPLIED" if staged else "FAILED plugin_error"
    last = "NOT_APPLIED" if staged else "CREATED"
    assert _judged(answer) == {2: waited, 3: last, 4: last}


@pytest.mark.parametrize("commit", _MODES)
async def test_a_resume_answers_what_a_plugin_left_open(
    demanding: Peer, down: Path, commit: str
) -> None:
    """B237, P41: sent again, each line is answered once; the summary is an unbroken import's."""
    file = [_row(n, title=_while(down) if n > 2 and n % 2 else "") for n in range(1, 16)]
    file[5] = _row(6, email="u1@example.org")
    content = _HEADER + "".join(file)
    options = {"commit": commit}
    directory, other = await demanding.new_directory(), await demanding.new_directory()
    messages = whole(directory, content, options=options)
    import_id = messages[0].start.import_id

    broken = await demanding.send(messages)
    assert broken.ending == _UNAVAILABLE
    committed = {2: "CREATED", 3: "CREATED"} if commit == "PER_BATCH" else {}
    assert _judged(broken) == committed | {7: "FAILED duplicate_email(email)"}
    assert await _waiting(demanding, directory) == 2
    still = await demanding.send(messages)  # it is down still
    assert still.ending == _UNAVAILABLE
    assert _judged(still).items() >= _judged(broken).items()
    found = await demanding.get_import(directory, import_id)
    assert found.state == IMPORT_STATE_INTERRUPTED

    _answers(down)
    resumed = await demanding.send(messages)
    unbroken = await demanding.send_file(other, content, options=options)
    assert (resumed.ending, unbroken.ending) == ("OK", "OK")
    assert _judged(resumed) == _judged(unbroken)
    assert sorted(resumed.rows) == list(range(2, 17))
    assert _counted(resumed) == _counted(unbroken)
    there = await demanding.stored(directory)
    assert len(there) == (0 if commit == "NONE" else 14)
    again = await demanding.send(messages)
    assert again.rows == resumed.rows
    assert all(result.replayed for result in again.results)
