"""A hook that is asked about users → what its answers, and how it gives them, show to be wrong."""

import gc
import time
import weakref
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from rollbook.hooks import Price, User, validate_answer
from rollbook.hooks.invoke import Failed
from rollbook.hooks.loader import Plugin
from rollbook.hooks.looks_at import answers_by
from rollbook.testing.bench import Bench, Call
from rollbook.testing.failing import about
from rollbook.testing.mistakes import Mistake
from rollbook.testing.report import Problem
from rollbook.testing.trials import FULL, TEXTS, Trial, varied
from rollbook.testing.watching import Asked

JUDGES: Mapping[str, Callable[[object, Collection[int], str], dict[int, Any]]] = {
    "map_roles": validate_answer.roles,
    "match_locations": validate_answer.locations,
    "check_users": validate_answer.issues,
}
"""The hooks that are asked about users, and who judges their answers."""

MAX_STEP = 0.1
"""Seconds that an async hook may keep the event loop at once; everybody waits meanwhile."""

ENDLESS = frozenset({Mistake.HANGS, Mistake.BLOCKS_THE_LOOP})
"""Mistakes after which a hook is asked nothing more: its call still runs."""
TRIES = 3  # a machine may be busy: what is slow must be slow each time
_TO_LET_GO = 1.0  # seconds in which a call's own thread has let go of its users
_CUT = 7  # users of a small batch
_AWAY = 1_000  # lines between users who are alike

Answer = dict[int, Any]


class _Cells(dict[str, str]):
    """A user's attributes, of which one can see whether anybody holds them."""


class Questions:
    """Asks one plugin's hooks about the users of all trials."""

    def __init__(self, plugin: Plugin, bench: Bench, trials: Sequence[Trial]):
        self._plugin = plugin
        self._bench = bench
        self._trials = trials
        self.prices: list[Price] = []
        self.gave_up = False  # a call that does not end still runs

    def ask(self, hook: str) -> list[Problem]:
        """What is wrong with that hook; each mistake once, as it was first seen."""
        found: dict[Mistake, Problem] = {}
        for trial in self._trials:
            for problem in self._tried(hook, trial):
                found.setdefault(problem.mistake, problem)
            if found.keys() & ENDLESS:
                self.gave_up = True
                return [*found.values()]
        if not found.keys() & {Mistake.RAISES, Mistake.NONSENSE, Mistake.CHANGES_INPUT}:
            looking = self._steadiness(hook) or self._looking(hook)
            for problem in [*looking, *self._keeping(hook)]:
                found.setdefault(problem.mistake, problem)
        return [*found.values()]

    def _call(self, hook: str, users: Sequence[User], trial: Trial) -> Call[Answer]:
        lines = frozenset(user.line for user in users)
        given = {"users": tuple(users), "directory": trial.directory}
        judge = JUDGES[hook]
        return self._bench.call(
            hook, given, lambda answer: judge(answer, lines, self._plugin.name), Asked()
        )

    def _tried(self, hook: str, trial: Trial) -> list[Problem]:
        call = self._call(hook, trial.users, trial)
        problems = secrets_of(hook, call)
        if call.failed:
            said = call.said if isinstance(call.said, Failed) else None
            return [*problems, about(hook, said, self._bench.timeout, trial.name)]
        is_full = len(trial.users) >= FULL
        more = TRIES - 1 if is_full or call.longest_step > MAX_STEP else 0
        calls = [call, *(self._call(hook, trial.users, trial) for _ in range(more))]
        if all(each.longest_step > MAX_STEP for each in calls):
            told = (
                f"It keeps the event loop for {call.longest_step:.1f} s, asked about {trial.name}."
            )
            problems.append(Problem(Mistake.BLOCKS_THE_LOOP, hook, told))
        if is_full:
            seconds = min(each.seconds for each in calls)
            self.prices.append(Price(hook=hook, calls=1, rows=len(trial.users), seconds=seconds))
        return problems

    def _answers(self, hook: str, users: Sequence[User]) -> Answer:
        said = self._call(hook, users, Trial("", ())).said
        return said if isinstance(said, dict) else {}

    def _steadiness(self, hook: str) -> list[Problem]:
        """Whether the same users get the same answers, at another time and in another cut."""
        users = varied(40)
        first = self._answers(hook, users)
        if (again := self._answers(hook, users)) != first:
            told = f"Asked twice about the same users, it answers {_differing(first, again)}."
            return [Problem(Mistake.CHANGES_ITS_MIND, hook, told)]
        turned = self._answers(hook, users[::-1])
        cut: Answer = {}
        for at in range(0, len(users), _CUT):
            cut |= self._answers(hook, users[at : at + _CUT])
        for other, how in ((turned, "in the reverse order"), (cut, f"{_CUT} at a time")):
            if other != first:
                told = f"Asked {how} about the same users, it answers {_differing(first, other)}."
                return [Problem(Mistake.DEPENDS_ON_BATCH, hook, told)]
        return []

    def _looking(self, hook: str) -> list[Problem]:
        """Whether users get the answers of others who are alike in what the hook looks at."""
        fields = answers_by(self._plugin.hooks[hook].function)
        if not fields <= {*TEXTS}:
            return []  # nobody is taken to be alike
        users = varied(40)
        first = self._answers(hook, users)
        cells = [{field: getattr(user, field) for field in fields} for user in users]
        bare = [User(user.line + _AWAY, **each) for user, each in zip(users, cells, strict=True)]
        other = {line - _AWAY: said for line, said in self._answers(hook, bare).items()}
        if other == first:
            return []
        told = (
            f"Asked about users who are alike in {', '.join(sorted(fields)) or 'nothing'} alone,"
            f" it answers {_differing(first, other)}."
        )
        return [Problem(Mistake.LOOKS_ELSEWHERE, hook, told)]

    def _keeping(self, hook: str) -> list[Problem]:
        """Whether the users are still held, once it has answered and has been asked again."""
        cells = _Cells(badge="B7")
        held = weakref.ref(cells)
        shown = [user._replace(attributes=MappingProxyType(cells)) for user in varied(10)]
        del cells
        self._answers(hook, shown)
        shown.clear()
        self._answers(hook, varied(10))
        until = time.monotonic() + _TO_LET_GO
        while held() is not None and time.monotonic() < until:
            gc.collect()
            time.sleep(0.01)
        if held() is None:
            return []
        told = "It still holds users that it has answered, when it has been asked about others."
        return [Problem(Mistake.KEEPS_USERS, hook, told)]


def secrets_of(hook: str, call: Call[Any]) -> list[Problem]:
    """What it asked for and should not have."""
    if not call.secrets:
        return []
    told = f"It asks for {', '.join(call.secrets)}."
    return [Problem(Mistake.ASKS_FOR_SECRETS, hook, told)]


def _differing(first: Answer, other: Answer) -> str:
    lines = [line for line in {**first, **other} if first.get(line) != other.get(line)]
    return f"otherwise for {len(lines)} of them"
