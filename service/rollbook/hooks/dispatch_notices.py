"""Asks plugins to deliver notices. The first answer settles a notice."""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from rollbook.hooks import validate_answer
from rollbook.hooks.invoke import CallFailure, Invoker, PartialAnswer, failure_issue
from rollbook.hooks.types import Answer, Notice
from rollbook.model import Issue

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeAnswers:
    """What the plugins answered, by the notices' ids.

    `answers`: of notices that a plugin took, whose name is in `plugins`. `failed`: notices that
    were not answered because a plugin failed, with its issue; later plugins were not asked. In
    neither: no plugin took it.
    """

    answers: dict[str, Answer] = field(default_factory=dict)
    plugins: dict[str, str] = field(default_factory=dict)
    failed: dict[str, Issue] = field(default_factory=dict)


Answered = Callable[[str, Answer, str], None]
"""What is called with an answer that is reported: the notice's id, the answer, the plugin."""


async def dispatch_notices(
    invokers: Sequence[Invoker],
    notices: Sequence[Notice],
    within: float,
    answered: Answered | None = None,
) -> NoticeAnswers:
    """Ask each plugin for the notices still open, `within` seconds a call. Raises nothing.

    `answered` is called on the event loop for each answer that a plugin reports before its call
    ends. Such an answer is part of the result, too.
    """
    result = NoticeAnswers()
    still_open = tuple(notices)
    for invoker in invokers:
        if not still_open:
            break
        if "notify" not in invoker.plugin.hooks:
            continue
        answers, issue = await _ask(invoker, still_open, within, answered)
        result.answers.update(answers)
        result.plugins.update(dict.fromkeys(answers, invoker.plugin.name))
        still_open = tuple(notice for notice in still_open if notice.id not in answers)
        if issue:
            result.failed.update((notice.id, issue) for notice in still_open)
            break
    return result


class _Reports:
    """The answers that a plugin reports during one call, from whatever thread."""

    def __init__(self, ids: frozenset[str], answered: Answered | None, plugin: str):
        self._ids = ids
        self._plugin = plugin
        self._answered = answered
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._answers: dict[str, Answer] | None = {}

    def report(self, id: str, answer: Answer) -> None:
        """Take one answer; the first one of a notice counts, and none after the call has ended.

        Raises:
            InvalidAnswer: the notice was not asked, or that is not an answer to one.
        """
        [valid] = validate_answer.notices({id: answer}, self._ids).values()
        with self._lock:
            if self._answers is None or id in self._answers:
                return
            self._answers[id] = valid
            if self._answered:
                self._loop.call_soon_threadsafe(self._answered, id, valid, self._plugin)

    def close(self) -> dict[str, Answer]:
        """End the call; what was reported until now."""
        with self._lock:
            answers, self._answers = self._answers or {}, None
            return answers


async def _ask(
    invoker: Invoker, notices: tuple[Notice, ...], within: float, answered: Answered | None
) -> tuple[dict[str, Answer], Issue | None]:
    """One plugin's validated answers, and its issue if it failed on the other notices."""
    plugin = invoker.plugin.name
    hook = invoker.plugin.hooks["notify"]
    ids = frozenset(notice.id for notice in notices)
    reports = _Reports(ids, answered, plugin)
    began = time.perf_counter()
    outcome = await invoker.invoke(
        hook,
        {"notices": notices, "within": within, "report": reports.report, "credentials": {}},
        lambda answer: validate_answer.notices(answer, ids),
        within=within,
    )
    facts = {
        "plugin": plugin,
        "hook": hook.name,
        "notices": len(notices),
        "seconds": round(time.perf_counter() - began, 6),
    }
    failure = outcome.failure if isinstance(outcome, PartialAnswer) else outcome
    if isinstance(failure, CallFailure):
        _log.warning("plugin failed", **facts, code=failure.code.value, **failure.log_fields())
        return reports.close(), failure_issue(failure.code, plugin, hook.name)
    _log.debug("plugin answered", **facts, answers=len(failure))
    return failure | reports.close(), None
