"""Runs one example: fills a directory, imports a file through gRPC, and compares.

Nothing is faked: the server is a process of its own, and users are read from its database.
"""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import asyncpg

from rollbook.client import Client, Interrupted, StreamContent, import_options, new_import
from rollbook.errors import RollbookError
from rollbook.v1.imports_pb2 import ImportAccepted, ImportStart, ImportSummary, RowResults
from rollbook.v1.options_pb2 import ImportOptions
from rollbook.v1.results_pb2 import Outcome, RowResult
from tests.model.files import File
from tests.model.oracle import Directory, Options, User
from tests.model.oracle.keys import name_key

_TEXTS = (
    *("employee_number", "number_key", "email", "email_key", "username", "username_key"),
    *("first_name", "last_name", "name", "job_title", "department", "phone", "status", "source"),
)
_TRUTHS = ("role_locked", "location_locked", "protected")


@dataclass(kw_only=True)
class Answer:
    """All answers of a server to one import."""

    import_id: str
    results: list[RowResult] = field(default_factory=list)
    summary: ImportSummary | None = None
    error: RollbookError | None = None
    accepted: ImportAccepted | None = None
    interruptions: int = 0


def wire_options(options: Options, **more: object) -> ImportOptions:
    """The options as a client sends them: only what is not the profile's."""
    told: dict[str, object] = {**options.told(), **more}
    if "only_lines" in told:
        told["only_lines"] = ",".join(f"{a}-{b}" for a, b in options.only_lines)
    if "columns" in told:
        told["columns"] = dict(options.columns)
    return import_options(**told)  # type: ignore[arg-type]


async def importing(
    client: Client, directory: str, file: File, options: Options, *, source: str = ""
) -> Answer:
    """Import the file, chunk by chunk, and collect what comes back."""
    start = new_import(directory, options=wire_options(options), source=source)
    return await sent(client, start, file)


async def importing_rows(
    client: Client, directory: str, rows: Sequence[Mapping[str, str]], options: Options
) -> Answer:
    """Import rows that came as fields."""
    start = new_import(directory, options=wire_options(options))
    answer = Answer(import_id=start.import_id)
    try:
        async for event in client.upload_rows(rows, start):
            collect(answer, event)
    except RollbookError as error:
        answer.error = error
    return answer


async def sent(client: Client, start: ImportStart, file: File) -> Answer:
    """As `importing`, with a `start` of one's own."""
    answer = Answer(import_id=start.import_id)
    try:
        async for event in client.upload(StreamContent(_chunks(file)), start):
            collect(answer, event)
    except RollbookError as error:
        answer.error = error
    return answer


def collect(answer: Answer, event: object) -> None:
    """Note one event."""
    match event:
        case RowResults():
            answer.results += event.results
        case ImportSummary():
            answer.summary = event
        case ImportAccepted():
            answer.accepted = event
        case Interrupted():
            answer.interruptions += 1


async def _chunks(file: File) -> AsyncIterator[bytes]:
    for at, chunk in enumerate(file.chunks):
        yield chunk
        if at in file.pauses:
            await asyncio.sleep(0.008)


async def put(connection: asyncpg.Connection, directory: Directory) -> str:
    """Make the directory in the database; its name."""
    name = f"m-{uuid.uuid4().hex[:12]}"
    async with connection.transaction():
        directory_id = await connection.fetchval(
            "insert into directories"
            " (name, seats, active_users, max_email_percent, max_role_percent)"
            " values ($1, $2, $3, $4, $5) returning id",
            name,
            directory.seats,
            sum(user.status == "active" for user in directory.users.values()),
            directory.safeguards.emails_percent,
            directory.safeguards.roles_percent,
        )
        roles = await _put_roles(connection, directory_id, directory)
        places = await _put_places(connection, directory_id, directory)
        units = await _put_units(connection, directory_id, directory)
        rows = [
            (
                directory_id,
                *(getattr(user, column) for column in (*_TEXTS, *_TRUTHS)),
                user.change_password_next_time,
                json.dumps(dict(user.attributes)),
                roles[user.role],
                places.get(user.location, 0),
                units.get(user.organizational_unit, 0),
                None if user.sources == _of(user.source) else list(user.sources),
            )
            for user in directory.users.values()
        ]
        columns = (
            *("directory_id", *_TEXTS, *_TRUTHS, "must_change_password", "attributes"),
            *("role_id", "location_id", "unit_id", "sources"),
        )
        slots = ", ".join(f"${at}" for at in range(1, len(columns) + 1))
        await connection.executemany(
            f"insert into users ({', '.join(columns)}) values ({slots})", rows
        )
    return name


async def _put_roles(
    connection: asyncpg.Connection, directory_id: int, directory: Directory
) -> dict[str, int]:
    ids: dict[str, int] = {}
    for role in directory.roles:
        ids[role.name] = await connection.fetchval(
            "insert into roles (directory_id, name, name_key, is_default)"
            " values ($1, $2, $3, $4) returning id",
            directory_id,
            role.name,
            name_key(role.name),
            role.name == directory.default_role,
        )
        await connection.executemany(
            "insert into role_names (directory_id, name_key, role_id, name)"
            " values ($1, $2, $3, $4)",
            [
                (directory_id, name_key(text), ids[role.name], text)
                for text in (role.name, *role.aliases)
            ],
        )
    return ids


async def _put_places(
    connection: asyncpg.Connection, directory_id: int, directory: Directory
) -> dict[str, int]:
    ids: dict[str, int] = {}
    for place in directory.locations:
        ids[place.name] = await connection.fetchval(
            "insert into locations (directory_id, name, name_key, code, code_key)"
            " values ($1, $2, $3, $4, $5) returning id",
            directory_id,
            place.name,
            name_key(place.name),
            place.code,
            name_key(place.code) or None,
        )
        meant = {name_key(t): t for t in (*place.aliases, place.code, place.name) if t}
        await connection.executemany(
            "insert into location_names (directory_id, name_key, location_id, name)"
            " values ($1, $2, $3, $4)",
            [(directory_id, key, ids[place.name], text) for key, text in meant.items()],
        )
    return ids


async def _put_units(
    connection: asyncpg.Connection, directory_id: int, directory: Directory
) -> dict[str, int]:
    return {
        unit: await connection.fetchval(
            "insert into organizational_units (directory_id, name, name_key)"
            " values ($1, $2, $3) returning id",
            directory_id,
            unit,
            name_key(unit),
        )
        for unit in directory.units
    }


async def got(connection: asyncpg.Connection, name: str, before: Directory) -> Directory:
    """The directory as it stands in the database; roles are never changed by an import."""
    found = await connection.fetch(
        "select u.*, r.name as role, coalesce(l.name, '') as location,"
        " coalesce(o.name, '') as organizational_unit"
        " from users as u join directories as d on d.id = u.directory_id"
        " left join roles as r on r.directory_id = d.id and r.id = u.role_id"
        " left join locations as l on l.directory_id = d.id and l.id = u.location_id"
        " left join organizational_units as o on o.directory_id = d.id and o.id = u.unit_id"
        " where d.name = $1",
        name,
    )
    users = {row["number_key"]: _user(row) for row in found}
    assert len(users) == len(found)
    return replace(before, users=users)


def _user(row: asyncpg.Record) -> User:
    places = ("role", "location", "organizational_unit")
    return User(
        **{column: row[column] for column in (*_TEXTS, *_TRUTHS, *places)},
        change_password_next_time=row["must_change_password"],
        attributes=tuple(sorted(json.loads(row["attributes"]).items())),
        sources=_of(row["source"]) if row["sources"] is None else tuple(row["sources"]),
    )


def _of(source: str) -> tuple[str, ...]:
    """The sources of a user who has none but where they came from."""
    return () if source == "by hand" else (source,)


async def versions_in(connection: asyncpg.Connection, name: str) -> dict[str, tuple[int, int]]:
    """By number key: which row version of the table each user is, and its own count of versions."""
    found = await connection.fetch(
        "select u.number_key, u.xmin::text::bigint as xmin, u.version from users as u"
        " join directories as d on d.id = u.directory_id where d.name = $1",
        name,
    )
    return {row["number_key"]: (row["xmin"], row["version"]) for row in found}


async def names_in(connection: asyncpg.Connection, name: str, table: str) -> list[str]:
    """The names of the locations or units of a directory."""
    found: Sequence[asyncpg.Record] = await connection.fetch(
        f"select t.name from {table} as t join directories as d on d.id = t.directory_id"
        " where d.name = $1",
        name,
    )
    return sorted(row["name"] for row in found)


def outcome_of(result: RowResult) -> str:
    return Outcome.Name(result.outcome).removeprefix("OUTCOME_")
