"""Breaks imports off at a chosen point, and sends them again until they end."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from rollbook.client import Client
from rollbook.errors import Reason, RollbookError
from rollbook.v1.imports_pb2 import ImportStart, ImportUsersRequest
from rollbook.v1.results_pb2 import RowResult
from tests.model.files import File
from tests.model.trial import Answer, collect, sent

_PATIENCE_S = 20.0


@dataclass
class _Part:
    """The first chunks of a file, and then nothing: no `end`, and no word either if it hangs."""

    chunks: Sequence[bytes]
    hangs: bool
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    size: int | None = None
    repeatable: bool = False

    async def messages(self) -> AsyncGenerator[ImportUsersRequest]:
        for chunk in self.chunks:
            yield ImportUsersRequest(csv=chunk)
        self.reached.set()
        if self.hangs:
            await asyncio.sleep(_PATIENCE_S)


async def cut_off(client: Client, start: ImportStart, file: File, chunks: int) -> Answer:
    """Send the first chunks, then close without `end`; what was answered."""
    answer = Answer(import_id=start.import_id)
    try:
        async for event in client.upload(_Part(file.chunks[:chunks], hangs=False), start):
            collect(answer, event)
    except RollbookError as error:
        answer.error = error
    return answer


async def walk_away(client: Client, start: ImportStart, file: File, chunks: int) -> Answer:
    """Send the first chunks, wait for what is answered within a moment, and cancel the call."""
    answer = Answer(import_id=start.import_id)
    part = _Part(file.chunks[:chunks], hangs=True)

    async def listen() -> None:
        async with aclosing(client.upload(part, start)) as events:
            async for event in events:
                collect(answer, event)

    listening = asyncio.create_task(listen())
    reached = asyncio.create_task(part.reached.wait())
    await asyncio.wait((listening, reached), return_when=asyncio.FIRST_COMPLETED)
    await asyncio.sleep(0.01)
    reached.cancel()
    listening.cancel()
    for failure in await asyncio.gather(listening, return_exceptions=True):
        if isinstance(failure, RollbookError):
            answer.error = failure
    return answer


async def again(client: Client, start: ImportStart, file: File) -> Answer:
    """Send all of it, until the server no longer answers that the import still runs."""
    deadline = asyncio.get_running_loop().time() + _PATIENCE_S
    while True:
        answer = await sent(client, start, file)
        running = answer.error and answer.error.reason is Reason.IMPORT_ALREADY_RUNNING
        if not running or asyncio.get_running_loop().time() > deadline:
            return answer
        await asyncio.sleep(0.05)


def check_durable(before: Answer, after: Answer) -> None:
    """The answers of a client as they are repeated, marked as stored."""
    later = {_key(result): result for result in after.results}
    for result in before.results:
        same = later[_key(result)]
        assert same.replayed, result
        assert (same.outcome, same.user_id) == (result.outcome, result.user_id)
        assert list(same.issues) == list(result.issues)


def _key(result: RowResult) -> tuple[int, str]:
    return result.line, "" if result.line else result.employee_number
