"""Cancels a running import, or approves one that a safeguard has stopped."""

from uuid import UUID

import structlog

from rollbook.access import Caller, denied, independent
from rollbook.context import AppContext
from rollbook.errors import Reason, Refusal
from rollbook.imports.job.rows_kept import check_rows_kept
from rollbook.imports.planning.tally import Tally
from rollbook.model import State
from rollbook.store import Connection, imports
from rollbook.store.imports import ImportRow

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()
_ENDED = frozenset({State.COMPLETED, State.STOPPED})
_PLANNED = frozenset({State.PREVIEWED, State.AWAITING_APPROVAL})


async def cancel(app: AppContext, caller: Caller, directory_id: int, import_id: UUID) -> ImportRow:
    """Cancel an import; one that is cancelled stays so. After this no batch of it commits.

    The server that works on it notices at its next batch, and answers its client. Rows that were
    read and not answered count as not applied.

    Raises:
        Refusal: PERMISSION_DENIED, it is missing or another principal's; IMPORT_NOT_RESUMABLE, it
            has ended.
    """
    async with app.database.within(directory_id).transaction() as connection:
        await imports.lock(connection, directory_id, import_id)
        row = await _there(connection, directory_id, import_id)
        if row.principal != caller.principal:
            raise denied()
        if row.state in _ENDED:
            raise _not_now(row, "it has ended, and what it did stays")
        if row.state is not State.CANCELLED:
            counts = Tally.from_json(row.counts)
            left = counts.given_up() if row.state in _PLANNED else counts.left(row.rows)
            await imports.cancel(connection, directory_id, import_id, left.as_json())
        row = await _there(connection, directory_id, import_id)
    _log.info("import cancelled", **_facts(row, directory_id, caller))
    return row


async def approve(app: AppContext, caller: Caller, directory_id: int, import_id: UUID) -> ImportRow:
    """Let an import pass that a safeguard has stopped. If it is repeated, the 24 hours begin again.

    Raises:
        Refusal: PERMISSION_DENIED, it is missing, the caller's own, or that of a principal who
            depends on the caller's (`access.independent`); IMPORT_NOT_RESUMABLE, it does not wait
            for approval, or the rows that it would apply were swept.
    """
    async with app.database.within(directory_id).transaction() as connection:
        row = await _there(connection, directory_id, import_id)
        if not await independent(connection, caller, row.principal):
            raise Refusal(
                Reason.PERMISSION_DENIED,
                "You cannot approve your own import, one of a principal who made your tokens, or "
                "one of a principal whose tokens you made: ask another person.",
            )
        check_rows_kept(row)
        principal = caller.principal
        approved = await imports.approve(connection, directory_id, import_id, principal)
        row = await _there(connection, directory_id, import_id)
    if approved:
        _log.info("import approved", **_facts(row, directory_id, caller), of=row.principal)
        return row
    raise _not_now(row, "only one that awaits approval can be approved")


def _facts(row: ImportRow, directory_id: int, caller: Caller) -> dict[str, object]:
    return {
        "import_id": str(row.id),
        "directory_id": directory_id,
        "principal": caller.principal,
    }


async def _there(connection: Connection, directory_id: int, import_id: UUID) -> ImportRow:
    row = await imports.get_import(connection, directory_id, import_id)
    if row is None:
        raise denied()
    return row


def _not_now(row: ImportRow, why: str) -> Refusal:
    return Refusal(
        Reason.IMPORT_NOT_RESUMABLE,
        f"This import is {row.state.value}: {why}.",
        {"state": row.state.value},
    )
