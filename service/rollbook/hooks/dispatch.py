"""The users of a batch → what the plugins say of them. One `Asking` goes with one import."""

import contextlib
import math
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Hashable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import structlog

from rollbook.hooks import validate_answer
from rollbook.hooks.answers import Location, Replies, Role, failure
from rollbook.hooks.directory_view import Directory
from rollbook.hooks.invoke import Failed, Invoker
from rollbook.hooks.loader import Hook, refused
from rollbook.hooks.looks_at import answers_by
from rollbook.hooks.user import User
from rollbook.hooks.user_view import COMPARED, Shown
from rollbook.model import Issue

T = TypeVar("T")

ReadDirectory = Callable[[], Awaitable[Directory]]
"""Reads the directory of an import, which may take a question to the database."""

Judge = Callable[[object, Collection[int], str], dict[int, T]]
"""Takes an answer, the lines that were asked and the plugin; returns what is used of it."""

MOST_KEPT = 20_000
"""Answers of a marked hook that an import holds; beyond, all are let go, and asked for again."""

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


async def nowhere() -> Directory:
    """A directory of no name, with nothing in it: where plugins are asked outside of an import."""
    return Directory("")


class Dispatcher:
    """Asks the plugins, in the operator's order, and counts the failures of each in a row.

    Failures are counted by plugin and hook, so that a plugin whose one hook works does not hide
    that its other one never does.
    """

    def __init__(self, callers: Sequence[Invoker], failures: int, read_directory: ReadDirectory):
        """Ask those plugins; at so many `failures` of one in a row the import cannot go on."""
        self._callers = callers
        self._allowed: float = failures
        self._read_directory = read_directory
        self._directory: Directory | None = None
        # What marked hooks answered to the cells that they look at; None: they were silent.
        self._kept: defaultdict[tuple[str, str], dict[Hashable, Any]] = defaultdict(dict)
        self._lost: set[Invoker] = set()  # nobody waits for them any more
        self._in_a_row: defaultdict[tuple[str, str], int] = defaultdict(int)

    def at_last(self) -> None:
        """Rows that are asked from now on are not asked again: no failure raises any more.

        A plugin whose call was given up on gets one more timeout to return from it.
        """
        self._allowed = math.inf

    async def map_roles(self, users: Sequence[User] | Shown) -> Replies[Role | Issue]:
        """Which role each user shall have, or why the row is refused.

        Raises:
            Refusal: PLUGIN_UNAVAILABLE, a plugin failed once too often; facts: plugin, hook.
            Exception: whatever reading the directory raised.
        """
        return await self._settled("map_roles", users, validate_answer.roles)

    async def match_locations(self, users: Sequence[User] | Shown) -> Replies[Location | Issue]:
        """Which location each user belongs to, or why the row is refused; raises as `map_roles`."""
        return await self._settled("match_locations", users, validate_answer.locations)

    async def check_users(self, users: Sequence[User] | Shown) -> Replies[list[Issue]]:
        """What all the plugins object to or remark on; raises as `map_roles`.

        One issue a line, field and code: the first plugin's.
        """
        seen = _seen(users)
        replies: Replies[list[Issue]] = Replies(hook="check_users")
        for caller, hook in self._those_with("check_users", seen):
            said, failed = await self._asked(caller, hook, seen, validate_answer.issues)
            replies.failed = failed | replies.failed
            for line, issues in said.items():
                replies.answers[line] = _merged(replies.answers.get(line, []), issues)
        return replies

    async def _settled(
        self, hook_name: str, users: Sequence[User] | Shown, judge: Judge[T]
    ) -> Replies[T]:
        """The first answer to each line. A line whose plugin failed goes to no other."""
        seen = _seen(users)
        replies: Replies[T] = Replies(hook=hook_name)
        for caller, hook in self._those_with(hook_name, seen):
            still_open = seen.without(replies.answers.keys() | replies.failed.keys())
            if not still_open:
                break
            said, failed = await self._asked(caller, hook, still_open, judge)
            replies.plugins |= dict.fromkeys(said, caller.plugin.name)
            replies.answers = replies.answers | said if replies.answers else said
            replies.failed |= failed
        return replies

    def _those_with(self, hook_name: str, users: Shown) -> Iterator[tuple[Invoker, Hook]]:
        for caller in self._callers if users else ():
            if hook := caller.plugin.hooks.get(hook_name):
                yield caller, hook

    async def _asked(
        self, caller: Invoker, hook: Hook, users: Shown, judge: Judge[T]
    ) -> tuple[dict[int, T], dict[int, Issue]]:
        """One plugin's judged answers, and the lines that it failed on, with why.

        A marked hook is asked about the first of those who are alike in what it looks at, and not
        again in this import. If it fails, all who are like them stay open.
        """
        fields = answers_by(hook.function)
        if not fields <= COMPARED:
            said = await self._called(caller, hook, users, judge)
            if isinstance(said, Issue):
                return {}, dict.fromkeys(users.lines, said)
            return said, {}
        kept = self._kept[caller.plugin.name, hook.name]
        if len(kept) > MOST_KEPT:
            kept.clear()
        with contextlib.suppress(KeyError):  # most often nobody is new
            return _laid(users.lines, map(kept.__getitem__, users.cells(fields))), {}
        failed: dict[int, Issue] = {}
        cells = [*users.cells(fields)]
        # From the last to the first: of those who are alike the first one's position stays.
        firsts = dict(zip(reversed(cells), reversed(range(len(cells))), strict=True))
        unknown = firsts.keys() - kept.keys()
        positions = sorted(map(firsts.__getitem__, unknown))
        asked = users.only(positions)
        said = await self._called(caller, hook, asked, judge)
        if isinstance(said, Issue):
            rows = zip(users.lines, cells, strict=True)
            failed = {line: said for line, each in rows if each in unknown}
        else:
            alike = map(cells.__getitem__, positions)
            kept.update(zip(alike, map(said.get, asked.lines), strict=True))
        return _laid(users.lines, map(kept.get, cells)), failed

    async def _given(self, hook: Hook, users: Shown) -> dict[str, object]:
        """The arguments of a hook. The directory is read once an import, by whoever wants it."""
        if not hook.takes("directory"):
            return {"users": users.users()}
        if self._directory is None:
            self._directory = await self._read_directory()
        return {"users": users.users(), "directory": self._directory}

    async def _called(
        self, caller: Invoker, hook: Hook, users: Shown, judge: Judge[T]
    ) -> dict[int, T] | Issue:
        """One call's judged answers, or the issue of all the lines that it was asked."""
        plugin = caller.plugin.name
        lines = _as_asked(users.lines)
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


def _seen(users: Sequence[User] | Shown) -> Shown:
    return users if isinstance(users, Shown) else Shown.of(users)


def _laid(lines: Sequence[int], answers: Iterable[T | None]) -> dict[int, T]:
    """The answers by line, without silence."""
    rows = zip(lines, answers, strict=True)
    return {line: answer for line, answer in rows if answer is not None}


def _as_asked(lines: Sequence[int]) -> Collection[int]:
    """The lines, to look answers up in: a range where none is missing between them."""
    whole = range(lines[0], lines[-1] + 1)
    return whole if len(whole) == len(lines) and [*whole] == [*lines] else frozenset(lines)


def _merged(said: list[Issue], further: list[Issue]) -> list[Issue]:
    by_place = {(issue.field, issue.code): issue for issue in said}
    for issue in further:
        by_place.setdefault((issue.field, issue.code), issue)
    return list(by_place.values())
