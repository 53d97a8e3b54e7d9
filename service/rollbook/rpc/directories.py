"""DirectoryService: the directories, and in a part each what they hold beside users."""

from rollbook.errors import Reason, Refusal
from rollbook.rpc import paging
from rollbook.rpc.locations import Locations
from rollbook.rpc.part import Part, directory_of, is_directory_name
from rollbook.rpc.refusing import Context
from rollbook.rpc.roles import Roles
from rollbook.rpc.texts import REQUEST
from rollbook.rpc.units import Units
from rollbook.store import directories, names
from rollbook.store.names import DirectoryRow
from rollbook.v1 import directories_pb2 as v1


class Directories(Part):
    """See the contract."""

    async def CreateDirectory(
        self, request: v1.CreateDirectoryRequest, _context: Context
    ) -> v1.CreateDirectoryResponse:
        """See the contract. `default_role` is for answers alone."""
        name = request.directory.name
        if not is_directory_name(name):
            raise REQUEST.wrong(
                "name",
                "A directory's name is 1 to 64 of a-z, 0-9 and -, beginning with a letter.",
                value=name,
            )
        display_name = REQUEST.text("display_name", request.directory.display_name)
        async with self._house.database.transaction() as connection:
            made = await directories.make_directory(connection, name, display_name)
            directory = await names.directory(connection, name)
        if made is None or directory is None:
            raise Refusal(
                Reason.RESOURCE_EXISTS,
                f"The directory {name} is already there.",
                {"option": "name", "value": name},
            )
        return v1.CreateDirectoryResponse(directory=_message(directory))

    async def GetDirectory(
        self, request: v1.GetDirectoryRequest, _context: Context
    ) -> v1.GetDirectoryResponse:
        """See the contract."""
        directory = await directory_of(self._house, request.directory)
        return v1.GetDirectoryResponse(directory=_message(directory))

    async def ListDirectories(
        self, request: v1.ListDirectoriesRequest, _context: Context
    ) -> v1.ListDirectoriesResponse:
        """See the contract."""
        page = paging.page("directories", request.page_size, request.page_token)
        async with self._house.database.connection() as connection:
            rows = await directories.page(connection, page.after, page.most + 1)
        found, after = page.cut(
            [(row.name, _message(row)) for row in rows], self._house.settings.max_sent_bytes
        )
        return v1.ListDirectoriesResponse(directories=found, next_page_token=after)


class DirectoryService(Directories, Roles, Locations, Units):
    """The whole service; each part brings the methods of one noun."""


def _message(row: DirectoryRow) -> v1.Directory:
    return v1.Directory(name=row.name, display_name=row.display_name, default_role=row.default_role)
