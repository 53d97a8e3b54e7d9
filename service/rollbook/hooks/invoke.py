"""One call of a plugin's hook → its judged answer, or how it failed, within the timeout.

Nothing that a hook does comes out of here as an exception, and nothing of it is waited for
longer than the timeout. A plain hook runs in a daemon thread made for the call (about 0.1 ms;
a ThreadPoolExecutor's would hold up the process's exit for as long as the hook hangs), an async
one on the loop.
"""

import asyncio
import contextlib
import contextvars
import inspect
import threading
import time
import traceback
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import TypeVar, cast

import structlog

from rollbook.hooks.call_cost import Price
from rollbook.hooks.loader import Hook, Plugin
from rollbook.hooks.validate_answer import InvalidAnswer, Judge
from rollbook.model import Code

T = TypeVar("T")

_MAX_TOLD = 4_000  # characters of an exception's text in the log; it is the plugin's to choose

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Failed:
    """A call without a usable answer: the code for the lines, and `why` for the log alone."""

    code: Code
    why: str

    def logged(self) -> dict[str, str]:
        """`why` in a line: of a traceback the exception, and the rest of it as such."""
        short = self.why.rstrip().rpartition("\n")[2]
        return {"why": short} if short == self.why else {"why": short, "exception": self.why}


class Invoker:
    """Calls one plugin's hooks, and holds the calls that were given up on and still run."""

    def __init__(self, plugin: Plugin, timeout: float):
        """Call the hooks of `plugin`, each for `timeout` seconds at most."""
        self.plugin = plugin
        self._timeout = timeout
        self._failed: dict[str, str] = {}  # by hook, so that one that works hides no other
        self.prices = {name: Price(hook=name) for name in plugin.hooks}
        self._given_up: set[asyncio.Future[object]] = set()

    @property
    def last_failure(self) -> str:
        """For an operator: code and hook; '' once each hook has answered again."""
        return "; ".join(self._failed.values())

    @property
    def hanging(self) -> bool:
        """Whether a call that was given up on is still running; until then nobody calls."""
        return bool(self._given_up)

    async def rested(self) -> bool:
        """Whether no given-up call is running any more, at most a timeout from now."""
        if self._given_up:
            await asyncio.wait(set(self._given_up), timeout=self._timeout)
        return not self.hanging

    async def call(
        self,
        hook: Hook,
        given: Mapping[str, object],
        judge: Judge[T],
        *,
        within: float | None = None,
    ) -> T | Failed:
        """Ask the hook. `judge` looks at its answer and may raise Nonsense.

        `within` is this call's own, in seconds; None: as for every hook of the plugin.
        """
        began = time.perf_counter()
        said = await self._answer(hook, given, judge, within or self._timeout)
        seconds = time.perf_counter() - began
        price = self.prices[hook.name].after(given, seconds, failed=isinstance(said, Failed))
        self.prices[hook.name] = price
        self._failed.pop(hook.name, None)
        if isinstance(said, Failed):
            self._failed[hook.name] = f"{said.code.value} in {hook.name}"
        return said

    async def _answer(
        self, hook: Hook, given: Mapping[str, object], judge: Judge[T], within: float
    ) -> T | Failed:
        if self.hanging:
            return Failed(Code.PLUGIN_TIMEOUT, "an earlier call is still running")
        running: asyncio.Future[T | Failed]
        if hook.is_async:
            running = asyncio.create_task(_on_the_loop(hook, given, judge))
        else:
            running = _in_a_thread(self.plugin.name, hook, given, judge)
        try:
            await asyncio.wait((running,), timeout=within)
        except asyncio.CancelledError:
            running.cancel()
            raise
        if running.done():
            return running.result()
        self._give_up(hook, running)
        return Failed(Code.PLUGIN_TIMEOUT, f"no answer within {within:g} s")

    def _give_up(self, hook: Hook, running: asyncio.Future[T | Failed]) -> None:
        call = cast("asyncio.Future[object]", running)
        self._given_up.add(call)

        def returned(call: asyncio.Future[object]) -> None:
            self._given_up.discard(call)
            _log.info("plugin returned too late", plugin=self.plugin.name, hook=hook.name)

        call.add_done_callback(returned)
        if hook.is_async:
            # Never awaited: a coroutine may catch its cancellation and stay.
            call.cancel()


def _in_a_thread(
    plugin: str, hook: Hook, given: Mapping[str, object], judge: Judge[T]
) -> asyncio.Future[T | Failed]:
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[T | Failed] = loop.create_future()

    def settle(outcome: T | Failed) -> None:
        if not answered.done():
            answered.set_result(outcome)

    def run() -> None:
        outcome = _attempt(hook, given, judge)
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, outcome)

    threading.Thread(
        target=contextvars.copy_context().run,  # so that what a plugin logs names the import
        args=(run,),
        name=f"plugin {plugin}",
        daemon=True,
    ).start()
    return answered


def _attempt(hook: Hook, given: Mapping[str, object], judge: Judge[T]) -> T | Failed:
    try:
        answer = hook(given)
    except BaseException as raised:  # SystemExit too: a plugin's exit is not the server's
        return Failed(Code.PLUGIN_ERROR, _told(raised))
    return _judged(answer, judge)


async def _on_the_loop(hook: Hook, given: Mapping[str, object], judge: Judge[T]) -> T | Failed:
    # Caught in here and not by whoever awaits: a task that ends by SystemExit ends its loop.
    try:
        answer = await cast("Awaitable[object]", hook(given))
    except BaseException as raised:
        return Failed(Code.PLUGIN_ERROR, _told(raised))
    return _judged(answer, judge)


def _judged(answer: object, judge: Judge[T]) -> T | Failed:
    if inspect.iscoroutine(answer):
        answer.close()
        return Failed(Code.PLUGIN_BAD_OUTPUT, "the answer is a coroutine: write `async def`")
    try:
        return judge(answer)
    except InvalidAnswer as nonsense:
        return Failed(Code.PLUGIN_BAD_OUTPUT, str(nonsense))
    except BaseException as raised:  # the answer's own methods, as it was looked at
        return Failed(Code.PLUGIN_BAD_OUTPUT, _told(raised))


def _told(raised: BaseException) -> str:
    """The traceback as text, made where the hook ran; the exception itself is let go."""
    try:
        return "".join(traceback.format_exception(raised))[-_MAX_TOLD:]
    except BaseException:  # text of its own making, whatever its methods do
        return type(raised).__name__
