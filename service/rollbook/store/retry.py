"""Repeats a request while the database is away, for a limited time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from rollbook.store.errors import Unavailable

T = TypeVar("T")

_PATIENCE_S = 60.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0


async def patiently(attempt: Callable[[], Awaitable[T]], patience_s: float = _PATIENCE_S) -> T:
    """What `attempt` answers once it can: a question, or something that may run twice.

    It is not begun again after `patience_s` seconds.

    Raises:
        Unavailable: the database stayed away.
    """
    deadline = asyncio.get_running_loop().time() + patience_s
    pause = _FIRST_PAUSE
    while True:
        try:
            return await attempt()
        except Unavailable:
            if asyncio.get_running_loop().time() > deadline:
                raise
        await asyncio.sleep(pause)
        pause = min(_LONGEST_PAUSE, 2 * pause)
