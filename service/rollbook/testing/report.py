"""The report of the test kit, for a person, a test or a program.

Every mistake has a name that stays from version to version, and a sentence on how to fix it.
"""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import structlog

from rollbook.hooks import HookCost
from rollbook.hooks.invoke import CallFailure
from rollbook.model import Code


class Mistake(StrEnum):
    """A mistake of a plugin, by a name that is stable across versions."""

    # found when it is loaded: the service would not start
    NOT_FOUND = "not_found"
    NOT_IMPORTABLE = "not_importable"
    CONFLICT = "conflict"
    NOT_A_PLUGIN = "not_a_plugin"
    UNKNOWN_HOOK = "unknown_hook"
    WRONG_ARGUMENTS = "wrong_arguments"
    HOOK_TWICE = "hook_twice"
    WRAPPER = "wrapper"
    OWN_ORDER = "own_order"
    # found when it is asked: its rows would be refused, or the service would stall
    RAISES = "raises"
    HANGS = "hangs"
    BLOCKS_THE_LOOP = "blocks_the_loop"
    NONSENSE = "nonsense"
    CHANGES_INPUT = "changes_input"
    ASKS_FOR_SECRETS = "asks_for_secrets"
    LEFT_RUNNING = "left_running"
    LOOKS_ELSEWHERE = "looks_elsewhere"
    # warnings: the answers would surprise importers
    KEEPS_USERS = "keeps_users"
    CHANGES_ITS_MIND = "changes_its_mind"
    DEPENDS_ON_BATCH = "depends_on_batch"


WARNINGS = frozenset({Mistake.KEEPS_USERS, Mistake.CHANGES_ITS_MIND, Mistake.DEPENDS_ON_BATCH})
"""Mistakes with which a plugin still conforms."""

REMEDIES: Mapping[Mistake, str] = {
    Mistake.NOT_FOUND: "Install it, or give module:object.",
    Mistake.NOT_IMPORTABLE: "Import it in a Python shell; the traceback has the reason.",
    Mistake.CONFLICT: "Keep one of the two.",
    Mistake.NOT_A_PLUGIN: "Name a module or an instance whose hooks are under @hookimpl.",
    Mistake.UNKNOWN_HOOK: "Spell the hook as the list of hooks does.",
    Mistake.WRONG_ARGUMENTS: "Take the hook's arguments, or fewer of them.",
    Mistake.HOOK_TWICE: "Keep one function for the hook.",
    Mistake.WRAPPER: "Remove wrapper=True: a plugin cannot change the answers of others.",
    Mistake.OWN_ORDER: "Remove tryfirst and trylast: the operator decides the order.",
    Mistake.RAISES: "Handle such a user, too: answer an Issue, or leave the line out.",
    Mistake.HANGS: "Set a timeout on everything that you wait for.",
    Mistake.BLOCKS_THE_LOOP: "Await what takes time, or write a plain hook, which has a thread.",
    Mistake.NONSENSE: "Answer what the hook's contract allows, keyed by the user's line.",
    Mistake.CHANGES_INPUT: "Do not change the arguments; answer instead.",
    Mistake.ASKS_FOR_SECRETS: "Read what the plugin needs from a setting of its own.",
    Mistake.LOOKS_ELSEWHERE: "Name in @looks_at all fields that the answers depend on, or drop it.",
    Mistake.LEFT_RUNNING: "Stop in shutdown what startup and the hooks have started.",
    Mistake.KEEPS_USERS: "Keep the values that you need, not the user: imports have millions.",
    Mistake.CHANGES_ITS_MIND: "Decide by the user alone, or a preview differs from the real run.",
    Mistake.DEPENDS_ON_BATCH: "Decide for each user alone: batches may be cut anywhere.",
}
"""How to fix each mistake."""

_LIFE = ("startup", "shutdown")


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake, of one hook; `hook` is '' if it is of the whole plugin.

    `message` is one sentence: what happened, and with which users.
    """

    mistake: Mistake
    hook: str
    message: str

    @property
    def remedy(self) -> str:
        """How to fix it, in a sentence."""
        if self.mistake is Mistake.RAISES and self.hook in _LIFE:
            return "The service would not start: is a setting of the plugin missing?"
        return REMEDIES[self.mistake]

    @property
    def fails(self) -> bool:
        """Whether a plugin with this mistake does not conform; if not, it is a warning."""
        return self.mistake not in WARNINGS

    def __str__(self) -> str:
        where = f"{self.hook}: " if self.hook else ""
        return f"{self.mistake.value}: {where}{self.message} {self.remedy}"


class Latency(NamedTuple):
    """The longest first call of a hook, in seconds, and which users it was asked about.

    A batch waits that long, also where a cache of the hook answers later calls at once.
    """

    hook: str
    seconds: float
    trial: str


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was found in one plugin.

    `costs` has an entry for each hook that is asked about users and that answered 5,000 of them:
    the fastest of three calls. `latencies` has one for each hook that is asked about users and
    that answered at all.
    """

    plugin: str
    problems: tuple[Problem, ...] = ()
    costs: tuple[HookCost, ...] = ()
    latencies: tuple[Latency, ...] = ()

    @property
    def conforms(self) -> bool:
        """Whether it has no problem, or only warnings."""
        return not any(problem.fails for problem in self.problems)

    def __str__(self) -> str:
        text = "conforms" if self.conforms else "does not conform"
        return "\n".join([f"{self.plugin} {text}", *(f"  {each}" for each in self.problems)])


# The messages of Python and pydantic when code writes to an argument of a hook: a named tuple, a
# tuple, a read-only mapping or a frozen model.
_WRITES = re.compile(
    r"can't (set|delete) attribute"
    r"|'(mappingproxy|tuple|User|Current|Directory|Place)' object does not support item"
    r"|'(tuple|mappingproxy)' object has no attribute"
    r" '(append|extend|insert|pop|remove|reverse|sort|clear|update|setdefault|popitem)'"
    r"|Instance is frozen"
)
_PLACE = re.compile(r'^ *File "([^"]+)", line (\d+)', re.MULTILINE)
_MAX_SHOWN = 300


def problem_of(hook: str, failure: CallFailure | None, timeout: float, trial: str) -> Problem:
    """The problem that a failed call shows; None: the hook blocked the event loop itself.

    `trial` describes the users that it was asked about; '' for a hook that gets none.
    """
    asked = f", asked about {trial}" if trial else ""
    if failure is None:
        text = f"It blocks the event loop for more than {timeout:g} s{asked}."
        return Problem(Mistake.BLOCKS_THE_LOOP, hook, text)
    if failure.code is Code.PLUGIN_TIMEOUT:
        text = f"It has not answered within {timeout:g} s{asked}."
        return Problem(Mistake.HANGS, hook, text)
    last = _last_line(failure.reason)
    if failure.code is Code.PLUGIN_BAD_OUTPUT:
        return Problem(Mistake.NONSENSE, hook, f"Its answer cannot be used: {last}{asked}.")
    mistake = Mistake.CHANGES_INPUT if _WRITES.search(failure.reason) else Mistake.RAISES
    return Problem(mistake, hook, f"It raises {last}{_place(failure.reason)}{asked}.")


def _last_line(reason: str) -> str:
    lines = [line for line in reason.splitlines() if line and not line.startswith(" ")]
    return (lines[-1] if lines else reason).rstrip(".")[:_MAX_SHOWN]


def _place(reason: str) -> str:
    found = _PLACE.findall(reason)
    if not found:
        return ""
    file, line = found[-1]
    return f" ({file.rpartition('/')[2]}, line {line})"


def log_to_stderr() -> None:
    """Send the log of this process to stderr, so that stdout has the report alone."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
