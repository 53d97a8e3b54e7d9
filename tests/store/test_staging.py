"""What a staged row does to its user, field by field: compared, reported, written, kept."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from rollbook.model import STORED, Field, Kind, Outcome
from rollbook.settings import Settings
from rollbook.store import Connection, Database, directories, users
from rollbook.store.staging import (
    CHANGED,
    FIELD_CHANGES,
    JOINS,
    LOCATION_LOCKED,
    REACTIVATES,
    ROLE_LOCKED,
    SUSPENDED_BY_SYNC,
    Guarded,
    Match,
    Target,
    changes,
    insert,
    match,
    stage,
    update,
)
from rollbook.store.statements import sql
from rollbook.store.users import Who

NOBODY_GUARDED = Guarded((), ())
CHANGING = [field for field in STORED if field is not Field.EMPLOYEE_NUMBER]
OLD, NEW = 0, 1
CREATED, UPDATED = bytes([Outcome.CREATED]), bytes([Outcome.UPDATED])
"""What becomes of a batch's only row."""


class Directory:
    """A directory with two of everything that a user's field may name, and users by number."""

    def __init__(self, database: Database, id_: int, ids: dict[Field, list[int]]):
        self._database = database
        self._ids = ids
        self.id = id_
        self.target = Target(id_, UUID(int=1), "hr", "admin", username_follows=False)

    def within(self) -> Any:
        """A transaction as a batch has it."""
        return self._database.within(self.id).batch(idle_timeout_s=30)

    @property
    def default_role(self) -> int:
        """The role of a new user whose row names none."""
        return self._ids[Field.ROLE][OLD]

    def value(self, field: Field, which: int, number: str) -> object:
        """What a row has in that field's column: the old one, or the new one."""
        if field.traits.kind is Kind.REFERENCE:
            return self._ids[field][which]
        if field.traits.kind is Kind.BOOLEAN:
            return bool(which)
        return f"{field}-{which}-{number}"

    def row(self, number: str, values: dict[Field, object]) -> dict[str, list[object]]:
        """One row as it is staged."""
        staged: dict[str, list[object]] = {field.column: [value] for field, value in values.items()}
        for key, field in (("email_key", Field.EMAIL), ("username_key", Field.USERNAME)):
            staged[key] = staged.get(field.column, [None])
        return {"pos": [0], "employee_number": [number], "number_key": [number], **staged}

    async def stage(self, connection: Connection, number: str, **values: object) -> Match:
        """Stage one row of that user, fields by name, and match it."""
        row = self.row(number, {Field(name): value for name, value in values.items()})
        await stage(connection, row)
        return await match(connection, self.target, NOBODY_GUARDED, self.default_role)

    async def user(self, number: str) -> None:
        """Make a user that has the old value of every field."""
        old = {field.value: self.value(field, OLD, number) for field in CHANGING}
        async with self.within() as connection:
            await self.stage(connection, number, **old)
            await insert(connection, self.target, CREATED, self.default_role)

    async def stored(self, number: str) -> users.UserRow:
        """The user as stored."""
        async with self._database.within(self.id).connection() as connection:
            found = await users.get(connection, self.id, Who(number_key=number))
        assert found
        return found

    async def kept(self) -> dict[str, list[object]]:
        """What the history keeps of the last change."""
        return json.loads(  # type: ignore[no-any-return]
            await self.set(
                "select changes from user_history where directory_id = $1"
                " order by version desc limit 1",
                self.id,
            )
        )

    async def set(self, statement: str, *arguments: object) -> Any:
        """Change what is there by other ways than an import, or look at it."""
        async with self._database.as_owner().connection() as connection:
            return await connection.fetchval(statement, *arguments)


@pytest_asyncio.fixture(scope="module")
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = await Database.open(Settings(database_url=database_url))
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def directory(database: Database) -> Directory:
    """A directory of this test's own."""
    name = f"d-{uuid4().hex[:12]}"
    ids: dict[Field, list[int]] = {}
    async with database.as_owner().connection() as connection:
        id_ = await directories.make_directory(connection, name, "")
        assert id_
        for field in STORED:
            for which in (OLD, NEW) if field.traits.names else ():
                made = await connection.fetchval(
                    f"insert into {field.traits.names} (directory_id, name, name_key)"
                    " values ($1, $2, $2) returning id",
                    id_,
                    name_of(field, which),
                )
                ids.setdefault(field, []).append(made)
    return Directory(database, id_, ids)


def name_of(field: Field, which: int) -> str:
    """The name of what an id in that field stands for."""
    return f"{field}-{which}"


def reported(field: Field, value: object, which: int) -> str:
    """A value as `changes` has it."""
    if field.traits.kind is Kind.REFERENCE:
        return name_of(field, which)
    return str(int(value)) if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("field", CHANGING)
async def test_a_changed_field_is_found_reported_kept_and_written(
    directory: Directory, field: Field
) -> None:
    """The match sees it, `changes` has old and new, history the old one; then nothing changes."""
    await directory.user("n1")
    old, new = (directory.value(field, which, "n1") for which in (OLD, NEW))
    async with directory.within() as connection:
        matched = await directory.stage(connection, "n1", **{field: new})
        found = await changes(connection, directory.target, UPDATED, directory.default_role)
        await update(connection, directory.target, UPDATED, directory.default_role)
    assert matched.bits == [CHANGED | FIELD_CHANGES.get(field, 0)]
    assert found == [(0, field, reported(field, old, OLD), reported(field, new, NEW))]
    row = await directory.stored("n1")
    assert row.fields[field] == (name_of(field, NEW) if field.traits.names else new)
    assert await directory.kept() == {field.column: [old, new]}
    async with directory.within() as connection:
        again = await directory.stage(connection, "n1", **{field: new})
        assert await changes(connection, directory.target, UPDATED, directory.default_role) == []
    assert again.bits == [0]


_NOT_KEPT = {
    # Who the user is, and what never changes.
    *("directory_id", "id", "employee_number", "number_key", "source"),
    *("created_import", "created_at"),
    # Those that follow from others.
    *("email_key", "username_key", "first_name_lower", "last_name_lower", "name_lower"),
    # What the history has beside the changes; and counts for links, which only grow.
    *("updated_import", "updated_at", "version", "account_version", "must_change_asked"),
}


@pytest.mark.parametrize("writer", ["staging/update", "users/user_set", "full_sync/let_go"])
async def test_history_knows_every_column_of_a_user(directory: Directory, writer: str) -> None:
    """Each writer of users keeps a change of it, or it is named here."""
    columns = await directory.set(
        "select array_agg(attname::text) from pg_attribute"
        " where attrelid = 'users'::regclass and attnum > 0 and not attisdropped"
    )
    kept = [column for column in columns if f"\n    '{column}', case " in sql(writer)]
    assert {*columns} == {*kept, *_NOT_KEPT, "attributes"}
    assert "'attributes.' || a.key, jsonb_build_array" in sql(writer)


async def test_history_keeps_the_attributes_that_change(directory: Directory) -> None:
    """Each by its name: null for none; those that stay are not kept again."""
    await directory.user("n1")
    for old, new in (
        ({}, {"badge": "1", "desk": "2", "a.b": "3"}),
        ({"badge": "1", "desk": "2", "a.b": "3"}, {"badge": "9", "desk": None, "floor": "4"}),
    ):
        async with directory.within() as connection:
            row = directory.row("n1", {}) | {"attributes": [json.dumps(new)]}
            await stage(connection, row)
            await update(connection, directory.target, UPDATED, directory.default_role)
        assert await directory.kept() == {
            f"attributes.{name}": [old.get(name), value] for name, value in new.items()
        }


@pytest.mark.parametrize("field", CHANGING)
async def test_a_new_users_fields_are_all_reported(directory: Directory, field: Field) -> None:
    """Their old values are empty; and what is stored is what was reported."""
    new = {one.value: directory.value(one, NEW, "n1") for one in CHANGING}
    async with directory.within() as connection:
        await directory.stage(connection, "n1", **new)
        found = await changes(connection, directory.target, UPDATED, directory.default_role)
        await insert(connection, directory.target, CREATED, directory.default_role)
    (change,) = [one for one in found if one[1] == field]
    assert change == (0, field, "", reported(field, new[field], NEW))
    stored = (await directory.stored("n1")).fields[field]
    assert stored == (name_of(field, NEW) if field.traits.names else new[field])


@pytest.mark.parametrize(
    ("lock", "field", "bit"),
    [
        ("role_locked", Field.ROLE, ROLE_LOCKED),
        ("location_locked", Field.LOCATION, LOCATION_LOCKED),
    ],
)
async def test_a_locked_field_stays(
    directory: Directory, lock: str, field: Field, bit: int
) -> None:
    """S42: the match reports that it would have changed, and the rest of the row is applied."""
    await directory.user("n1")
    await directory.set(f"update users set {lock} = true where directory_id = $1", directory.id)
    async with directory.within() as connection:
        wanted = {field.value: directory.value(field, NEW, "n1"), "department": "Ops"}
        matched = await directory.stage(connection, "n1", **wanted)
        found = await changes(connection, directory.target, UPDATED, directory.default_role)
        await update(connection, directory.target, UPDATED, directory.default_role)
    assert matched.bits[0] & (CHANGED | bit) == CHANGED | bit
    assert [one[1] for one in found] == [Field.DEPARTMENT]
    row = await directory.stored("n1")
    assert (row.fields[field], row.fields[Field.DEPARTMENT]) == (name_of(field, OLD), "Ops")


async def test_the_employee_number_stays_as_it_was_first_written(directory: Directory) -> None:
    """S35: another spelling of it is the same user, and changes nothing."""
    await directory.user("n1")
    async with directory.within() as connection:
        await stage(connection, {**directory.row("n1", {}), "employee_number": ["N1"]})
        matched = await match(connection, directory.target, NOBODY_GUARDED, directory.default_role)
        await update(connection, directory.target, UPDATED, directory.default_role)
    assert matched.bits == [0]
    assert (await directory.stored("n1")).fields[Field.EMPLOYEE_NUMBER] == "n1"


@pytest.mark.parametrize(
    ("sources", "syncs", "joined"),
    [
        ("null", True, "hr, crm"),
        ("array['hr', 'crm']", True, ""),
        ("array[]::text[]", True, "crm"),
        ("array['payroll']", True, "payroll, crm"),
        ("null", False, ""),
        ("array[]::text[]", False, ""),
    ],
)
async def test_a_full_sync_adds_its_source_once(
    directory: Directory, sources: str, *, syncs: bool, joined: str
) -> None:
    """Found, reported, written; then nothing changes. No other import adds one."""
    await directory.user("n1")
    await directory.set(
        f"update users set sources = {sources} where directory_id = $1", directory.id
    )
    before = await directory.stored("n1")
    directory.target = directory.target._replace(source="crm", syncs=syncs)
    async with directory.within() as connection:
        matched = await directory.stage(connection, "n1")
        found = await changes(connection, directory.target, UPDATED, directory.default_role)
        await update(connection, directory.target, UPDATED, directory.default_role)
    assert matched.bits == [JOINS if joined else 0]
    assert found == ([(0, "sources", ", ".join(before.sources), joined)] if joined else [])
    after = await directory.stored("n1")
    assert ", ".join(after.sources) == (joined or ", ".join(before.sources))
    expected = {"sources": [before.sources, after.sources]} if joined else {}
    assert await directory.kept() == expected
    async with directory.within() as connection:
        again = await directory.stage(connection, "n1")
    assert again.bits == [0]


@pytest.mark.parametrize("syncs", [True, False])
async def test_a_full_sync_alone_ends_what_a_sync_began(
    directory: Directory, *, syncs: bool
) -> None:
    """The status is a change like any other."""
    await directory.user("n1")
    await directory.set(
        "update users set status = 'suspended_by_sync', sources = '{}' where directory_id = $1",
        directory.id,
    )
    directory.target = directory.target._replace(source="crm", syncs=syncs)
    async with directory.within() as connection:
        matched = await directory.stage(connection, "n1")
        found = await changes(connection, directory.target, UPDATED, directory.default_role)
        await update(connection, directory.target, UPDATED, directory.default_role)
    ends = CHANGED | REACTIVATES | JOINS if syncs else 0
    assert matched.bits == [SUSPENDED_BY_SYNC | ends]
    said = [(0, "status", "suspended", "active"), (0, "sources", "", "crm")]
    assert found == (said if syncs else [])
    kept = {"status": ["suspended_by_sync", "active"], "sources": [[], ["crm"]]}
    assert await directory.kept() == (kept if syncs else {})
    assert (await directory.stored("n1")).status == ("active" if syncs else "suspended_by_sync")
