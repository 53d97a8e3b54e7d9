"""Answers by position and not by line."""

from collections.abc import Sequence

from rollbook.hooks import Role, User, hookimpl


class Wrong:
    @hookimpl
    def map_roles(self, users: Sequence[User]) -> list[Role | None]:
        return [Role("admin") if user.department == "IT" else None for user in users]


plugin = Wrong()
