"""The changes of a user as their page shows them: all, or those of one field."""

from collections.abc import Sequence
from typing import NamedTuple

from rollbook.v1.users_pb2 import User, UserChange, UserChangeKind
from rollbook.web.console.forms import is_count
from rollbook.web.console.user_fields import cells_of
from rollbook.web.console.users import path_of
from rollbook.web.console.visit import Visit

_SOME, _MOST = 50, 1_000
"""Changes that are shown at first, and at most; among the latter those of one field are looked for.
"""
_NO_CELLS = ("status", "sources", "locks.role", "locks.location", "locks.protected")
"""What changes of a user and is no cell of a row, as the contract names it."""


class History(NamedTuple):
    """The last changes, newest first, each with its kind."""

    changes: Sequence[tuple[UserChange, str]]
    field: str
    """Only changes of this field; '': of each."""
    fields: Sequence[str]
    """Those that can be chosen."""
    older: str
    """The address with older changes; '' where there are none, or no more are shown."""
    looked_at: int
    """So many of the last changes were looked at, and there are older ones; 0: at all."""


async def history_of(visit: Visit, user: User) -> History:
    """What the query asks for: `field`, and `changes`, how many at most."""
    field, asked = visit.asked("field"), visit.asked("changes")
    most = min(max(int(asked), _SOME), _MOST) if is_count(asked) else _SOME
    if field:
        most = _MOST
    wanted = visit.client.users.changes(visit.directory, most=most + 1, user_id=user.user_id)
    found = [one async for one in wanted]
    looked_at = most if len(found) > most else 0
    shown = found[:most]
    seen = sorted({change.field for one in shown for change in one.changes} | {field} - {""})
    return History(
        changes=[
            (one, UserChangeKind.Name(one.kind).removeprefix("USER_CHANGE_KIND_"))
            for one in shown
            if not field or any(change.field == field for change in one.changes)
        ],
        field=field,
        fields=[*dict.fromkeys([*cells_of(user), *_NO_CELLS, *seen])],
        older=path_of(visit, user, changes=str(most * 5)) if looked_at and most < _MOST else "",
        looked_at=looked_at,
    )
