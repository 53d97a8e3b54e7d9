"""Misspells a hook."""

from collections.abc import Sequence

from rollbook.hooks import Role, User, hookimpl


class Wrong:
    @hookimpl
    def map_role(self, users: Sequence[User]) -> dict[int, Role]:
        return {}


plugin = Wrong()
