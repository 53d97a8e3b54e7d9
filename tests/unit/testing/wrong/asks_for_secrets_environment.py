"""Looks for the database where the settings do not show it."""

import os
from collections.abc import Sequence

from rollbook.hooks import User, hookimpl


class Wrong:
    @hookimpl
    def map_roles(self, users: Sequence[User]) -> None:
        os.environ.get("ROLLBOOK_DATABASE_URL")


plugin = Wrong()
