"""Imports that go on while nobody waits, when the tab is closed; and the messages about them."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import aclosing
from typing import Any, TypeAlias

from rollbook.client import Client, import_options
from rollbook.errors import Reason, Refusal, RollbookError
from rollbook.v1.imports_pb2 import ImportAccepted, ImportStart, ImportState
from rollbook.v1.options_pb2 import ImportOptions
from rollbook.web.console.pages import BROKEN
from rollbook.web.site import Site

_log = logging.getLogger("rollbook.web")
_MOST_REMEMBERED = 1_000
_PATIENCE = 2.0
"""Seconds for which a page waits, so that a quick end is shown at once."""
PLANNED = (ImportState.IMPORT_STATE_PREVIEWED, ImportState.IMPORT_STATE_AWAITING_APPROVAL)
"""Nothing was applied yet, and the counts are of the plan."""
Rows: TypeAlias = Callable[[Client], AsyncIterator[bytes]]
"""Makes a file of the rows that a client reads."""


class Remembered:
    """Texts about imports that no service keeps: of the last thousand, until this site stops."""

    def __init__(self) -> None:
        self._texts: OrderedDict[tuple[str, str], Sequence[str]] = OrderedDict()

    def keep(self, directory: str, import_id: str, texts: Sequence[str]) -> None:
        """Keep these in place of those before; none: forget them."""
        self._texts.pop((directory, import_id), None)
        if texts:
            self._texts[directory, import_id] = texts
        if len(self._texts) > _MOST_REMEMBERED:
            self._texts.popitem(last=False)

    def of(self, directory: str, import_id: str) -> Sequence[str]:
        """What is kept of an import."""
        return self._texts.get((directory, import_id), ())


class Notes:
    """The messages about imports: texts about files, and in which further ones their rows are.

    This helps people to find their way, until the site stops. Nothing rests on it: of a preview
    that is applied after its successor, the service refuses a plan that no longer holds.
    """

    def __init__(self) -> None:
        self.texts = Remembered()
        self.newer = Remembered()
        """The preview that has all rows of this one, some of them corrected."""
        self.others = Remembered()
        """The previews that have further rows of the same file."""

    def follow(self, directory: str, before: str, after: str, *, whole: bool) -> None:
        """The import `after` was made of the rows of the preview `before`: of all, if `whole`."""
        self.texts.keep(directory, after, self.texts.of(directory, before))
        if whole:
            self.newer.keep(directory, before, [after])
            return
        every = [*self.others.of(directory, before), before, after]
        for one in every:
            self.others.keep(directory, one, [other for other in every if other != one])


_Key = tuple[str, str, str]
"""A session, a directory and an import: what one person does is in nobody else's way."""


class Running:
    """The imports that this site applies or sends now, and why the last ones were refused."""

    def __init__(self, site: Site):
        self._site = site
        self._running: dict[_Key, tuple[asyncio.Task[None], ImportOptions | None]] = {}
        self._refused: OrderedDict[_Key, str] = OrderedDict()

    async def begin(
        self, session: str, directory: str, import_id: str, only: ImportOptions
    ) -> None:
        """Apply a preview; returns when that has ended, or after a moment.

        Raises:
            Refusal: IMPORT_ALREADY_RUNNING, the session applies another choice of it now.
        """
        key = (session, directory, import_id)
        if key not in self._running:
            self._begun(key, self._told(key, self._apply(key, only)), only)
        task, chosen = self._running[key]
        if chosen != only:
            raise Refusal(
                Reason.IMPORT_ALREADY_RUNNING,
                "Other rows of this import are being applied; choose again when that has ended.",
            )
        await asyncio.wait([task], timeout=_PATIENCE)

    async def send(self, session: str, start: ImportStart, rows: Rows) -> None:
        """Send a new import; returns when that has ended, or a moment after it was accepted.

        Raises:
            RollbookError: it was refused by then; `refused` says why it was later.
        """
        key = (session, start.directory, start.import_id)
        accepted = asyncio.Event()
        sent: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        async def sending() -> None:
            try:
                async with self._site.of(session) as client:
                    await _send(client, start, rows, accepted)
            except RollbookError as refused:
                if not waits:
                    raise
                sent.set_exception(refused)
            finally:
                accepted.set()

        waits = True
        task = self._begun(key, self._told(key, sending()), None)
        await accepted.wait()
        await asyncio.wait([task], timeout=_PATIENCE)
        waits = False
        if sent.done():
            await sent

    def _begun(
        self, key: _Key, work: Coroutine[Any, Any, None], only: ImportOptions | None
    ) -> asyncio.Task[None]:
        self._refused.pop(key, None)
        task = asyncio.create_task(work, name=f"import {key[2]}")
        self._running[key] = task, only
        task.add_done_callback(lambda _: self._running.pop(key, None))
        return task

    def is_running(self, session: str, directory: str, import_id: str) -> bool:
        """Whether this site applies or sends the import now, for that session."""
        return (session, directory, import_id) in self._running

    def refused(self, session: str, directory: str, import_id: str) -> str:
        """Why the import was refused when the session last tried it here; '': it was not."""
        return self._refused.get((session, directory, import_id), "")

    async def _apply(self, key: _Key, only: ImportOptions) -> None:
        session, directory, import_id = key
        async with self._site.of(session) as client:
            await _all(client, directory, import_id, only)

    async def _told(self, key: _Key, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except RollbookError as refused:
            self._keep(key, refused.message)
        except Exception:
            _log.exception("an import could not be applied or sent")
            self._keep(key, BROKEN)

    def _keep(self, key: _Key, why: str) -> None:
        self._refused[key] = why
        if len(self._refused) > _MOST_REMEMBERED:
            self._refused.popitem(last=False)


async def _all(client: Client, directory: str, import_id: str, only: ImportOptions) -> None:
    async for _ in client.imports.apply(directory, import_id, only):
        pass  # the service keeps what the rows came to; the pages ask it


async def _send(client: Client, start: ImportStart, rows: Rows, accepted: asyncio.Event) -> None:
    async def lines() -> AsyncIterator[bytes]:
        await accepted.wait()
        async for line in rows(client):
            yield line

    async with aclosing(client.upload_stream(lines(), start)) as events:
        async for event in events:
            if isinstance(event, ImportAccepted):
                accepted.set()


def to_apply(what: str, lines: list[int]) -> ImportOptions:
    """What of a preview is to be applied: `all`, `new`, or the rows that start in these lines."""
    if what == "new":
        return import_options(only_outcomes="CREATED")
    if what == "ticked":
        return import_options(only_lines=",".join(map(str, lines)))
    return ImportOptions()
