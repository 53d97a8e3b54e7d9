"""When the next batch is thought about: while PostgreSQL works, and not while it waits for a word.

One loop both talks to PostgreSQL and checks the next batch. A batch takes a dozen statements, most
of them short; would each wait until some thousand rows have been checked, the long ones would find
nothing left to run beside.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


class Overlap:
    """Shared by the two ends of one line."""

    def __init__(self) -> None:
        self._may_think = asyncio.Event()
        self._may_think.set()

    @contextmanager
    def talking(self) -> Iterator[None]:
        """A batch is being written: short statements follow one another."""
        self._may_think.clear()
        try:
            yield
        finally:
            self._may_think.set()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Within it, one statement that takes PostgreSQL long, or waits for others."""
        self._may_think.set()
        try:
            yield
        finally:
            self._may_think.clear()

    def said_all(self) -> None:
        """Nothing but the COMMIT is left, and PostgreSQL waits for its disk."""
        self._may_think.set()

    async def thoughtful(self, values: AsyncIterator[T]) -> AsyncIterator[T]:
        """The values, each passed on when there is time to think about it."""
        async for value in values:
            await asyncio.sleep(0)
            await self._may_think.wait()
            yield value
