"""The background worker that claims due notices and delivers them.

Each server has two, so that urgent notices wait for no others. Several servers do so at once, each
with claims of its own. If a server dies, its claim lapses after `notification_claim` seconds and
another server delivers: at least once, and twice only then.
"""

import asyncio
import secrets
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

import structlog

from rollbook.background import Background, beside
from rollbook.credentials.means import Means
from rollbook.model import Lane
from rollbook.notifications.delivery import deliver
from rollbook.notifications.holds import MAX_PROBES, Holds
from rollbook.store import StoreError, Unavailable, notices
from rollbook.store.notices import ClaimedRow

MAX_CLAIMED = 50
"""Notices that are claimed at once."""
_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


class Outage:
    """Logs once that a server's workers wait for the database, and once that all go on."""

    def __init__(self) -> None:
        self._waiting: set[object] = set()

    def say(self, worker: object, *, waits: bool) -> None:
        """Note whether the worker waits, and log what that begins or ends."""
        before = bool(self._waiting)
        if waits:
            self._waiting.add(worker)
        else:
            self._waiting.discard(worker)
        if self._waiting and not before:
            _log.warning("the notification worker waits for the database")
        elif before and not self._waiting:
            _log.info("the notification worker goes on")


class NotificationWorker:
    """One server's worker of some lanes. `run` it beside the calls.

    After `stop` it settles what it has.
    """

    def __init__(self, means: Means, lanes: Sequence[Lane], holds: Holds, outage: Outage):
        """Look for notices of these lanes now and then, and at once when some are written here."""
        app = means.app
        self._means = means
        self._holds = holds
        self._outage = outage
        self._lanes = lanes
        self._meter = app.meter
        self._database = app.database
        self._settings = app.settings
        self._noticed = app.noticed.listen()
        self._stopping = asyncio.Event()
        # A claim that broke may have been committed: its notices would wait until it lapses.
        self._broken_claim = ""

    async def run(self) -> None:
        """Deliver notices until `stop`, and settle what is claimed then."""
        while not self._stopping.is_set():
            if not await self._deliver_some():
                await self._wait()

    def stop(self) -> None:
        """Claim no more."""
        self._stopping.set()
        self._noticed.set()

    async def _deliver_some(self) -> bool:
        """Claim and deliver some notices; whether there may be more at once."""
        claim = secrets.token_hex(16)
        rows: Sequence[ClaimedRow] = ()
        try:
            if self._broken_claim:
                await notices.release(self._database, self._broken_claim)
                self._broken_claim = ""
            rows = await self._claim(claim)
            if rows:
                await self._deliver(claim, rows)
        except Unavailable:  # before any plugin was asked: what follows that waits by itself
            self._broken_claim = self._broken_claim or claim
            self._outage.say(self, waits=True)
            return False
        except Exception:
            # What was claimed lapses and is tried again; everything else goes on.
            _log.exception(
                "the notification worker failed",
                correlation_id=claim[:16],
                notice_ids=[row.id for row in rows],
                import_ids=sorted({str(row.import_id) for row in rows if row.import_id}),
            )
            return False
        self._outage.say(self, waits=False)
        return len(rows) == MAX_CLAIMED

    async def _claim(self, claim: str) -> list[ClaimedRow]:
        """Claim what is not on hold; or else a few notices, to try whether a hold can end."""
        await self._holds.read()
        seconds = self._settings.notification_claim
        trying = self._holds.to_try(self._lanes)
        if trying and (
            rows := await notices.claim(self._database, claim, seconds, MAX_PROBES, trying)
        ):
            await self._holds.tried(trying)
            return rows
        free = self._holds.free(self._lanes)
        if not free:
            return []
        return await notices.claim(self._database, claim, seconds, MAX_CLAIMED, free)

    async def _deliver(self, claim: str, rows: Sequence[ClaimedRow]) -> None:
        async with beside(Background.CLAIM, partial(self._renew, claim, rows), claim=claim[:16]):
            settled = await deliver(self._means, self._holds, claim, rows)
            self._meter.notices.update(settled)

    async def _renew(self, claim: str, rows: Sequence[ClaimedRow]) -> None:
        """Extend the claim while plugins are asked, however long they take."""
        seconds = self._settings.notification_claim
        while True:
            await asyncio.sleep(seconds / 3)
            with suppress(StoreError):
                await notices.renew(self._database, claim, seconds, rows)

    async def _wait(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._noticed.wait(), self._settings.notification_poll)
        self._noticed.clear()
