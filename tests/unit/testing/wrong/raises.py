"""Forgets that a cell's column may be absent."""

from collections.abc import Sequence

from rollbook.hooks import Role, User, hookimpl


class Wrong:
    @hookimpl
    def map_roles(self, users: Sequence[User]) -> dict[int, Role]:
        return {u.line: Role("admin") for u in users if u.department.lower() == "it"}  # type: ignore[union-attr]


plugin = Wrong()
