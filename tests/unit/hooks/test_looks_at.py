"""A hook that declares its fields is asked once about users with the same values."""

from collections.abc import Sequence

import pytest

from rollbook.hooks import Code, Issue, Role, User, hookimpl, looks_at, looks_only_at
from rollbook.hooks.dispatch import MAX_CACHED
from tests.unit.hooks.conftest import Load

WHY = Issue(Code.INVALID_ROLE, "role", "Not here.")


class Looking:
    """Answers by the role's text alone; others meet silence. While it is broken, it raises."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.broken = False

    @hookimpl
    @looks_at("role")
    def map_roles(self, users: Sequence[User]) -> dict[int, Role | Issue]:
        self._note(users)
        said: dict[str, Role | Issue] = {"admin": Role("admin"), "no": WHY}
        return {user.line: said[user.role] for user in users if user.role in said}

    @hookimpl
    @looks_at("role")
    def check_users(self, users: Sequence[User]) -> dict[int, list[Issue]]:
        self._note(users)
        return {user.line: [WHY] for user in users if user.role == "no"}

    def _note(self, users: Sequence[User]) -> None:
        self.asked.append([user.line for user in users])
        if self.broken:
            raise LookupError


class Unmarked:
    """Answers everybody."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []

    @hookimpl
    def map_roles(self, users: Sequence[User]) -> dict[int, Role]:
        self.asked.append([user.line for user in users])
        return {user.line: Role("any") for user in users}


def users(*roles: str, first: int = 2) -> list[User]:
    """A user for each text, on lines that follow one another, all with other addresses."""
    return [User(line, role=role, email=f"{line}@x.org") for line, role in enumerate(roles, first)]


async def test_those_who_are_alike_are_asked_about_once(load: Load) -> None:
    """Its first line is shown, all get the answer, and later batches ask for what is new."""
    plugin = Looking()
    asking = load(plugin=plugin).dispatcher()
    replies = await asking.map_roles(users("admin", "", "admin", "", "no"))
    assert replies.answers.keys() == {2, 4, 6}
    assert replies.answers[2] == replies.answers[4] == Role("admin")
    assert replies.plugins == dict.fromkeys((2, 4, 6), "at_hand:plugin")
    later = await asking.map_roles(users("no", "clerk", "admin", first=7))
    assert later.answers.keys() == {7, 9}
    assert later.plugins.keys() == {7, 9}
    assert plugin.asked == [[2, 3, 6], [8]]


async def test_where_nothing_is_new_nobody_is_asked(load: Load) -> None:
    """Silence is kept as an answer is; another import asks for itself."""
    plugin = Looking()
    plugins = load(plugin=plugin)
    asking = plugins.dispatcher()
    for first in (2, 4):
        await asking.map_roles(users("admin", "", first=first))
    await plugins.dispatcher().map_roles(users("admin", "", first=2))
    assert plugin.asked == [[2, 3], [2, 3]]


async def test_silence_that_is_kept_leaves_the_line_to_the_next(load: Load) -> None:
    """And each line is settled under the name of who answered it."""
    plugin, last = Looking(), Unmarked()
    asking = load(plugin=plugin, last=last).dispatcher()
    for first in (2, 5):
        replies = await asking.map_roles(users("admin", "", "", first=first))
        assert [*replies.plugins.values()] == ["at_hand:plugin", "at_hand:last", "at_hand:last"]
    assert (plugin.asked, last.asked) == ([[2, 3]], [[3, 4], [6, 7]])


async def test_objections_are_spread_too(load: Load) -> None:
    """P41: each hook has its own answers."""
    plugin = Looking()
    asking = load(plugin=plugin).dispatcher()
    await asking.map_roles(users("no", "no"))
    for first in (2, 4):
        replies = await asking.check_users(users("no", "no", "", first=first))
        objected = {line: len(said) for line, said in replies.answers.items()}
        assert objected == {first: 1, first + 1: 1}
    assert plugin.asked == [[2], [2, 4]]


@pytest.mark.parametrize("hook", ["map_roles", "check_users"])
async def test_a_failure_leaves_all_open_who_are_alike(load: Load, hook: str) -> None:
    """P41: what is known is answered, nothing of the failure is kept, and it is asked again."""
    plugin = Looking()
    asking = load(plugin=plugin).dispatcher()
    ask = getattr(asking, hook)
    await ask(users("no"))
    plugin.broken = True
    replies = await ask(users("no", "admin", "", "admin", "no", first=3))
    assert (set(replies.answers), set(replies.failed)) == ({3, 7}, {4, 5, 6})
    assert {issue.code for issue in replies.failed.values()} == {Code.PLUGIN_ERROR}
    plugin.broken = False
    replies = await ask(users("admin", "admin", first=4))
    assert replies.failed == {}
    assert plugin.asked == [[2], [4, 5], [4]]


async def test_known_silence_beside_a_failure_goes_to_the_next(load: Load) -> None:
    """P41: a line that the plugin failed on goes to no other; a line that it knows does."""
    plugin, last = Looking(), Unmarked()
    asking = load(plugin=plugin, last=last).dispatcher()
    await asking.map_roles(users(""))
    plugin.broken = True
    replies = await asking.map_roles(users("", "admin", first=3))
    assert (set(replies.answers), set(replies.failed)) == ({3}, {4})
    assert last.asked == [[2], [3]]


@pytest.mark.parametrize("field", ["line", "attributes", "current"])
async def test_what_is_no_text_makes_nobody_alike(load: Load, field: str) -> None:
    """Who looks at lines, at further columns or at what is stored is asked about everybody."""
    asked: list[int] = []

    class Both:
        @hookimpl
        @looks_at("role", field)
        def map_roles(self, users: Sequence[User]) -> None:
            asked.extend(user.line for user in users)

    await load(both=Both()).dispatcher().map_roles(users("a", "a"))
    assert asked == [2, 3]


async def test_what_is_kept_is_bounded(load: Load) -> None:
    """Beyond that all is let go at once, and asked for again."""
    plugin = Looking()
    asking = load(plugin=plugin).dispatcher()
    for first in (2, 3):
        await asking.map_roles(users("admin", first=first))
    await asking.map_roles(users(*map(str, range(MAX_CACHED)), first=4))
    await asking.map_roles(users("admin", first=9))
    assert [lines[0] for lines in plugin.asked] == [2, 4, 9]


async def test_a_hook_may_look_at_less_as_it_is_set_up(load: Load) -> None:
    """For that instance alone: then more users count as equal."""

    class Narrow:
        def __init__(self) -> None:
            self.asked: list[int] = []

        @hookimpl
        @looks_at("role", "email")
        def map_roles(self, users: Sequence[User]) -> None:
            self.asked.extend(user.line for user in users)

        @hookimpl
        def check_users(self) -> None:
            """Unmarked."""

    narrow, wide = Narrow(), Narrow()
    looks_only_at(narrow.map_roles, ["role"])
    await load(narrow=narrow, wide=wide).dispatcher().map_roles(users("a", "a"))
    assert (narrow.asked, wide.asked) == ([2], [2, 3])
    for hook, fields in ((narrow.map_roles, ["phone"]), (narrow.check_users, []), (print, [])):
        with pytest.raises(TypeError, match="looks_only_at"):
            looks_only_at(hook, fields)


async def test_a_hook_may_name_an_attribute(load: Load) -> None:
    """It is shown `attributes`, asked about every user, and the import learns the name."""
    asked: list[int] = []

    class ByCostCentre:
        @hookimpl
        @looks_at("attributes.cost_centre")
        def map_roles(self, users: Sequence[User]) -> None:
            asked.append(len(users))

    plugins = load(one=ByCostCentre())
    await plugins.dispatcher().map_roles([User(2), User(3)])
    assert set(plugins.attributes) == {"cost_centre"}
    assert set(plugins.looks_at) == {"attributes"}
    assert asked == [2]
