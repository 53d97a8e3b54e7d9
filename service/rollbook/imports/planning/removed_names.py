"""Finds rows whose role, location or unit was removed since it was resolved.

Names become ids before the turn, of kept rows long before it. Every caller who removes a role,
location or unit has the turn, too; so what is there now stays until the rows are written.
"""

from collections.abc import Iterable

from rollbook.imports.issue_messages import removed_meanwhile
from rollbook.imports.rows.staged_rows import StagedRows
from rollbook.model import Code, Field, Issue
from rollbook.store import Connection, name_lookup

_COLUMNS = (
    ("role_id", Code.INVALID_ROLE, Field.ROLE),
    ("location_id", Code.INVALID_LOCATION, Field.LOCATION),
    ("unit_id", Code.UNKNOWN_ORGANIZATIONAL_UNIT, Field.ORGANIZATIONAL_UNIT),
)


async def removed(
    connection: Connection, directory_id: int, staged: StagedRows
) -> dict[int, list[Issue]]:
    """The issues, by position, of rows that name what was removed since. One look at the ids."""
    named = [_ids(staged.columns.get(column, ())) for column, _, _ in _COLUMNS]
    if not any(named):
        return {}
    gone = await name_lookup.gone(connection, directory_id, *named)
    issues: dict[int, list[Issue]] = {}
    for (column, code, field), ids in zip(_COLUMNS, gone, strict=True):
        if not ids:
            continue
        for position, stored in enumerate(staged.columns[column]):
            if stored in ids:
                issues.setdefault(position, []).append(removed_meanwhile(code, field))
    return issues


def _ids(column: Iterable[object]) -> list[int]:
    """Each id once; neither None, which leaves what is stored, nor 0, which clears it."""
    return [one for one in set(column) if isinstance(one, int) and one]
