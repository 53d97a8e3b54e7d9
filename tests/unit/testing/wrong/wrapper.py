"""Wraps the hooks of all other plugins."""

from collections.abc import Generator, Sequence

from rollbook.hooks import Role, User, hookimpl


class Wrong:
    @hookimpl(wrapper=True)
    def map_roles(self, users: Sequence[User]) -> Generator[None, dict[int, Role], dict[int, Role]]:
        return (yield)


plugin = Wrong()
