"""Keeps a few connections to the relay open between mails, and closes idle ones."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import structlog

from rollbook_mail.connection import Answer, Connection, Stale, Unusable
from rollbook_mail.message import Sealed
from rollbook_mail.settings import MailSettings, Tls

IDLE = 30.0
"""Seconds after which a connection that carries nothing is closed."""

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


class Pool:
    """The connections. At most so many at once as are set, one mail at a time on each."""

    def __init__(self, settings: MailSettings, idle: float = IDLE):
        self._settings = settings
        self._trust = None if settings.tls is Tls.OFF else settings.trust()
        self._idle_for = idle
        self._seats = asyncio.Semaphore(settings.connections)
        self._idle: list[tuple[Connection, float]] = []  # with the time since when; newest last
        self._sweeping: asyncio.TimerHandle | None = None
        self._leaving: set[asyncio.Task[None]] = set()
        self._closed = False

    async def reach(self, until: float) -> None:
        """Make sure that the relay can be reached now: open one connection.

        Raises:
            Unusable: it cannot; the message is the reason.
        """
        async with self._seat(until):
            self._keep(await self._take(until))

    async def carry(self, mail: Sealed, until: float, last: float | None = None) -> Answer:
        """Send that mail, on any connection, by that time of the loop's clock, its dot by `last`.

        One that was closed while it lay idle is replaced by a new one before the mail begins.

        Raises:
            Unusable: there was no connection; the mail was not begun.
        """
        async with self._seat(until):
            connection = await self._take(until)
            try:
                answer = await connection.carry(mail, until, last)
            except Stale:
                connection = await self._new(until)
                answer = await connection.carry(mail, until, last)
            self._keep(connection)
            return answer

    async def close(self) -> None:
        """Take leave on all connections; one that carries a mail is dropped after it."""
        self._closed = True
        if self._sweeping:
            self._sweeping.cancel()
            self._sweeping = None
        self._leave([connection for connection, _ in self._idle])
        self._idle = []
        await asyncio.gather(*self._leaving)

    @contextlib.asynccontextmanager
    async def _seat(self, until: float) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout_at(until):
                await self._seats.acquire()
        except TimeoutError:
            raise Unusable("All connections to the relay are taken.") from None
        try:
            yield
        finally:
            self._seats.release()

    async def _take(self, until: float) -> Connection:
        while self._idle:
            connection, _ = self._idle.pop()
            if connection.is_open:
                return connection
            connection.drop()
        return await self._new(until)

    async def _new(self, until: float) -> Connection:
        connection = Connection(self._settings, self._trust)
        await connection.open(until)
        _log.debug("mail relay connected", host=self._settings.host)
        return connection

    def _keep(self, connection: Connection) -> None:
        if self._closed:
            connection.drop()
        if not connection.is_open:
            return
        loop = asyncio.get_running_loop()
        self._idle.append((connection, loop.time()))
        if self._sweeping is None:
            self._sweeping = loop.call_later(self._idle_for, self._sweep)

    def _sweep(self) -> None:
        """Close those that have been idle long enough, and look again when the next will have."""
        loop = asyncio.get_running_loop()
        long_ago = loop.time() - self._idle_for
        stay = [(connection, since) for connection, since in self._idle if since > long_ago]
        self._leave([connection for connection, since in self._idle if since <= long_ago])
        self._idle = stay
        self._sweeping = None
        if stay:
            oldest = min(since for _, since in stay)
            self._sweeping = loop.call_at(oldest + self._idle_for, self._sweep)

    def _leave(self, connections: list[Connection]) -> None:
        for connection in connections:
            task = asyncio.get_running_loop().create_task(connection.quit())
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)
