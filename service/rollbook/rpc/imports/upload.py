"""The method ImportUsers: reads the stream of a file and streams the answers."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial

from google.protobuf.message import Message

from rollbook.access import Caller
from rollbook.context import AppContext
from rollbook.errors import Reason, Refusal, RollbookError
from rollbook.imports.apply_preview import Wish, open_preview, reapply
from rollbook.imports.job.job import Job
from rollbook.imports.job.slots import ImportSlot, ImportSlots
from rollbook.imports.logged import logged
from rollbook.imports.opening import Start, open_job
from rollbook.imports.run import Event, run
from rollbook.profiles import Profiles
from rollbook.rpc.imports import options as wire_options
from rollbook.rpc.imports.base import ImportPart
from rollbook.rpc.imports.events import accepted, applied, event_messages
from rollbook.rpc.imports.request_stream import RequestStream
from rollbook.rpc.imports.response_buffer import ResponseBuffer, unread
from rollbook.rpc.wire.servicer import caller
from rollbook.rpc.wire.status import Context, bug
from rollbook.users.disclosure import may_read
from rollbook.v1 import imports_pb2

_LAST_LINE = 2**63 - 1
"""The highest line that PostgreSQL can be asked about; files end long before it."""


class Uploads(ImportPart):
    """Runs imports. The work belongs to the server: a call may go, its import's batch goes on."""

    def __init__(self, app: AppContext, profiles: Profiles, slots: ImportSlots):
        super().__init__(app, profiles)
        self._slots = slots
        self._running: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._buffers: set[ResponseBuffer] = set()

    async def drain(self) -> None:
        """Take nothing more in; every batch that has begun is finished, its client answered.

        A client that does not read keeps no import from its end.
        """
        self._draining.set()
        for buffer in tuple(self._buffers):
            await buffer.drain()
        if self._running:
            await asyncio.wait(self._running.values(), timeout=self._app.settings.shutdown_grace)

    async def ImportUsers(
        self, requests: AsyncIterator[imports_pb2.ImportUsersRequest | Refusal], context: Context
    ) -> None:
        """See the contract."""
        who = caller()
        stream = RequestStream(requests, self._app.settings, self._draining)
        start = await stream.start()
        slot = await self._slots.take(who)
        try:
            job = await self._open(_start(start), who)
        except BaseException:
            slot.release()
            raise
        buffer = ResponseBuffer(self._app.settings)

        async def ended() -> None:
            await buffer.put_end(stream.bytes_received)

        self._start(
            *(job, slot, buffer),
            logged(job, run(job, stream.parts(ended), lambda: stream.is_over), task="upload"),
            who,
            compact=start.compact_results,
        )
        key = (job.directory.name, str(job.import_id))
        self._inboxes[key] = stream
        try:
            await self._tell(context, accepted(job), stream)
            async for data in buffer.messages():
                await self._tell(context, data, stream)
        except Refusal as refusal:
            if not stream.left:
                stream.leave(refusal)  # where it is ours, the import must report the same
            raise
        finally:
            if self._inboxes.get(key) is stream:
                del self._inboxes[key]
            if not stream.left:
                stream.leave()
            await buffer.leave()

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
        slot = await self._slots.take(who)
        try:
            job = await open_preview(self._app, self._profiles, wish, who)
        except BaseException:
            slot.release()
            raise
        buffer = ResponseBuffer(self._app.settings)
        events = logged(job, reapply(job), task="apply")
        self._start(job, slot, buffer, events, who, compact=request.compact_results)
        try:
            async for data in buffer.messages():
                yield applied(imports_pb2.ImportUsersResponse.FromString(data))
        finally:
            await buffer.leave()

    def _start(
        self,
        job: Job,
        slot: ImportSlot,
        buffer: ResponseBuffer,
        events: AsyncIterator[Event],
        who: Caller,
        *,
        compact: bool,
    ) -> None:
        """Run a job in a task of its own; its slot is free when it has ended."""
        key = (job.directory.name, str(job.import_id))
        most = self._app.settings.max_sent_bytes
        to_messages = partial(
            event_messages, job=job, most_bytes=most, reader=may_read(who), compact=compact
        )
        running = self._running[key] = asyncio.create_task(
            self._run(job, events, buffer, to_messages), name=f"import {job.import_id}"
        )
        running.add_done_callback(lambda _: self._running.pop(key, None))
        running.add_done_callback(lambda _: slot.release())
        running.add_done_callback(lambda _: self._buffers.discard(buffer))
        self._buffers.add(buffer)

    async def _open(self, start: Start, who: Caller) -> Job:
        """Open the import; where its last call has just broken off, wait until that is settled."""
        try:
            return await open_job(self._app, self._profiles, start, who)
        except Refusal as refusal:
            running = self._running.get((start.directory, start.import_id.lower()))
            if refusal.reason is not Reason.IMPORT_ALREADY_RUNNING or running is None:
                raise
            await asyncio.wait((running,), timeout=self._app.settings.import_queue_wait)
        return await open_job(self._app, self._profiles, start, who)

    async def _run(
        self,
        job: Job,
        events: AsyncIterator[Event],
        buffer: ResponseBuffer,
        to_messages: Callable[[Event], Iterator[imports_pb2.ImportUsersResponse]],
    ) -> None:
        """The import itself, in a task of its own. Whatever ends it, the buffer learns of it."""
        error: RollbookError | None = None
        try:
            async for event in events:
                for message in to_messages(event):
                    await buffer.put(message)
        except RollbookError as refusal:
            error = refusal
        except asyncio.CancelledError:  # by whomever
            error = Refusal(
                Reason.SERVER_DRAINING,
                "The import was broken off. Send the file again with the same import id.",
            )
            raise
        except Exception:
            error = bug(import_id=str(job.import_id))
        finally:
            await buffer.finish(error)

    async def _tell(
        self, context: Context, message: Message | bytes, stream: RequestStream
    ) -> None:
        """Write to the client, but not for ever. The import hears of it before gRPC does.

        Raises:
            Refusal: STREAM_IDLE, the client does not read.
        """
        writing = asyncio.ensure_future(context.write(message))
        try:
            await asyncio.wait((writing,), timeout=self._app.settings.unread_wait)
            if not writing.done():
                idle = unread(self._app.settings.unread_wait)
                stream.leave(idle)
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
        options=wire_options.option_values(start.options),
        results_after_line=min(start.results_after_line, _LAST_LINE),
        file_name=start.file_name,
    )
