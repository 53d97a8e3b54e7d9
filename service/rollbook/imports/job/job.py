"""The job of one import: its owner, directory, source, options and rights."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar
from uuid import UUID

from rollbook.access import Caller, Ceiling
from rollbook.context import AppContext
from rollbook.hooks import Directory, Dispatcher, Place
from rollbook.model import Commit, Field, MissingUsers, Options, State
from rollbook.profiles import Profile
from rollbook.store import Connection, TenantDatabase, imports, locations, roles
from rollbook.store.imports import ImportRow, Reaches
from rollbook.store.leases import Lease
from rollbook.store.ledger import Reached
from rollbook.store.locations import LocationRow
from rollbook.store.name_lookup import DirectoryRow
from rollbook.store.roles import RoleRow
from rollbook.store.staging import Guarded, Room, Target
from rollbook.users.policy import beyond


class Overlap:
    """Shared by the two ends of one pipeline. `writing`: a batch is with the writer.

    `in_turn`: it has the directory's turn, or waits for it only briefly.
    """

    def __init__(self) -> None:
        self.writing = False
        self.in_turn = False

    @contextmanager
    def saving(self) -> Iterator[None]:
        """Within it a batch is with the writer: the reader has time to fill the next one."""
        self.writing = True
        try:
            yield
        finally:
            self.writing = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One import. `dispatcher` counts its plugins' failures; `reached` is where it goes on.

    `ceiling` is the lowest of those who began it and who go on with it.
    `state` is where it stood before this call, RUNNING for a new one; `plan` the number of the
    plan in force, 0 for none.
    """

    app: AppContext
    import_id: UUID
    directory: DirectoryRow
    principal: str
    ceiling: Ceiling
    profile: Profile
    source: str
    options: Options
    dispatcher: Dispatcher
    lease: Lease
    active_at_start: int
    reached: Reached
    state: State
    plan: int = 0
    skip_results: bool = False
    results_after_line: int = 0
    overlap: Overlap = field(default_factory=Overlap)

    @property
    def answered(self) -> bool:
        """Whether the import had ended well before this call: then it is only answered again."""
        return self.state in (State.COMPLETED, State.PREVIEWED)

    @property
    def is_staged(self) -> bool:
        """Whether its rows are kept until `end`, and planned in one transaction."""
        return self.options.commit is not Commit.PER_BATCH

    @property
    def database(self) -> TenantDatabase:
        """The database, limited to the import's directory."""
        return self.app.database.within(self.directory.id, self.principal)

    @property
    def target(self) -> Target:
        """Where it writes."""
        return Target(
            directory_id=self.directory.id,
            import_id=self.import_id,
            source=self.source,
            principal=self.principal,
            username_follows=self.profile.identity.username is Field.EMAIL,
            syncs=self.options.missing_users is MissingUsers.SUSPEND,
        )


def job_of(  # noqa: PLR0913, PLR0917 -- what an import consists of, in one place
    app: AppContext,
    directory: DirectoryRow,
    profile: Profile,
    row: ImportRow,
    lease: Lease,
    reached: Reached,
    options: Options,
    *,
    skip_results: bool = False,
    results_after_line: int = 0,
) -> Job:
    """The job of a stored import that is ours; its options say what is the employee number."""
    within = app.database.within(directory.id)
    return Job(
        app=app,
        import_id=row.id,
        directory=directory,
        principal=row.principal,
        ceiling=ceiling_of(row),
        profile=profile.identified_by(options.identity),
        source=row.source,
        options=options,
        dispatcher=app.plugins.dispatcher(partial(directory_shown, within, directory, options)),
        lease=lease,
        active_at_start=row.active_at_start,
        reached=reached,
        state=row.state,
        plan=row.plan,
        skip_results=skip_results,
        results_after_line=results_after_line,
    )


def guarded(job: Job, room: Room) -> Guarded:
    """The users that the import may not change, and the roles that it may not grant."""
    return Guarded(*beyond(job.ceiling, room.privileged_roles))


def ceiling_of(row: ImportRow) -> Ceiling:
    """How high a stored import may reach."""
    return Ceiling(
        privileged=row.reaches_privileged,
        passwords=row.reaches_passwords,
        users=frozenset(row.caller_users),
    )


def reaches(ceiling: Ceiling) -> Reaches:
    """A ceiling as it is stored."""
    return Reaches(ceiling.privileged, ceiling.passwords, sorted(ceiling.users))


async def lowered(
    connection: Connection, directory_id: int, row: ImportRow, caller: Caller
) -> ImportRow:
    """The import, reaching no higher than the caller who goes on with it. Needs its lease."""
    before = ceiling_of(row)
    now = before.lowered(caller.ceiling)
    if now == before:
        return row
    await imports.lower(connection, directory_id, row.id, reaches(now))
    return await imports.get_import(connection, directory_id, row.id) or row


_A_PAGE = 1_000

R = TypeVar("R", RoleRow, LocationRow)


async def directory_shown(
    database: TenantDatabase, directory: DirectoryRow, options: Options
) -> Directory:
    """All the roles and locations of a directory, and what the import does with unknown ones.

    A location takes some 300 bytes, and 10 µs to read.

    Raises:
        Unavailable: the database stayed away.
    """
    there = await database.ask(lambda connection: _all(roles.page, connection, directory.id))
    places = await database.ask(lambda connection: _all(locations.page, connection, directory.id))
    return Directory(
        name=directory.name,
        roles=tuple(role.name.text for role in there),
        locations=tuple(map(_place, places)),
        unknown_role=options.unknown_role,
        unknown_location=options.unknown_location,
    )


async def _all(
    page: Callable[[Connection, int, str, int], Awaitable[Sequence[R]]],
    connection: Connection,
    directory_id: int,
) -> list[R]:
    """Every row of a list that comes in pages by key."""
    rows: list[R] = []
    while True:
        after = rows[-1].name.key if rows else ""
        found = await page(connection, directory_id, after, _A_PAGE)
        rows += found
        if len(found) < _A_PAGE:
            return rows


def _place(row: LocationRow) -> Place:
    return Place(
        row.name.text,
        row.code.text if row.code else "",
        tuple(alias.text for alias in row.aliases),
    )
