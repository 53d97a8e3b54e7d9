"""What the parts of a servicer share: the house, and the directory that a request names."""

import re

from rollbook.access import denied
from rollbook.context import AppContext
from rollbook.rpc.wire.caller import caller
from rollbook.store import name_lookup
from rollbook.store.name_lookup import DirectoryRow

_NAME = re.compile(r"[a-z][a-z0-9-]{0,63}")


class Part:
    """The methods of one noun; a service is the class of all its parts."""

    def __init__(self, app: AppContext):
        self._app = app


def is_directory_name(text: str) -> bool:
    """Whether a directory may be called so: 1 to 64 of `a-z 0-9 -`, beginning with a letter."""
    return _NAME.fullmatch(text) is not None


async def directory_of(app: AppContext, name: str) -> DirectoryRow:
    """The directory that a request names.

    Raises:
        Refusal: PERMISSION_DENIED, it is missing, or not the caller's: the same bytes.
    """
    found = None
    if is_directory_name(name):
        async with app.database.connection() as connection:
            found = await name_lookup.directory(connection, name)
    if found is None or not caller().may_enter(found.name):
        raise denied()
    return found
