"""The users of a batch → what the plugins say of them. One `Asking` goes with one import."""

import math
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from operator import attrgetter
from typing import TypeVar

import structlog

from rollbook.hooks import judging
from rollbook.hooks.answers import Location, Replies, Role, failure
from rollbook.hooks.calling import Caller, Failed
from rollbook.hooks.directory import Directory
from rollbook.hooks.loading import Hook, refused
from rollbook.hooks.users import User
from rollbook.words import Issue

T = TypeVar("T")

ReadDirectory = Callable[[], Awaitable[Directory]]
"""Reads the directory of an import, which may take a question to the database."""

_LINE = attrgetter("line")

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


async def nowhere() -> Directory:
    """A directory of no name, with nothing in it: where plugins are asked outside of an import."""
    return Directory("")


class Asking:
    """Asks the plugins, in the operator's order, and counts the failures of each in a row.

    Failures are counted by plugin and hook, so that a plugin whose one hook works does not hide
    that its other one never does.
    """

    def __init__(self, callers: Sequence[Caller], failures: int, read_directory: ReadDirectory):
        """Ask those plugins; at so many `failures` of one in a row the import cannot go on."""
        self._callers = callers
        self._allowed: float = failures
        self._read_directory = read_directory
        self._directory: Directory | None = None
        self._lines: tuple[Sequence[User], Collection[int]] = ((), ())
        self._lost: set[Caller] = set()  # nobody waits for them any more
        self._in_a_row: defaultdict[tuple[str, str], int] = defaultdict(int)

    def at_last(self) -> None:
        """Rows that are asked from now on are not asked again: no failure raises any more.

        A plugin whose call was given up on gets one more timeout to return from it.
        """
        self._allowed = math.inf

    def expect(self, users: Sequence[User], lines: Sequence[int]) -> None:
        """Know the rising lines of users beforehand: to look into each user takes 0.2 µs more."""
        whole = range(lines[0], lines[-1] + 1) if lines else range(0)
        self._lines = (users, whole if len(whole) == len(lines) else frozenset(lines))

    async def map_roles(self, users: Sequence[User]) -> Replies[Role | Issue]:
        """Which role each user shall have, or why the row is refused.

        Raises:
            Refusal: PLUGIN_UNAVAILABLE, a plugin failed once too often; facts: plugin, hook.
            Exception: whatever reading the directory raised.
        """
        return await self._settled("map_roles", users, judging.roles)

    async def match_locations(self, users: Sequence[User]) -> Replies[Location | Issue]:
        """Which location each user belongs to, or why the row is refused; raises as `map_roles`."""
        return await self._settled("match_locations", users, judging.locations)

    async def check_users(self, users: Sequence[User]) -> Replies[list[Issue]]:
        """What all the plugins object to or remark on; raises as `map_roles`.

        One issue a line, field and code: the first plugin's.
        """
        replies: Replies[list[Issue]] = Replies(hook="check_users")
        for caller, hook in self._those_with("check_users", users):
            said = await self._asked(caller, hook, users, judging.issues)
            if isinstance(said, Issue):
                replies.failed = {user.line: said for user in users} | replies.failed
                continue
            for line, issues in said.items():
                replies.answers[line] = _merged(replies.answers.get(line, []), issues)
        return replies

    async def _settled(
        self,
        hook_name: str,
        users: Sequence[User],
        judge: Callable[[object, Collection[int], str], dict[int, T]],
    ) -> Replies[T]:
        """The first answer to each line. A line whose plugin failed goes to no other."""
        replies: Replies[T] = Replies(hook=hook_name)
        open_users = users
        for caller, hook in self._those_with(hook_name, users):
            if replies.answers:
                open_users = [user for user in users if user.line not in replies.answers]
            if not open_users:
                break
            said = await self._asked(caller, hook, open_users, judge)
            if isinstance(said, Issue):
                replies.failed = {user.line: said for user in open_users}
                break
            replies.plugins |= dict.fromkeys(said, caller.plugin.name)
            replies.answers = replies.answers | said if replies.answers else said
        return replies

    def _those_with(self, hook_name: str, users: Sequence[User]) -> Iterator[tuple[Caller, Hook]]:
        for caller in self._callers if users else ():
            if hook := caller.plugin.hooks.get(hook_name):
                yield caller, hook

    async def _given(self, hook: Hook, users: Sequence[User]) -> dict[str, object]:
        """The arguments of a hook. The directory is read once an import, by whoever wants it."""
        if not hook.takes("directory"):
            return {"users": tuple(users)}
        if self._directory is None:
            self._directory = await self._read_directory()
        return {"users": tuple(users), "directory": self._directory}

    async def _asked(
        self,
        caller: Caller,
        hook: Hook,
        users: Sequence[User],
        judge: Callable[[object, Collection[int], str], dict[int, T]],
    ) -> dict[int, T] | Issue:
        """One plugin's judged answers, or the issue of all the lines that it was asked."""
        plugin = caller.plugin.name
        lines = self._lines_of(users)
        given = await self._given(hook, users)
        if self._allowed == math.inf and caller not in self._lost and not await caller.rested():
            self._lost.add(caller)
        began = time.perf_counter()
        said = await caller.call(
            hook,
            given,
            lambda answer: judge(answer, lines, plugin),
        )
        facts = {
            "plugin": plugin,
            "hook": hook.name,
            "lines": len(lines),
            "seconds": round(time.perf_counter() - began, 6),
        }
        if not isinstance(said, Failed):
            self._in_a_row[plugin, hook.name] = 0
            _log.debug("plugin answered", **facts, answers=len(said))
            return said
        self._in_a_row[plugin, hook.name] += 1
        in_a_row = self._in_a_row[plugin, hook.name]
        _log.warning(
            "plugin failed", **facts, code=said.code.value, in_a_row=in_a_row, **said.logged()
        )
        if in_a_row >= self._allowed:
            refusal = refused(
                plugin,
                f"The plugin {plugin} failed in {hook.name} {in_a_row} times in a row;"
                " the import can be resumed once the plugin answers again.",
            )
            refusal.facts["hook"] = hook.name
            raise refusal
        return failure(said.code, plugin, hook.name)

    def _lines_of(self, users: Sequence[User]) -> Collection[int]:
        """The lines of these users: most often those of whom the last hook was asked."""
        if users is not self._lines[0]:
            self._lines = (users, frozenset(map(_LINE, users)))
        return self._lines[1]


def _merged(said: list[Issue], further: list[Issue]) -> list[Issue]:
    by_place = {(issue.field, issue.code): issue for issue in said}
    for issue in further:
        by_place.setdefault((issue.field, issue.code), issue)
    return list(by_place.values())
