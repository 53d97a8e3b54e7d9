"""Maps driver errors to seven classes. The driver's text stays in the log.

StoreError          a bug of ours, or something that an operator must mend: not tried again
├── Unavailable     go on later: the connection broke, or the server is away for a moment
│   ├── Busy        the directory's turn, or a connection, did not come in time
│   └── NoLogin     the address, the login or the database is wrong, perhaps for a moment
├── Conflict        a unique key refused the statement: nothing of the transaction happened
├── Gone            the directory, or what a row belongs to, has been removed meanwhile
└── StoreFull       no room left
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import asyncpg


class StoreError(Exception):
    """PostgreSQL refused or failed in a way that nothing here expects."""


class Unavailable(StoreError):
    """The connection broke or cannot be made. Only the ledger shows whether a COMMIT happened."""


class Busy(Unavailable):
    """Too many others wait for the same directory, or for a connection. Nothing was begun."""


class NoLogin(Unavailable):
    """The first connection failed for what an operator has set. The message is a sentence."""


class Conflict(StoreError):
    """A unique key refused a statement. The message names the constraint, never the value."""


class Gone(StoreError):
    """The directory, or the import, that this belongs to was removed meanwhile."""


class StoreFull(StoreError):
    """PostgreSQL has no room left."""


SQLSTATES: Mapping[str, tuple[type[StoreError], str]] = {
    # go on later: nothing is wrong with what was asked
    "08": (Unavailable, "the connection broke, or could not be made"),
    "25006": (Unavailable, "read-only: a failover is under way, and this server was the primary"),
    "25P03": (Unavailable, "PostgreSQL ended a transaction in which this server was silent"),
    "25P04": (Unavailable, "PostgreSQL ended a transaction that took too long"),
    "28": (Unavailable, "the login is refused: its password or pg_hba.conf is being changed"),
    "3D000": (Unavailable, "the database is not there: it is being restored"),
    "40001": (Unavailable, "two transactions disagreed about their order: one runs again"),
    "40003": (Unavailable, "PostgreSQL does not know whether it committed: the ledger does"),
    "40P01": (Unavailable, "two transactions waited for each other: one runs again"),
    "53000": (Unavailable, "the machine is short of something, for a while"),
    "53200": (Unavailable, "the machine is short of memory, for a while"),
    "53300": (Unavailable, "other clients hold all connections"),
    "55000": (Unavailable, "the database takes no connections: its operator is at work on it"),
    "55P03": (Unavailable, "a lock did not come in time: the tables are being changed"),
    "57014": (Unavailable, "an operator or a time-out cancelled the statement"),
    "57P01": (Unavailable, "the server is being stopped"),
    "57P02": (Unavailable, "another backend crashed, and the server restarts"),
    "57P03": (Unavailable, "the server is starting up, or recovers"),
    "57P04": (Unavailable, "the database was dropped: it is being restored"),
    "57P05": (Unavailable, "PostgreSQL ended a session that was silent"),
    "58": (Unavailable, "the machine below PostgreSQL failed: its operator mends it"),
    # no room: an operator must make some, and then the same import goes on
    "53100": (StoreFull, "a disk is full"),
    "53400": (StoreFull, "temporary files reached the limit that the operator has set"),
    # answers of the data
    "23505": (Conflict, "a unique key refused a row: the batch is planned again"),
    "23503": (Gone, "what a row refers to was removed meanwhile"),
    # ours, or the operator's: another try would end in the same way
    "0A": (StoreError, "a statement that this PostgreSQL does not know"),
    "22": (StoreError, "a value that our checks should have refused"),
    "23": (StoreError, "a constraint that our plan should have kept"),
    "25": (StoreError, "statements in a wrong order"),
    "42": (StoreError, "a wrong statement, a missing table, or a missing right"),
    "54": (StoreError, "a statement beyond PostgreSQL's limits"),
    "55": (StoreError, "an object in a state that our statements do not expect"),
    "P0": (StoreError, "a function of a migration raised"),
    "XX": (StoreError, "PostgreSQL itself is wrong, or its data are damaged"),
}
"""SQLSTATE, or its first two characters → what it means here, and why. The longer one wins; what is
in neither form is a StoreError. Classes: PostgreSQL's documentation, appendix A."""


def meaning(sqlstate: str) -> type[StoreError]:
    """What an SQLSTATE of five characters means here."""
    found = SQLSTATES.get(sqlstate) or SQLSTATES.get(sqlstate[:2])
    return found[0] if found else StoreError


@contextmanager
def translated() -> Iterator[None]:
    """Turn asyncpg's errors into ours.

    Raises:
        Unavailable, Conflict, Gone, StoreFull, StoreError: instead of the driver's.
    """
    try:
        yield
    except asyncpg.InvalidCachedStatementError as error:
        raise Unavailable("a migration changed a table: statements are prepared anew") from error
    except asyncpg.PostgresError as error:
        raise meaning(error.sqlstate or "")(_text(error)) from error
    except asyncpg.DataError as error:  # an argument that does not fit its parameter: a bug
        raise StoreError("an argument does not fit its parameter") from error
    except (
        asyncpg.InterfaceError,
        asyncpg.InternalClientError,  # a connection that was broken off in the middle of a message
        OSError,
        TimeoutError,
    ) as error:
        raise Unavailable(type(error).__name__) from error


def _text(error: asyncpg.PostgresError) -> str:
    """What a log may show: never a value of a row, which most messages of PostgreSQL may hold."""
    constraint: str | None = getattr(error, "constraint_name", None)
    if constraint:
        return constraint
    if (error.sqlstate or "").startswith(_NAMES_ONLY):
        return str(error)
    return f"{type(error).__name__} ({error.sqlstate})"


_NAMES_ONLY = "42"
"""The class whose messages are about statements: they name tables, columns and rights."""
