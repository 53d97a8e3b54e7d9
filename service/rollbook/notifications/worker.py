"""Claims what is due, asks the plugins, settles: in a task of its own, until told to stop.

Several servers do so at once, each with claims of its own. Whoever dies holding one loses it after
`courier_claim` seconds, and another tells again: at least once, and twice only then.
"""

import asyncio
import random
import secrets
from collections.abc import Sequence
from contextlib import suppress

import structlog

from rollbook.hooks import Plugins
from rollbook.model import NoticeState
from rollbook.notifications.retry import settled, unhandled
from rollbook.notifications.settling import settle
from rollbook.notifications.view import shown
from rollbook.settings import Settings
from rollbook.store import Database, StoreError, Unavailable, notices
from rollbook.store.notices import ClaimedRow, Settled

_AT_ONCE = 50
_GONE = "the user is gone"
_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


class NotificationWorker:
    """One server's courier. `run` it in a task; `stop` lets what is under way be settled."""

    def __init__(
        self, database: Database, plugins: Plugins, settings: Settings, noticed: asyncio.Event
    ):
        """Look for notices now and then, and at once when `noticed` is set."""
        self._database = database
        self._plugins = plugins
        self._settings = settings
        self._noticed = noticed
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Tell notices until `stop`. Whatever goes wrong is logged, and tried again later."""
        while not self._stopping.is_set():
            if not await self._round():
                await self._wait()

    async def stop(self, running: "asyncio.Task[None]", grace: float) -> None:
        """Claim no more; wait so many seconds for `running` to settle what it has."""
        self._stopping.set()
        self._noticed.set()
        with suppress(TimeoutError, asyncio.CancelledError):
            await asyncio.wait_for(running, grace)

    async def _round(self) -> bool:
        """Claim and settle some; whether there may be more at once."""
        by = secrets.token_hex(16)
        try:
            rows = await notices.claim(self._database, by, self._settings.courier_claim, _AT_ONCE)
            if rows:
                await self._tell(by, rows)
        except Unavailable:
            _log.warning("the courier waits for the database")
            return False
        except StoreError:
            _log.exception("the database refused the courier", correlation_id=by[:16])
            return False
        except Exception:
            # Of ours: what was claimed lapses, and everything else goes on.
            _log.exception("the courier stumbled", correlation_id=by[:16])
            return False
        return len(rows) == _AT_ONCE

    async def _tell(self, by: str, rows: Sequence[ClaimedRow]) -> None:
        keeping = asyncio.create_task(self._keep(by, rows))
        try:
            became = await self._asked(rows)
            held = await settle(self._database, by, rows, became)
        finally:
            keeping.cancel()
            with suppress(asyncio.CancelledError):
                await keeping
        counts = {
            state.value: sum(one.state is state for one in became.values()) for state in NoticeState
        }
        _log.info("told", notices=len(rows), lost=len(rows) - held, **counts)

    async def _asked(self, rows: Sequence[ClaimedRow]) -> dict[int, Settled]:
        """What becomes of each, by its id."""
        if not self._plugins.answers("notify"):
            return {row.id: unhandled(row) for row in rows}
        told = await shown(self._database, rows)
        said = await self._plugins.notify(tuple(told.values()))
        became = {}
        for row in rows:
            key = str(row.key)
            if key not in told:
                became[row.id] = Settled(row.id, NoticeState.UNDELIVERABLE, _GONE, row.in_doubt, 0)
                continue
            answer = said.answers.get(key) or said.failed.get(key)
            became[row.id] = settled(row, answer, random.random)
        return became

    async def _keep(self, by: str, rows: Sequence[ClaimedRow]) -> None:
        """Keep the claim while plugins are asked, however many of them take their time."""
        seconds = self._settings.courier_claim
        while True:
            await asyncio.sleep(seconds / 3)
            with suppress(StoreError):
                await notices.renew(self._database, by, seconds, rows)

    async def _wait(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._noticed.wait(), self._settings.courier_poll)
        self._noticed.clear()
