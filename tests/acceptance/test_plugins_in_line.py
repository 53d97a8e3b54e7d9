"""Plugins within an import: what they decide, and what their failures do to rows."""

import asyncio
import time
from collections.abc import AsyncIterator
from itertools import product
from pathlib import Path

import pytest
import pytest_asyncio

from rollbook.v1 import directories_pb2 as directories
from rollbook.v1.imports_pb2 import IMPORT_STATE_INTERRUPTED
from rollbook.v1.server_pb2 import GetServerInfoRequest
from tests.acceptance.wire import Answer, Peer, csv, end, start
from tests.environment import serving
from tests.plugin.on_demand import SECRET_TEXT

_HEADER = "employee_number,email,first_name,last_name,role,location,job_title,department\n"
_TIMEOUT = 1.0
_FAILURES = 3
_BATCH = 2
_POOL = 2


@pytest_asyncio.fixture(
    scope="module",
    params=["tests.plugin:on_demand", "tests.plugin:on_demand_async"],
    ids=["in threads", "on the loop"],
)
async def demanding(
    request: pytest.FixtureRequest,
    database_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Peer]:
    """A server with the plugin that does what a row asks, in batches of two rows."""
    with serving(
        database_url,
        tmp_path_factory.mktemp("plugins"),
        plugins=request.param,
        plugin_timeout=_TIMEOUT,
        plugin_failures=_FAILURES,
        batch_rows=_BATCH,
        pool_size=_POOL,
        batch_wait=0.5,
        batch_wait_busy=0.5,
        new_imports_per_hour=10_000,
    ) as running:
        async with Peer.of(running) as peer:
            yield peer


@pytest_asyncio.fixture(scope="module")
async def mapping(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Peer]:
    """A server with a plugin that decides by department."""
    with serving(
        database_url,
        tmp_path_factory.mktemp("mapping"),
        plugins="tests.acceptance.by_department:by_department",
        new_imports_per_hour=10_000,
    ) as running:
        async with Peer.of(running) as peer:
            yield peer


def _row(number: int, **cells: str) -> str:
    given = {"role": "", "location": "", "job_title": "", "department": ""} | cells
    return ",".join([str(number), f"u{number}@example.org", "Ada", "Byron", *given.values()]) + "\n"


def _judged(answer: Answer) -> dict[int, str]:
    """Results by line; that a word for the plugin begins as a formula does is beside the point."""
    return {
        line: " ".join(word for word in said.split() if not word.startswith("formula_like_value"))
        for line, said in answer.rows.items()
    }


async def _directory(peer: Peer, *locations: str) -> str:
    name = await peer.new_directory()
    for location in locations:
        made = directories.Location(name=location)
        request = directories.CreateLocationRequest(directory=name, location=made)
        await peer.ask(peer.directories.CreateLocation, request)
    return name


async def test_a_plugin_decides_role_and_location(demanding: Peer) -> None:
    """An answer counts before the directory's names; where it is silent, those are asked."""
    directory = await _directory(demanding, "London")
    answer = await demanding.send_file(
        directory,
        _HEADER
        + _row(1, role="@answer:admin", location="@answer:london")
        + _row(2, role="admin", location="London")
        + _row(3),
    )
    assert _judged(answer) == dict.fromkeys((2, 3, 4), "CREATED")
    there = await demanding.stored(directory)
    assert {number: (user["role"], user["location"]) for number, user in there.items()} == {
        "1": ("admin", "London"),
        "2": ("admin", "London"),
        "3": ("Standard", ""),
    }


@pytest.mark.parametrize(
    ("cell", "code", "field"),
    [
        ({"role": "@refuse:invalid_role"}, "invalid_role", "(role)"),
        ({"role": "@refuse:role_not_permitted"}, "role_not_permitted", "(role)"),
        ({"location": "@refuse:invalid_location"}, "invalid_location", "(location)"),
        ({"job_title": "@refuse:invalid_name"}, "invalid_name", "(job_title)"),
    ],
)
async def test_a_plugin_refuses_a_row(
    demanding: Peer, cell: dict[str, str], code: str, field: str
) -> None:
    """Its row fails with the plugin's words and name; the row beside it is applied."""
    directory = await _directory(demanding)
    answer = await demanding.send_file(directory, _HEADER + _row(1, **cell) + _row(2))
    assert _judged(answer) == {2: f"FAILED {code}{field}", 3: "CREATED"}
    issue = answer.issue(2, code)
    assert issue.message == "Refused on demand."
    assert issue.params["plugin"].startswith("tests.plugin:on_demand")


async def test_a_plugin_warns_of_a_row(demanding: Peer) -> None:
    """A warning of `check_users` leaves its row applied."""
    directory = await _directory(demanding)
    row = _row(1, job_title="@refuse:user_suspended")
    answer = await demanding.send_file(directory, _HEADER + row)
    assert _judged(answer) == {2: "CREATED user_suspended(job_title)"}


_FAILING = {"role": "(role)", "location": "(location)", "job_title": ""}


@pytest.mark.parametrize(
    ("field", "word"),
    [*product(_FAILING, ("@raise", "@exit", "@interrupt")), ("role", "@change")],
)
async def test_a_plugin_that_breaks(demanding: Peer, field: str, word: str) -> None:
    """B227, B236, P40, P43, S30: `plugin_error` at the end for the row that it cannot bear alone.

    The server lives, what was raised stays in its log, and nothing that the plugin changed is
    stored.
    """
    directory = await _directory(demanding)
    answer = await demanding.send_file(
        directory, _HEADER + _row(1, **{field: word}) + _row(2) + _row(3) + _row(4)
    )
    failed = f"FAILED plugin_error{_FAILING[field]}"
    assert _judged(answer) == {2: failed, 3: "CREATED", 4: "CREATED", 5: "CREATED"}
    assert SECRET_TEXT not in str(answer.results)
    there = await demanding.stored(directory)
    assert {user["role"] for user in there.values()} == {"Standard"}
    assert demanding.server.process.poll() is None
    if word == "@raise":
        assert SECRET_TEXT in demanding.server.log.read_text()


@pytest.mark.parametrize("word", ["@int", "@list", "@stranger", "@huge", "@answer:nobody"])
@pytest.mark.parametrize("field", ["role", "location"])
async def test_a_plugin_that_talks_nonsense(demanding: Peer, field: str, word: str) -> None:
    """B230, P42, S30: `plugin_bad_output` for that row alone; nothing of it is stored."""
    directory = await _directory(demanding)
    answer = await demanding.send_file(
        directory, _HEADER + _row(1, **{field: word}) + _row(2) + _row(3) + _row(4)
    )
    failed = f"FAILED plugin_bad_output({field})"
    assert _judged(answer) == {2: failed, 3: "CREATED", 4: "CREATED", 5: "CREATED"}


async def test_a_plugin_is_not_asked_about_rows_that_failed(demanding: Peer) -> None:
    """A hook is asked for every row that may be applied, and for no other."""
    directory = await _directory(demanding)
    wrong = _row(1, role="@raise").replace("u1@example.org", "nobody")
    answer = await demanding.send_file(directory, _HEADER + wrong + _row(2))
    assert _judged(answer) == {2: "FAILED invalid_email(email)", 3: "CREATED"}


async def test_a_plugin_that_is_slow_holds_up_nobody_else(demanding: Peer) -> None:
    """B228, P41: within its timeout it answers; meanwhile the loop, and other imports, go on.

    Though as many imports wait for it as there are connections to the database.
    """
    slow, other = await _directory(demanding), await _directory(demanding)
    waiting = [
        asyncio.create_task(
            demanding.send_file(slow, _HEADER + _row(n, role=f"@sleep:{_TIMEOUT * 0.8}"))
        )
        for n in range(_POOL)
    ]
    await asyncio.sleep(0.2)
    began = time.monotonic()
    await demanding.ask(demanding.info.GetServerInfo, GetServerInfoRequest())
    answer = await demanding.send_file(other, _HEADER + _row(1) + _row(2))
    took = time.monotonic() - began
    # They slept and were silent: their own word is no role.
    for late in await asyncio.gather(*waiting):
        assert _judged(late) == {2: "FAILED invalid_role(role)"}
    assert _judged(answer) == {2: "CREATED", 3: "CREATED"}
    assert took < _TIMEOUT * 0.5


async def _answers(peer: Peer, directory: str) -> bool:
    """Whether the plugin is asked, and answers."""
    return _judged(await peer.send_file(directory, _HEADER + _row(3))) == {2: "CREATED"}


@pytest.mark.few(1)
async def test_a_plugin_that_hangs(demanding: Peer) -> None:
    """B228, P41: `plugin_timeout` for its batch, once a row, in time; then it is asked again."""
    directory = await _directory(demanding)
    began = time.monotonic()
    answer = await demanding.send_file(
        directory, _HEADER + _row(1, role=f"@sleep:{_TIMEOUT * 4}") + _row(2)
    )
    took = time.monotonic() - began
    async with asyncio.timeout(10):  # it is not asked while it still sleeps
        while not await _answers(demanding, directory):  # noqa: ASYNC110 -- a plugin
            await asyncio.sleep(0.2)
    # Its row comes twice: as it is read, and at the end.
    assert _TIMEOUT * 0.9 <= took < _TIMEOUT * 3
    assert _judged(answer) == dict.fromkeys((2, 3), "FAILED plugin_timeout(role)")
    assert answer.summary
    assert dict(answer.summary.codes) == {"plugin_timeout": 2, "formula_like_value": 1}
    assert list(await demanding.stored(directory)) == ["3"]


async def test_a_plugin_that_fails_again_and_again(demanding: Peer) -> None:
    """B237, P41: at the last failure in a row PLUGIN_UNAVAILABLE, INTERRUPTED, resumable.

    What came before stays; the lines of the failed batches stay open.
    """
    directory = await _directory(demanding)
    opening = start(directory)
    rows = [_row(n, role="@raise" if n > 2 and n % 2 else "") for n in range(1, 20)]
    answer = await demanding.send([opening, *csv(_HEADER + "".join(rows)), end()])
    assert answer.ending == "UNAVAILABLE/PLUGIN_UNAVAILABLE"
    assert answer.facts["plugin"].startswith("tests.plugin:on_demand")
    assert answer.facts["hook"] == "map_roles"
    assert answer.summary
    assert answer.summary.state == IMPORT_STATE_INTERRUPTED
    assert answer.summary.stopped_by.code == "plugin_unavailable"
    found = await demanding.get_import(directory, opening.start.import_id)
    assert found.state == IMPORT_STATE_INTERRUPTED
    assert set(await demanding.stored(directory)) == {"1", "2"}
    assert _judged(answer) == {2: "CREATED", 3: "CREATED"}
    assert found.summary.rows == 2


async def test_failures_that_are_not_in_a_row(demanding: Peer) -> None:
    """A plugin that answers in between is not given up on, however often it fails."""
    directory = await _directory(demanding)
    rows = [_row(n, role="@raise" if n % (2 * _BATCH) == 1 else "") for n in range(1, 25)]
    answer = await demanding.send_file(directory, _HEADER + "".join(rows))
    assert answer.ending == "OK"
    assert sum("plugin_error" in said for said in answer.rows.values()) == 6
    assert len(await demanding.stored(directory)) == 18


async def test_an_answer_counts_where_the_column_is_absent(mapping: Peer) -> None:
    """A plugin maps roles and locations by department; silence gives a new user the default."""
    directory = await _directory(mapping, "Paris")
    header = "employee_number,email,first_name,last_name,department\n"
    rows = "1,a@x.org,A,B,it\n2,b@x.org,A,B,at Paris\n3,c@x.org,A,B,\n4,d@x.org,A,B,at Rome\n"
    answer = await mapping.send_file(directory, header + rows)
    assert _judged(answer) == {
        2: "CREATED",
        3: "CREATED",
        4: "CREATED",
        5: "FAILED plugin_bad_output(location)",
    }
    there = await mapping.stored(directory)
    assert {number: (user["role"], user["location"]) for number, user in there.items()} == {
        "1": ("admin", ""),
        "2": ("Standard", "Paris"),
        "3": ("Standard", ""),
    }


async def test_silence_leaves_an_existing_user(mapping: Peer) -> None:
    """No answer leaves an existing user's role and location untouched; an answer changes them."""
    directory = await _directory(mapping, "Paris", "Oslo")
    header = "employee_number,email,first_name,last_name,department\n"
    before = "1,a@x.org,A,B,it\n2,b@x.org,A,B,at Paris\n3,c@x.org,A,B,at Paris\n"
    await mapping.send_file(directory, header + before)
    after = "1,a@x.org,A,B,-\n2,b@x.org,A,B,-\n3,c@x.org,A,B,at Oslo\n"
    answer = await mapping.send_file(directory, header + after)
    assert set(_judged(answer).values()) == {"UPDATED"}
    there = await mapping.stored(directory)
    assert {number: (user["role"], user["location"]) for number, user in there.items()} == {
        "1": ("admin", ""),
        "2": ("Standard", "Paris"),
        "3": ("Standard", "Oslo"),
    }


async def test_an_answer_overrules_the_column(mapping: Peer) -> None:
    """B231: a plugin may name any role of the directory, where the caller may grant it."""
    directory = await _directory(mapping)
    answer = await mapping.send_file(directory, _HEADER + _row(1, role="user", department="it"))
    assert _judged(answer) == {2: "CREATED"}
    assert (await mapping.stored(directory))["1"]["role"] == "admin"


async def test_what_a_plugin_is_shown(mapping: Peer) -> None:
    """P43: the text, None where the column is absent, '' where it is blank; what is stored."""
    directory = await _directory(mapping, "Paris")
    header = _HEADER.replace("\n", ",badge,password\n")

    def seen(**cells: str) -> str:
        return header + _row(1, job_title="@seen", **cells).replace("\n", ",B7,\n")

    options = {"unknown_columns": "STORE"}
    first = await mapping.send_file(directory, seen(department="at Paris"), options=options)
    assert first.issue(2, "user_suspended").message == "new role='' phone=None {'badge': 'B7'}"
    second = await mapping.send_file(directory, seen(role="Default User"), options=options)
    assert second.issue(2, "user_suspended").message == (
        "Standard/Paris role='Default User' phone=None {'badge': 'B7'}"
    )


async def test_the_environment_holds_no_secret(mapping: Peer) -> None:
    """P43: a plugin that looks there finds settings, but neither the database nor the tokens."""
    directory = await _directory(mapping)
    answer = await mapping.send_file(directory, _HEADER + _row(1, job_title="@secrets"))
    found = answer.issue(2, "user_suspended").message.split()
    assert "plugins" in found
    assert not {"database_url", "token_files", "token"} & {*found}


async def test_what_no_hook_looks_at_is_not_shown(database_url: str, tmp_path: Path) -> None:
    """A hook declares what it looks at; if another one does not, every hook is shown all."""
    alone = "tests.acceptance.not_looking:not_looking"
    beside = "tests.acceptance.by_department:by_department"
    for plugins, seen in (
        (alone, "stored: None, 'admin' and None"),
        (
            f"{alone},{beside}",
            "stored: Current(role='admin', location=None, organizational_unit=None,"
            " department=None), 'admin' and 'Clerk'",
        ),
    ):
        with serving(database_url, tmp_path, plugins=plugins) as running:
            async with Peer.of(running) as peer:
                directory = await peer.new_directory()
                rows = _HEADER + _row(1, role="admin", job_title="Clerk")
                await peer.send_file(directory, rows)
                again = await peer.send_file(directory, rows)
        assert again.issue(2, "user_suspended").message == seen


async def test_an_ignored_attribute_that_a_plugin_reads_is_warned_of(
    database_url: str, tmp_path: Path
) -> None:
    """`attribute_not_read` once, with the way out; a file that stores the column has none."""
    plugin = "tests.acceptance.not_looking:by_cost_centre"
    header = "employee_number,email,first_name,last_name,Cost Centre\n"
    row = "1,u1@example.org,Ada,Byron,K7\n"
    feeding = {"columns": {"Cost Centre": "attributes.cost_centre"}}
    with serving(database_url, tmp_path, plugins=plugin) as running:
        async with Peer.of(running) as peer:
            directory = await _directory(peer)
            ignored = await peer.send_file(directory, header + row)
            fed = await peer.send_file(directory, header + row, options=feeding)
    assert ignored.understood
    assert fed.understood
    [warning] = [w for w in ignored.understood.warnings if w.code == "attribute_not_read"]
    assert dict(warning.params) == {"column": "Cost Centre", "attribute": "cost_centre"}
    assert "--column 'Cost Centre=attributes.cost_centre'" in warning.message
    assert "attribute_not_read" not in {w.code for w in fed.understood.warnings}
    assert fed.issue(2, "user_suspended").message == "saw K7"


async def test_what_a_plugin_is_shown_of_the_directory(mapping: Peer) -> None:
    """Its roles and locations by key as the import began, and the options for unknown ones."""
    directory = await _directory(mapping, "Paris")
    made = directories.Location(name="Århus", code="AAR", aliases=["Smilets By", "Aarhus"])
    request = directories.CreateLocationRequest(directory=directory, location=made)
    await mapping.ask(mapping.directories.CreateLocation, request)
    options = {"unknown_location": "CREATE", "unknown_role": "DEFAULT"}
    rows = _row(1, job_title="@where", location="Rome")
    answer = await mapping.send_file(directory, _HEADER + rows, options=options)
    assert answer.issue(2, "user_suspended").message == (
        "admin Standard | Paris=[] Århus=AAR['Aarhus', 'Smilets By'] | DEFAULT CREATE"
    )
    answer = await mapping.send_file(directory, _HEADER + rows)
    assert answer.issue(2, "user_suspended").message == (
        "admin Standard | Paris=[] Rome=[] Århus=AAR['Aarhus', 'Smilets By'] | REJECT REJECT"
    )


async def test_startup_and_shutdown_are_called_once(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the settings before the server listens, and when it has stopped."""
    notes = tmp_path / "notes"
    monkeypatch.setenv("BY_DEPARTMENT_NOTES", str(notes))
    plugin = "tests.acceptance.by_department:by_department"
    with serving(database_url, tmp_path, plugins=plugin) as running:
        assert notes.read_text().splitlines() == ["startup Settings"]
        async with Peer.of(running) as peer:
            await peer.send_file(await peer.new_directory(), _HEADER + _row(1))
        assert notes.read_text().splitlines() == ["startup Settings"]
    assert running.process.returncode == 0, running.log.read_text()
    assert notes.read_text().splitlines() == ["startup Settings", "shutdown"]


async def test_a_plugin_that_does_not_start(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service does not start, and names the plugin."""
    monkeypatch.setenv("BY_DEPARTMENT_NOTES", str(tmp_path))  # a folder: nothing can be noted
    plugin = "tests.acceptance.by_department:by_department"
    with (
        pytest.raises(AssertionError, match=plugin),
        serving(database_url, tmp_path, plugins=plugin),
    ):
        pytest.fail("it started")
