"""The application context: settings, database and plugins of one running server."""

import asyncio
from dataclasses import dataclass, field

from rollbook.hooks import Plugins
from rollbook.meter import Meter
from rollbook.settings import Settings
from rollbook.store import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class AppContext:
    """What every call of this server works with. `name` is the server's, and stands in its leases.

    `page_key` signs page tokens, the same for all servers of the database. `operators` are the
    principals of the operator's own tokens. `noticed` is set once notices were committed here, so
    that they need not wait to be found. `meter` counts what is done.
    """

    name: str
    settings: Settings
    database: Database
    plugins: Plugins
    page_key: bytes = field(repr=False)
    operators: frozenset[str] = frozenset()
    noticed: asyncio.Event = field(default_factory=asyncio.Event)
    meter: Meter = field(default_factory=Meter)
