"""WriteUser: one typed row → the line, as an import of its own."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

from rollbook.access import Scope
from rollbook.checking.request_text import REQUEST
from rollbook.context import AppContext
from rollbook.imports.job.job import Job
from rollbook.imports.job.slots import ImportSlots
from rollbook.imports.opening import Start, open_job
from rollbook.imports.rows.source import End
from rollbook.imports.rows.source import Part as Piece
from rollbook.imports.run import run
from rollbook.profiles import Profiles
from rollbook.rpc.imports import options as wire_options
from rollbook.rpc.imports.events import event_messages
from rollbook.rpc.imports.request_stream import cells_of
from rollbook.rpc.users import lookup
from rollbook.rpc.users.change import UsersChanged
from rollbook.rpc.wire.caller import caller
from rollbook.rpc.wire.status import Context
from rollbook.store import users
from rollbook.store.users import Who
from rollbook.v1 import options_pb2
from rollbook.v1 import users_pb2 as v1

_SOURCE = "by hand"
"""What users written by hand come from: no file's source, so that no full sync suspends them."""


class UsersWritten(UsersChanged):
    """See the contract."""

    def __init__(self, app: AppContext, profiles: Profiles, slots: ImportSlots):
        super().__init__(app)
        self._profiles = profiles
        self._slots = slots
        self._writing: set[asyncio.Task[v1.WriteUserResponse]] = set()

    async def WriteUser(
        self, request: v1.WriteUserRequest, _context: Context
    ) -> v1.WriteUserResponse:
        """See the contract. The call may go: what has begun is finished."""
        if not request.HasField("row"):
            raise REQUEST.wrong("row", "There is no row to write.")
        who = caller()
        slot = await self._slots.take(who.principal)
        try:
            job = await open_job(self._app, self._profiles, _start(request), who)
        except BaseException:
            slot.release()
            raise
        writing = asyncio.create_task(self._write(job, request))
        self._writing.add(writing)
        writing.add_done_callback(self._writing.discard)
        writing.add_done_callback(lambda _: slot.release())
        return await asyncio.shield(writing)

    async def drain(self) -> None:
        """Wait until what has begun is written."""
        if self._writing:
            await asyncio.wait(self._writing, timeout=self._app.settings.shutdown_grace)

    async def _write(self, job: Job, request: v1.WriteUserRequest) -> v1.WriteUserResponse:
        most = self._app.settings.max_sent_bytes
        told = [
            message
            async for event in run(job, _parts(request))
            for message in event_messages(event, job, most)
        ]
        (result,) = [result for message in told for result in message.results.results]
        answer = v1.WriteUserResponse(result=result, import_id=str(job.import_id))
        if (user_id := lookup.id_of(result.user_id)) is not None:
            async with job.database.connection() as connection:
                row = await users.get(connection, job.directory.id, Who(id=user_id))
            if row:
                answer.user.CopyFrom(lookup.message(row))
        return answer


def _start(request: v1.WriteUserRequest) -> Start:
    options = options_pb2.ImportOptions(mode=request.mode)
    options.commit = (
        options_pb2.COMMIT_NONE if request.validate_only else options_pb2.COMMIT_PER_BATCH
    )
    options.results = options_pb2.RESULTS_ALL
    options.missing_users = options_pb2.MISSING_USERS_IGNORE
    return Start(
        import_id=request.request_id or str(uuid4()),
        directory=request.directory,
        profile=request.profile,
        source=_SOURCE,
        skip_results=False,
        options=wire_options.said(options),
        commits=Scope.USERS_WRITE,
    )


async def _parts(request: v1.WriteUserRequest) -> AsyncIterator[Piece]:
    yield [cells_of(request.row)]
    yield End(total_rows=1)
