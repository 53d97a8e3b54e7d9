"""Calls a hook as the service does, and measures it.

The event loop runs in a thread of its own, so that a hook that blocks it can be abandoned, too.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any, Generic, Self, TypeVar

from rollbook.hooks.invoke import CallFailure, Invoker, PartialAnswer
from rollbook.hooks.loader import Hook, Plugin
from rollbook.hooks.validate_answer import Validator
from rollbook.testing.secret_access import AccessLog, watch_environment

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[T]):
    """What became of one call.

    `outcome` is None, and `is_stuck`, if the hook blocked the event loop itself, so that its
    timeout could not end it. `seconds`: until the answer was validated. `longest_step`: the longest
    time that an async hook blocked the loop at once, in seconds. `secrets`: those that it read.
    """

    outcome: T | CallFailure | None
    is_stuck: bool
    seconds: float
    longest_step: float
    secrets: list[str]

    @property
    def failed(self) -> bool:
        """Whether there is no usable answer."""
        return self.is_stuck or isinstance(self.outcome, CallFailure)


class Harness(AbstractContextManager["Harness"]):
    """Calls the hooks of one plugin, each for so many seconds at most. Blocks."""

    def __init__(self, plugin: Plugin, timeout: float):
        self._plugin = plugin
        self.timeout = timeout
        self._begin()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._stuck or self._invoker.hanging:
            return  # it belongs to the hook that does not end
        asyncio.run_coroutine_threadsafe(_end_all(), self._loop).result(self.timeout)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _begin(self) -> None:
        self._stuck = False
        self._loop = asyncio.new_event_loop()
        self._pool = ThreadPoolExecutor(thread_name_prefix="pool")
        self._loop.set_default_executor(self._pool)
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="rollbook.testing", daemon=True
        )
        self._thread.start()
        self._invoker = Invoker(self._plugin, self.timeout)

    def let_pool_go(self) -> None:
        """End the threads of the loop's own pool, as `asyncio.to_thread` takes them.

        They were not begun by the plugin, and are the service's to end. Busy ones stay.
        """
        self._pool.shutdown(wait=False)

    def tasks(self) -> set[asyncio.Task[Any]]:
        """The tasks that are on the loop."""
        return asyncio.all_tasks(self._loop)

    def call(
        self, name: str, given: Mapping[str, object], validate: Validator[T], asked: AccessLog
    ) -> Call[T]:
        """Call one hook, and wait for what it answers."""
        if self._stuck or self._invoker.hanging:
            self._begin()  # another hook's trouble
        steps = [0.0]
        hook = _measured(self._plugin.hooks[name], steps)
        began = time.perf_counter()
        with watch_environment(asked):
            running = asyncio.run_coroutine_threadsafe(
                self._invoker.invoke(hook, given, validate), self._loop
            )
            outcome: T | CallFailure | None = None
            try:
                ended = running.result(2 * self.timeout + 1)
                outcome = ended.failure if isinstance(ended, PartialAnswer) else ended
            except TooLate:
                self._stuck = True
        seconds = time.perf_counter() - began
        return Call(
            outcome=outcome,
            is_stuck=self._stuck,
            seconds=seconds,
            longest_step=max(steps),
            secrets=asked.secrets(),
        )


async def _end_all() -> None:
    """Cancel whatever else is on this loop, and wait a moment for its end."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    if others:
        await asyncio.wait(others, timeout=0.5)


def _measured(hook: Hook, steps: list[float]) -> Hook:
    """The hook; an async one writes down how long it keeps the loop from one await to the next."""
    if not hook.is_async:
        return hook
    function: Callable[..., Any] = hook.function

    async def stepping(*given: object, **named: object) -> object:
        return await _Steps(function(*given, **named), steps)

    return replace(hook, function=stepping)


class _Steps:
    """Awaits a coroutine, and measures each of its steps."""

    def __init__(self, coroutine: Coroutine[Any, Any, object], steps: list[float]):
        self._coroutine = coroutine
        self._steps = steps

    def __await__(self) -> Generator[Any, Any, object]:
        go_on = _sending(self._coroutine, None)
        while True:
            began = time.perf_counter()
            try:
                awaited = go_on()
            except StopIteration as answered:
                return answered.value
            finally:
                self._steps.append(time.perf_counter() - began)
            try:
                sent = yield awaited
            except BaseException as thrown:
                go_on = _throwing(self._coroutine, thrown)
            else:
                go_on = _sending(self._coroutine, sent)


def _sending(coroutine: Coroutine[Any, Any, object], value: object) -> Callable[[], Any]:
    return lambda: coroutine.send(value)


def _throwing(coroutine: Coroutine[Any, Any, object], thrown: BaseException) -> Callable[[], Any]:
    return lambda: coroutine.throw(thrown)
