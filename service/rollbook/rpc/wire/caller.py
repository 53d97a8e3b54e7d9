"""Gives a method the caller of its call, which the auth interceptor has set."""

from contextvars import ContextVar

from rollbook.access import Caller

_CALLER: ContextVar[Caller] = ContextVar("caller")


def admit(caller: Caller) -> None:
    """Set the caller of this call. gRPC runs each call in its own task, and so in its context."""
    _CALLER.set(caller)


def principal() -> str:
    """The name of the caller; empty if the call is not authenticated."""
    known = _CALLER.get(None)
    return known.principal if known else ""


def caller() -> Caller:
    """The caller."""
    return _CALLER.get()
