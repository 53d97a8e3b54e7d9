"""Checks the hook `notify` with notices of every kind."""

from collections.abc import Callable, Iterator
from typing import Any

from rollbook.hooks import Answer, Event, Mail, Notice, validate_answer
from rollbook.hooks.invoke import CallFailure
from rollbook.testing.harness import Call, Harness
from rollbook.testing.report import Mistake, Problem, problem_of
from rollbook.testing.samples import credential, notice
from rollbook.testing.secret_access import AccessLog
from rollbook.testing.user_hooks import ENDLESS, MAX_STEP, TRIES, secrets_of

HOOK = "notify"
MAX_NOTICES = 50
"""Notices of one call."""


def check(harness: Harness) -> list[Problem]:
    """The problems of the hook, each mistake once.

    All notices are of users at example.invalid, which no mail reaches.
    """
    found: dict[Mistake, Problem] = {}
    for name, notices in _trials():
        for problem in _try(harness, name, notices):
            found.setdefault(problem.mistake, problem)
        if found.keys() & ENDLESS:
            break
    return [*found.values()]


def _trials() -> Iterator[tuple[str, tuple[Notice, ...]]]:
    yield "a notice without a mail", (notice(),)
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
    yield "as many as there are at once", tuple(notice(n) for n in range(MAX_NOTICES))


def _try(harness: Harness, name: str, notices: tuple[Notice, ...]) -> list[Problem]:
    call = _call(harness, notices)
    problems = secrets_of(HOOK, call)
    if call.failed:
        outcome = call.outcome if isinstance(call.outcome, CallFailure) else None
        return [*problems, problem_of(HOOK, outcome, harness.timeout, name)]
    if call.longest_step > MAX_STEP:
        again = tuple(each._replace(attempt=each.attempt + 1) for each in notices)
        if all(_call(harness, again).longest_step > MAX_STEP for _ in range(TRIES - 1)):
            text = f"It blocks the event loop for {call.longest_step:.1f} s, asked about {name}."
            problems.append(Problem(Mistake.BLOCKS_THE_LOOP, HOOK, text))
    return problems


def _call(harness: Harness, notices: tuple[Notice, ...]) -> Call[dict[str, Answer]]:
    ids = frozenset(each.id for each in notices)
    arguments = {
        "notices": notices,
        "within": harness.timeout,
        "report": _report_to(ids),
        "credentials": {each.id: credential(each) for each in notices if each.mail.opens_account},
    }
    return harness.call(
        HOOK, arguments, lambda answer: validate_answer.notices(answer, ids), AccessLog()
    )


def _report_to(ids: frozenset[str]) -> Callable[[str, Answer], None]:
    """A `report` that validates as the service's does."""

    def report(id: str, answer: Answer) -> None:
        validate_answer.notices({id: answer}, ids)

    return report
