"""The time that a plugin takes is counted, hook by hook."""

from collections.abc import Sequence

from rollbook.hooks import HookCost, Role, User, hookimpl
from tests.plugin import on_demand
from tests.unit.hooks.conftest import Load


class Opening:
    """Two hooks, of which one is asked of users."""

    @hookimpl
    def startup(self) -> None: ...

    @hookimpl
    async def map_roles(self, users: Sequence[User]) -> dict[int, Role]:
        return {user.line: Role("admin") for user in users}


def prices(loaded: object) -> dict[str, tuple[int, int, int]]:
    """Calls, rows and failures by hook."""
    found: Sequence[HookCost] = loaded.describe()[0].costs  # type: ignore[attr-defined]
    return {price.hook: (price.calls, price.rows, price.failures) for price in found}


async def test_each_hook_has_a_price(load: Load) -> None:
    """Calls and rows add up; a hook that was never called stands there with zeros."""
    plugins = load(opening=Opening())
    assert prices(plugins) == {"startup": (0, 0, 0), "map_roles": (0, 0, 0)}
    await plugins.startup()
    for lines in ((2, 3, 4), (5,)):
        await plugins.dispatcher().map_roles([User(line=line) for line in lines])
    assert prices(plugins) == {"startup": (1, 0, 0), "map_roles": (2, 4, 0)}
    assert all(price.seconds > 0 for price in plugins.describe()[0].costs)


async def test_failures_are_counted_too(load: Load) -> None:
    """P40: a call without a usable answer is one, by whatever failed."""
    plugins = load(demand=on_demand)
    for word in ("@raise", "@int", "@answer:admin"):
        await plugins.dispatcher().map_roles([User(line=2, role=word)])
    assert prices(plugins)["map_roles"] == (3, 3, 2)
