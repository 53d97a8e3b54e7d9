"""An async iterator → the same, with the next value on its way while this one is used."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")

_NO_MORE = object()


async def ahead(values: AsyncIterator[T]) -> AsyncIterator[T]:
    """Make one value ahead, and no more, so that memory is a few batches whatever the file."""
    upcoming = asyncio.ensure_future(anext(values, _NO_MORE))
    try:
        while (value := await upcoming) is not _NO_MORE:
            upcoming = asyncio.ensure_future(anext(values, _NO_MORE))
            yield value  # type: ignore[misc]  # _NO_MORE was ruled out above
    finally:
        upcoming.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await upcoming
