"""Decides when the next batch is checked: while PostgreSQL works on a long statement.

One loop both talks to PostgreSQL and checks the next batch. A batch takes a dozen statements, most
of them short; if each waited until some thousand rows have been checked, nothing would be left to
run beside the long ones.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


class Overlap:
    """Shared by the two ends of one pipeline. `writing`: a batch is with the writer."""

    def __init__(self) -> None:
        self.writing = False
        self._may_check = asyncio.Event()
        self._may_check.set()

    @contextmanager
    def saving(self) -> Iterator[None]:
        """Within it a batch is with the writer: the reader has time to fill the next one."""
        self.writing = True
        try:
            yield
        finally:
            self.writing = False

    @contextmanager
    def short_statements(self) -> Iterator[None]:
        """Within it short statements follow one another: nothing is checked."""
        self._may_check.clear()
        try:
            yield
        finally:
            self._may_check.set()

    @contextmanager
    def long_statement(self) -> Iterator[None]:
        """Within that, one statement that takes PostgreSQL long, or waits for others."""
        self._may_check.set()
        try:
            yield
        finally:
            self._may_check.clear()

    def committing(self) -> None:
        """Only the COMMIT is left, and PostgreSQL waits for its disk."""
        self._may_check.set()

    async def paced(self, values: AsyncIterator[T]) -> AsyncIterator[T]:
        """The values, each passed on when there is time to check it."""
        async for value in values:
            await asyncio.sleep(0)
            await self._may_check.wait()
            yield value
