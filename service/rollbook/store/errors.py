"""Driver errors → five words that the floors above can act on. Driver text stays in the log.

StoreError
├── Unavailable     the connection broke, or the server is away: what ran may have happened
├── Conflict        a unique key refused the statement: nothing of the transaction happened
├── Gone            the directory, or what a row hangs from, has been removed meanwhile
└── StoreFull       no room left
"""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg


class StoreError(Exception):
    """PostgreSQL refused or failed in a way that nothing here expects."""


class Unavailable(StoreError):
    """The connection broke or cannot be made. Only the ledger says whether a COMMIT happened."""


class Conflict(StoreError):
    """A unique key refused a statement. The message names the constraint, never the value."""


class Gone(StoreError):
    """The directory, or the import, that this belongs to was removed meanwhile."""


class StoreFull(StoreError):
    """PostgreSQL has no room left."""


_BROKEN = (
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection that was broken off in the middle of a message
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.CannotConnectNowError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.TooManyConnectionsError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    OSError,
    TimeoutError,
)


@contextmanager
def translated() -> Iterator[None]:
    """Turn asyncpg's errors into ours.

    Raises:
        Unavailable, Conflict, Gone, StoreFull, StoreError: instead of the driver's.
    """
    try:
        yield
    except asyncpg.UniqueViolationError as error:
        raise Conflict(error.constraint_name or "a unique key") from error
    except asyncpg.ForeignKeyViolationError as error:
        raise Gone(error.constraint_name or "a foreign key") from error
    except (asyncpg.DiskFullError, asyncpg.OutOfMemoryError) as error:
        raise StoreFull(type(error).__name__) from error
    except _BROKEN as error:
        raise Unavailable(type(error).__name__) from error
    except asyncpg.PostgresError as error:
        raise StoreError(str(error)) from error
