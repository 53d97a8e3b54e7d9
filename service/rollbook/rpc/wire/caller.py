"""Gives a method the caller of its call, whom the auth interceptor has set."""

from contextvars import ContextVar

from rollbook.access import Caller

_CALLER: ContextVar[Caller] = ContextVar("caller")


def admit(caller: Caller) -> None:
    """Say whose call this is. gRPC answers each call in a task of its own, and so a context."""
    _CALLER.set(caller)


def principal() -> str:
    """Who calls, by name; empty for a stranger."""
    known = _CALLER.get(None)
    return known.principal if known else ""


def caller() -> Caller:
    """Who calls."""
    return _CALLER.get()
