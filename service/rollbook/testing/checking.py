"""A plugin → a report on whether it keeps to the contract of its hooks."""

import threading
import time
from collections.abc import Iterable, Sequence
from importlib.metadata import EntryPoint

from rollbook.errors import Refusal
from rollbook.hooks import Directory, User, validate_answer
from rollbook.hooks.invoke import Failed
from rollbook.hooks.loader import Plugin, load, load_entry, load_object
from rollbook.hooks.registry import shown_settings
from rollbook.settings import Settings
from rollbook.testing import telling
from rollbook.testing.asking import ENDLESS, JUDGES, Questions, secrets_of
from rollbook.testing.bench import Bench
from rollbook.testing.failing import about
from rollbook.testing.mistakes import Mistake
from rollbook.testing.report import Problem, Report
from rollbook.testing.trials import SOMEWHERE, Trial, trials
from rollbook.testing.watching import Asked, watched

TIMEOUT = 2.0
"""Seconds that a hook may take over one call, unless it is said otherwise."""

_TO_END = 1.0  # seconds that threads have to end in, after shutdown


def check(
    plugin: object,
    *,
    users: Sequence[User] = (),
    directory: Directory = SOMEWHERE,
    timeout: float = TIMEOUT,
) -> Report:
    """Ask every hook of a plugin about users chosen for it, and tell what is wrong with it.

    `plugin` is a module or an instance; or a text, the name of an installed one or
    `module:object`; or an entry point that may not be installed. `users` are asked about besides,
    in that `directory`. Each call may take `timeout` seconds. Blocks, for seconds; may be called
    where an event loop runs.

    Raises:
        ValueError: a `ROLLBOOK_` variable of the environment is wrong.
    """
    name = _name(plugin)
    try:
        loaded = _loaded(name, plugin)
    except Refusal as refused:
        mistake = Mistake(refused.facts["mistake"])
        return Report(name, (Problem(mistake, "", refused.message),))
    further = [Trial("your own users", tuple(users), directory)] if users else []
    return _asked(loaded, [*trials(), *further], timeout)


def assert_conforms(
    plugin: object,
    *,
    users: Sequence[User] = (),
    directory: Directory = SOMEWHERE,
    timeout: float = TIMEOUT,
) -> None:
    """`check`, for a test of the plugin's own. Warnings pass.

    Raises:
        AssertionError: it does not conform; names each problem and what to do about it.
    """
    __tracebackhide__ = True
    report = check(plugin, users=users, directory=directory, timeout=timeout)
    if not report.conforms:
        raise AssertionError(str(report))


def _loaded(name: str, plugin: object) -> Plugin:
    if isinstance(plugin, str):
        return load([plugin])[0]
    return load_entry(plugin) if isinstance(plugin, EntryPoint) else load_object(name, plugin)


def _name(plugin: object) -> str:
    if isinstance(plugin, str):
        return plugin
    if isinstance(plugin, EntryPoint):
        return plugin.name
    name: str = getattr(plugin, "__name__", type(plugin).__name__)
    return name


def _asked(plugin: Plugin, wanted: Iterable[Trial], timeout: float) -> Report:
    """Start it, ask its hooks, shut it down."""
    before = {*threading.enumerate()}
    with Bench(plugin, timeout) as bench:
        before |= {*threading.enumerate()}
        problems = _told(plugin, bench, "startup")
        if any(problem.mistake is not Mistake.ASKS_FOR_SECRETS for problem in problems):
            return Report(plugin.name, tuple(problems))  # no service would go on with it
        questions = Questions(plugin, bench, tuple(wanted))
        for hook in plugin.hooks:
            if hook in JUDGES:
                problems += questions.ask(hook)
        told = telling.tell(bench) if telling.HOOK in plugin.hooks else []
        problems += [*told, *_told(plugin, bench, "shutdown")]
        if not questions.gave_up and not any(each.mistake in ENDLESS for each in told):
            problems += _left_running(bench, before)
    return Report(plugin.name, tuple(problems), tuple(questions.prices))


def _told(plugin: Plugin, bench: Bench, hook: str) -> list[Problem]:
    """Call `startup` or `shutdown`, where the plugin has it."""
    if hook not in plugin.hooks:
        return []
    asked = Asked()
    settings = watched(shown_settings(Settings.read()), asked)
    call = bench.call(hook, {"settings": settings}, validate_answer.nothing, asked)
    problems = secrets_of(hook, call)
    if call.failed:
        said = call.said if isinstance(call.said, Failed) else None
        problems.append(about(hook, said, bench.timeout, ""))
    return problems


def _left_running(bench: Bench, before: set[threading.Thread]) -> list[Problem]:
    """What still runs after shutdown, and did not before startup."""
    bench.let_pool_go()
    until = time.monotonic() + _TO_END
    for thread in {*threading.enumerate()} - before:
        thread.join(max(0, until - time.monotonic()))
    left = [f"the thread {t.name}" for t in {*threading.enumerate()} - before]
    left += [f"the task {task.get_name()}" for task in bench.tasks()]
    if not left:
        return []
    told = f"After shutdown there is still {', '.join(sorted(left))}."
    return [Problem(Mistake.LEFT_RUNNING, "shutdown", told)]
