"""Notices → what the plugins say became of each. The first answer settles."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from rollbook.hooks import validate_answer
from rollbook.hooks.answers import failure
from rollbook.hooks.invoke import Failed, Invoker
from rollbook.hooks.notice import Answer, Notice
from rollbook.model import Issue

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Notified:
    """What the plugins said of some notices, by id.

    `answers`: those that are settled, or put off. `failed`: those that a plugin failed over, and
    the issue that says how; no plugin behind it was asked for them. In neither: nobody's.
    """

    answers: dict[str, Answer] = field(default_factory=dict)
    failed: dict[str, Issue] = field(default_factory=dict)


async def notified(
    callers: Sequence[Invoker], notices: Sequence[Notice], within: float
) -> Notified:
    """Ask each plugin for the notices still open, `within` seconds a call. Raises nothing."""
    said = Notified()
    left = tuple(notices)
    for caller in callers:
        if not left:
            break
        if "notify" not in caller.plugin.hooks:
            continue
        answer = await _asked(caller, left, within)
        if isinstance(answer, Issue):
            said.failed.update((notice.id, answer) for notice in left)
            break
        said.answers.update(answer)
        left = tuple(notice for notice in left if notice.id not in answer)
    return said


async def _asked(
    caller: Invoker, notices: tuple[Notice, ...], within: float
) -> dict[str, Answer] | Issue:
    """One plugin's judged answers, or the issue of all the notices that it was asked."""
    plugin = caller.plugin.name
    hook = caller.plugin.hooks["notify"]
    ids = frozenset(notice.id for notice in notices)
    began = time.perf_counter()
    said = await caller.call(
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
    if isinstance(said, Failed):
        _log.warning("plugin failed", **facts, code=said.code.value, **said.logged())
        return failure(said.code, plugin, hook.name)
    _log.debug("plugin answered", **facts, answers=len(said))
    return said
