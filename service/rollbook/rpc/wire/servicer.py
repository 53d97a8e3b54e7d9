"""What the parts of a servicer share: the context, and the directory of a request."""

from rollbook.access import enter
from rollbook.context import AppContext
from rollbook.rpc.wire.caller import caller
from rollbook.store.name_lookup import DirectoryRow


class Part:
    """The methods of one noun; a service is the class of all its parts."""

    def __init__(self, app: AppContext):
        self._app = app


async def directory_of(app: AppContext, name: str) -> DirectoryRow:
    """The directory that a request names, as `enter` finds it for the caller of the call."""
    return await enter(app, caller(), name)
