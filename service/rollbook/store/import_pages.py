"""Pages of a directory's imports, by their time and what else they are asked by."""

from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from rollbook.model import State
from rollbook.store.database import Connection
from rollbook.store.imports import ImportRow, import_row
from rollbook.store.statements import sql

_FIRST, _LAST = UUID(int=0), UUID(int=2**128 - 1)
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
_AFTER_ALL = (datetime.max.replace(tzinfo=UTC), _LAST)


class Wanted(NamedTuple):
    """Which imports are asked for; None: any. They began from then, included, until then, not."""

    state: State | None = None
    principal: str | None = None
    profile: str | None = None
    created_from: datetime | None = None
    created_until: datetime | None = None

    def has(self, row: ImportRow) -> bool:
        """Whether an import is of that state, principal and profile."""
        pairs = (
            (self.state, row.state),
            (self.principal, row.principal),
            (self.profile, row.profile),
        )
        return all(wanted in (None, found) for wanted, found in pairs)

    @property
    def narrow(self) -> int:
        """How many of state, principal and profile are asked for: one index finds one of them."""
        return sum(one is not None for one in (self.state, self.principal, self.profile))


async def page(
    connection: Connection,
    directory_id: int,
    wanted: Wanted,
    *,
    before: tuple[datetime, UUID] | None,
    most: int,
) -> list[ImportRow]:
    """At most `most` imports, newest first, older than `before`, that an index finds.

    That is by their time and by one of the other conditions: `Wanted.has` knows of all of them.
    """
    last = before or _AFTER_ALL
    if wanted.created_until:
        last = min(last, (wanted.created_until, _FIRST))
    by_principal = wanted.principal is not None
    by_profile = wanted.profile is not None and not by_principal
    found = await connection.fetch(
        sql("imports/imports_page"),
        directory_id,
        *last,
        None if by_principal or by_profile else wanted.state,
        most,
        wanted.created_from or _BEFORE_ALL,
        wanted.principal,
        wanted.profile if by_profile else None,
    )
    return [import_row(row) for row in found]
