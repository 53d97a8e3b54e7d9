"""Awaits something that never comes, and does not mind being cancelled."""

import asyncio
import contextlib
from collections.abc import Sequence

from rollbook.hooks import User, hookimpl


class Wrong:
    @hookimpl
    async def check_users(self, users: Sequence[User]) -> None:
        while True:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()


plugin = Wrong()
