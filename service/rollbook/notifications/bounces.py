"""Records that a mail came back, as a delivery report tells some time after it was sent."""

import re
from uuid import UUID

import structlog

from rollbook.access import Caller
from rollbook.checking.request_text import REQUEST
from rollbook.context import AppContext
from rollbook.errors import Reason, Refusal
from rollbook.store import notices
from rollbook.store.name_lookup import DirectoryRow
from rollbook.store.notices import NoticeRow

_STATUS = re.compile(r"[45]\.[0-9]{1,3}\.[0-9]{1,3}")
_LONGEST = 200
_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


async def record(
    app: AppContext, directory: DirectoryRow, caller: Caller, key: UUID, status: str, text: str
) -> tuple[NoticeRow, bool]:
    """Settle a notice as undeliverable; the notice, and whether this changed it.

    The text is a stranger's: it is cut, and made printable.

    Raises:
        Refusal: INVALID_OPTIONS, the status is none of a failure; RESOURCE_NOT_FOUND, the directory
            has no such notice.
    """
    if not _STATUS.fullmatch(status):
        raise REQUEST.wrong("status", "status must be that of a failure, such as 5.1.1.")
    reason = _printable(f"Came back: {status} {text}")
    async with app.database.within(directory.id).transaction() as connection:
        recorded = await notices.bounced(connection, directory.id, key, reason)
        found = await notices.by_key(connection, directory.id, key)
    if found is None:
        raise Refusal(
            Reason.RESOURCE_NOT_FOUND,
            "There is no such notice in this directory.",
            {"option": "notice_id", "value": str(key)},
        )
    if recorded:
        _log.info(
            "mail came back",
            directory=directory.name,
            notice_id=str(key),
            principal=caller.principal,
            status=status,
        )
    return found, recorded


def _printable(text: str) -> str:
    line = " ".join(text.split())
    return "".join(letter if letter.isprintable() else "?" for letter in line)[:_LONGEST]
