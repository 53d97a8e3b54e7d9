"""Shows what a running server counts to Prometheus. The table of metrics is `METRICS`.

A metric is read when a client asks. Only the notices are read from the database, at most once in
15 s, however often clients ask.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from importlib.metadata import version
from time import monotonic
from typing import NamedTuple

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from rollbook.context import AppContext
from rollbook.hooks.invoke import HookCost
from rollbook.imports.job.slots import ImportSlots
from rollbook.meter import BOUNDS_S, Histogram
from rollbook.model import Queue
from rollbook.server.readiness import Readiness
from rollbook.store import Database, StoreError, notices
from rollbook.store.notices import Backlog

Family = CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily
_VERSION = version("rollbook")
_LAG_EVERY_S = 0.25
_NOTICES_EVERY_S = 15.0
_NOTICES_WAIT_S = 1.0
_MOST_NOTICES = 10_000
_MOST_WAIT_S = 3.0
_LE = [*map(floatToGoString, BOUNDS_S), "+Inf"]


class Watched(NamedTuple):
    """What the metrics are read from."""

    app: AppContext
    slots: ImportSlots
    readiness: Readiness


class Now(NamedTuple):
    """What is watched, and the notices that the database counted last; None: no answer."""

    app: AppContext
    slots: ImportSlots
    readiness: Readiness
    backlog: Backlog | None


Labels = tuple[str, ...]
Samples = Iterable[tuple[Labels, float | Histogram]]
"""The values of a metric, each with the values of its labels, in their order."""


class Metric(NamedTuple):
    """A metric as it is shown: `name` with the suffix that Prometheus wants of its type."""

    name: str
    family: type[Family]
    labels: Labels
    what: str
    read: Callable[[Now], Samples]

    @property
    def type(self) -> str:
        """Counter, gauge or histogram, as Prometheus writes it."""
        return self.family(self.name, self.what).type

    def shown(self, now: Now) -> Family:
        """The metric with its values."""
        family = self.family(self.name, self.what, labels=self.labels)
        for labels, value in self.read(now):
            if isinstance(value, Histogram):
                buckets = [*zip(_LE, map(float, value.buckets), strict=True)]
                family.add_metric(labels, buckets, value.sum_s)  # type: ignore[arg-type]
            else:
                family.add_metric(labels, value)  # type: ignore[arg-type, call-arg]
        return family


def _one(value: float | Histogram) -> Samples:
    return [((), value)]


def _by_name(counts: Mapping[str, int]) -> Samples:
    return [((name,), count) for name, count in counts.items()]


def _plugins(value: Callable[[HookCost], float]) -> Callable[[Now], Samples]:
    return lambda now: [
        ((plugin.name, cost.hook), value(cost))
        for plugin in now.app.plugins.describe()
        for cost in plugin.costs
    ]


def _turns(now: Now) -> Samples:
    return [
        (("server",), now.app.database.turns.waited),
        (("database",), now.app.meter.database_turns),
    ]


def _pool(now: Now) -> Samples:
    size, idle = now.app.database.connections_open
    return [(("idle",), idle), (("used",), size - idle)]


def _backlog(value: Callable[[Backlog], float]) -> Callable[[Now], Samples]:
    return lambda now: _one(value(now.backlog)) if now.backlog else ()


def _on_hold(now: Now) -> Samples:
    if not now.backlog:
        return ()
    return [((queue.value,), queue in now.backlog.held) for queue in Queue]


_C, _G, _H = CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
METRICS = (
    Metric(
        *("rollbook_build_info", _G, ("version",)),
        "1, with the version that runs.",
        lambda now: [((_VERSION,), 1)],
    ),
    Metric(
        *("rollbook_ready", _G, ()),
        "1 while health answers SERVING, else 0.",
        lambda now: _one(now.readiness.ready),
    ),
    Metric(
        *("rollbook_calls_total", _C, ("method", "status")),
        "Calls that have ended; a method that there is not is `unknown`.",
        lambda now: now.app.meter.calls.items(),
    ),
    Metric(
        *("rollbook_rows_total", _C, ("outcome", "preview")),
        "Rows that were answered, once each; `preview` is true where nothing is applied.",
        lambda now: now.app.meter.rows.items(),
    ),
    Metric(
        *("rollbook_row_issues_total", _C, ("code",)),
        "Errors and warnings of those rows.",
        lambda now: _by_name(now.app.meter.issues),
    ),
    Metric(
        *("rollbook_batch_seconds", _H, ()),
        "From a batch that is ready to a batch that is stored, with its wait for a turn.",
        lambda now: _one(now.app.meter.batches),
    ),
    Metric(
        *("rollbook_turn_wait_seconds", _H, ("where",)),
        "Waits for a directory's turn: in this server's queue (`server`), then for the lock in"
        " PostgreSQL (`database`).",
        _turns,
    ),
    Metric(
        *("rollbook_turns_queued", _G, ()),
        "Batches and changes that wait in this server for a directory's turn.",
        lambda now: _one(now.app.database.turns.queued),
    ),
    Metric(
        *("rollbook_imports_queued", _G, ()),
        "Imports that wait for a slot.",
        lambda now: _one(now.slots.queued),
    ),
    Metric(
        *("rollbook_leases", _G, ()),
        "Imports that this server is working at, whose lease it holds.",
        lambda now: _one(now.app.meter.leases),
    ),
    Metric(
        *("rollbook_notices_total", _C, ("state",)),
        "Notices that this server delivered, by the state they went into; `pending`: failed, and"
        " tried again.",
        lambda now: _by_name(now.app.meter.notices),
    ),
    Metric(
        *("rollbook_notices_pending", _G, ()),
        f"Notices that wait in the database, for any server; counted up to {_MOST_NOTICES}.",
        _backlog(lambda backlog: backlog.pending),
    ),
    Metric(
        *("rollbook_notices_oldest_seconds", _G, ()),
        "Age of the oldest of these; 0 if there is none.",
        _backlog(lambda backlog: backlog.oldest_s),
    ),
    Metric(
        *("rollbook_notices_on_hold", _G, ("queue",)),
        "1 while the queue is on hold, because many notices in a row were refused; else 0.",
        _on_hold,
    ),
    Metric(
        *("rollbook_plugin_calls_total", _C, ("plugin", "hook")),
        "Calls of a plugin's hook.",
        _plugins(lambda cost: cost.calls),
    ),
    Metric(
        *("rollbook_plugin_failures_total", _C, ("plugin", "hook")),
        "Calls of these that failed, or failed for some rows.",
        _plugins(lambda cost: cost.failures),
    ),
    Metric(
        *("rollbook_plugin_seconds_total", _C, ("plugin", "hook")),
        "Seconds that were waited for them.",
        _plugins(lambda cost: cost.seconds),
    ),
    Metric(
        *("rollbook_pool_connections", _G, ("state",)),
        "Open connections to PostgreSQL, `idle` and `used`; at most `ROLLBOOK_POOL_SIZE`.",
        _pool,
    ),
    Metric(
        *("rollbook_loop_lag_seconds", _H, ()),
        "How late the event loop came to a task that was due, four times a second.",
        lambda now: _one(now.app.meter.lag),
    ),
)


def registry(watched: Watched) -> CollectorRegistry:
    """The metrics of this server, and those of its process. Call it on the event loop."""
    made = CollectorRegistry()
    made.register(_OnTheLoop(watched, asyncio.get_running_loop()))
    ProcessCollector(registry=made)
    return made


async def feel_lag(lag: Histogram) -> None:
    """Measure how late the event loop is, until cancelled."""
    clock = asyncio.get_running_loop().time
    while True:
        due = clock() + _LAG_EVERY_S
        await asyncio.sleep(_LAG_EVERY_S)
        lag.add(max(0.0, clock() - due))


class _OnTheLoop(Collector):
    """Reads the metrics on the event loop, where they are written, for whatever thread asks."""

    def __init__(self, watched: Watched, loop: asyncio.AbstractEventLoop):
        self._watched = watched
        self._loop = loop
        self._backlog = _Asked(watched.app.database)

    def collect(self) -> Iterator[Family]:
        """All of them.

        Raises:
            TimeoutError: the loop is stalled.
        """
        asked = asyncio.run_coroutine_threadsafe(self._read(), self._loop)
        yield from asked.result(_MOST_WAIT_S)

    async def _read(self) -> list[Family]:
        now = Now(*self._watched, await self._backlog.current())
        return [metric.shown(now) for metric in METRICS]


class _Asked:
    """What the database says of the notices.

    It is waited for briefly and never cancelled: to cancel a question takes an answer, too.
    """

    def __init__(self, database: Database):
        self._database = database
        self._asking: asyncio.Task[Backlog | None] | None = None
        self._asked_at = 0.0

    async def current(self) -> Backlog | None:
        """The last answer, or a new one where that is old; None while there is none."""
        asking = self._asking
        if asking is None or (asking.done() and monotonic() - self._asked_at > _NOTICES_EVERY_S):
            asking = self._asking = asyncio.create_task(self._ask())
            self._asked_at = monotonic()
        await asyncio.wait((asking,), timeout=_NOTICES_WAIT_S)
        return asking.result() if asking.done() else None

    async def _ask(self) -> Backlog | None:
        with suppress(StoreError):
            return await notices.backlog(self._database, _MOST_NOTICES)
        return None
