"""Writes one user by hand, as an import of one row under the rules of a file."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from rollbook.access import Caller, Scope
from rollbook.context import AppContext
from rollbook.directories.sources import BY_HAND
from rollbook.imports.job.job import Job
from rollbook.imports.logged import logged
from rollbook.imports.opening import Start, open_job
from rollbook.imports.rows.source import End, Part
from rollbook.imports.run import run
from rollbook.model import Answers, Commit, MissingUsers, Results
from rollbook.profiles import Profiles


@dataclass(frozen=True, slots=True, kw_only=True)
class RowByHand:
    """Where and how a row is written. `options` holds what the caller set of the import's options.

    `request_id` is the import's id: the same request again is answered again.
    """

    directory: str
    request_id: str
    profile: str
    options: Mapping[str, object]
    validate_only: bool


async def open_write(app: AppContext, profiles: Profiles, row: RowByHand, caller: Caller) -> Job:
    """Open the import of one row. It needs `users:write`, and `validate_only` commits nothing.

    Raises:
        Refusal: as `open_job`.
    """
    own = {
        "commit": Commit.NONE if row.validate_only else Commit.PER_BATCH,
        "results": Results.ALL,
        "missing_users": MissingUsers.IGNORE,
    }
    start = Start(
        import_id=row.request_id,
        directory=row.directory,
        profile=row.profile,
        source=BY_HAND,
        skip_results=False,
        options={**row.options, **own},
        commits=Scope.USERS_WRITE,
    )
    return await open_job(app, profiles, start, caller)


async def write_user(job: Job, cells: Mapping[str, str]) -> Answers:
    """Run the import; answers its one row.

    Raises:
        RollbookError: as `run`.
    """
    answered = [
        event
        async for event in logged(job, run(job, _parts(cells)), task="write_user")
        if isinstance(event, Answers) and event.lines
    ]
    (answers,) = answered
    return answers


async def _parts(cells: Mapping[str, str]) -> AsyncIterator[Part]:
    yield [dict(cells)]
    yield End(total_rows=1)
