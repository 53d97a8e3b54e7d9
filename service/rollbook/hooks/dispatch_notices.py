"""Notices → what the plugins answered to each. The first answer settles a notice."""

import time
from collections.abc import Sequence
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

    `answers`: of notices that a plugin took. `failed`: notices that were not answered because a
    plugin failed, with its issue; later plugins were not asked. In neither: no plugin took it.
    """

    answers: dict[str, Answer] = field(default_factory=dict)
    failed: dict[str, Issue] = field(default_factory=dict)


async def dispatch_notices(
    invokers: Sequence[Invoker], notices: Sequence[Notice], within: float
) -> NoticeAnswers:
    """Ask each plugin for the notices still open, `within` seconds a call. Raises nothing."""
    result = NoticeAnswers()
    still_open = tuple(notices)
    for invoker in invokers:
        if not still_open:
            break
        if "notify" not in invoker.plugin.hooks:
            continue
        answer = await _ask(invoker, still_open, within)
        if isinstance(answer, Issue):
            result.failed.update((notice.id, answer) for notice in still_open)
            break
        result.answers.update(answer)
        still_open = tuple(notice for notice in still_open if notice.id not in answer)
    return result


async def _ask(
    invoker: Invoker, notices: tuple[Notice, ...], within: float
) -> dict[str, Answer] | Issue:
    """One plugin's validated answers, or the issue of all the notices that it was asked."""
    plugin = invoker.plugin.name
    hook = invoker.plugin.hooks["notify"]
    ids = frozenset(notice.id for notice in notices)
    began = time.perf_counter()
    outcome = await invoker.invoke(
        hook,
        {"notices": notices, "within": within},
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
        return failure_issue(failure.code, plugin, hook.name)
    _log.debug("plugin answered", **facts, answers=len(failure))
    return failure
