"""Waits for something that never comes, without a limit."""

from collections.abc import Sequence
from threading import Event

from rollbook.hooks import Role, User, hookimpl


class Wrong:
    @hookimpl
    def map_roles(self, users: Sequence[User]) -> dict[int, Role]:
        Event().wait()
        return {}


plugin = Wrong()
