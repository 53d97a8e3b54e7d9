"""Answers for lines that it was not asked about: it counts them itself."""

from collections.abc import Sequence

from rollbook.hooks import Role, User, hookimpl


class Wrong:
    @hookimpl
    def map_roles(self, users: Sequence[User]) -> dict[int, Role]:
        return {line: Role("admin") for line, _ in enumerate(users, start=2)}


plugin = Wrong()
