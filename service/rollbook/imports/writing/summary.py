"""Makes, stores and reads the summary of an import: counts, state and reason."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from rollbook.credentials.sending import missing
from rollbook.imports.issue_messages import (
    PASSWORD_COLUMN_READ,
    attribute_not_read,
    mail_not_configured,
)
from rollbook.imports.job.held_lease import short
from rollbook.imports.job.job import Job
from rollbook.imports.planning.limits import Stop
from rollbook.imports.planning.notices import MAIL_OF
from rollbook.imports.planning.tally import Tally
from rollbook.imports.writing.commit_in_doubt import settle
from rollbook.model import Column, Field, FirstPassword, Issue, State
from rollbook.store import Connection, StoreError, imports
from rollbook.store.health import analyze_users
from rollbook.store.imports import ImportRow
from rollbook.store.packing import warning_as_json, warning_from_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What became of an import.

    `stopped_by` '' where nothing stopped it; `stop`: by which rule of its own, None where by none.
    `digest` is a staged import's plan's, else empty.
    """

    import_id: UUID
    state: State
    tally: Tally
    warnings: tuple[Issue, ...] = ()
    stopped_by: str = ""
    stopped_line: int = 0
    stop: Stop | None = None
    digest: bytes = b""


def stored_summary(row: ImportRow) -> Summary:
    """The summary of an import as it was stored."""
    return Summary(
        import_id=row.id,
        state=row.state,
        tally=Tally.from_json(row.counts),
        warnings=tuple(map(warning_from_json, row.warnings)),
        stopped_by=row.stopped_by,
        stopped_line=row.stopped_line,
        stop=Stop.from_json(row.safeguard, row.stopped_line) if row.safeguard else None,
        digest=row.digest,
    )


def option_warnings(job: Job) -> tuple[Issue, ...]:
    """The warnings that the import's options earn at this server."""
    notify = job.options.notify
    lacking = missing(job.app.settings, job.app.plugins, MAIL_OF[notify])
    return (mail_not_configured(notify, lacking),) if lacking else ()


def column_warnings(job: Job, columns: Sequence[Column]) -> tuple[Issue, ...]:
    """What the columns of a file earn: the reminder of its passwords, attributes left unread."""
    reads = job.options.first_password is FirstPassword.FROM_FILE
    there = any(column.field == Field.PASSWORD for column in columns)
    passwords = (PASSWORD_COLUMN_READ,) if reads and there else ()
    return passwords + _attribute_warnings(job, columns)


def _attribute_warnings(job: Job, columns: Sequence[Column]) -> tuple[Issue, ...]:
    """The ignored columns that a plugin would read as attributes: it gets no value of them."""
    wanted = {_folded(name): name for name in sorted(job.app.plugins.attributes)}
    fed = {column.field for column in columns}
    return tuple(
        attribute_not_read(name, column.header)
        for column in columns
        if not column.field and (name := wanted.get(_folded(column.header)))
        if f"attributes.{name}" not in fed
    )


def with_late(warnings: Sequence[Issue], late: Sequence[Issue]) -> tuple[Issue, ...]:
    """The warnings with those of the end of the file, which stand for earlier ones of a column."""
    anew = {(issue.code, issue.params.get("column")): issue for issue in late}
    kept = [anew.pop((issue.code, issue.params.get("column")), issue) for issue in warnings]
    return (*kept, *anew.values())


def _folded(header: str) -> str:
    """Case, spaces and separators do not count, as in headers."""
    return "".join(character for character in header.casefold() if character.isalnum())


async def close(job: Job, summary: Summary) -> None:
    """Store where the import stands now, its counts and its reason.

    Raises:
        Cancelled: it was meanwhile, so that it stands there.
        Refusal: STORAGE_FULL, SERVER_DRAINING.
    """

    async def attempt(_conflicts: int) -> None:
        async with short(job) as connection:
            closed = await imports.close_import(
                connection,
                directory_id=job.directory.id,
                import_id=job.import_id,
                state=summary.state,
                stopped_by=summary.stopped_by,
                stopped_line=summary.stopped_line,
                safeguard=summary.stop.as_json() if summary.stop else None,
                counts=summary.tally.as_json(),
                warnings=[*map(warning_as_json, summary.warnings)],
                digest=summary.digest,
            )
        if not closed:
            raise imports.Cancelled

    async def never(_: Connection) -> bool:
        return False  # storing it twice does no harm

    await settle(job.database, attempt, never)
    job.app.errands.begin("analyze users", partial(_analyzed, job, summary))


async def _analyzed(job: Job, summary: Summary) -> None:
    """The planner can wait, and nobody waits for it: what ended has ended."""
    with suppress(StoreError):
        await analyze_users(job.app.database, summary.tally.created, job.active_at_start)
