"""The errors of the embedded PostgreSQL; each message is one line that a user can act on.

EmbeddedPostgresError
├── PostgresMissing       nothing to run
├── StateInUse            another process runs it
├── DataOfAnotherMajor    the wrong one to run
└── PostgresFailed        it did not start, or the folder cannot be used
"""


class EmbeddedPostgresError(Exception):
    """The embedded PostgreSQL cannot be used; the message has what, where and what to do."""


class PostgresMissing(EmbeddedPostgresError):
    """No PostgreSQL 14 or newer was found on this machine, or not in the folder that you named."""


class StateInUse(EmbeddedPostgresError):
    """Another Rollbook is already running with this state folder."""


class DataOfAnotherMajor(EmbeddedPostgresError):
    """The data in the state folder was written by another major version of PostgreSQL."""


class PostgresFailed(EmbeddedPostgresError):
    """PostgreSQL was found but did not start, or the state folder cannot be used."""
