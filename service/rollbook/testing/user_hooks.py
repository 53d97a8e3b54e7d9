"""Checks the hooks that are asked about users."""

import gc
import time
import weakref
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from rollbook.hooks import HookCost, User, validate_answer
from rollbook.hooks.decorators import effective_fields
from rollbook.hooks.invoke import CallFailure
from rollbook.hooks.loader import Plugin
from rollbook.testing.harness import Call, Harness
from rollbook.testing.report import Latency, Mistake, Problem, problem_of
from rollbook.testing.samples import FULL, TEXTS, Trial, varied
from rollbook.testing.secret_access import AccessLog

VALIDATORS: Mapping[str, Callable[[object, Collection[int], str], dict[int, Any]]] = {
    "map_roles": validate_answer.roles,
    "match_locations": validate_answer.locations,
    "check_users": validate_answer.issues,
}
"""The hooks that are asked about users, with the function that validates their answers."""

MAX_STEP = 0.1
"""Seconds that an async hook may block the event loop at once; every other call waits."""

ENDLESS = frozenset({Mistake.HANGS, Mistake.BLOCKS_THE_LOOP})
"""Mistakes after which a hook is not called again, because its call still runs."""
TRIES = 3  # on a busy machine one call may be slow: all must be
_RELEASE_WAIT = 1.0  # seconds for a call's own thread to release its users
_SMALL_BATCH = 7  # users of a small batch
_LINE_OFFSET = 1_000  # between the lines of users who are equal in what a hook looks at

Answer = dict[int, Any]


class _Cells(dict[str, str]):
    """A user's attributes, to which a weak reference can be made."""


class UserHookChecks:
    """Calls one plugin's hooks with the users of all trials."""

    def __init__(self, plugin: Plugin, harness: Harness, trials: Sequence[Trial]):
        self._plugin = plugin
        self._harness = harness
        self._trials = trials
        self.costs: list[HookCost] = []
        self.latencies: dict[str, Latency] = {}
        self.has_endless_call = False

    def check(self, hook: str) -> list[Problem]:
        """The problems of that hook, each mistake once."""
        found: dict[Mistake, Problem] = {}
        for trial in self._trials:
            for problem in self._try(hook, trial):
                found.setdefault(problem.mistake, problem)
            if found.keys() & ENDLESS:
                self.has_endless_call = True
                return [*found.values()]
        if not found.keys() & {Mistake.RAISES, Mistake.NONSENSE, Mistake.CHANGES_INPUT}:
            further = self._check_repeatable(hook) or self._check_looks_at(hook)
            for problem in [*further, *self._check_releases_users(hook)]:
                found.setdefault(problem.mistake, problem)
        return [*found.values()]

    def _call(self, hook: str, users: Sequence[User], trial: Trial) -> Call[Answer]:
        lines = frozenset(user.line for user in users)
        arguments = {"users": tuple(users), "directory": trial.directory}
        validate = VALIDATORS[hook]
        return self._harness.call(
            hook, arguments, lambda answer: validate(answer, lines, self._plugin.name), AccessLog()
        )

    def _try(self, hook: str, trial: Trial) -> list[Problem]:
        call = self._call(hook, trial.users, trial)
        problems = secrets_of(hook, call)
        if call.failed:
            outcome = call.outcome if isinstance(call.outcome, CallFailure) else None
            return [*problems, problem_of(hook, outcome, self._harness.timeout, trial.name)]
        slowest = self.latencies.get(hook)
        if slowest is None or call.seconds > slowest.seconds:
            self.latencies[hook] = Latency(hook, call.seconds, trial.name)
        is_full = len(trial.users) >= FULL
        more = TRIES - 1 if is_full or call.longest_step > MAX_STEP else 0
        calls = [call, *(self._call(hook, trial.users, trial) for _ in range(more))]
        if all(each.longest_step > MAX_STEP for each in calls):
            text = (
                f"It blocks the event loop for {call.longest_step:.1f} s, asked about {trial.name}."
            )
            problems.append(Problem(Mistake.BLOCKS_THE_LOOP, hook, text))
        if is_full:
            seconds = min(each.seconds for each in calls)
            self.costs.append(HookCost(hook=hook, calls=1, rows=len(trial.users), seconds=seconds))
        return problems

    def _answer(self, hook: str, users: Sequence[User]) -> Answer:
        outcome = self._call(hook, users, Trial("", ())).outcome
        return outcome if isinstance(outcome, dict) else {}

    def _check_repeatable(self, hook: str) -> list[Problem]:
        """Whether the same users get the same answers at another time and in other batches."""
        users = varied(40)
        first = self._answer(hook, users)
        if (again := self._answer(hook, users)) != first:
            text = f"Asked twice about the same users, it answers {_differing(first, again)}."
            return [Problem(Mistake.CHANGES_ITS_MIND, hook, text)]
        turned = self._answer(hook, users[::-1])
        cut: Answer = {}
        for at in range(0, len(users), _SMALL_BATCH):
            cut |= self._answer(hook, users[at : at + _SMALL_BATCH])
        for other, how in ((turned, "in the reverse order"), (cut, f"{_SMALL_BATCH} at a time")):
            if other != first:
                text = f"Asked {how} about the same users, it answers {_differing(first, other)}."
                return [Problem(Mistake.DEPENDS_ON_BATCH, hook, text)]
        return []

    def _check_looks_at(self, hook: str) -> list[Problem]:
        """Whether users who are equal in what the hook looks at get equal answers."""
        fields = effective_fields(self._plugin.hooks[hook].function)
        if not fields <= {*TEXTS}:
            return []  # the service compares no users for it
        users = varied(40)
        first = self._answer(hook, users)
        cells = [{field: getattr(user, field) for field in fields} for user in users]
        bare = [
            User(user.line + _LINE_OFFSET, **each) for user, each in zip(users, cells, strict=True)
        ]
        other = {line - _LINE_OFFSET: outcome for line, outcome in self._answer(hook, bare).items()}
        if other == first:
            return []
        text = (
            f"Asked about users who are equal in {', '.join(sorted(fields)) or 'nothing'} alone,"
            f" it answers {_differing(first, other)}."
        )
        return [Problem(Mistake.LOOKS_ELSEWHERE, hook, text)]

    def _check_releases_users(self, hook: str) -> list[Problem]:
        """Whether the plugin releases users once it has answered and was asked again."""
        cells = _Cells(badge="B7")
        held = weakref.ref(cells)
        shown = [user._replace(attributes=MappingProxyType(cells)) for user in varied(10)]
        del cells
        self._answer(hook, shown)
        shown.clear()
        self._answer(hook, varied(10))
        until = time.monotonic() + _RELEASE_WAIT
        while held() is not None and time.monotonic() < until:
            gc.collect()
            time.sleep(0.01)
        if held() is None:
            return []
        text = "It keeps users of an earlier call, after it was asked about others."
        return [Problem(Mistake.KEEPS_USERS, hook, text)]


def secrets_of(hook: str, call: Call[Any]) -> list[Problem]:
    """The problem that it read a secret, if it did."""
    if not call.secrets:
        return []
    text = f"It reads {', '.join(call.secrets)}."
    return [Problem(Mistake.ASKS_FOR_SECRETS, hook, text)]


def _differing(first: Answer, other: Answer) -> str:
    lines = [line for line in {**first, **other} if first.get(line) != other.get(line)]
    return f"differently for {len(lines)} of them"
