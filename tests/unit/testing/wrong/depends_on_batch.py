"""Makes the first user of each batch an administrator."""

from collections.abc import Sequence

from rollbook.hooks import Role, User, hookimpl


class Wrong:
    @hookimpl
    def map_roles(self, users: Sequence[User]) -> dict[int, Role]:
        return {users[0].line: Role("admin")}


plugin = Wrong()
