"""Leaves something running in the event loop's own pool of threads."""

import asyncio
from threading import Event

from rollbook.hooks import hookimpl


class Wrong:
    @hookimpl
    async def startup(self) -> None:
        self.ended = Event()
        asyncio.get_running_loop().run_in_executor(None, self.ended.wait, 5)


plugin = Wrong()
