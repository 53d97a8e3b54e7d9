"""The hook notify → what its answers to notices of every kind show to be wrong."""

from collections.abc import Iterator
from typing import Any

from rollbook.hooks import Answer, Event, Mail, Notice, validate_answer
from rollbook.hooks.invoke import Failed
from rollbook.testing.asking import ENDLESS, MAX_STEP, TRIES, secrets_of
from rollbook.testing.bench import Bench, Call
from rollbook.testing.failing import about
from rollbook.testing.mistakes import Mistake
from rollbook.testing.report import Problem
from rollbook.testing.users import notice
from rollbook.testing.watching import Asked

HOOK = "notify"
MOST = 50
"""Notices of one call."""


def tell(bench: Bench) -> list[Problem]:
    """Tell the plugin of notices of every kind; each mistake once, as it was first seen.

    All of them are to users at example.invalid, which no mail reaches.
    """
    found: dict[Mistake, Problem] = {}
    for name, notices in _trials():
        for problem in _tried(bench, name, notices):
            found.setdefault(problem.mistake, problem)
        if found.keys() & ENDLESS:
            break
    return [*found.values()]


def _trials() -> Iterator[tuple[str, tuple[Notice, ...]]]:
    yield "a notice that nobody asked a mail for", (notice(),)
    kinds = [(event, mail) for event in Event for mail in Mail]
    yield (
        "notices of every kind",
        tuple(notice(n, event=event, mail=mail) for n, (event, mail) in enumerate(kinds)),
    )
    blank: dict[str, Any] = dict.fromkeys(
        ("directory_name", "first_name", "last_name", "name", "import_id"), ""
    )
    yield "a user without a name, changed by hand", (notice(mail=Mail.WELCOME, **blank),)
    odd: dict[str, Any] = dict.fromkeys(
        ("first_name", "last_name", "name", "directory_name"), "管理者 %s {0} مدير"
    )
    yield "names of many scripts", (notice(mail=Mail.WELCOME, **odd),)
    yield "a notice that was tried before", (notice(mail=Mail.WELCOME, attempt=7),)
    yield "as many as there are at once", tuple(notice(n) for n in range(MOST))


def _tried(bench: Bench, name: str, notices: tuple[Notice, ...]) -> list[Problem]:
    call = _call(bench, notices)
    problems = secrets_of(HOOK, call)
    if call.failed:
        said = call.said if isinstance(call.said, Failed) else None
        return [*problems, about(HOOK, said, bench.timeout, name)]
    if call.longest_step > MAX_STEP:
        again = tuple(each._replace(attempt=each.attempt + 1) for each in notices)
        if all(_call(bench, again).longest_step > MAX_STEP for _ in range(TRIES - 1)):
            told = f"It keeps the event loop for {call.longest_step:.1f} s, asked about {name}."
            problems.append(Problem(Mistake.BLOCKS_THE_LOOP, HOOK, told))
    return problems


def _call(bench: Bench, notices: tuple[Notice, ...]) -> Call[dict[str, Answer]]:
    ids = frozenset(each.id for each in notices)
    given = {"notices": notices, "within": bench.timeout}
    return bench.call(HOOK, given, lambda answer: validate_answer.notices(answer, ids), Asked())
