"""Builds the service in order and takes it down in reverse."""

from rollbook.server.operations.doctor import Finding, examine
from rollbook.server.serve import migrate, run

__all__ = ["Finding", "examine", "migrate", "run"]
