"""Checks whether a plugin conforms to the contract of its hooks."""

import threading
import time
from collections.abc import Iterable, Sequence
from importlib.metadata import EntryPoint

from rollbook.errors import Refusal
from rollbook.hooks import Directory, User, validate_answer
from rollbook.hooks.invoke import CallFailure
from rollbook.hooks.loader import Plugin, load, load_entry, load_object
from rollbook.hooks.secrets import settings_for_plugins
from rollbook.settings import Settings
from rollbook.testing import notify_hook
from rollbook.testing.harness import Harness
from rollbook.testing.report import Mistake, Problem, Report, problem_of
from rollbook.testing.samples import SAMPLE_DIRECTORY, Trial, trials
from rollbook.testing.secret_access import AccessLog, watch_settings
from rollbook.testing.user_hooks import ENDLESS, VALIDATORS, UserHookChecks, secrets_of

TIMEOUT = 2.0
"""Seconds that a hook may take over one call, by default."""

_END_WAIT = 1.0  # seconds for threads to end after shutdown


def check(
    plugin: object,
    *,
    users: Sequence[User] = (),
    directory: Directory = SAMPLE_DIRECTORY,
    timeout: float = TIMEOUT,
) -> Report:
    """Call every hook of a plugin with users chosen for it, and report its mistakes.

    `plugin` is a module or an instance; or a text, the name of an installed one or
    `module:object`; or an entry point, which need not be installed. `users` are further users to
    ask about, in that `directory`. Each call may take `timeout` seconds. Blocks, for seconds; may
    be called while an event loop runs.

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
    return _run(loaded, [*trials(), *further], timeout)


def assert_conforms(
    plugin: object,
    *,
    users: Sequence[User] = (),
    directory: Directory = SAMPLE_DIRECTORY,
    timeout: float = TIMEOUT,
) -> None:
    """`check`, as an assertion for a plugin's tests. Warnings pass.

    Raises:
        AssertionError: it does not conform; names each problem and how to fix it.
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


def _run(plugin: Plugin, wanted: Iterable[Trial], timeout: float) -> Report:
    """Start it, ask its hooks, shut it down."""
    before = {*threading.enumerate()}
    with Harness(plugin, timeout) as harness:
        before |= {*threading.enumerate()}
        problems = _check_lifecycle(plugin, harness, "startup")
        if any(problem.mistake is not Mistake.ASKS_FOR_SECRETS for problem in problems):
            return Report(plugin.name, tuple(problems))  # a service would not start with it
        user_hooks = UserHookChecks(plugin, harness, tuple(wanted))
        for hook in plugin.hooks:
            if hook in VALIDATORS:
                problems += user_hooks.check(hook)
        found = notify_hook.check(harness) if notify_hook.HOOK in plugin.hooks else []
        problems += [*found, *_check_lifecycle(plugin, harness, "shutdown")]
        if not user_hooks.has_endless_call and not any(each.mistake in ENDLESS for each in found):
            problems += _left_running(harness, before)
    costs, latencies = tuple(user_hooks.costs), tuple(user_hooks.latencies.values())
    return Report(plugin.name, tuple(problems), costs, latencies)


def _check_lifecycle(plugin: Plugin, harness: Harness, hook: str) -> list[Problem]:
    """Call `startup` or `shutdown`, if the plugin has it."""
    if hook not in plugin.hooks:
        return []
    accesses = AccessLog()
    settings = watch_settings(settings_for_plugins(Settings.read()), accesses)
    call = harness.call(hook, {"settings": settings}, validate_answer.nothing, accesses)
    problems = secrets_of(hook, call)
    if call.failed:
        outcome = call.outcome if isinstance(call.outcome, CallFailure) else None
        problems.append(problem_of(hook, outcome, harness.timeout, ""))
    return problems


def _left_running(harness: Harness, before: set[threading.Thread]) -> list[Problem]:
    """Threads and tasks that run after shutdown and did not before startup."""
    harness.let_pool_go()
    until = time.monotonic() + _END_WAIT
    for thread in {*threading.enumerate()} - before:
        thread.join(max(0, until - time.monotonic()))
    left = [f"the thread {t.name}" for t in {*threading.enumerate()} - before]
    left += [f"the task {task.get_name()}" for task in harness.tasks()]
    if not left:
        return []
    text = f"After shutdown there is still {', '.join(sorted(left))}."
    return [Problem(Mistake.LEFT_RUNNING, "shutdown", text)]
