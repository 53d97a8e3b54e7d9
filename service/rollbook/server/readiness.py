"""Answers `grpc.health.v1`: whether this server should get calls.

SERVING: the database answered within the last five seconds, no migration is pending, and the
server is not being stopped. The question goes over a connection of its own, so that a busy pool
is no reason to take a server out of service.
"""

import asyncio
from contextlib import suppress

import structlog
from grpc_health.v1 import health, health_pb2

from rollbook.store import Database, StoreError
from rollbook.store.health import Probe

_EVERY_S = 1.0
_FRESH_S = 5.0
_SERVING = health_pb2.HealthCheckResponse.SERVING
_NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


class Readiness:
    """Keeps a health servicer true. `watch` it in a task; `drain` it before the port closes."""

    def __init__(self, database: Database, servicer: health.aio.HealthServicer):
        self._database = database
        self._servicer = servicer
        self._ready: bool | None = None
        self._draining = False

    @property
    def ready(self) -> bool:
        """Whether the answer is SERVING."""
        return bool(self._ready) and not self._draining

    async def watch(self) -> None:
        """Ask the database once a second, until cancelled."""
        clock = asyncio.get_running_loop().time
        probe = Probe(self._database)
        reached = clock()
        fits = True
        try:
            while True:
                with suppress(StoreError, TimeoutError):
                    async with asyncio.timeout(_FRESH_S / 2):
                        fits = not await probe.missing_migrations()
                    reached = clock()
                await self._say(ready=fits and clock() - reached < _FRESH_S, fits=fits)
                await asyncio.sleep(_EVERY_S)
        finally:
            await probe.close()

    async def drain(self, delay: float) -> None:
        """Answer NOT_SERVING from now on, and give balancers so many seconds to notice."""
        self._draining = True
        await self._servicer.enter_graceful_shutdown()
        await asyncio.sleep(delay)

    async def _say(self, *, ready: bool, fits: bool) -> None:
        if ready is self._ready:
            return
        self._ready = ready
        await self._servicer.set("", _SERVING if ready else _NOT_SERVING)
        if ready:
            _log.info("ready")
        else:
            _log.warning("not ready", why="the database is away" if fits else "migrations pending")
