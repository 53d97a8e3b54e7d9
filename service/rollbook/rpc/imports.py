"""ImportService: streams of users in, answers out."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from rollbook.errors import Reason, Refusal, RollbookError
from rollbook.importing.job import House, Job
from rollbook.importing.opening import Start, denied, effective, invalid, open_job
from rollbook.importing.places import Places
from rollbook.importing.running import run
from rollbook.importing.summary import stored_summary
from rollbook.profiles import Profiles
from rollbook.reading import sample
from rollbook.rpc import options as wire_options
from rollbook.rpc.events import accepted, event_messages, state_name, summary_message
from rollbook.rpc.inbox import Inbox
from rollbook.rpc.outbox import Outbox, unread
from rollbook.rpc.refusing import Context, bug
from rollbook.rpc.tokens import Tokens
from rollbook.store import imports, names
from rollbook.v1 import imports_pb2


class ImportService:
    """Runs imports. The work belongs to the server: a call may go, its import's batch goes on."""

    def __init__(self, house: House, profiles: Profiles, tokens: Tokens):
        self._house = house
        self._profiles = profiles
        self._tokens = tokens
        self._places = Places(house.settings)
        self._running: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._draining = asyncio.Event()

    async def drain(self) -> None:
        """Take nothing more in; every batch that has begun is finished, its client told."""
        self._draining.set()
        if self._running:
            await asyncio.wait(self._running.values(), timeout=self._house.settings.shutdown_grace)

    async def ImportUsers(
        self, requests: AsyncIterator[imports_pb2.ImportUsersRequest | Refusal], context: Context
    ) -> None:
        """See the contract."""
        principal = self._tokens.principal(context.invocation_metadata())
        inbox = Inbox(requests, self._house.settings, self._draining)
        start = await inbox.start()
        place = await self._places.take(principal)
        try:
            job = await self._open(_start(start), principal)
        except BaseException:
            place.release()
            raise
        outbox = Outbox(self._house.settings)
        key = (job.directory.name, str(job.import_id))
        running = self._running[key] = asyncio.create_task(self._run(job, inbox, outbox))
        running.add_done_callback(lambda _: self._running.pop(key, None))
        running.add_done_callback(lambda _: place.release())
        try:
            await self._tell(context, accepted(job))
            async for message in outbox.messages():
                await self._tell(context, message)
        finally:
            inbox.leave()
            await outbox.leave()

    async def GetImport(
        self, request: imports_pb2.GetImportRequest, _context: Context
    ) -> imports_pb2.GetImportResponse:
        """See the contract."""
        try:
            import_id = UUID(request.import_id)
        except ValueError:
            raise invalid("import_id", "import_id must be a UUID.") from None
        async with self._house.database.connection() as connection:
            directory = await names.directory(connection, request.directory)
            found = directory and await imports.get_import(connection, directory.id, import_id)
        if not directory or not found:
            raise denied()
        return imports_pb2.GetImportResponse(**{"import": self._message(directory.name, found)})

    async def GetSample(
        self, request: imports_pb2.GetSampleRequest, _context: Context
    ) -> imports_pb2.GetSampleResponse:
        """See the contract."""
        async with self._house.database.connection() as connection:
            if not await names.directory(connection, request.directory):
                raise denied()
        return imports_pb2.GetSampleResponse(csv=sample(self._profiles.named(request.profile)))

    async def _open(self, start: Start, principal: str) -> Job:
        """Open the import; where its last call has just broken off, wait until that is settled."""
        try:
            return await open_job(self._house, self._profiles, start, principal)
        except Refusal as refusal:
            running = self._running.get((start.directory, start.import_id.lower()))
            if refusal.reason is not Reason.IMPORT_ALREADY_RUNNING or running is None:
                raise
            await asyncio.wait((running,), timeout=self._house.settings.import_queue_wait)
        return await open_job(self._house, self._profiles, start, principal)

    async def _run(self, job: Job, inbox: Inbox, outbox: Outbox) -> None:
        """The import itself, in a task of its own. Whatever ends it, the outbox is told."""
        error: RollbookError | None = None
        try:
            async for event in run(job, inbox.parts()):
                for message in event_messages(event, job, self._house.settings.max_sent_bytes):
                    await outbox.put(message)
        except RollbookError as refusal:
            error = refusal
        except Exception:
            error = bug()
        await outbox.finish(error)

    async def _tell(self, context: Context, message: Message) -> None:
        """Write to the client, but not for ever."""
        wait = self._house.settings.unread_wait
        try:
            async with asyncio.timeout(wait):
                await context.write(message)
        except TimeoutError:
            raise unread(wait) from None

    def _message(self, directory: str, row: imports.ImportRow) -> imports_pb2.Import:
        created, updated = Timestamp(), Timestamp()
        created.FromDatetime(row.created_at)
        updated.FromDatetime(row.updated_at)
        profile = self._profiles.named(row.profile)
        stored = wire_options.from_json(row.options)
        return imports_pb2.Import(
            import_id=str(row.id),
            directory=directory,
            profile=row.profile,
            source=row.source,
            principal=row.principal,
            state=state_name(row.state),
            options=wire_options.message_of(effective(profile, stored)),
            create_time=created,
            update_time=updated,
            summary=summary_message(stored_summary(row)),
            last_line=row.last_line,
        )


def _start(start: imports_pb2.ImportStart) -> Start:
    return Start(
        import_id=start.import_id,
        directory=start.directory,
        profile=start.profile,
        source=start.source,
        skip_results=start.skip_results,
        options=wire_options.said(start.options),
    )
