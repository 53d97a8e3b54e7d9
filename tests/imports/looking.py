"""A directory whose users are looked at before a batch's turn, and batches as a writer has them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import asyncpg

from rollbook.checking import Checker
from rollbook.context import AppContext
from rollbook.imports.job.job import Job
from rollbook.imports.rows.ready_batch import ReadyBatch, ready
from rollbook.imports.rows.resolve_names import name
from rollbook.imports.rows.unchanged import UnchangedRows
from rollbook.imports.run import run
from rollbook.model import Answers, CheckedBatch, Commit, Field, FileRows, Kind, Options
from tests.imports.jobs import opened, parts

OLD, NEW = 0, 1
Row = Mapping[str, str]

_CELLS = {
    Kind.EMAIL: "u{number}.{which}@example.org",
    Kind.USERNAME: "user-{number}-{which}",
    Kind.PERSON_NAME: "Name {word}",
    Kind.TEXT: "{field} {which}",
    Kind.PHONE: "+41 44 555 01 0{which}",
    Kind.REFERENCE: "{field} {which}",
    Kind.BOOLEAN: "{which}",
}


def cell(field: Field, which: int = OLD, number: int = 1) -> str:
    """What a row has in that field: the old text, or the new one."""
    form = _CELLS[field.traits.kind]
    return form.format(field=field.value, which=which, number=number, word="AB"[which])


def plain_row(number: int = 1, /, **cells: str) -> dict[str, str]:
    """A row of the required fields and some others."""
    required = {
        field.value: cell(field, OLD, number)
        for field in (Field.EMAIL, Field.FIRST_NAME, Field.LAST_NAME)
    }
    return {"employee_number": str(number), **required, **cells}


def content_of(rows: Sequence[Row]) -> bytes:
    """The rows as a file."""
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    return "".join(f"{line}\n" for line in lines).encode()


@dataclass(slots=True)
class Looking:
    """A directory with two of everything that a field may name; its name, and its number."""

    app: AppContext
    connection: "asyncpg.Connection[asyncpg.Record]"
    name: str
    id: int

    async def job(self, **options: Any) -> Job:
        """A new import with these options."""
        commit = options.get("commit", Commit.PER_BATCH)
        job = await opened(self.app, commit, self.name)
        return replace(job, options=Options(**options))

    async def filled(self, *rows: Row, **options: Any) -> dict[str, int]:
        """Import the rows; the ids of the users there are then, by number."""
        async for _ in run(await self.job(**options), parts(content_of(rows))):
            pass
        found = await self.connection.fetch(
            "select employee_number, id from users where directory_id = $1", self.id
        )
        return {row["employee_number"]: row["id"] for row in found}

    async def found(self, *rows: Row, **options: Any) -> list[int]:
        """By row, the user of whom a look says that nothing changes; 0: it does not say so."""
        job = await self.job(**options)
        return unchanged(await UnchangedRows(job).found(await batch_of(job, *rows)))

    async def outcomes(self, *rows: Row, **options: Any) -> dict[int, str]:
        """Import the rows the whole way; the outcome of each line."""
        told: dict[int, str] = {}
        async for event in run(await self.job(**options), parts(content_of(rows))):
            if isinstance(event, Answers):
                names = (outcome.name for outcome in event.outcomes)
                told |= dict(zip(event.lines, names, strict=True))
        return told

    async def set(self, change: str, *arguments: object) -> None:
        """Change all users by another way than an import."""
        await self.connection.execute(
            f"update users set {change} where directory_id = $1", self.id, *arguments
        )


async def new_looking(app: AppContext, connection: Any) -> Looking:
    """A new directory, whose roles, locations and units are called as the cells of `cell`."""
    job = await opened(app, Commit.NONE)
    made = Looking(app, connection, job.directory.name, job.directory.id)
    for field, table, names in (
        (Field.ROLE, "roles", "role_names"),
        (Field.LOCATION, "locations", "location_names"),
        (Field.ORGANIZATIONAL_UNIT, "organizational_units", ""),
    ):
        for text in (cell(field, OLD), cell(field, NEW)):
            id_ = await connection.fetchval(
                f"insert into {table} (directory_id, name, name_key) values ($1, $2, $2)"
                " returning id",
                made.id,
                text,
            )
            if names:
                await connection.execute(
                    f"insert into {names} (directory_id, name_key, {field}_id, name)"
                    " values ($1, $2, $3, $2)",
                    made.id,
                    text,
                    id_,
                )
    return made


async def batch_of(job: Job, *rows: Row, **more: Any) -> ReadyBatch:
    """The rows as a writer takes them; `more` is true of the batch as checked."""
    names = dict.fromkeys(name for row in rows for name in row)
    read = FileRows(
        lines=range(2, 2 + len(rows)),
        first=1,
        columns={name: [row.get(name) for row in rows] for name in names},
        raw=[[row.get(name, "") for name in names] for row in rows],
    )
    checked: CheckedBatch = Checker(job.profile, job.options, job.app.settings).check(read)
    return ready(await name(job, replace(checked, **more)), job.profile, ())


def unchanged(batch: ReadyBatch) -> list[int]:
    """By row, the user that is unchanged; 0: it is still to be planned."""
    return list(batch.unchanged or [0] * len(batch.staged))
