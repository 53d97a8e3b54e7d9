"""The changes of a user as their page shows them: all, or those of one field, a page at a time."""

from collections.abc import Sequence
from typing import NamedTuple

from rollbook.model import ATTRIBUTE_PREFIX
from rollbook.v1.users_pb2 import (
    ListUserChangesRequest,
    ListUserChangesResponse,
    User,
    UserChange,
    UserChangeKind,
    UserKey,
)
from rollbook.web.console.user_fields import cells_of
from rollbook.web.console.users import path_of
from rollbook.web.console.visit import Visit

_ON_A_PAGE = 50
_MOST_LOOKS = 10
"""A page of the service may be empty though there are more: so often we look on by ourselves."""
NO_CELLS = ("status", "sources", "locks.role", "locks.location", "locks.protected")
"""What changes of a user and is no cell of a row, as the contract names it."""


class History(NamedTuple):
    """A page of changes, newest first, each with its kind."""

    changes: Sequence[tuple[UserChange, str]]
    field: str
    """Only changes of this field; '': of each."""
    fields: Sequence[str]
    """Those that can be chosen."""
    older: str
    """The address with older changes; '' where there are none."""
    newest: str
    """The address with the newest changes; '' on it."""


async def history_of(visit: Visit, user: User) -> History:
    """What the query asks for: `field`, and `changes`, the place in the list."""
    field, token = visit.asked("field"), visit.asked("changes")
    wanted = ListUserChangesRequest(
        directory=visit.directory,
        user=UserKey(user_id=user.user_id),
        page_size=_ON_A_PAGE,
        page_token=token,
        field=field,
    )
    fields = [*cells_of(user), *NO_CELLS]
    is_known = not field or field in fields or field.startswith(ATTRIBUTE_PREFIX)
    page = ListUserChangesResponse()
    for _ in range(_MOST_LOOKS if is_known else 0):
        page = await visit.client.users.changes_page(wanted)
        if page.changes or not page.next_page_token:
            break
        wanted.page_token = page.next_page_token
    of_field = {"field": field} if field else {}
    older = page.next_page_token
    seen = sorted({change.field for one in page.changes for change in one.changes} | {field} - {""})
    return History(
        changes=[
            (one, UserChangeKind.Name(one.kind).removeprefix("USER_CHANGE_KIND_"))
            for one in page.changes
        ],
        field=field,
        fields=[*dict.fromkeys([*fields, *seen])],
        older=path_of(visit, user, **of_field, changes=older) if older else "",
        newest=path_of(visit, user, **of_field) if token else "",
    )
