"""Checks what a caller may do: call a method, enter a directory, approve an import."""

import re

from rollbook.access.caller import Caller, denied
from rollbook.access.method_table import NEEDED
from rollbook.context import AppContext
from rollbook.store import Connection, name_lookup, tokens
from rollbook.store.name_lookup import DirectoryRow

_NAME = re.compile(r"[a-z][a-z0-9-]{0,63}")


def check_method(caller: Caller, method: str) -> None:
    """Whether the caller may call the method, given as `/package.Service/Method`.

    Raises:
        Refusal: PERMISSION_DENIED, no scope of the caller opens it, or the table does not have it.
    """
    needed = NEEDED.get(method)
    if needed is None or (needed and not caller.may(*needed)):
        raise denied()


def is_directory_name(text: str) -> bool:
    """Whether a directory may be called so: 1 to 64 of `a-z 0-9 -`, beginning with a letter."""
    return _NAME.fullmatch(text) is not None


async def enter(app: AppContext, caller: Caller, name: str) -> DirectoryRow:
    """The directory of that name.

    Raises:
        Refusal: PERMISSION_DENIED, it is missing, or not the caller's: the same bytes.
    """
    found = None
    if is_directory_name(name):
        async with app.database.connection() as connection:
            found = await name_lookup.directory(connection, name)
    if found is None or not caller.may_enter(found.name):
        raise denied()
    return found


async def independent(connection: Connection, caller: Caller, principal: str) -> bool:
    """Whether the caller may approve an import of the principal.

    The two differ, and neither made the other's tokens, directly or through others. Nor were both
    made by the same principal, unless that one is the operator's own. The operator's own callers
    may approve imports of principals that they made.
    """
    if caller.principal == principal:
        return False
    return caller.operator or not await tokens.related(connection, caller.principal, principal)
