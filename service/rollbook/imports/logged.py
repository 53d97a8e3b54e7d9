"""Logs when an import begins and ends, counts its rows, and passes its events on."""

import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import TypeVar

import structlog

from rollbook.errors import Reason, RollbookError
from rollbook.imports.job.job import Job
from rollbook.imports.planning.tally import Tally
from rollbook.imports.writing.summary import Summary
from rollbook.meter import Meter
from rollbook.model import Answers, Commit
from rollbook.store import StoreError, imports

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()
Event = TypeVar("Event")


async def logged(job: Job, events: AsyncIterator[Event], *, task: str) -> AsyncIterator[Event]:
    """Pass the events on, whatever they are, log both ends, and count the rows for the meter.

    `task` is what the call does with the import: upload, apply, finish or write_user. An end is
    logged however the events end; `state` is as stored, None if that is not known. Rows that an
    earlier call has answered are not counted again.
    """
    began = time.monotonic()
    is_preview = job.options.commit is Commit.NONE and task != "apply"
    facts = {
        "import_id": str(job.import_id),
        "directory": job.directory.name,
        "principal": job.principal,
        "profile": job.profile.name,
        "task": task,
    }
    _log.info("import began", **facts, commit=job.options.commit.value, answered=job.reached.rows)
    state: str | None = None
    tally: Tally | None = None
    reason = "interrupted"  # until it is known better: the server stops, or no client reads on
    try:
        async for event in events:
            if isinstance(event, Summary):
                state, tally = event.state.value, event.tally
            elif isinstance(event, Answers) and not event.replayed:
                _count(job.app.meter, event, is_preview=is_preview)
            yield event
        reason = ""
    except RollbookError as error:
        reason = error.reason.value
        if state is None:
            state, tally = await _stored(job)
        raise
    except Exception:
        reason = Reason.INTERNAL_ERROR.value
        raise
    finally:
        counts = {outcome.name.lower(): n for outcome, n in tally.outcomes.items()} if tally else {}
        seconds = round(time.monotonic() - began, 3)
        _log.info(
            "import ended", **facts, state=state, reason=reason, counts=counts, seconds=seconds
        )


def _count(meter: Meter, answers: Answers, *, is_preview: bool) -> None:
    preview = str(is_preview).lower()
    for outcome, count in Counter(answers.outcomes).items():
        meter.rows[outcome.name.lower(), preview] += count
    for issues in answers.issues.values():
        meter.issues.update(issue.code.value for issue in issues)


async def _stored(job: Job) -> tuple[str | None, Tally | None]:
    """State and counts of an import that ended without a summary."""
    with suppress(StoreError):
        row = await job.database.ask(
            lambda connection: imports.get_import(connection, job.directory.id, job.import_id)
        )
        if row:
            return row.state.value, Tally.from_json(row.counts)
    return None, None
