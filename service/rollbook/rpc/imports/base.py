"""What the parts of ImportService share: callers, profiles, and running imports."""

import asyncio
from typing import NamedTuple

from rollbook.access import denied
from rollbook.context import AppContext
from rollbook.imports.options import parse_id
from rollbook.profiles import Profiles
from rollbook.rpc.imports.request_stream import RequestStream
from rollbook.rpc.wire.servicer import Part, directory_of
from rollbook.store import imports
from rollbook.store.imports import ImportRow
from rollbook.store.name_lookup import DirectoryRow


class Found(NamedTuple):
    """An import and its directory."""

    directory: DirectoryRow
    row: ImportRow


class ImportPart(Part):
    """Some methods of ImportService.

    `_inboxes` are those of the imports whose file comes in here, by directory and id.
    """

    def __init__(self, app: AppContext, profiles: Profiles):
        super().__init__(app)
        self._profiles = profiles
        self._inboxes: dict[tuple[str, str], RequestStream] = {}
        self._draining = asyncio.Event()

    async def _found(self, directory: str, import_id: str) -> Found:
        """The import that a request names.

        Raises:
            Refusal: PERMISSION_DENIED, it or its directory is missing; INVALID_OPTIONS.
        """
        of = await directory_of(self._app, directory)
        wanted = parse_id(import_id)
        async with self._app.database.within(of.id).connection() as connection:
            row = await imports.get_import(connection, of.id, wanted)
        if row is None:
            raise denied()
        return Found(of, row)
