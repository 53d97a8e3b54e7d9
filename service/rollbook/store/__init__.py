"""Everything said to PostgreSQL. One named `.sql` file a statement; asyncpg stops here."""

from rollbook.store.database import Connection, Database, Fenced
from rollbook.store.faults import Conflict, Gone, StoreError, StoreFull, Unavailable
from rollbook.store.patience import patiently

__all__ = [
    "Conflict",
    "Connection",
    "Database",
    "Fenced",
    "Gone",
    "StoreError",
    "StoreFull",
    "Unavailable",
    "patiently",
]
