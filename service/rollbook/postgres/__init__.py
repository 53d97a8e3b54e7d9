"""An embedded PostgreSQL in a state folder, which stops together with this process.

embedded             starts and stops it; the other modules are used from there
binaries             finds a PostgreSQL to run
reachable_copy       copies it to where the account `nobody` can run it
os_account           the account that runs it
configuration        server settings, and who may log in
state_folder         the folder and its lock
cluster              runs initdb, starts the server, waits until it is ready
supervised_process   runs a command that ends with this process
watchdog             the program between the two that ends the command
leftover_processes   ends what a killed predecessor left behind
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
