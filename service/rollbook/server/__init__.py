"""Builds the service in order and takes it down in reverse."""

from rollbook.server.operations.doctor import examine
from rollbook.server.operations.finding import Finding
from rollbook.server.serve import migrate, run

__all__ = ["Finding", "examine", "migrate", "run"]
