"""Rows of each kind that is swept, of whatever age, and what is left of them."""

import uuid
from collections import Counter
from dataclasses import dataclass, field

import asyncpg

from rollbook.store.directories import make_directory

HANGING = ("import_rows", "import_failures", "import_issues", "import_batches", "import_leases")
_HANGING = {
    "import_rows": "(directory_id, import_id, kind, number, packed) select $1, $2, 'parked', n, ''",
    "import_failures": "(directory_id, import_id, first_line, plan, number, packed)"
    " select $1, $2, n, 0, n, ''",
    "import_issues": "(directory_id, import_id, line, position, row, code, field, message)"
    " select $1, $2, n, 0, n, 'invalid_email', 'email', ''",
    "import_batches": "(directory_id, import_id, number, first_line, last_line, rows,"
    " content_offset, content_digest, results, counts) select $1, $2, n, n, n, 1, 0, '', '', '{}'",
    "import_leases": "(directory_id, import_id, owner, fence, expires_at)"
    " select $1, $2, 'gone', 1, now() - interval '1 second' where $3 > 0",
}


@dataclass
class Retained:
    """A connection that sees all directories, and puts aged rows into them."""

    connection: "asyncpg.Connection[asyncpg.Record]"
    directories: list[int] = field(default_factory=list)

    async def new_directory(self) -> int:
        """The id of a new directory."""
        name = f"d-{uuid.uuid4().hex[:12]}"
        made = await make_directory(self.connection, name, name)
        assert made
        self.directories.append(made)
        return made

    async def age(self, import_id: uuid.UUID | str, age: str) -> None:
        """Let an import have begun, and last gone on, so long ago."""
        await self.connection.execute(
            "update imports set created_at = now() - $2::text::interval,"
            " updated_at = now() - $2::text::interval where id = $1",
            uuid.UUID(str(import_id)),
            age,
        )

    async def an_import(
        self, directory_id: int, age: str, *, state: str = "COMPLETED", hanging: int = 3
    ) -> uuid.UUID:
        """An import of that age from which so many rows of each kind hang."""
        made = uuid.uuid4()
        await self.connection.execute(
            "insert into imports (directory_id, id, principal, profile, source, options, state)"
            " values ($1, $2, 'p', 'default', '', '{}', $3)",
            directory_id,
            made,
            state,
        )
        for table, rows in _HANGING.items():
            series = "" if table == "import_leases" else " from generate_series(1, $3::integer) n"
            await self.connection.execute(
                f"insert into {table} {rows}{series}", directory_id, made, hanging
            )
        await self.age(made, age)
        return made

    async def left(self, import_id: uuid.UUID) -> dict[str, int]:
        """How many rows of each kind are left of it, by table; of the lease, too."""
        found = {}
        for table, key in [("imports", "id"), *((table, "import_id") for table in HANGING)]:
            asked = f"select count(*) from {table} where {key} = $1"
            if count := await self.connection.fetchval(asked, import_id):
                found[table] = count
        return found

    async def a_notice(self, directory_id: int, age: str, state: str) -> int:
        """A notice that was claimed, and settled unless it is pending, so long ago."""
        made: int = await self.connection.fetchval(
            "insert into notices (directory_id, user_id, event, mail, state, claimed_at,"
            " settled_at) values ($1, 1, 'created', 'none', $3, now() - $2::text::interval,"
            " case when $3 <> 'pending' then now() - $2::text::interval end) returning id",
            directory_id,
            age,
            state,
        )
        return made

    async def a_token(self, principal: str, expired: str, revoked: str | None) -> None:
        """A token that expired, and perhaps was revoked, so long ago."""
        await self.connection.execute(
            "insert into access_tokens (hash, principal, scopes, created_by, expires_at,"
            " revoked_at) values ($1, $2, '{}', $2, now() - $3::text::interval,"
            " now() - $4::text::interval)",
            uuid.uuid4().bytes,
            principal,
            expired,
            revoked,
        )

    async def a_session(self, principal: str, expired: str, ended: str | None) -> None:
        """A session that expired, and perhaps was ended, so long ago."""
        await self.connection.execute(
            "insert into sessions (hash, token_hash, principal, expires_at, ended_at)"
            " values ($1, $1, $2, now() - $3::text::interval, now() - $4::text::interval)",
            uuid.uuid4().bytes,
            principal,
            expired,
            ended,
        )

    async def sessions(self) -> set[str]:
        """Whose sessions are left."""
        found = await self.connection.fetch("select principal from sessions")
        return {row["principal"] for row in found}

    async def tokens(self) -> set[str]:
        """Whose tokens are left."""
        found = await self.connection.fetch("select principal from access_tokens")
        return {row["principal"] for row in found}

    async def due(self) -> None:
        """Let the next sweep be due."""
        await self.connection.execute("update sweep_turn set until = '-infinity'")

    async def count_deletions(self, table: str) -> None:
        """From now on note how many rows each statement deletes from a table."""
        await self.connection.execute(
            "create table deletions (rows integer not null);"
            "grant insert on deletions to public;"
            "create function note_deletion() returns trigger language plpgsql as"
            " $$begin insert into deletions select count(*) from gone; return null; end$$;"
            f"create trigger noted after delete on {table} referencing old table as gone"
            " for each statement execute function note_deletion()"
        )

    async def deletions(self) -> Counter[int]:
        """How many rows were deleted by a statement, and how often."""
        found = await self.connection.fetch("select rows from deletions where rows > 0")
        return Counter(row["rows"] for row in found)
