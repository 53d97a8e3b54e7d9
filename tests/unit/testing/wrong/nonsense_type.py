"""Answers a question about locations with a role."""

from collections.abc import Sequence

from rollbook.hooks import Role, User, hookimpl


class Wrong:
    @hookimpl
    def match_locations(self, users: Sequence[User]) -> dict[int, Role]:
        return {user.line: Role("Oslo") for user in users}


plugin = Wrong()
