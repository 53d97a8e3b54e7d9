"""Sleeps where it should await."""

import time
from collections.abc import Sequence

from rollbook.hooks import Role, User, hookimpl


class Wrong:
    @hookimpl
    async def map_roles(self, users: Sequence[User]) -> dict[int, Role]:
        time.sleep(0.15)  # noqa: ASYNC251 -- this is the mistake
        return {}


plugin = Wrong()
