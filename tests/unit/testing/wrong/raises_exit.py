"""Ends the process where it meets what it does not know."""

import sys
from collections.abc import Sequence

from rollbook.hooks import Role, User, hookimpl


class Wrong:
    @hookimpl
    async def map_roles(self, users: Sequence[User]) -> dict[int, Role]:
        if any(user.department == "0" for user in users):
            sys.exit(3)
        return {}


plugin = Wrong()
