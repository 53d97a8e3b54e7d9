"""Runs every statement to PostgreSQL. One named `.sql` file a statement."""

from rollbook.store.database import Connection, Database, TenantDatabase
from rollbook.store.errors import (
    Busy,
    Conflict,
    Gone,
    NoLogin,
    StoreError,
    StoreFull,
    Unavailable,
)
from rollbook.store.retry import patiently

__all__ = [
    "Busy",
    "Conflict",
    "Connection",
    "Database",
    "Gone",
    "NoLogin",
    "StoreError",
    "StoreFull",
    "TenantDatabase",
    "Unavailable",
    "patiently",
]
