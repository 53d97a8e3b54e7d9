"""Streams of users in, answers out."""

import asyncio
from collections.abc import AsyncIterator

from google.protobuf.message import Message

from rollbook.errors import Reason, Refusal, RollbookError
from rollbook.importing.jobs.job import House, Job
from rollbook.importing.jobs.places import Place, Places
from rollbook.importing.opening import Start, open_job
from rollbook.importing.reapplying import Wish, open_preview, reapply
from rollbook.importing.running import Event, run
from rollbook.profiles import Profiles
from rollbook.rights import Caller
from rollbook.rpc import options as wire_options
from rollbook.rpc.caller import caller
from rollbook.rpc.events import accepted, applied, event_messages
from rollbook.rpc.import_part import ImportPart
from rollbook.rpc.inbox import Inbox
from rollbook.rpc.outbox import Outbox, unread
from rollbook.rpc.refusing import Context, bug
from rollbook.v1 import imports_pb2


class Uploads(ImportPart):
    """Runs imports. The work belongs to the server: a call may go, its import's batch goes on."""

    def __init__(self, house: House, profiles: Profiles, places: Places):
        super().__init__(house, profiles)
        self._places = places
        self._running: dict[tuple[str, str], asyncio.Task[None]] = {}

    async def drain(self) -> None:
        """Take nothing more in; every batch that has begun is finished, its client told."""
        self._draining.set()
        if self._running:
            await asyncio.wait(self._running.values(), timeout=self._house.settings.shutdown_grace)

    async def ImportUsers(
        self, requests: AsyncIterator[imports_pb2.ImportUsersRequest | Refusal], context: Context
    ) -> None:
        """See the contract."""
        who = caller()
        inbox = Inbox(requests, self._house.settings, self._draining)
        start = await inbox.start()
        place = await self._places.take(who.principal)
        try:
            job = await self._open(_start(start), who)
        except BaseException:
            place.release()
            raise
        outbox = Outbox(self._house.settings)

        async def ended() -> None:
            await outbox.put_end(inbox.bytes_received)

        self._start(job, place, outbox, run(job, inbox.parts(ended)))
        key = (job.directory.name, str(job.import_id))
        self._inboxes[key] = inbox
        try:
            await self._tell(context, accepted(job), inbox)
            async for message in outbox.messages():
                await self._tell(context, message, inbox)
        except Refusal as refusal:
            if not inbox.left:
                inbox.leave(refusal)  # where it is ours, the import is to say the same
            raise
        finally:
            if self._inboxes.get(key) is inbox:
                del self._inboxes[key]
            if not inbox.left:
                inbox.leave()
            await outbox.leave()

    async def ApplyImport(
        self, request: imports_pb2.ApplyImportRequest, _context: Context
    ) -> AsyncIterator[imports_pb2.ApplyImportResponse]:
        """See the contract. The plan goes on to its end although the call may go."""
        who = caller()
        wish = Wish(
            directory=request.directory,
            import_id=request.import_id,
            only_lines=wire_options.ranges(request.only_lines),
            only_outcomes=wire_options.outcomes(request.only_outcomes),
        )
        place = await self._places.take(who.principal)
        try:
            job = await open_preview(self._house, self._profiles, wish, who)
        except BaseException:
            place.release()
            raise
        outbox = Outbox(self._house.settings)
        self._start(job, place, outbox, reapply(job))
        try:
            async for message in outbox.messages():
                yield applied(message)
        finally:
            await outbox.leave()

    def _start(self, job: Job, place: Place, outbox: Outbox, events: AsyncIterator[Event]) -> None:
        """Run a job in a task of its own; its place is free when it has ended."""
        key = (job.directory.name, str(job.import_id))
        running = self._running[key] = asyncio.create_task(self._run(job, events, outbox))
        running.add_done_callback(lambda _: self._running.pop(key, None))
        running.add_done_callback(lambda _: place.release())

    async def _open(self, start: Start, who: Caller) -> Job:
        """Open the import; where its last call has just broken off, wait until that is settled."""
        try:
            return await open_job(self._house, self._profiles, start, who)
        except Refusal as refusal:
            running = self._running.get((start.directory, start.import_id.lower()))
            if refusal.reason is not Reason.IMPORT_ALREADY_RUNNING or running is None:
                raise
            await asyncio.wait((running,), timeout=self._house.settings.import_queue_wait)
        return await open_job(self._house, self._profiles, start, who)

    async def _run(self, job: Job, events: AsyncIterator[Event], outbox: Outbox) -> None:
        """The import itself, in a task of its own. Whatever ends it, the outbox is told."""
        error: RollbookError | None = None
        try:
            async for event in events:
                for message in event_messages(event, job, self._house.settings.max_sent_bytes):
                    await outbox.put(message)
        except RollbookError as refusal:
            error = refusal
        except Exception:
            error = bug()
        await outbox.finish(error)

    async def _tell(self, context: Context, message: Message, inbox: Inbox) -> None:
        """Write to the client, but not for ever. The import hears of it before gRPC does.

        Raises:
            Refusal: STREAM_IDLE, the client does not read.
        """
        writing = asyncio.ensure_future(context.write(message))
        try:
            await asyncio.wait((writing,), timeout=self._house.settings.unread_wait)
            if not writing.done():
                idle = unread(self._house.settings.unread_wait)
                inbox.leave(idle)
                raise idle
            writing.result()
        finally:
            writing.cancel()


def _start(start: imports_pb2.ImportStart) -> Start:
    return Start(
        import_id=start.import_id,
        directory=start.directory,
        profile=start.profile,
        source=start.source,
        skip_results=start.skip_results,
        options=wire_options.said(start.options),
    )
