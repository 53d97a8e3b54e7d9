"""Sends a file again and again until its import has ended, and keeps all answers."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress

from rollbook.v1.imports_pb2 import ImportSummary
from rollbook.v1.results_pb2 import RowResult
from tests.acceptance.wire import Answer, Call, Peer, Request, csv, end, start


class Sent:
    """One file and one import id. What was answered once must be answered so ever after."""

    def __init__(self, directory: str, content: bytes, *, chunk: int = 4096, **said: object):
        self.opening = start(directory, **said)
        self.directory = directory
        self.import_id = self.opening.start.import_id
        self._content = content
        self._chunk = chunk
        self.results: dict[int, RowResult] = {}
        self.summary: ImportSummary | None = None
        self.last = Answer()

    @property
    def messages(self) -> Iterable[Request]:
        """All of it, `end` included."""
        return [self.opening, *csv(self._content, self._chunk), end()]

    async def to_the_end(self, peer: Peer) -> Answer:
        """Send all of it, read all of it."""
        async with peer.call() as call:
            await self._through(call, lambda: False)
            return call.answer

    async def until(self, peer: Peer, enough: Callable[[], bool]) -> Call | None:
        """Send it until `enough` is so, after some answer; the call goes on only if it is left.

        Answers whether the import was still running then.
        """
        async with peer.call() as call:
            ended = await self._through(call, enough)
            return None if ended else call

    async def broken(
        self, peer: Peer, enough: Callable[[], bool], fault: Callable[[], None], delay: float
    ) -> Answer:
        """Send it; once `enough` is so, and `delay` later, let the fault happen; read on."""
        async with peer.call() as call:
            due = asyncio.Event()
            breaking = asyncio.create_task(_break(due, fault, delay))
            try:
                await self._through(call, enough, due)
            finally:
                due.set()
                await breaking
            return call.answer

    async def _through(
        self, call: Call, enough: Callable[[], bool], due: asyncio.Event | None = None
    ) -> bool:
        """Write and read; True where the call ended. Without `due` it stops when it is enough."""
        writing = asyncio.create_task(_write(call, self.messages))
        seen = 0
        try:
            if due and enough():
                due.set()
            while await call.read():
                for result in call.answer.results[seen:]:
                    self._note(result)
                seen = len(call.answer.results)
                if enough():
                    if due is None:
                        return False
                    due.set()
            return True
        finally:
            self.last = call.answer
            self.summary = call.answer.summary or self.summary
            assert len(call.answer.rows) == len(call.answer.results)
            writing.cancel()
            with suppress(asyncio.CancelledError):
                await writing

    def _note(self, result: RowResult) -> None:
        told = RowResult()
        told.CopyFrom(result)
        told.replayed = False
        known = self.results.setdefault(told.line, told)
        assert _kept(known) == _kept(told), "a line was answered otherwise before"


def _kept(result: RowResult) -> RowResult:
    """What is sent again of every line: of a code's 1,001st issue on, the code alone is kept."""
    kept = RowResult()
    kept.CopyFrom(result)
    for issue in kept.issues:
        issue.message = ""
        issue.params.clear()
    return kept


async def _break(due: asyncio.Event, fault: Callable[[], None], delay: float) -> None:
    await due.wait()
    await asyncio.sleep(delay)
    fault()


async def _write(call: Call, requests: Iterable[Request]) -> None:
    for request in requests:
        if not await call.send(request):
            return
    await call.half_close()
