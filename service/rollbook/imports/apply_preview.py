"""Applies a preview: plans it again, and commits only if the plan is the same."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from rollbook.access import Caller, denied
from rollbook.context import AppContext
from rollbook.directories.sources import speak_for
from rollbook.errors import Reason, Refusal
from rollbook.imports.job.held_lease import held, opened, taken_over_by
from rollbook.imports.job.job import Job, job_of, lowered
from rollbook.imports.job.rows_kept import check_rows_kept
from rollbook.imports.opening import already_running, check_mail
from rollbook.imports.options import as_options, check_choice, parse_id
from rollbook.imports.planning.limits import stopped
from rollbook.imports.planning.tally import Tally
from rollbook.imports.writing.summary import Summary, close, stored_summary
from rollbook.imports.writing.whole_plan import WholePlan
from rollbook.model import Answers, LineRange, MissingUsers, State
from rollbook.profiles import Profiles
from rollbook.store import imports, ledger, name_lookup
from rollbook.store.imports import ImportRow

_APPROVED_FOR = timedelta(hours=24)
_NAMED = 20
"""How many changed users a stale plan names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which import is to be applied, and what of it; nothing chosen: all."""

    directory: str
    import_id: str
    only_lines: tuple[LineRange, ...]
    only_outcomes: tuple[str, ...]


async def open_preview(app: AppContext, profiles: Profiles, wish: Wish, caller: Caller) -> Job:
    """The job of a staged import whose file has been read.

    Raises:
        Refusal: PERMISSION_DENIED, it is missing or another's, or the caller may set no passwords
            and it asks for some; INVALID_OPTIONS;
            IMPORT_NOT_RESUMABLE, it is not previewed or not approved; IMPORT_ALREADY_RUNNING.
    """
    return await opened(_open(app, profiles, wish, caller))


async def _open(app: AppContext, profiles: Profiles, wish: Wish, caller: Caller) -> Job:
    import_id = parse_id(wish.import_id)
    directory = await app.database.ask(
        lambda connection: name_lookup.directory(connection, wish.directory)
    )
    if directory is None or not caller.may_enter(directory.name):
        raise denied()
    within = app.database.within(directory.id)
    row = await within.ask(
        lambda connection: imports.get_import(connection, within.directory_id, import_id)
    )
    if not row or row.principal != caller.principal:
        raise denied()
    if row.state is not State.COMPLETED:
        _check_state(row)
    profile = profiles.named(row.profile)
    options = as_options(row.options, profile)
    if wish.only_lines or wish.only_outcomes:
        options = replace(options, only_lines=wish.only_lines, only_outcomes=wish.only_outcomes)
        check_choice(options)
    check_mail(options, caller)
    async with taken_over_by(app, directory.id, import_id) as lease:
        if lease is None:
            raise already_running()
        async with within.connection() as connection:
            if options.missing_users is MissingUsers.SUSPEND:
                await speak_for(connection, directory.id, row.source, caller.principal, claim=True)
            row = await imports.get_import(connection, directory.id, import_id) or row
            row = await lowered(connection, directory.id, row, caller)
            reached = await ledger.reached(connection, directory.id, row)
    return job_of(app, directory, profile, row, lease, reached, options)


async def reapply(job: Job) -> AsyncIterator[Answers | Summary]:
    """Plan the kept rows again, and commit the plan if it is the previewed one, line by line.

    An import that was applied already is answered again.

    Raises:
        Refusal: PLAN_STALE, with the users that changed: the import is previewed anew;
            SAFEGUARD_TRIPPED, it waits for approval; STORAGE_FULL; SERVER_DRAINING.
    """
    async with held(job):
        row = await job.database.ask(
            lambda connection: imports.get_import(connection, job.directory.id, job.import_id)
        )
        if row is None:
            raise denied()
        if row.state is State.COMPLETED:
            async for answers in ledger.replay(
                job.database, job.directory.id, job.import_id, plan=row.plan
            ):
                yield answers
            yield stored_summary(row)
            return
        _check_state(row)
        approved = row.state is State.AWAITING_APPROVAL
        whole = await _settled(job, row, job.plan + 1, commit=True, approved=approved)
        if whole.stale:
            everything = replace(job, options=replace(job.options, only_lines=(), only_outcomes=()))
            anew = await _settled(everything, row, job.plan + 2, commit=False, approved=False)
            await close(job, _summary(job, row, anew, State.PREVIEWED))
            raise _stale(whole.stale)
        if whole.stop:
            await close(job, _summary(job, row, whole, State.AWAITING_APPROVAL))
            raise stopped(whole.stop)
        summary = _summary(job, row, whole, State.COMPLETED)
        await close(job, summary)
        async for answers in whole.answers():
            yield answers
        yield summary


async def _settled(
    job: Job, row: ImportRow, number: int, *, commit: bool, approved: bool
) -> WholePlan:
    whole = WholePlan(
        job,
        Tally.from_json(job.reached.counts),
        number=number,
        commit=commit,
        approved=approved,
        expected=row.plan if commit else None,
    )
    await whole.settle()
    return whole


def _check_state(row: ImportRow) -> None:
    if row.state is State.AWAITING_APPROVAL:
        if not row.approved_at:
            raise _not_now(row, "it waits for another principal's approval")
        if datetime.now(UTC) - row.approved_at > _APPROVED_FOR:
            raise _not_now(row, "its approval is older than 24 hours")
    elif row.state is not State.PREVIEWED:
        raise _not_now(row, "only a previewed or approved import can be applied")
    check_rows_kept(row)


def _not_now(row: ImportRow, why: str) -> Refusal:
    return Refusal(
        Reason.IMPORT_NOT_RESUMABLE,
        f"This import is {row.state.value}: {why}.",
        {"state": row.state.value},
    )


def _stale(numbers: list[str]) -> Refusal:
    named = ", ".join(numbers[:_NAMED])
    changed = "1 user has" if len(numbers) == 1 else f"{len(numbers)} users have"
    return Refusal(
        Reason.PLAN_STALE,
        f"{changed} changed since the preview ({named}); nothing was applied. "
        "The import was previewed anew: look at it, and apply it again.",
        {"users": named, "count": str(len(numbers))},
    )


def _summary(job: Job, row: ImportRow, whole: WholePlan, state: State) -> Summary:
    return Summary(
        import_id=job.import_id,
        state=state,
        tally=whole.tally,
        warnings=stored_summary(row).warnings,
        stopped_by=whole.stop.reason.value if whole.stop else "",
        stop=whole.stop,
        digest=whole.digest,
    )
