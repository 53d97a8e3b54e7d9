"""Pushes to the front."""

from collections.abc import Sequence

from rollbook.hooks import User, hookimpl


class Wrong:
    @hookimpl(tryfirst=True)
    def map_roles(self, users: Sequence[User]) -> None: ...


plugin = Wrong()
