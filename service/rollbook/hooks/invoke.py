"""Calls one hook of one plugin, within the timeout, and validates the answer.

No exception of a hook leaves this module, and no hook is waited for longer than its timeout. A
plain hook runs in a daemon thread made for the call (about 0.1 ms; a ThreadPoolExecutor would
delay the end of the process for as long as the hook hangs), an async hook on the event loop.
"""

import asyncio
import contextlib
import contextvars
import inspect
import threading
import time
import traceback
from collections.abc import Awaitable, Mapping, Sized
from dataclasses import dataclass, replace
from typing import Generic, Self, TypeAlias, TypeVar, cast

import structlog

from rollbook.hooks.decorators import RowErrors
from rollbook.hooks.loader import Hook, Plugin
from rollbook.hooks.validate_answer import InvalidAnswer, Validator
from rollbook.model import Code, Field, Issue

T = TypeVar("T")

_MAX_LOGGED = 4_000  # characters of an exception's text; the plugin chooses its length
_FIELDS = {"map_roles": Field.ROLE.value, "match_locations": Field.LOCATION.value}
_MESSAGES = {
    Code.PLUGIN_ERROR: "The plugin {plugin} failed in {hook}; the server's log has the reason.",
    Code.PLUGIN_TIMEOUT: "The plugin {plugin} did not answer {hook} in time.",
    Code.PLUGIN_BAD_OUTPUT: "The plugin {plugin} gave {hook} an answer that cannot be used;"
    " the server's log has the reason.",
}

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


def failure_issue(code: Code, plugin: str, hook: str) -> Issue:
    """The issue of a row whose plugin failed. It never has the text of the exception."""
    return Issue(
        code,
        _FIELDS.get(hook, ""),
        _MESSAGES[code].format(plugin=plugin, hook=hook),
        {"plugin": plugin, "hook": hook},
    )


@dataclass(frozen=True, slots=True)
class CallFailure:
    """A call without a usable answer: the code for its rows, and the reason, for the log alone."""

    code: Code
    reason: str

    def log_fields(self) -> dict[str, str]:
        """The reason in one line; of a traceback its last line, and the whole as `exception`."""
        short = self.reason.rstrip().rpartition("\n")[2]
        return {"why": short} if short == self.reason else {"why": short, "exception": self.reason}


@dataclass(frozen=True, slots=True)
class PartialAnswer(Generic[T]):
    """The answer of a `@per_row` hook that raised on some rows.

    `lines`: those rows. `failure`: how it failed on the first of them.
    """

    answer: T
    lines: frozenset[int]
    failure: CallFailure


@dataclass(frozen=True, slots=True, kw_only=True)
class HookCost:
    """What one hook of one plugin has cost since the service started.

    `rows`: users, or notices, in all its calls. `seconds`: how long its callers waited.
    `failures`: calls without a usable answer; their rows and seconds count, too.
    """

    hook: str
    calls: int = 0
    rows: int = 0
    seconds: float = 0.0
    failures: int = 0

    def after(self, arguments: Mapping[str, object], seconds: float, *, failed: bool) -> Self:
        """The cost including one more call, with those arguments."""
        asked = arguments.get("users", arguments.get("notices"))
        return replace(
            self,
            calls=self.calls + 1,
            rows=self.rows + (len(asked) if isinstance(asked, Sized) else 0),
            seconds=self.seconds + seconds,
            failures=self.failures + failed,
        )


Outcome: TypeAlias = T | PartialAnswer[T] | CallFailure
"""What a call ends in."""


class Invoker:
    """Invokes one plugin's hooks, and keeps track of calls that timed out and still run."""

    def __init__(self, plugin: Plugin, timeout: float):
        """Invoke the hooks of `plugin`, each for `timeout` seconds at most."""
        self.plugin = plugin
        self._timeout = timeout
        self._failures: dict[str, str] = {}  # by hook: one that works does not hide another
        self.costs = {name: HookCost(hook=name) for name in plugin.hooks}
        self._timed_out: set[asyncio.Future[object]] = set()

    @property
    def timeout(self) -> float:
        """Seconds that a call may take."""
        return self._timeout

    @property
    def last_failure(self) -> str:
        """For an operator: code and hook; '' once each hook has answered again."""
        return "; ".join(self._failures.values())

    @property
    def hanging(self) -> bool:
        """Whether a call that timed out is still running; until it ends there is no new call."""
        return bool(self._timed_out)

    async def wait_until_idle(self) -> bool:
        """Wait at most one timeout for timed-out calls to end; whether none runs any more."""
        if self._timed_out:
            await asyncio.wait(set(self._timed_out), timeout=self._timeout)
        return not self.hanging

    async def invoke(
        self,
        hook: Hook,
        arguments: Mapping[str, object],
        validate: Validator[T],
        *,
        within: float | None = None,
    ) -> Outcome[T]:
        """Call the hook. `validate` turns its answer into ours, and may raise InvalidAnswer.

        `within`: seconds for this call; None: the plugin's timeout.
        """
        began = time.perf_counter()
        outcome = await self._outcome(hook, arguments, validate, within or self._timeout)
        seconds = time.perf_counter() - began
        failure = outcome.failure if isinstance(outcome, PartialAnswer) else outcome
        failed = isinstance(failure, CallFailure)
        self.costs[hook.name] = self.costs[hook.name].after(arguments, seconds, failed=failed)
        self._failures.pop(hook.name, None)
        if isinstance(failure, CallFailure):
            self._failures[hook.name] = f"{failure.code.value} in {hook.name}"
        return outcome

    async def _outcome(
        self, hook: Hook, arguments: Mapping[str, object], validate: Validator[T], within: float
    ) -> Outcome[T]:
        if self.hanging:
            return CallFailure(Code.PLUGIN_TIMEOUT, "an earlier call is still running")
        running: asyncio.Future[Outcome[T]]
        if hook.is_async:
            running = asyncio.create_task(_on_the_loop(hook, arguments, validate))
        else:
            running = _in_a_thread(self.plugin.name, hook, arguments, validate)
        try:
            await asyncio.wait((running,), timeout=within)
        except asyncio.CancelledError:
            running.cancel()
            raise
        if running.done():
            return running.result()
        self._abandon(hook, running)
        return CallFailure(Code.PLUGIN_TIMEOUT, f"no answer within {within:g} s")

    def _abandon(self, hook: Hook, running: asyncio.Future[Outcome[T]]) -> None:
        call = cast("asyncio.Future[object]", running)
        self._timed_out.add(call)

        def ended(call: asyncio.Future[object]) -> None:
            self._timed_out.discard(call)
            _log.info("plugin returned too late", plugin=self.plugin.name, hook=hook.name)

        call.add_done_callback(ended)
        if hook.is_async:
            # Never awaited: a coroutine may catch its cancellation and go on.
            call.cancel()


def _in_a_thread(
    plugin: str, hook: Hook, arguments: Mapping[str, object], validate: Validator[T]
) -> asyncio.Future[Outcome[T]]:
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[Outcome[T]] = loop.create_future()

    def settle(outcome: Outcome[T]) -> None:
        if not answered.done():
            answered.set_result(outcome)

    def run() -> None:
        outcome = _call(hook, arguments, validate)
        with contextlib.suppress(RuntimeError):  # the loop is closed: no caller waits any more
            loop.call_soon_threadsafe(settle, outcome)

    threading.Thread(
        target=contextvars.copy_context().run,  # so that the plugin's log lines name the import
        args=(run,),
        name=f"plugin {plugin}",
        daemon=True,
    ).start()
    return answered


def _call(hook: Hook, arguments: Mapping[str, object], validate: Validator[T]) -> Outcome[T]:
    try:
        answer = hook(arguments)
    except RowErrors as some:
        return _partial(some, validate)
    except BaseException as error:  # SystemExit too: a plugin must not end the server
        return CallFailure(Code.PLUGIN_ERROR, _traceback(error))
    return _validated(answer, validate)


async def _on_the_loop(
    hook: Hook, arguments: Mapping[str, object], validate: Validator[T]
) -> Outcome[T]:
    # Caught here and not by the caller: a task that ends by SystemExit ends its loop.
    try:
        answer = await cast("Awaitable[object]", hook(arguments))
    except BaseException as error:
        return CallFailure(Code.PLUGIN_ERROR, _traceback(error))
    return _validated(answer, validate)


def _partial(some: RowErrors, validate: Validator[T]) -> Outcome[T]:
    outcome = _validated(some.answers, validate)
    if isinstance(outcome, CallFailure):
        return outcome
    failure = CallFailure(Code.PLUGIN_ERROR, _traceback(some.__cause__ or some))
    return PartialAnswer(outcome, frozenset(some.lines), failure)


def _validated(answer: object, validate: Validator[T]) -> T | CallFailure:
    if inspect.iscoroutine(answer):
        answer.close()
        return CallFailure(Code.PLUGIN_BAD_OUTPUT, "the answer is a coroutine: write `async def`")
    try:
        return validate(answer)
    except InvalidAnswer as invalid:
        return CallFailure(Code.PLUGIN_BAD_OUTPUT, str(invalid))
    except BaseException as error:  # raised by methods of the answer itself
        return CallFailure(Code.PLUGIN_BAD_OUTPUT, _traceback(error))


def _traceback(error: BaseException) -> str:
    """The traceback as text, made in the hook's own thread; the exception is not kept."""
    try:
        return "".join(traceback.format_exception(error))[-_MAX_LOGGED:]
    except BaseException:  # the exception's own methods may do anything
        return type(error).__name__
