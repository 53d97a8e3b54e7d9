"""The client: one open channel, with a method for each thing that can be asked."""

from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Mapping
from pathlib import Path
from typing import Self

from rollbook.client.channel import Channel
from rollbook.client.content import Content, FileContent, RowsContent, StreamContent
from rollbook.client.credentials import Credentials
from rollbook.client.directories import Directories, Locations, Roles, Units
from rollbook.client.imports import Imports
from rollbook.client.notifications import Notifications
from rollbook.client.resume import WAITS, Interrupted, Waits, upload_to_the_end
from rollbook.client.sessions import Sessions
from rollbook.client.tls import Tls
from rollbook.client.tokens import Tokens
from rollbook.client.upload import Event
from rollbook.client.users import Users
from rollbook.v1.imports_pb2 import GetSampleRequest, GetSampleResponse, Import, ImportStart
from rollbook.v1.imports_pb2_grpc import ImportServiceStub
from rollbook.v1.server_pb2 import (
    GetServerInfoRequest,
    GetServerInfoResponse,
    ListPluginsRequest,
    Plugin,
)
from rollbook.v1.server_pb2_grpc import ServerServiceStub


class Client:
    """A server, by its address (`HOST:PORT` or `unix:PATH`) and an access token.

    Without `tls` it uses clear text: on this machine alone, unless `plaintext` is set.
    `waits`: how long it waits before it sends an import again whose connection was lost.
    Made within a running event loop, and best with `async with`. Every method raises
    RollbookError where the server refuses or does not answer.
    """

    def __init__(
        self,
        address: str,
        token: str,
        *,
        tls: Tls | None = None,
        plaintext: bool = False,
        waits: Waits = WAITS,
    ):
        self._waits = waits
        self._channel = Channel(address, token, tls=tls, plaintext=plaintext)
        self._imports = ImportServiceStub(self._channel.grpc)
        self._server = ServerServiceStub(self._channel.grpc)
        self.imports = Imports(self._channel)
        self.directories = Directories(self._channel)
        self.roles = Roles(self._channel)
        self.locations = Locations(self._channel)
        self.units = Units(self._channel)
        self.users = Users(self._channel)
        self.credentials = Credentials(self._channel)
        self.tokens = Tokens(self._channel)
        self.sessions = Sessions(self._channel)
        self.notifications = Notifications(self._channel)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._channel.close()

    def upload(self, content: Content, start: ImportStart) -> AsyncGenerator[Event | Interrupted]:
        """Import `content` with the options of `start`, and yield the answers meanwhile.

        In this order: accepted, understood (not for rows), results and progress as they come,
        the summary. What ends badly yields what came, its summary included, and then raises.
        A lost connection is taken up again where the content can be sent again.

        Raises:
            RollbookError: the import was refused, stopped or cut off.
            OSError: the content cannot be read.
        """
        return upload_to_the_end(self._channel, start, content, self._waits)

    def upload_file(self, path: Path, start: ImportStart) -> AsyncGenerator[Event | Interrupted]:
        """`upload` of a regular file."""
        return self.upload(FileContent(path), start)

    def upload_stream(
        self, chunks: AsyncIterable[bytes], start: ImportStart
    ) -> AsyncGenerator[Event | Interrupted]:
        """`upload` of bytes that come once; a lost connection ends it."""
        return self.upload(StreamContent(chunks), start)

    def upload_rows(
        self, rows: Iterable[Mapping[str, str | None]], start: ImportStart
    ) -> AsyncGenerator[Event | Interrupted]:
        """`upload` of users as mappings from field to text, for callers that hold no CSV."""
        return self.upload(RowsContent(rows), start)

    async def get_import(self, directory: str, import_id: str) -> Import:
        """One import: its state and counts."""
        return await self.imports.get(directory, import_id)

    async def get_sample(self, directory: str, profile: str = "") -> bytes:
        """A correct sample file of a profile: CSV, UTF-8."""
        return (await self.get_sample_with_places(directory, profile)).csv

    async def get_sample_with_places(self, directory: str, profile: str = "") -> GetSampleResponse:
        """The same, with the locations and units that the directory must have before."""
        request = GetSampleRequest(directory=directory, profile=profile)
        return await self._channel.ask(self._imports.GetSample, request)

    async def get_server_info(self) -> GetServerInfoResponse:
        """The server's version, limits and profiles."""
        return await self._channel.ask(self._server.GetServerInfo, GetServerInfoRequest())

    async def is_serving(self) -> bool:
        """Whether the server says that calls may come. Needs no valid token, and raises nothing."""
        return await self._channel.is_serving()

    async def list_plugins(self) -> list[Plugin]:
        """The server's plugins in their order; then those that are installed and not listed."""
        answer = await self._channel.ask(self._server.ListPlugins, ListPluginsRequest())
        return [*answer.plugins]
