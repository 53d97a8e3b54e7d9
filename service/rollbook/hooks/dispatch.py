"""Asks plugins about the users of a batch. Each import has a `Dispatcher`."""

import contextlib
import math
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import structlog

from rollbook.hooks import validate_answer
from rollbook.hooks.decorators import effective_fields, is_per_row
from rollbook.hooks.invoke import CallFailure, Invoker, Outcome, PartialAnswer, failure_issue
from rollbook.hooks.loader import Hook, plugin_unavailable
from rollbook.hooks.types import Directory, Location, Role, User
from rollbook.hooks.user_view import COMPARABLE, UserView
from rollbook.model import Code, Issue

T = TypeVar("T")

ReadDirectory = Callable[[], Awaitable[Directory]]
"""Reads the directory of an import, which may take a query."""

ValidateLines = Callable[[object, Collection[int], str], dict[int, T]]
"""Takes an answer, the lines that were asked and the plugin; returns our copy of the answer."""

MAX_CACHED = 20_000
"""Answers of a marked hook that an import keeps. With more, all are dropped and asked again."""

MAX_HALVING = 10
"""Timeouts of a plugin after which a failed batch is not halved any further."""

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


async def no_directory() -> Directory:
    """An empty directory without a name, for plugins that are asked outside of an import."""
    return Directory("")


@dataclass(slots=True, kw_only=True)
class BatchAnswers(Generic[T]):
    """What the plugins answered about some users, by line.

    `answers`: validated answers; a line without one met silence. `plugins`: which plugin settled
    a line (empty for check_users, whose issues name their plugin). `failed`: the issue of lines
    on which a plugin failed. Such a line is not settled, whatever `answers` has for it.
    """

    hook: str
    answers: dict[int, T] = field(default_factory=dict)
    plugins: dict[int, str] = field(default_factory=dict)
    failed: dict[int, Issue] = field(default_factory=dict)

    def discard(self, lines: Collection[int]) -> None:
        """Drop the answers to those lines."""
        for line in self.answers.keys() & lines:
            del self.answers[line]

    def unknown_name(self, line: int) -> Issue:
        """The issue of a line whose answer is a name that the directory does not have."""
        return failure_issue(Code.PLUGIN_BAD_OUTPUT, self.plugins[line], self.hook)


class Dispatcher:
    """Asks the plugins in the operator's order, and counts consecutive failures of each hook.

    They are counted by plugin and hook, so that a hook that works does not hide one of the same
    plugin that always fails.
    """

    def __init__(self, invokers: Sequence[Invoker], failures: int, read_directory: ReadDirectory):
        """Ask those plugins. After so many consecutive `failures` of a hook the import stops."""
        self._invokers = invokers
        self._max_failures: float = failures
        self._read_directory = read_directory
        self._directory: Directory | None = None
        # Answers of marked hooks by the cells that they look at; None: they were silent.
        self._cache: defaultdict[tuple[str, str], dict[Hashable, Any]] = defaultdict(dict)
        self._given_up: set[Invoker] = set()  # their timed-out calls are not waited for any more
        self._consecutive: defaultdict[tuple[str, str], int] = defaultdict(int)

    def final_attempt(self) -> None:
        """From now on, rows are asked for the last time: no number of failures raises any more.

        A plugin with a timed-out call gets one more timeout in which that call may end.
        """
        self._max_failures = math.inf

    async def map_roles(self, users: Sequence[User] | UserView) -> BatchAnswers[Role | Issue]:
        """Which role each user gets, or why the row is refused.

        Raises:
            Refusal: PLUGIN_UNAVAILABLE, a plugin failed too often; facts: plugin, hook.
            Exception: whatever reading the directory raised.
        """
        return await self._first_answers("map_roles", users, validate_answer.roles)

    async def match_locations(
        self, users: Sequence[User] | UserView
    ) -> BatchAnswers[Location | Issue]:
        """Which location each user gets, or why the row is refused; raises as `map_roles`."""
        return await self._first_answers("match_locations", users, validate_answer.locations)

    async def check_users(self, users: Sequence[User] | UserView) -> BatchAnswers[list[Issue]]:
        """The issues of all plugins; raises as `map_roles`.

        A line has one issue for each field and code: that of the first plugin.
        """
        view = _view(users)
        result: BatchAnswers[list[Issue]] = BatchAnswers(hook="check_users")
        for invoker, hook in self._with_hook("check_users", view):
            answers, failed = await self._ask(invoker, hook, view, validate_answer.issues)
            result.failed = failed | result.failed
            for line, issues in answers.items():
                result.answers[line] = _merge(result.answers.get(line, []), issues)
        return result

    async def _first_answers(
        self, hook_name: str, users: Sequence[User] | UserView, validate: ValidateLines[T]
    ) -> BatchAnswers[T]:
        """The first answer to each line. A line on which a plugin failed goes to no other."""
        view = _view(users)
        result: BatchAnswers[T] = BatchAnswers(hook=hook_name)
        for invoker, hook in self._with_hook(hook_name, view):
            still_open = view.without(result.answers.keys() | result.failed.keys())
            if not still_open:
                break
            answers, failed = await self._ask(invoker, hook, still_open, validate)
            result.plugins |= dict.fromkeys(answers, invoker.plugin.name)
            result.answers = result.answers | answers if result.answers else answers
            result.failed |= failed
        return result

    def _with_hook(self, hook_name: str, users: UserView) -> Iterator[tuple[Invoker, Hook]]:
        for invoker in self._invokers if users else ():
            if hook := invoker.plugin.hooks.get(hook_name):
                yield invoker, hook

    async def _ask(
        self, invoker: Invoker, hook: Hook, users: UserView, validate: ValidateLines[T]
    ) -> tuple[dict[int, T], dict[int, Issue]]:
        """One plugin's answers by line, and the issues of the lines that it failed on.

        A marked hook is asked about the first of those users who are equal in what it looks at,
        and not again in this import. If it fails on that one, all users equal to it fail.
        """
        fields = effective_fields(hook.function)
        if not fields <= COMPARABLE:
            return await self._call(invoker, hook, users, validate)
        cache = self._cache[invoker.plugin.name, hook.name]
        if len(cache) > MAX_CACHED:
            cache.clear()
        with contextlib.suppress(KeyError):  # most often every value is in the cache
            return _by_line(users.lines, map(cache.__getitem__, users.cells(fields))), {}
        cells = [*users.cells(fields)]
        # Backwards, so that of equal users the first one's position stays.
        firsts = dict(zip(reversed(cells), reversed(range(len(cells))), strict=True))
        unknown = firsts.keys() - cache.keys()
        positions = sorted(map(firsts.__getitem__, unknown))
        asked = users.only(positions)
        answers, failed = await self._call(invoker, hook, asked, validate)
        issues: dict[Hashable, Issue] = {}
        for position, line in zip(positions, asked.lines, strict=True):
            if line in failed:
                issues[cells[position]] = failed[line]
            else:
                cache[cells[position]] = answers.get(line)
        return (
            _by_line(users.lines, map(cache.get, cells)),
            _by_line(users.lines, map(issues.get, cells)) if issues else {},
        )

    async def _arguments(self, hook: Hook, users: UserView) -> dict[str, object]:
        """The arguments of a hook. The directory is read once an import, if a hook takes it."""
        if not hook.takes("directory"):
            return {"users": users.users()}
        if self._directory is None:
            self._directory = await self._read_directory()
        return {"users": users.users(), "directory": self._directory}

    async def _call(
        self, invoker: Invoker, hook: Hook, users: UserView, validate: ValidateLines[T]
    ) -> tuple[dict[int, T], dict[int, Issue]]:
        """The hook's answers by line, and the issues of the lines that it failed on.

        At the final attempt a call that fails is repeated by halves, until only the rows that the
        hook cannot bear have failed. That ends after `MAX_HALVING` timeouts: what still fails in
        one piece then has failed.
        """
        until = time.monotonic() + MAX_HALVING * invoker.timeout
        answers: dict[int, T] = {}
        failed: dict[int, Issue] = {}
        parts = [users]
        while parts:
            part = parts.pop()
            some, issues = await self._call_once(invoker, hook, part, validate)
            answers |= some
            is_whole = len(issues) == len(part) > 1
            if is_whole and self._may_halve(invoker, hook) and time.monotonic() < until:
                middle = len(part) // 2
                parts += [part.only(range(middle, len(part))), part.only(range(middle))]
            else:
                failed |= issues
        return answers, failed

    def _may_halve(self, invoker: Invoker, hook: Hook) -> bool:
        """Whether fewer rows may help: not while a call hangs, nor if each row was tried alone."""
        is_final = self._max_failures == math.inf
        return is_final and not invoker.hanging and not is_per_row(hook.function)

    async def _call_once(
        self, invoker: Invoker, hook: Hook, users: UserView, validate: ValidateLines[T]
    ) -> tuple[dict[int, T], dict[int, Issue]]:
        """One call's answers by line, and the issues of the lines that it failed on."""
        plugin = invoker.plugin.name
        lines = _lookup(users.lines)
        arguments = await self._arguments(hook, users)
        is_final = self._max_failures == math.inf
        if is_final and invoker not in self._given_up and not await invoker.wait_until_idle():
            self._given_up.add(invoker)
        began = time.perf_counter()
        outcome = await invoker.invoke(
            hook, arguments, lambda answer: validate(answer, lines, plugin)
        )
        self._record(invoker, hook, len(lines), time.perf_counter() - began, outcome)
        if isinstance(outcome, CallFailure):
            issue = failure_issue(outcome.code, plugin, hook.name)
            return {}, dict.fromkeys(users.lines, issue)
        if isinstance(outcome, PartialAnswer):
            issue = failure_issue(outcome.failure.code, plugin, hook.name)
            return outcome.answer, dict.fromkeys(outcome.lines, issue)
        return outcome, {}

    def _record(
        self, invoker: Invoker, hook: Hook, lines: int, seconds: float, outcome: Outcome[Any]
    ) -> None:
        """Log a call, and count it if nothing of it can be used.

        Raises:
            Refusal: PLUGIN_UNAVAILABLE, that was one failure too many.
        """
        plugin = invoker.plugin.name
        facts: dict[str, Any] = {
            "plugin": plugin,
            "hook": hook.name,
            "lines": lines,
            "seconds": round(seconds, 6),
        }
        failure = outcome.failure if isinstance(outcome, PartialAnswer) else outcome
        if not isinstance(failure, CallFailure):
            self._consecutive[plugin, hook.name] = 0
            _log.debug("plugin answered", **facts, answers=len(failure))
            return
        failed = len(outcome.lines) if isinstance(outcome, PartialAnswer) else lines
        consecutive = self._consecutive[plugin, hook.name] + 1 if failed == lines else 0
        self._consecutive[plugin, hook.name] = consecutive
        facts |= failure.log_fields()
        facts |= {"code": failure.code.value, "failed": failed, "in_a_row": consecutive}
        _log.warning("plugin failed", **facts)
        if consecutive >= self._max_failures:
            refusal = plugin_unavailable(
                plugin,
                f"The plugin {plugin} failed in {hook.name} {consecutive} times in a row;"
                " the import can be resumed once the plugin answers again.",
            )
            refusal.facts["hook"] = hook.name
            raise refusal


def _view(users: Sequence[User] | UserView) -> UserView:
    return users if isinstance(users, UserView) else UserView.of(users)


def _by_line(lines: Sequence[int], answers: Iterable[T | None]) -> dict[int, T]:
    """The answers by line, without silence."""
    rows = zip(lines, answers, strict=True)
    return {line: answer for line, answer in rows if answer is not None}


def _lookup(lines: Sequence[int]) -> Collection[int]:
    """The lines for `in`: a range if none is missing between them, which is cheaper."""
    whole = range(lines[0], lines[-1] + 1)
    return whole if len(whole) == len(lines) and [*whole] == [*lines] else frozenset(lines)


def _merge(issues: list[Issue], further: list[Issue]) -> list[Issue]:
    by_place = {(issue.field, issue.code): issue for issue in issues}
    for issue in further:
        by_place.setdefault((issue.field, issue.code), issue)
    return list(by_place.values())
