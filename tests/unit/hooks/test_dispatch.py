"""Which plugins are asked for which lines, in which order; silence and answers."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from rollbook.hooks import Code, Directory, Issue, Location, Place, Role, User, hookimpl
from tests.plugin import on_demand
from tests.unit.hooks.conftest import Load

USERS = (User(line=2, role="a"), User(line=3, role="b"), User(line=5, role="c"))


class Mapping:
    """Maps role texts by a table, and remembers which lines it was asked."""

    def __init__(self, **table: Role | Issue):
        self.table = table
        self.asked: list[list[int]] = []

    @hookimpl
    def map_roles(self, users: Sequence[User]) -> dict[int, Role | Issue]:
        self.asked.append([user.line for user in users])
        return {u.line: self.table[u.role] for u in users if u.role in self.table}


class Checking:
    """Has the same issues for every line."""

    def __init__(self, *issues: Issue):
        self.issues = list(issues)
        self.asked: list[list[int]] = []

    @hookimpl
    async def check_users(self, users: Sequence[User]) -> dict[int, list[Issue]]:
        self.asked.append([user.line for user in users])
        return {user.line: self.issues for user in users}


class Silent:
    """Is asked, and answers nothing."""

    @hookimpl
    def map_roles(self) -> None:
        return None


async def test_the_first_answer_settles_a_line(load: Load) -> None:
    """Plugins are asked in the operator's order, each only for the lines still open."""
    first, second = Mapping(a=Role("from first")), Mapping(a=Role("late"), b=Role("from second"))
    last = Mapping()
    replies = await load(zz=first, aa=second, mm=last).dispatcher().map_roles(USERS)
    assert replies.answers == {2: Role("from first"), 3: Role("from second")}
    assert replies.plugins == {2: "at_hand:zz", 3: "at_hand:aa"}
    assert replies.failed == {}
    assert (first.asked, second.asked, last.asked) == ([[2, 3, 5]], [[3, 5]], [[5]])


async def test_nobody_is_asked_for_nothing(load: Load) -> None:
    """Once every line is settled, and for no users at all, no plugin is called."""
    first, second = Mapping(a=Role("x"), b=Role("x"), c=Role("x")), Mapping()
    asking = load(first=first, second=second).dispatcher()
    await asking.map_roles(USERS)
    await asking.map_roles(())
    assert (first.asked, second.asked) == ([[2, 3, 5]], [])


@pytest.mark.parametrize("lines", [(2, 3, 4), (2, 3, 5)], ids=["none missing", "one missing"])
@pytest.mark.parametrize("stranger", [1, 4, 6])
async def test_only_lines_that_were_asked_are_answered(
    load: Load, lines: tuple[int, ...], stranger: int
) -> None:
    """P42: an answer to another line is nonsense, also one between them or next to them."""

    class Answering:
        @hookimpl
        def map_roles(self, users: Sequence[User]) -> dict[int, Role]:
            return dict.fromkeys((users[0].line, stranger), Role("admin"))

    asking = load(answering=Answering()).dispatcher()
    users = tuple(map(User, lines))
    replies = await asking.map_roles(users)
    if stranger in lines:
        assert replies.answers == {2: Role("admin"), stranger: Role("admin")}
    else:
        assert {issue.code for issue in replies.failed.values()} == {Code.PLUGIN_BAD_OUTPUT}
        assert set(replies.failed) == set(lines)


async def test_silence_is_none_or_a_line_left_out(load: Load) -> None:
    """A hook that answers None, or not for a line, leaves the line to the next."""
    second = Mapping()
    replies = await load(first=Silent(), second=second).dispatcher().map_roles(USERS)
    assert (replies.answers, replies.failed, second.asked) == ({}, {}, [[2, 3, 5]])


async def test_a_refusal_settles_its_line_and_names_its_plugin(load: Load) -> None:
    """An issue in an answer is final, and names its plugin among its params."""
    second = Mapping(a=Role("too late"))
    refusal = Issue(Code.INVALID_ROLE, "role", "Not here.", {"suggestion": "b"})
    replies = await load(first=Mapping(a=refusal), second=second).dispatcher().map_roles(USERS)
    issue = replies.answers[2]
    assert isinstance(issue, Issue)
    assert dict(issue.params) == {"suggestion": "b", "plugin": "at_hand:first"}
    assert second.asked == [[3, 5]]


async def test_no_plugin_costs_nothing(load: Load) -> None:
    """An empty set of plugins is a valid one, and replies with nothing at once."""
    plugins = load()
    await plugins.startup()
    asking = plugins.dispatcher()
    for ask in (asking.map_roles, asking.match_locations, asking.check_users):
        replies = await ask(USERS)
        assert (replies.answers, replies.plugins, replies.failed) == ({}, {}, {})
    assert plugins.describe() == []
    await plugins.shutdown()


async def test_whether_anybody_would_look_is_known_beforehand(load: Load) -> None:
    """`answers` lists the hooks of all plugins, so that users are not read in vain."""
    plugins = load(only=Mapping())
    assert plugins.implement("map_roles")
    assert not plugins.implement("check_users")


async def test_a_plugin_without_the_hook_is_passed_over(load: Load) -> None:
    """A plugin that only maps roles is not asked for locations."""

    class Locating:
        @hookimpl
        async def match_locations(self, users: Sequence[User]) -> dict[int, Location]:
            return {user.line: Location("HQ") for user in users}

    plugins = load(roles=Mapping(), places=Locating())
    replies = await plugins.dispatcher().match_locations(USERS[:1])
    assert replies.answers == {2: Location("HQ")}
    assert replies.plugins == {2: "at_hand:places"}


async def test_all_check_all(load: Load) -> None:
    """check_users asks every plugin for every line and gathers; one issue a field and code."""
    email = Issue(Code.INVALID_EMAIL, "email", "Not ours.")
    again = Issue(Code.INVALID_EMAIL, "email", "Not ours either.")
    remark = Issue(Code.FORMULA_LIKE_VALUE, "name", "Odd.")
    first, second = Checking(email), Checking(again, remark)
    replies = await load(first=first, second=second).dispatcher().check_users(USERS)
    assert first.asked == second.asked == [[2, 3, 5]]
    said = [(i.code, i.message, i.params["plugin"]) for i in replies.answers[3]]
    assert said == [
        (Code.INVALID_EMAIL, "Not ours.", "at_hand:first"),
        (Code.FORMULA_LIKE_VALUE, "Odd.", "at_hand:second"),
    ]


async def test_having_no_issue_is_having_nothing_to_say(load: Load) -> None:
    """An empty list for a line is silence."""
    replies = await load(fine=Checking()).dispatcher().check_users(USERS)
    assert replies.answers == {}


async def test_an_answer_is_copied(load: Load) -> None:
    """What a plugin does to its answer afterwards, by whatever trick, changes nothing."""
    role, table = Role("Standard"), dict[int, Role | Issue]()

    class Keeping:
        @hookimpl
        def map_roles(self, users: Sequence[User]) -> dict[int, Role | Issue]:
            table.update({user.line: role for user in users})
            return table

    replies = await load(keeping=Keeping()).dispatcher().map_roles(USERS)
    object.__setattr__(role, "name", "admin")
    table[2] = Role("admin")
    assert set(replies.answers.values()) == {Role("Standard")}


async def test_a_name_that_the_directory_lacks_is_bad_output(load: Load) -> None:
    """The issue for an unknown name in an answer names plugin and hook."""
    replies = await load(first=Mapping(b=Role("nobody knows"))).dispatcher().map_roles(USERS)
    issue = replies.unknown_name(3)
    assert (issue.code, issue.field) == (Code.PLUGIN_BAD_OUTPUT, "role")
    assert dict(issue.params) == {"plugin": "at_hand:first", "hook": "map_roles"}


async def test_the_test_plugin_refuses_and_recovers_on_demand(load: Load, tmp_path: Path) -> None:
    """B237: a plugin that fails while a file exists answers again, in the same import, without."""
    asking = load(demand=on_demand).dispatcher()
    broken = tmp_path / "broken"
    users = [
        User(line=2, role=f"@while:{broken}", location="@answer:HQ", job_title="@refuse:not_found"),
        User(line=3, role="@refuse:invalid_role", location="@refuse:invalid_location"),
    ]
    broken.touch()
    assert set((await asking.map_roles(users)).failed) == {2, 3}
    broken.unlink()
    roles, places = await asking.map_roles(users), await asking.match_locations(users)
    assert (list(roles.answers), roles.failed) == ([3], {})
    assert places.answers[2] == Location("HQ")
    assert isinstance(places.answers[3], Issue)
    checked = await asking.check_users(users)
    assert [issue.code for issue in checked.answers[2]] == [Code.NOT_FOUND]


OSLO = Directory("main", roles=("admin",), locations=(Place("Oslo", code="OSL"),))


class Reading:
    """A directory that counts how often it is read."""

    def __init__(self) -> None:
        self.times = 0

    async def __call__(self) -> Directory:
        self.times += 1
        return OSLO


class Locating:
    """Answers with the first location of the directory; takes it in one of two ways."""

    @hookimpl
    def match_locations(
        self, users: Sequence[User], directory: Directory
    ) -> dict[int, Location | Issue]:
        return {user.line: Location(directory.locations[0].name) for user in users}

    @hookimpl
    def map_roles(
        self, users: Sequence[User], directory: Directory | None = None
    ) -> dict[int, Role | Issue]:
        return {user.line: Role(directory.roles[0]) for user in users if directory}


async def test_a_hook_that_wants_the_directory_is_given_it(load: Load) -> None:
    """By position or in place of a default; it is read once for all hooks, plugins, batches."""
    reading = Reading()
    asking = load(one=Locating(), two=Locating()).dispatcher(reading)
    assert reading.times == 0
    for users in (USERS[:1], USERS[1:2]):
        [user] = users
        assert (await asking.map_roles(users)).answers == {user.line: Role("admin")}
        assert (await asking.match_locations(users)).answers == {user.line: Location("Oslo")}
    assert reading.times == 1


async def test_a_directory_that_no_hook_wants_is_not_read(load: Load) -> None:
    """A hook that takes only the users costs nothing else."""
    reading = Reading()
    asking = load(first=Mapping(), second=Silent()).dispatcher(reading)
    for ask in (asking.map_roles, asking.match_locations, asking.check_users):
        await ask(USERS)
    assert reading.times == 0


async def test_a_directory_is_not_written_to(load: Load) -> None:
    """P43: the same is shown to all plugins of an import, and no trick of one changes it."""

    class Meddling:
        @hookimpl
        def map_roles(self, directory: Directory) -> None:
            object.__setattr__(directory, "roles", ("mine",))

    replies = await load(meddling=Meddling()).dispatcher(Reading()).map_roles(USERS)
    assert {issue.code for issue in replies.failed.values()} == {Code.PLUGIN_ERROR}
    assert OSLO.roles == ("admin",)
