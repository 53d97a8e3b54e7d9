"""Logs when an import begins and when it ends, and passes its events on."""

import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import TypeVar

import structlog

from rollbook.errors import Reason, RollbookError
from rollbook.imports.job.job import Job
from rollbook.imports.planning.tally import Tally
from rollbook.imports.writing.summary import Summary
from rollbook.store import StoreError, imports

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()
Event = TypeVar("Event")


async def logged(job: Job, events: AsyncIterator[Event], *, task: str) -> AsyncIterator[Event]:
    """Pass the events on, whatever they are, and log both ends; no row is looked at.

    `task` is what the call does with the import: upload, apply, finish or write_user. An end is
    logged however the events end; `state` is as stored, None if that is not known.
    """
    began = time.monotonic()
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
    reason = "interrupted"  # until it is known better: the server stops, or nobody reads on
    try:
        async for event in events:
            if isinstance(event, Summary):
                state, tally = event.state.value, event.tally
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


async def _stored(job: Job) -> tuple[str | None, Tally | None]:
    """State and counts of an import that ended without a summary."""
    with suppress(StoreError):
        row = await job.database.ask(
            lambda connection: imports.get_import(connection, job.directory.id, job.import_id)
        )
        if row:
            return row.state.value, Tally.from_json(row.counts)
    return None, None
