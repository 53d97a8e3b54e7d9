"""The service's log → stderr, so that a page on stdout stays one."""

import sys

import structlog


def to_stderr() -> None:
    """From now on, in this process, whatever is logged."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
