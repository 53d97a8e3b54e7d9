"""A plugin's failure: its effect on its rows, the server, the import; on nothing else."""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from rollbook.errors import Reason, Refusal
from rollbook.hooks import (
    Code,
    Issue,
    PluginState,
    Role,
    User,
    hookimpl,
    looks_at,
    per_row,
)
from tests.plugin import on_demand, on_demand_async
from tests.plugin.on_demand import SECRET_TEXT
from tests.unit.hooks.conftest import Load

ROOT = Path(__file__).parents[3]
BOTH = pytest.mark.parametrize("plugin", [on_demand, on_demand_async], ids=["plain", "async"])


def users(role: str) -> tuple[User, ...]:
    """Three users: the first has the role that makes the test plugin do something."""
    return (User(line=2, role=role, job_title=role), User(line=3, role="@answer:admin"), User(4))


class Named:
    """Answers everybody."""

    asked = 0

    @hookimpl
    def map_roles(self, users: Sequence[User]) -> dict[int, Role]:
        self.asked += 1
        return {user.line: Role("from the next") for user in users}


@BOTH
@pytest.mark.parametrize("word", ["@raise", "@exit", "@interrupt"])
async def test_whatever_is_raised_the_server_lives(load: Load, plugin: object, word: str) -> None:
    """B227, P40: SystemExit and KeyboardInterrupt too; the batch's open rows are plugin_error.

    Roles fail closed: no later plugin is asked for those lines, and nothing is answered.
    """
    later = Named()
    asking = load(bad=plugin, later=later).dispatcher()
    replies = await asking.map_roles(users(word))
    assert {line: issue.code for line, issue in replies.failed.items()} == dict.fromkeys(
        (2, 3, 4), Code.PLUGIN_ERROR
    )
    assert (replies.answers, later.asked) == ({}, 0)
    again = await asking.map_roles(users("@answer:user"))
    assert again.answers[2] == Role("user")
    assert again.answers[4] == Role("from the next")


@BOTH
async def test_the_text_of_an_exception_is_for_the_log(load: Load, plugin: object) -> None:
    """P40: the issue names plugin and hook; the exception's text is in the log and not in it."""
    with capture_logs() as logs:
        replies = await load(bad=plugin).dispatcher().map_roles(users("@raise"))
    issue = replies.failed[2]
    assert SECRET_TEXT not in repr(issue)
    assert dict(issue.params) == {"plugin": "at_hand:bad", "hook": "map_roles"}
    assert "at_hand:bad" in issue.message
    [logged] = [entry for entry in logs if entry["event"] == "plugin failed"]
    assert SECRET_TEXT in logged["why"]
    assert (logged["plugin"], logged["hook"]) == ("at_hand:bad", "map_roles")


async def test_an_exception_that_cannot_be_told_is_survived(load: Load) -> None:
    """P40: an exception whose own text raises, or is a book, harms neither log nor server."""

    class Unspeakable(Exception):
        def __str__(self) -> str:
            raise SystemExit(7)

    class Talkative:
        @hookimpl
        def map_roles(self, users: Sequence[User]) -> None:
            raise Unspeakable if users[0].line == 1 else ValueError("x" * 10_000_000)

    asking = load(talkative=Talkative()).dispatcher()
    with capture_logs() as logs:
        for line in (1, 2):
            replies = await asking.map_roles([User(line=line)])
            assert replies.failed[line].code is Code.PLUGIN_ERROR
    assert max(len(entry["why"]) for entry in logs) < 10_000


@BOTH
async def test_a_hook_that_hangs_is_given_up_on(load: Load, plugin: object) -> None:
    """B228, P41: noticed within its timeout, and its batch's rows are plugin_timeout."""
    began = time.perf_counter()
    replies = await load(0.1, slow=plugin).dispatcher().map_roles(users("@sleep:60"))
    assert 0.1 <= time.perf_counter() - began < 1
    assert {issue.code for issue in replies.failed.values()} == {Code.PLUGIN_TIMEOUT}
    assert set(replies.failed) == {2, 3, 4}


async def test_the_loop_is_not_blocked(load: Load) -> None:
    """B228, P41: while a plain hook sleeps the loop goes on, and so do other imports."""
    plugins = load(1, slow=on_demand, other=Named())
    lags: list[float] = []

    async def watch() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.002)
            lags.append(time.perf_counter() - began - 0.002)

    watching = asyncio.create_task(watch())
    sleeping = asyncio.create_task(plugins.dispatcher().map_roles(users("@sleep:0.5")))
    await asyncio.sleep(0.1)
    began = time.perf_counter()
    other = await plugins.dispatcher().map_roles(users("@answer:user"))
    took = time.perf_counter() - began
    assert not sleeping.done()
    replies = await sleeping
    watching.cancel()
    assert other.answers[2] == Role("user")
    assert took < 0.25
    assert replies.answers[2] == Role("from the next")
    assert max(lags) < 0.1


async def test_a_hanging_plugin_is_left_alone_until_it_returns(load: Load) -> None:
    """P41: it is not asked again, its lines fail at once; once it has returned it is asked."""
    release = threading.Event()

    class Stuck:
        calls = 0

        @hookimpl
        def map_roles(self, users: Sequence[User]) -> dict[int, Role]:
            self.calls += 1
            release.wait(20)
            return {user.line: Role("admin") for user in users}

    stuck = Stuck()
    plugins = load(0.1, stuck=stuck)
    asking = plugins.dispatcher()
    await asking.map_roles(users(""))
    assert plugins.describe()[0].state is PluginState.HANGING
    began = time.perf_counter()
    at_once = await plugins.dispatcher().map_roles(users(""))
    assert time.perf_counter() - began < 0.05
    assert at_once.failed[2].code is Code.PLUGIN_TIMEOUT
    assert stuck.calls == 1
    release.set()
    await until(lambda: plugins.describe()[0].state is PluginState.LOADED)
    replies = await asking.map_roles(users(""))
    assert replies.answers[2] == Role("admin")


async def test_a_coroutine_that_will_not_be_cancelled_is_left_alone(load: Load) -> None:
    """P41: an async hook that catches its cancellation delays nothing."""
    release = asyncio.Event()

    class Stubborn:
        @hookimpl
        async def map_roles(self) -> None:
            while not release.is_set():
                try:
                    await asyncio.wait_for(release.wait(), 20)
                except asyncio.CancelledError:
                    continue

    plugins = load(0.1, stubborn=Stubborn())
    replies = await plugins.dispatcher().map_roles(users(""))
    assert replies.failed[2].code is Code.PLUGIN_TIMEOUT
    assert plugins.describe()[0].state is PluginState.HANGING
    release.set()
    await until(lambda: plugins.describe()[0].state is PluginState.LOADED)


async def test_a_late_answer_is_dropped(load: Load) -> None:
    """P41: what a hook answers after it was given up on reaches no row."""
    with capture_logs() as logs:
        replies = await load(0.1, late=on_demand).dispatcher().map_roles(users("@sleep:0.3"))
        await until(lambda: any(entry["event"] == "plugin returned too late" for entry in logs))
    assert replies.answers == {}


async def test_a_cancelled_import_leaves_the_plugin_usable(load: Load) -> None:
    """P41: an import that is cancelled while a hook runs costs no other import anything."""
    for plugin in (on_demand, on_demand_async):
        plugins = load(5, slow=plugin)
        asked = asyncio.create_task(plugins.dispatcher().map_roles(users("@sleep:0.2")))
        await asyncio.sleep(0.05)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        replies = await plugins.dispatcher().map_roles(users("@answer:user"))
        assert replies.answers[2] == Role("user")


@pytest.mark.parametrize("word", ["@raise", "@int", "@sleep:60"])
async def test_the_fifth_failure_in_a_row_ends_the_import(load: Load, word: str) -> None:
    """B237, P41: four times the rows wait; the fifth is plugin_unavailable, which is resumable."""
    plugins = load(0.05, flaky=on_demand)
    asking = plugins.dispatcher()
    for _ in range(4):
        assert set((await asking.map_roles(users(word))).failed) == {2, 3, 4}
    with pytest.raises(Refusal) as refused:
        await asking.map_roles(users(word))
    assert refused.value.reason is Reason.PLUGIN_UNAVAILABLE
    assert refused.value.verdict.resumable
    assert refused.value.facts == {"plugin": "at_hand:flaky", "hook": "map_roles"}
    assert SECRET_TEXT not in refused.value.message


async def test_an_answer_in_between_starts_the_count_again(load: Load) -> None:
    """B237: only failures in a row count, in one import; another import counts for itself."""
    plugins = load(flaky=on_demand)
    asking = plugins.dispatcher()
    for word in ["@raise"] * 4 + [""] + ["@raise"] * 4:
        await asking.map_roles(users(word))
    await plugins.dispatcher().map_roles(users("@raise"))
    await asking.map_roles(users(""))


async def test_at_last_no_failure_ends_the_import(load: Load) -> None:
    """P40: rows that are asked about for the last time are answered, however many fail."""
    asking = load(flaky=on_demand).dispatcher()
    for _ in range(4):
        await asking.map_roles(users("@raise"))
    asking.final_attempt()
    for _ in range(7):
        assert set((await asking.map_roles(users("@raise"))).failed) == {2}


@BOTH
@pytest.mark.parametrize("bad", [(), (2,), (5001,), (2, 3, 2500, 5001), (1000, 1001, 1002)])
async def test_at_last_only_the_rows_fail_that_a_hook_cannot_bear(
    load: Load, plugin: object, bad: tuple[int, ...]
) -> None:
    """S30, P40: a hook of the whole batch that raises is asked again by halves."""
    asking = load(bad=plugin).dispatcher()
    batch = [User(n, role="@raise" if n in bad else "@answer:admin") for n in range(2, 5002)]
    first = await asking.map_roles(batch)
    assert len(first.failed) == (len(batch) if bad else 0)
    asking.final_attempt()
    last = await asking.map_roles(batch)
    assert set(last.failed) == set(bad)
    assert {issue.code for issue in last.failed.values()} <= {Code.PLUGIN_ERROR}
    assert last.answers == {u.line: Role("admin") for u in batch if u.line not in bad}


async def test_halving_comes_to_an_end(load: Load) -> None:
    """P41: a hook that fails slowly on every row is not asked about each of them."""

    class Slow:
        calls = 0

        @hookimpl
        def map_roles(self, users: Sequence[User]) -> None:
            self.calls += 1
            time.sleep(0.05)
            raise RuntimeError

    slow = Slow()
    asking = load(0.1, slow=slow).dispatcher()
    asking.final_attempt()
    answered = await asking.map_roles([User(line) for line in range(2, 1002)])
    assert len(answered.failed) == 1000
    assert slow.calls < 60


class PerRow:
    """Raises on some lines, each of which is a user of their own."""

    @hookimpl
    @staticmethod
    @per_row
    def map_roles(user: User) -> Role:
        if user.role == "@raise":
            raise RuntimeError(SECRET_TEXT)
        return Role("admin")


async def test_a_hook_of_one_row_fails_that_row_alone(load: Load) -> None:
    """S30, P40: the others have their answers at once; the log has count and reason."""
    with capture_logs() as logs:
        answered = await load(one=PerRow()).dispatcher().map_roles(users("@raise"))
    assert {line: issue.code for line, issue in answered.failed.items()} == {2: Code.PLUGIN_ERROR}
    assert answered.answers == {3: Role("admin"), 4: Role("admin")}
    [logged] = [entry for entry in logs if entry["event"] == "plugin failed"]
    assert (logged["failed"], logged["lines"]) == (1, 3)
    assert SECRET_TEXT in logged["why"]


async def test_rows_that_fail_alone_do_not_end_the_import(load: Load) -> None:
    """P40: a call that answered some rows is no failure in a row; one that answered none is."""
    asking = load(one=PerRow()).dispatcher()
    for _ in range(20):
        await asking.map_roles(users("@raise"))
    for _ in range(4):
        await asking.map_roles(users("@raise")[:1])
    with pytest.raises(Refusal) as refused:
        await asking.map_roles(users("@raise")[:1])
    assert refused.value.reason is Reason.PLUGIN_UNAVAILABLE


async def test_users_alike_to_one_that_fails_alone_fail_too(load: Load) -> None:
    """A marked `@per_row` hook is asked about the first of them; the others are answered."""

    class Marked:
        @hookimpl
        @looks_at("role")
        @staticmethod
        @per_row
        def map_roles(user: User) -> Role:
            return PerRow.map_roles([user])[user.line]

    words = ("@raise", "x", "@raise", "x", "y")
    batch = [User(line, role=word) for line, word in enumerate(words, start=2)]
    answered = await load(one=Marked()).dispatcher().map_roles(batch)
    assert set(answered.failed) == {2, 4}
    assert set(answered.answers) == {3, 5, 6}


async def test_at_last_a_call_that_was_given_up_on_is_waited_for(load: Load) -> None:
    """P41: within one more timeout its plugin may return, and is asked; a lost one is not."""
    asking = load(0.5, slow=on_demand).dispatcher()
    assert (await asking.map_roles(users("@sleep:0.75"))).failed
    asking.final_attempt()
    assert (await asking.map_roles(users("@answer:user"))).answers[2] == Role("user")

    lost = load(0.1, stuck=on_demand).dispatcher()
    assert (await lost.map_roles(users("@sleep:60"))).failed
    lost.final_attempt()
    began = time.perf_counter()
    for _ in range(20):
        assert (await lost.map_roles(users(""))).failed[2].code is Code.PLUGIN_TIMEOUT
    assert 0.1 <= time.perf_counter() - began < 1


async def test_an_async_hook_that_is_not_waited_for_is_cancelled(load: Load) -> None:
    """P41: given up on, or its import cancelled, it is cancelled, too, and can be asked again."""
    told: list[str] = []

    class Waiting:
        @hookimpl
        async def map_roles(self, users: Sequence[User]) -> None:
            try:
                await asyncio.sleep(60)
            finally:
                told.append(users[0].role or "")

    plugins = load(0.1, waiting=Waiting())
    await plugins.dispatcher().map_roles(users("timed out"))
    await until(lambda: plugins.describe()[0].state is PluginState.LOADED)
    asked = asyncio.create_task(plugins.dispatcher().map_roles(users("cancelled")))
    await asyncio.sleep(0.02)
    asked.cancel()
    await until(lambda: told == ["timed out", "cancelled"])


async def test_a_hook_that_works_does_not_hide_one_that_does_not(load: Load) -> None:
    """B237: failures are counted by hook; one that always fails ends the import in any case."""
    asking = load(half=on_demand).dispatcher()
    failing = (User(line=2, role="@answer:user", job_title="@raise"),)
    for _ in range(4):
        assert (await asking.map_roles(failing)).answers
        assert (await asking.check_users(failing)).failed
    with pytest.raises(Refusal):
        await asking.check_users(failing)


async def test_a_failed_check_leaves_the_rows_open_and_keeps_what_others_said(load: Load) -> None:
    """P40: check_users still asks the others; a line in `failed` stays open."""

    class Objecting:
        @hookimpl
        def check_users(self, users: Sequence[User]) -> dict[int, list[Issue]]:
            return {users[0].line: [Issue(Code.INVALID_EMAIL, "email", "No.")]}

    replies = await load(bad=on_demand, fine=Objecting()).dispatcher().check_users(users("@exit"))
    assert {issue.code for issue in replies.failed.values()} == {Code.PLUGIN_ERROR}
    assert set(replies.failed) == {2, 3, 4}
    assert [issue.code for issue in replies.answers[2]] == [Code.INVALID_EMAIL]


async def test_what_was_settled_before_a_failure_stays_settled(load: Load) -> None:
    """P40: a failure leaves open only the lines that its plugin was asked."""

    class First:
        @hookimpl
        def map_roles(self, users: Sequence[User]) -> dict[int, Role]:
            return {3: Role("Standard")}

    replies = await load(first=First(), bad=on_demand).dispatcher().map_roles(users("@raise"))
    assert replies.answers == {3: Role("Standard")}
    assert set(replies.failed) == {2, 4}


async def test_an_operator_sees_the_last_failure(load: Load) -> None:
    """P40: ListPlugins shows code and hook of the last failure, until there is an answer."""
    plugins = load(bad=on_demand)
    asking = plugins.dispatcher()
    await asking.map_roles(users("@raise"))
    assert plugins.describe()[0].error == "plugin_error in map_roles"
    await asking.map_roles(users(""))
    assert plugins.describe()[0].error == ""


async def test_how_long_a_call_took_is_logged(load: Load) -> None:
    """Every call's measured seconds are in the log, at debug, with plugin, hook and lines."""
    with capture_logs() as logs:
        await load(slow=on_demand).dispatcher().map_roles(users("@sleep:0.05"))
    [entry] = [entry for entry in logs if entry["event"] == "plugin answered"]
    assert entry["log_level"] == "debug"
    assert (entry["plugin"], entry["hook"], entry["lines"]) == ("at_hand:slow", "map_roles", 3)
    assert 0.05 <= entry["seconds"] < 1


def test_a_hanging_hook_does_not_hold_the_exit_of_the_process() -> None:
    """P41: with a hook asleep for a minute the process still ends when it wants to."""
    program = """
import asyncio
from rollbook.hooks import Plugins, User
from rollbook.settings import Settings
plugins = Plugins.load(["tests.plugin:on_demand"], Settings(plugin_timeout=0.05))
users = [User(line=2, role="@sleep:60")]
print(asyncio.run(plugins.dispatcher().map_roles(users)).failed[2].code.value)
"""
    ended = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
        env={"PYTHONPATH": f"{ROOT / 'service'}:{ROOT}"},
    )
    assert ended.stdout.splitlines()[-1] == "plugin_timeout"


async def until(true: Callable[[], bool]) -> None:
    """Wait for it, five seconds at most."""
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 -- it is a thread's doing, and has no event
            await asyncio.sleep(0.01)
