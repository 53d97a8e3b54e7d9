"""Imports that are applied while nobody waits: they go on when the tab is closed."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Sequence

from rollbook.client import Client, import_options
from rollbook.errors import Reason, Refusal, RollbookError
from rollbook.v1.options_pb2 import ImportOptions
from rollbook.web.console.pages import BROKEN
from rollbook.web.site import Site

_log = logging.getLogger("rollbook.web")
_MOST_REMEMBERED = 1_000
_PATIENCE = 2.0
"""Seconds for which a page waits, so that a quick end is shown at once."""


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


_Key = tuple[str, str, str]
"""A session, a directory and an import: what one person does is in nobody else's way."""


class Applying:
    """The imports that this site applies now, and why the last ones were refused."""

    def __init__(self, site: Site):
        self._site = site
        self._running: dict[_Key, tuple[asyncio.Task[None], ImportOptions]] = {}
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
            self._refused.pop(key, None)
            task = asyncio.create_task(self._apply(key, only), name=f"apply {import_id}")
            self._running[key] = task, only
            task.add_done_callback(lambda _: self._running.pop(key, None))
        task, chosen = self._running[key]
        if chosen != only:
            raise Refusal(
                Reason.IMPORT_ALREADY_RUNNING,
                "Other rows of this import are being applied; choose again when that has ended.",
            )
        await asyncio.wait([task], timeout=_PATIENCE)

    def is_running(self, session: str, directory: str, import_id: str) -> bool:
        """Whether this site applies the import now, for that session."""
        return (session, directory, import_id) in self._running

    def refused(self, session: str, directory: str, import_id: str) -> str:
        """Why the import was not applied when the session last tried it here; '': it was."""
        return self._refused.get((session, directory, import_id), "")

    async def _apply(self, key: _Key, only: ImportOptions) -> None:
        session, directory, import_id = key
        try:
            async with self._site.of(session) as client:
                await _all(client, directory, import_id, only)
        except RollbookError as refused:
            self._keep(key, refused.message)
        except Exception:
            _log.exception("a preview could not be applied")
            self._keep(key, BROKEN)

    def _keep(self, key: _Key, why: str) -> None:
        self._refused[key] = why
        if len(self._refused) > _MOST_REMEMBERED:
            self._refused.popitem(last=False)


async def _all(client: Client, directory: str, import_id: str, only: ImportOptions) -> None:
    async for _ in client.imports.apply(directory, import_id, only):
        pass  # the service keeps what the rows came to; the pages ask it


def to_apply(what: str, lines: list[int]) -> ImportOptions:
    """What of a preview is to be applied: `all`, `new`, or the rows that start in these lines."""
    if what == "new":
        return import_options(only_outcomes="CREATED")
    if what == "ticked":
        return import_options(only_lines=",".join(map(str, lines)))
    return ImportOptions()
