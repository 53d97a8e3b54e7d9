"""Is a plain function that answers with a coroutine."""

from collections.abc import Awaitable, Sequence

from rollbook.hooks import Role, User, hookimpl


async def _looked_up() -> dict[int, Role]:
    return {}


class Wrong:
    @hookimpl
    def map_roles(self, users: Sequence[User]) -> Awaitable[dict[int, Role]]:
        return _looked_up()


plugin = Wrong()
