"""Puts a queue on hold of which many notices in a row are refused, and none is sent between.

A relay that refuses everything, for a reason of ours, would otherwise make whole imports
undeliverable. While a queue is on hold a few of its notices are tried now and then; the first that
is sent ends it. A refusal ends no notice meanwhile. Urgent notices are not held: they are few, and
each one tries the queue.
"""

import random
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import structlog

from rollbook.context import AppContext
from rollbook.hooks import Answer, Undeliverable
from rollbook.model import Issue, Lane, NoticeState, Queue
from rollbook.notifications.retry import outcome, put_off
from rollbook.store import StoreError, holds
from rollbook.store.holds import Hold
from rollbook.store.notices import ClaimedRow, Settled

FIRST_PROBE_S, NEXT_PROBE_S = 60.0, 300.0
"""Seconds until some notices of a queue on hold are tried, first and then."""
MAX_PROBES = 5
"""Notices that are tried at once; of as many directories as there are."""
_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


class _Refusals(NamedTuple):
    plugin: str
    reason: str
    refused: int


class Holds:
    """The holds as this server knows them. Both of its workers share one."""

    def __init__(self, app: AppContext):
        self._app = app
        self._refused: Counter[Queue] = Counter()
        self._held: dict[Queue, Hold] = {}
        self._begun: dict[Queue, _Refusals] = {}
        self._ended: set[Queue] = set()

    async def read(self) -> None:
        """Read what is on hold, by whatever server.

        Raises:
            StoreError: as a statement.
        """
        async with self._app.database.connection() as connection:
            found = {hold.queue: hold for hold in await holds.read(connection)}
        for queue in self._held.keys() - found.keys():
            self._refused[queue] = 0  # another server has sent some
        self._held = found

    def free(self, lanes: Sequence[Lane]) -> list[Lane]:
        """Those of the lanes whose notices are not held."""
        return [lane for lane in lanes if lane is Lane.URGENT or not self._on_hold(lane.queue)]

    def to_try(self, lanes: Sequence[Lane]) -> list[Lane]:
        """Those of the lanes that are held, and of which some notices are to be tried now."""
        due = {queue for queue, hold in self._held.items() if hold.probe_due}
        return [lane for lane in lanes if lane not in self.free(lanes) and lane.queue in due]

    async def tried(self, lanes: Sequence[Lane]) -> None:
        """Note that notices of these lanes are being tried.

        Raises:
            StoreError: as a statement.
        """
        async with self._app.database.connection() as connection:
            for queue in {lane.queue for lane in lanes}:
                await holds.probed(connection, queue, NEXT_PROBE_S)

    def judge(self, row: ClaimedRow, answer: Answer | Issue | None, plugin: str) -> Settled:
        """The outcome of a notice, as `retry.outcome`; a refusal is put off during a hold."""
        settled = outcome(row, answer, random.random)
        queue = row.mail.lane.queue
        if settled.state is NoticeState.SENT:
            self._refused[queue] = 0
            if self._on_hold(queue):
                self._ended.add(queue)
            self._begun.pop(queue, None)
        elif isinstance(answer, Undeliverable):
            if self._on_hold(queue):
                return put_off(row, answer.reason, random.random)
            self._refused[queue] += 1
            if self._refused[queue] >= self._app.settings.notification_hold_after:
                self._begun[queue] = _Refusals(plugin, answer.reason, self._refused[queue])
        return settled

    def _on_hold(self, queue: Queue) -> bool:
        return queue in self._begun or (queue in self._held and queue not in self._ended)

    async def keep(self) -> None:
        """Store the holds that have begun and ended. What cannot be stored is, next time."""
        try:
            for queue in [*self._ended]:
                await self._end(queue)
                self._ended.discard(queue)
            for queue, refusals in [*self._begun.items()]:
                await self._begin(queue, refusals)
                self._begun.pop(queue, None)
        except StoreError as error:
            _log.warning("a hold of notices is not stored yet", why=str(error))

    async def _begin(self, queue: Queue, refusals: _Refusals) -> None:
        plugin, reason, refused = refusals
        async with self._app.database.connection() as connection:
            new = await holds.begin(connection, queue, plugin, reason, refused, FIRST_PROBE_S)
            self._held = {hold.queue: hold for hold in await holds.read(connection)}
        if new:
            _log.error(
                "notices are on hold", queue=queue.value, plugin=plugin, refused=refused, why=reason
            )

    async def _end(self, queue: Queue) -> None:
        async with self._app.database.connection() as connection:
            ended = await holds.end(connection, queue)
        self._held.pop(queue, None)
        if ended:
            _log.info("notices go on", queue=queue.value)
            self._app.noticed.ring()
