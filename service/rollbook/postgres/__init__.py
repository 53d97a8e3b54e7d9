"""A state folder → a PostgreSQL of one's own that goes down with us.

binaries    where a PostgreSQL is           account   who runs it
shelf       a copy that `nobody` can reach  access    who may log in
state       the folder, locked              tuning    how the server is set
orphans     what a killed one left          cluster   initdb, start, ready
leash, watchdog   the pipe between our life and its life: our end, the other end
embedded    all of it, in order
"""

from rollbook.postgres.embedded import Embedded
from rollbook.postgres.errors import (
    DataOfAnotherMajor,
    EmbeddedPostgresError,
    PostgresFailed,
    PostgresMissing,
    StateInUse,
)

__all__ = [
    "DataOfAnotherMajor",
    "Embedded",
    "EmbeddedPostgresError",
    "PostgresFailed",
    "PostgresMissing",
    "StateInUse",
]
