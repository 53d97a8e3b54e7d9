"""The service as a whole: everything built in order, and taken down in reverse."""

from rollbook.server.examining import Finding, examine
from rollbook.server.migrating import migrate
from rollbook.server.serving import run

__all__ = ["Finding", "examine", "migrate", "run"]
