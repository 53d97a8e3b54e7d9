"""Forgets the mark."""

from collections.abc import Sequence

from rollbook.hooks import User


class Wrong:
    def map_roles(self, users: Sequence[User]) -> None: ...


plugin = Wrong()
