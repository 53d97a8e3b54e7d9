"""The application context: settings, database and plugins of one running server."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from rollbook.background import Errands
from rollbook.hooks import Plugins
from rollbook.meter import Meter
from rollbook.settings import Settings
from rollbook.store import Database
from rollbook.worker_process import WorkerProcess
from rollbook.worker_thread import WorkerThread


class Bell:
    """Wakes all who listen, each by an event of their own."""

    def __init__(self) -> None:
        self._listening: list[asyncio.Event] = []

    def listen(self) -> asyncio.Event:
        """A new event, which is set whenever it rings; who waits for it clears it."""
        event = asyncio.Event()
        self._listening.append(event)
        return event

    def ring(self) -> None:
        """Wake all who listen."""
        for event in self._listening:
            event.set()


@dataclass(frozen=True, slots=True, kw_only=True)
class AppContext:
    """What every call of this server works with. `name` is the server's, and stands in its leases.

    `page_key` signs page tokens, the same for all servers of the database. `operators` are the
    principals of the operator's own tokens. `noticed` rings once notices were committed here, so
    that they need not wait to be found. `meter` counts what is done. `worker` is the thread in
    which rows are read and checked, `worker_process` the process for those of large files, if there
    is one. `errands` is what nobody waits for. `hash_in_bulk` hashes the passwords of files, off
    the event loop; None: this context takes no file.
    """

    name: str
    settings: Settings
    database: Database
    plugins: Plugins
    page_key: bytes = field(repr=False)
    operators: frozenset[str] = frozenset()
    noticed: Bell = field(default_factory=Bell)
    meter: Meter = field(default_factory=Meter)
    worker: WorkerThread = field(default_factory=WorkerThread)
    worker_process: WorkerProcess | None = None
    errands: Errands = field(default_factory=Errands)
    hash_in_bulk: Callable[[str], Awaitable[str]] | None = field(default=None, repr=False)
