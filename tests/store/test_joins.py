"""Statements of a batch read as many rows as the batch has, whatever the directory has.

A batch knows no hash and no merge joins. So a join that is not an index look-up reads one side
once for each row of the other: at 5,000 new locations, 25 million pairs under the lock.
"""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any, NamedTuple
from uuid import UUID

import pytest
import pytest_asyncio

from rollbook.model import Outcome
from rollbook.settings import Settings
from rollbook.store import Connection, Database, directories, full_sync, staging
from rollbook.store import parked as store
from rollbook.store.full_sync import Named
from rollbook.store.staging import Target
from rollbook.store.statements import sql

_ROWS = 1_000
_LOCATIONS = 20_000
_A_ROW = 60
"""Rows that a statement may read or pass up, all its steps together, for each row of the batch."""

_NAMES = """
    insert into {table} (directory_id, name, name_key)
    select $1, 'old ' || n, 'old ' || n from generate_series(1, $2::integer) as n
"""


_USERS = """
    insert into users (
        directory_id, employee_number, number_key, email, email_key, username, username_key, role_id
    )
    select $1, n.key, n.key, n.key, n.key, n.key, n.key, $2
    from (select 'other ' || n from generate_series(1, 10000) as n) as n (key)
"""


_FILLS_PARKED = ("staging/wants", "staging/changed_keep")


class _Explained(Exception):
    """Undoes what a statement has done, for the statements after it."""


class Statement(NamedTuple):
    """A statement of `store/sql`, and what it is asked with."""

    name: str
    arguments: tuple[Any, ...]


class Batch:
    """Staged rows, each of another user, location and unit; half of them are known."""

    def __init__(self, database: Database, directory: int, role: int):
        self.database, self.directory, self.role = database, directory, role
        self.keys = [f"n{i}" for i in range(_ROWS)]

    @property
    def columns(self) -> dict[str, list[object]]:
        """As they are staged."""
        emails: list[object] = [f"{key}@example.org" for key in self.keys]
        ids: list[object] = list(range(1, _ROWS + 1))
        return {
            "pos": list(range(_ROWS)),
            "employee_number": [*self.keys],
            "number_key": [*self.keys],
            **dict.fromkeys(("email", "email_key", "username", "username_key"), emails),
            **dict.fromkeys(("location_id", "unit_id"), ids),
        }

    async def stage(self, connection: Connection, *, parked: bool) -> None:
        """Stage the rows; `parked`: as a piece of rows that were, with all that is noted of it."""
        await store.prepare(connection)
        await staging.stage(connection, self.columns)
        if parked:
            target = Target(self.directory, UUID(int=1), "hr", "admin", username_follows=False)
            deeds = bytes([Outcome.UPDATED]) * _ROWS
            await store.keep(connection, target, self.role, list(range(_ROWS)), deeds, 0)
            await store.keep_changes(connection, target, deeds, self.role)

    async def sync_up_to(self, connection: Connection, name: str) -> None:
        """Do what a full sync does before that statement; nothing, if it is none of a sync."""
        names = [one.name for one in self.of_sync()]
        if name in names:
            await full_sync.create(connection)
            await full_sync.name_users(connection, self.named)
            await connection.execute(sql("full_sync/missing"), self.directory, "hr", (), ())
            for before in [*self.of_sync()][1 : names.index(name)]:
                await connection.execute(sql(before.name), *before.arguments)

    def statements(self) -> Iterator[Statement]:
        """Those of a batch's transaction that join, or might."""
        positions = list(range(_ROWS))
        created = bytes(_ROWS // 2) + bytes([Outcome.CREATED]) * (_ROWS // 2)
        updated = bytes([Outcome.UPDATED]) * _ROWS
        rules = (self.directory, False, self.role, "hr")
        ids = list(range(1, _LOCATIONS + 1, _LOCATIONS // _ROWS))
        new = [f"new {key}" for key in self.keys]
        known = [f"old {i}" for i in ids]
        yield Statement("staging/spare", (self.directory, positions))
        yield Statement("staging/match", (*rules, (), (), 64))
        yield Statement("staging/holders", rules)
        yield Statement("staging/held", (self.directory, positions))
        yield Statement("staging/changes", (*rules, updated))
        yield Statement("staging/places", (ids, ids))
        yield Statement("staging/insert", (*rules, created, UUID(int=1), "hr"))
        yield Statement("staging/update", (*rules, updated, UUID(int=1), "admin"))
        yield Statement("staging/wants", (*rules, 0, positions, updated))
        yield Statement("staging/contest", ())
        yield Statement("staging/parked_stage", (updated,))
        yield Statement("staging/parked_insert", (*rules, created, UUID(int=1), "hr"))
        yield Statement("staging/changed_keep", (*rules, updated))
        yield Statement("staging/changed_kept", (positions,))
        yield Statement("staging/wants_holders", (positions,))
        yield Statement("staging/made_users", (self.directory, self.keys))
        yield Statement("directories/names_gone", (self.directory, ids, ids, ids))
        yield Statement("directories/locations_by_key", (self.directory, known))
        yield Statement("directories/units_by_key", (self.directory, known))
        yield Statement("directories/locations_make", (self.directory, new, new))
        yield Statement("directories/units_make", (self.directory, new, new))
        for name, keys in (
            ("emails_owners", self.columns["email_key"]),
            ("users_current", self.keys),
        ):
            yield Statement(f"users/{name}", (self.directory, keys))

    def of_look(self) -> Iterator[Statement]:
        """Those of the look before the turn."""
        compared = (self.directory, ["email", "location_id", "phone"], (), True, True)
        between = min(self.keys), max(self.keys), 2 * _ROWS + 1
        yield Statement("staging/stored_keys", (*compared, self.keys))
        yield Statement("staging/stored_range", (*compared, *between))

    def of_sync(self) -> Iterator[Statement]:
        """Those of a full sync, one after the other."""
        some = (self.directory, "hr", (), ())
        row = [*zip(*self.named, strict=True)]
        yield Statement("full_sync/in_doubt", (*some, *row[1:]))
        yield Statement("full_sync/doubts", (self.directory,))
        yield Statement("full_sync/doubts_of", (row[0],))
        yield Statement("full_sync/sure", ())
        yield Statement("full_sync/let_go", (self.directory, "hr", UUID(int=1), "admin"))

    @property
    def named(self) -> list[Named]:
        """Rows of new numbers, half of them with the e-mail of a user who is missing."""
        emails = self.columns["email_key"]
        return [Named(n, f"x{n}", str(key), str(key), False, True) for n, key in enumerate(emails)]


@pytest_asyncio.fixture(scope="module")
async def batch(database_url: str) -> AsyncIterator[Batch]:
    """A directory of many locations and units, none of it analysed, and half of the users."""
    database = await Database.open(Settings(database_url=database_url))
    async with database.as_owner().connection() as connection:
        for name in ("other", "main"):
            directory = await directories.make_directory(connection, name, "")
        assert directory
        role = await connection.fetchval(
            "select id from roles where directory_id = $1 and is_default", directory
        )
        for table in ("locations", "organizational_units"):
            await connection.execute(_NAMES.format(table=table), directory, _LOCATIONS)
        await connection.execute(
            "insert into location_names (directory_id, name_key, location_id, name)"
            " select directory_id, name_key, id, name from locations"
        )
        # Planned while the table is small, any index that begins with the directory would do.
        await connection.execute(_USERS, directory, role)
    made = Batch(database, directory, role)
    target = Target(directory, UUID(int=1), "hr", "admin", username_follows=False)
    async with database.within(directory).batch(idle_timeout_s=30) as connection:
        await staging.stage(connection, made.columns)
        created = bytes([Outcome.CREATED]) * (_ROWS // 2) + bytes(_ROWS // 2)
        await staging.insert(connection, target, created, role)
    yield made
    await database.close()


_NO_BATCH = Batch(None, 0, 0)  # type: ignore[arg-type]
_STATEMENTS = [
    one.name for one in (*_NO_BATCH.statements(), *_NO_BATCH.of_look(), *_NO_BATCH.of_sync())
]


@pytest.mark.parametrize("name", _STATEMENTS)
async def test_a_statement_of_a_batch_reads_in_proportion_to_it(batch: Batch, name: str) -> None:
    """The rows of all steps of its plan, as it ran, are a few for each row of the batch."""
    every = (*batch.statements(), *batch.of_look(), *batch.of_sync())
    (statement,) = [one for one in every if one.name == name]
    tenant = batch.database.within(batch.directory)
    with suppress(_Explained):
        async with tenant.batch(idle_timeout_s=30) as connection:
            await batch.stage(connection, parked=name not in _FILLS_PARKED)
            await batch.sync_up_to(connection, name)
            answer = await connection.fetchval(
                f"explain (analyze, format json) {sql(name)}", *statement.arguments
            )
            raise _Explained
    (explained,) = json.loads(answer)
    steps = list(_read(explained["Plan"]))
    assert sum(read for _, read in steps) < _A_ROW * _ROWS, "\n".join(map(str, steps))


def _read(step: dict[str, Any]) -> Iterator[tuple[str, float]]:
    """The rows that each step looked at, whether it passed them up or not."""
    rows = step["Actual Rows"]
    rows += step.get("Rows Removed by Filter", 0) + step.get("Rows Removed by Join Filter", 0)
    yield (
        f"{step['Node Type']} {step.get('Index Name', step.get('Relation Name', ''))}",
        rows * step["Actual Loops"],
    )
    for below in step.get("Plans", ()):
        yield from _read(below)
