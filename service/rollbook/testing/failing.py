"""A call without a usable answer → the mistake that it shows, in a sentence."""

import re

from rollbook.hooks.invoke import Failed
from rollbook.model import Code
from rollbook.testing.mistakes import Mistake
from rollbook.testing.report import Problem

# What Python says to whoever writes to a named tuple, a tuple, a read-only mapping or a frozen
# model: to nothing else that a hook is given.
_WRITES = re.compile(
    r"can't (set|delete) attribute"
    r"|'(mappingproxy|tuple|User|Current|Directory|Place)' object does not support item"
    r"|'(tuple|mappingproxy)' object has no attribute"
    r" '(append|extend|insert|pop|remove|reverse|sort|clear|update|setdefault|popitem)'"
    r"|Instance is frozen"
)
_PLACE = re.compile(r'^ *File "([^"]+)", line (\d+)', re.MULTILINE)
_MAX_TOLD = 300


def about(hook: str, said: Failed | None, timeout: float, trial: str) -> Problem:
    """The problem that a failed call shows; None: the hook held up the event loop itself.

    `trial` says who was asked about, '' for a hook that is not asked about anybody.
    """
    asked = f", asked about {trial}" if trial else ""
    if said is None:
        told = f"It keeps the event loop for more than {timeout:g} s{asked}."
        return Problem(Mistake.BLOCKS_THE_LOOP, hook, told)
    if said.code is Code.PLUGIN_TIMEOUT:
        told = f"It has not answered within {timeout:g} s{asked}."
        return Problem(Mistake.HANGS, hook, told)
    last = _last_line(said.why)
    if said.code is Code.PLUGIN_BAD_OUTPUT:
        return Problem(Mistake.NONSENSE, hook, f"Its answer cannot be used: {last}{asked}.")
    mistake = Mistake.CHANGES_INPUT if _WRITES.search(said.why) else Mistake.RAISES
    return Problem(mistake, hook, f"It raises {last}{_place(said.why)}{asked}.")


def _last_line(why: str) -> str:
    lines = [line for line in why.splitlines() if line and not line.startswith(" ")]
    return (lines[-1] if lines else why).rstrip(".")[:_MAX_TOLD]


def _place(why: str) -> str:
    found = _PLACE.findall(why)
    if not found:
        return ""
    file, line = found[-1]
    return f" ({file.rpartition('/')[2]}, line {line})"
