"""A look before the turn finds the rows that are stored just as they are written, and no others."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from rollbook.context import AppContext
from rollbook.errors import Reason, Refusal
from rollbook.imports.rows.staged_rows import StagedRows
from rollbook.imports.rows.unchanged import UnchangedRows, same_users
from rollbook.imports.writing.per_batch import PerBatchWriter
from rollbook.model import (
    Blanks,
    Commit,
    Field,
    LineRange,
    MissingUsers,
    Mode,
    Outcome,
    UnknownColumns,
    UnknownName,
)
from rollbook.server.app import open_app
from rollbook.settings import Settings
from rollbook.store.imports import Cancelled
from rollbook.store.look import Stored
from rollbook.store.statements import CHANGING
from rollbook.text_column import TextColumn
from tests.environment import Cluster
from tests.imports.looking import (
    NEW,
    Looking,
    batch_of,
    cell,
    new_looking,
    plain_row,
    unchanged,
)

_REQUIRED = {Field.EMAIL, Field.FIRST_NAME, Field.LAST_NAME}
FULL = {"employee_number": "1", **{field.value: cell(field) for field in CHANGING}}
"""A row that names every field."""


@pytest_asyncio.fixture(scope="module")
async def app(database_url: str) -> AsyncIterator[AppContext]:
    """The inside of a server that also looks at single rows."""
    chosen = Settings(database_url=database_url, look_from_rows=1, new_imports_per_hour=1_000_000)
    async with open_app(chosen) as inside:
        yield inside


@pytest_asyncio.fixture(scope="module")
async def connection(
    database_url: str,
) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection of the tests' own."""
    opened = await asyncpg.connect(database_url)
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def looking(app: AppContext, connection: Any) -> Looking:
    """A directory of this test's own."""
    return await new_looking(app, connection)


async def _stored(looking: Looking, field: Field) -> object:
    """The new value of that field, as its column has it."""
    text = cell(field, NEW)
    if field.traits.names:
        return await looking.connection.fetchval(
            f"select id from {field.traits.names} where directory_id = $1 and name = $2",
            looking.id,
            text,
        )
    return text == "1" if text in {"0", "1"} else text


@pytest.mark.parametrize("field", CHANGING)
async def test_a_user_who_differs_in_any_field_is_not_unchanged(
    looking: Looking, field: Field
) -> None:
    """P08: before, each field is the same, and the look says so; a file without it does not ask."""
    ids = await looking.filled(FULL)
    assert await looking.found(FULL) == [ids["1"]]
    assert await looking.found({**FULL, field: cell(field, NEW)}) == [0]
    await looking.set(f"{field.column} = $2", await _stored(looking, field))
    assert await looking.found(FULL) == [0]
    without = {name: text for name, text in FULL.items() if name != field}
    if field not in _REQUIRED:
        assert await looking.found(without) == [ids["1"]]
        assert await looking.found({**FULL, field: ""}) == [ids["1"]]  # blank: it is kept
    assert (await looking.outcomes(FULL)) == {2: "UPDATED"}
    assert await looking.found(FULL) == [ids["1"]]


@pytest.mark.parametrize(
    "field", [field for field in CHANGING if field.traits.cleared and field not in _REQUIRED]
)
async def test_a_blank_cell_that_clears_is_a_change_of_what_is_there(
    looking: Looking, field: Field
) -> None:
    """Cleared once, it is as it was."""
    row, options = {**FULL, field: ""}, {"blanks": Blanks.CLEAR}
    ids = await looking.filled(FULL)
    assert await looking.found(row, **options) == [0]
    assert await looking.outcomes(row, **options) == {2: "UPDATED"}
    assert await looking.found(row, **options) == [ids["1"]]


async def test_blank_cells_of_some_rows_are_no_hindrance_to_the_others(looking: Looking) -> None:
    """Where a row does not name a field, what is stored of it does not count."""
    rows = [
        plain_row(1, phone="+41 44 1", department="Sales"),
        plain_row(2, phone="", department="Sales"),
        plain_row(3, phone="+41 44 3", department=""),
        plain_row(4, phone="", department=""),
    ]
    ids = await looking.filled(*rows)
    await looking.set("phone = '+41 44 1', department = 'Sales'")
    assert await looking.found(*rows) == [ids["1"], ids["2"], 0, ids["4"]]


@pytest.mark.parametrize(
    "change",
    [
        "status = 'suspended'",
        "status = 'suspended_by_sync'",
        "protected = true",
        "role_id = (select id from roles where directory_id = $1 and privileged)",
        "username = upper(username)",
    ],
)
async def test_a_user_of_whom_more_is_to_be_said_is_left_to_the_plan(
    looking: Looking, change: str
) -> None:
    """Their fields are the same, and the plan may warn, refuse, or change the username.

    The last is a username of the e-mail's key and another text: it becomes the e-mail.
    """
    row = plain_row()
    await looking.filled(row)
    await looking.set(change)
    assert await looking.found(row) == [0]


@pytest.mark.parametrize(
    "change",
    [
        "role_locked = true",
        "location_locked = true",
        "username = 'ada', username_key = 'ada'",
        "sources = '{}'",
    ],
)
async def test_what_says_nothing_where_nothing_changes_is_no_hindrance(
    looking: Looking, change: str
) -> None:
    """A lock speaks only of a change; a username that is no e-mail does not follow it."""
    row = plain_row(role=cell(Field.ROLE), location=cell(Field.LOCATION))
    ids = await looking.filled(row)
    await looking.set(change)
    assert await looking.found(row) == [ids["1"]]
    moved = {**row, "role": cell(Field.ROLE, NEW), "location": cell(Field.LOCATION, NEW)}
    assert await looking.found(moved) == [0]


async def test_the_callers_own_user_is_left_to_the_plan(looking: Looking) -> None:
    """As is everybody of whom a policy may have something to say."""
    rows = [plain_row(1), plain_row(2)]
    ids = await looking.filled(*rows)
    job = await looking.job()
    job = replace(job, ceiling=replace(job.ceiling, users=frozenset({ids["2"]})))
    found = await UnchangedRows(job).found(await batch_of(job, *rows))
    assert unchanged(found) == [ids["1"], 0]


async def test_rows_that_are_more_than_their_fields_are_left_to_the_plan(looking: Looking) -> None:
    """A warning, a password, a location or a unit that is yet to be made."""
    rows = [
        plain_row(1),
        plain_row(2, first_name=f" {cell(Field.FIRST_NAME)} "),
        plain_row(3),
        plain_row(4),
        plain_row(5),
    ]
    ids = await looking.filled(*rows)
    made = UnknownName.CREATE
    job = await looking.job(unknown_location=made, unknown_unit=made)
    for at, field in ((3, Field.LOCATION), (4, Field.ORGANIZATIONAL_UNIT)):
        rows[at][field.value] = "Nowhere yet"
    batch = await batch_of(job, *rows, hashes={2: ""})
    assert unchanged(await UnchangedRows(job).found(batch)) == [ids["1"], 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("stored", "cells", "same"),
    [
        ({"shoe": "43"}, {"shoe": "43"}, True),
        ({"shoe": "43"}, {"shoe": "44"}, False),
        ({"shoe": "43", "hat": "7"}, {"shoe": "43"}, True),
        ({"hat": "7", "shoe": "43"}, {"shoe": "43", "hat": "7"}, True),
        ({"shoe": "43", "hat": "7"}, {"shoe": "43", "hat": "8"}, False),
        ({}, {"shoe": "43"}, False),
        ({"shoe": 43}, {"shoe": "43"}, False),
        ({}, {"shoe": ""}, True),
        ({"shoe": "43"}, {"shoe": ""}, False),
        ({"shoe": 'ÿ"\\'}, {"shoe": 'ÿ"\\'}, True),
    ],
)
async def test_attributes_are_compared_name_by_name(
    looking: Looking, stored: dict[str, object], cells: dict[str, str], same: bool
) -> None:
    """Those that the row does not name do not count; a blank cell clears one here."""
    ids = await looking.filled(plain_row())
    await looking.set("attributes = $2", json.dumps(stored))
    row = plain_row(**{f"attributes.{name}": text for name, text in cells.items()})
    options = {"blanks": Blanks.CLEAR, "unknown_columns": UnknownColumns.STORE}
    assert await looking.found(row, **options) == [ids["1"] if same else 0]


async def test_of_a_file_in_no_order_each_user_is_looked_up(looking: Looking) -> None:
    """Two rows among a hundred users, twice; who is not there is not found."""
    rows = [plain_row(number) for number in range(100, 200)]
    ids = await looking.filled(*rows)
    job = await looking.job()
    looks = UnchangedRows(job)
    for some in ([rows[99], rows[0]], [rows[50], plain_row(999), rows[3]], [rows[7], rows[8]]):
        found = unchanged(await looks.found(await batch_of(job, *some)))
        assert found == [ids.get(row["employee_number"], 0) for row in some]


async def test_where_little_is_unchanged_some_batches_are_not_looked_at(looking: Looking) -> None:
    """One, two, four and so on, as long as it stays so."""
    ids = await looking.filled(plain_row(1))
    job = await looking.job()
    looks = UnchangedRows(job)
    found = []
    same, other = plain_row(1), plain_row(1, job_title="Other")
    for row in (other, same, other, same, same, same, same):
        found += unchanged(await looks.found(await batch_of(job, row)))
    assert found == [0, 0, 0, 0, 0, ids["1"], ids["1"]]


async def test_a_batch_of_new_users_is_known_as_such_each_time(looking: Looking) -> None:
    """To look for nobody costs next to nothing; such a batch is not matched."""
    ids = await looking.filled(plain_row(1))
    looks = UnchangedRows(await looking.job())
    for number in (2, 3, 4):
        found = await looks.found(await batch_of(await looking.job(), plain_row(number)))
        assert found.staged.all_new
    found = await looks.found(await batch_of(await looking.job(), plain_row(1), plain_row(5)))
    assert not found.staged.all_new
    assert unchanged(found) == [ids["1"], 0]


@pytest.mark.parametrize(
    "options",
    [
        {"mode": Mode.CREATE_ONLY},
        {"only_lines": (LineRange(9, 9),)},
        {"commit": Commit.WHOLE_FILE},
        {"commit": Commit.NONE},
        {"commit": Commit.WHOLE_FILE, "missing_users": MissingUsers.SUSPEND},
    ],
)
async def test_where_unchanged_depends_on_more_nothing_is_looked_at(
    looking: Looking, options: dict[str, Any]
) -> None:
    """The plan knows: users who must not be there, lines not chosen, a plan at the end."""
    ids = await looking.filled(plain_row())
    assert await looking.found(plain_row()) == [ids["1"]]
    assert await looking.found(plain_row(), **options) == [0]


@pytest.mark.parametrize("least", [0, 3])
async def test_a_batch_of_fewer_rows_is_not_looked_at(looking: Looking, least: int) -> None:
    """0: none is, whatever it has."""
    rows = [plain_row(number) for number in range(4)]
    await looking.filled(*rows)
    settings = looking.app.settings.model_copy(update={"look_from_rows": least})
    looking.app = replace(looking.app, settings=settings)
    assert not any(await looking.found(*rows[:2]))
    assert all(await looking.found(*rows)) == (least == 3)


def test_a_text_with_a_line_feed_is_compared_with_nothing() -> None:
    """Whose each text of the column is would be a guess. No import stores such a text."""
    rows = StagedRows(
        lines=[2, 3], rows=[1, 2], columns={"number_key": ["1", "2"], "first_name": ["a", "b"]}
    )
    for first_names in (b"a\nb\nb\n", b"a\n"):
        columns = {"number_key": b"1\n2\n", "first_name": first_names}
        stored = Stored([7, 8], {name: TextColumn(lines) for name, lines in columns.items()})
        assert same_users(rows, ["first_name"], stored) == [0, 0]


async def test_a_batch_with_nothing_left_to_plan_still_asks_whose_the_import_is(
    looking: Looking,
) -> None:
    """P06: a server that has lost the lease writes no answer, nor is one written when cancelled."""
    await looking.filled(plain_row())
    for statement, error in (
        ("update import_leases set fence = fence + 1 where import_id = $1", Refusal),
        ("update imports set state = 'CANCELLED' where id = $1", Cancelled),
    ):
        job = await looking.job()
        batch = await UnchangedRows(job).found(await batch_of(job, plain_row()))
        assert batch.planned == []
        await looking.connection.execute(statement, job.import_id)
        with pytest.raises(error):
            await PerBatchWriter(job).save(batch)
        written = await looking.connection.fetchval(
            "select count(*) from import_batches where import_id = $1", job.import_id
        )
        assert written == 0


async def test_rows_behind_a_stop_count_as_never_read(looking: Looking) -> None:
    """As any row; the one too many and those before it are answered."""
    rows = [plain_row(number) for number in range(6)]
    ids = await looking.filled(*rows)
    failing = {**rows[2], "first_name": ""}
    job = await looking.job(max_failed_rows=0)
    batch = await batch_of(job, rows[0], {**rows[1], "last_name": "Else"}, failing, *rows[3:])
    batch = await UnchangedRows(job).found(batch)
    result = await PerBatchWriter(job).save(batch)
    assert result.stop
    assert list(result.answers.lines) == [2, 3, 4]
    assert list(result.answers.outcomes) == [
        Outcome.UNCHANGED,
        Outcome.UPDATED,
        Outcome.FAILED,
    ]
    assert list(result.answers.user_ids) == [ids["0"], ids["1"], 0]


async def test_what_is_unchanged_is_never_staged(cluster: Cluster) -> None:
    """P08: its import ends well where no temporary table can be made; without the look it fails."""
    url = await cluster.new_database()
    rows = [plain_row(number) for number in range(4)]
    connection = await asyncpg.connect(url)
    async with open_app(Settings(database_url=url)) as app:
        looking = await new_looking(app, connection)
        await looking.filled(*rows)
    name = await connection.fetchval("select current_database()")
    await connection.execute(f"revoke temporary on database {name} from public, rollbook_app")
    try:
        async with open_app(Settings(database_url=url)) as app:
            looking.app = app
            again = await looking.outcomes(*rows)
            assert again == dict.fromkeys(range(2, 6), "UNCHANGED")
            with pytest.raises(Refusal) as refused:
                await looking.outcomes(*rows[:3], plain_row(4))
            assert refused.value.reason is Reason.INTERNAL_ERROR
        async with open_app(Settings(database_url=url, look_from_rows=0)) as app:
            looking.app = app
            with pytest.raises(Refusal) as refused:
                await looking.outcomes(*rows)
            assert refused.value.reason is Reason.INTERNAL_ERROR
    finally:
        await connection.close()
