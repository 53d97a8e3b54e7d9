"""Begins a task that it never ends."""

import asyncio

from rollbook.hooks import hookimpl


class Wrong:
    @hookimpl
    async def startup(self) -> None:
        self.task = asyncio.create_task(asyncio.Event().wait(), name="refreshing")


plugin = Wrong()
