"""Asks plugins to deliver notices. The first answer settles a notice."""

import asyncio
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import structlog

from rollbook.hooks import validate_answer
from rollbook.hooks.invoke import CallFailure, Invoker, PartialAnswer, failure_issue
from rollbook.hooks.types import Answer, Credential, Later, Notice, Sent, Undeliverable
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


_HIDDEN = "<hidden>"
_LEAST_HIDDEN = 4
"""Characters of a secret's end that are hidden at the beginning of a text."""

Answered = Callable[[str, Answer, str], None]
"""What is called with an answer that is reported: the notice's id, the answer, the plugin."""


@dataclass(frozen=True, slots=True)
class Opening:
    """Which plugin sends what opens an account ('': none), and what that is, by notices' ids."""

    sender: str = ""
    credentials: Mapping[str, Credential] = field(default_factory=dict, repr=False)

    def of(self, plugin: str, notices: Sequence[Notice]) -> tuple[Notice, ...]:
        """The notices that the plugin is asked."""
        return tuple(
            notice for notice in notices if plugin == self.sender or not notice.mail.opens_account
        )

    def given(self, plugin: str) -> Mapping[str, Credential]:
        """The credentials that the plugin gets."""
        return MappingProxyType({**self.credentials} if plugin == self.sender else {})

    def hide(self, text: str) -> str:
        """The text without what opens an account, which a plugin or a relay may have repeated.

        A long traceback has lost its beginning, perhaps within a link.
        """
        for credential in self.credentials.values():
            token = credential.link.rpartition(".")[2]
            for secret in filter(None, (credential.link, token, credential.password)):
                text = text.replace(secret, _HIDDEN)
            for secret in filter(None, (token, credential.password)):
                for at in range(1, len(secret) - _LEAST_HIDDEN + 1):
                    if text.startswith(secret[at:]):
                        text = _HIDDEN + text[len(secret) - at :]
                        break
        return text

    def hide_in(self, answer: Answer) -> Answer:
        """The answer, with the same done to its text."""
        match answer:
            case Sent():
                return replace(answer, detail=self.hide(answer.detail))
            case Later() | Undeliverable():
                return replace(answer, reason=self.hide(answer.reason))


async def dispatch_notices(
    invokers: Sequence[Invoker],
    notices: Sequence[Notice],
    within: float,
    answered: Answered | None = None,
    opening: Opening | None = None,
) -> NoticeAnswers:
    """Ask each plugin for the notices still open, `within` seconds a call. Raises nothing.

    `answered` is called on the event loop for each answer that a plugin reports before its call
    ends. Such an answer is part of the result, too.
    """
    opening = opening or Opening()
    result = NoticeAnswers()
    still_open = tuple(notices)
    for invoker in invokers:
        name = invoker.plugin.name
        asked = opening.of(name, still_open) if "notify" in invoker.plugin.hooks else ()
        if not asked:
            continue
        answers, issue = await _ask(invoker, asked, within, answered, opening)
        result.answers.update(answers)
        result.plugins.update(dict.fromkeys(answers, name))
        if issue:
            result.failed.update((one.id, issue) for one in asked if one.id not in answers)
        settled = answers.keys() | result.failed.keys()
        still_open = tuple(notice for notice in still_open if notice.id not in settled)
    return result


class _Reports:
    """The answers that a plugin reports during one call, from whatever thread."""

    def __init__(
        self, ids: frozenset[str], answered: Answered | None, plugin: str, opening: Opening
    ):
        self._ids = ids
        self._opening = opening
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
        valid = self._opening.hide_in(valid)
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
    invoker: Invoker,
    notices: tuple[Notice, ...],
    within: float,
    answered: Answered | None,
    opening: Opening,
) -> tuple[dict[str, Answer], Issue | None]:
    """One plugin's validated answers, and its issue if it failed on the other notices."""
    plugin = invoker.plugin.name
    hook = invoker.plugin.hooks["notify"]
    ids = frozenset(notice.id for notice in notices)
    reports = _Reports(ids, answered, plugin, opening)
    began = time.perf_counter()
    outcome = await invoker.invoke(
        hook,
        {
            "notices": notices,
            "within": within,
            "report": reports.report,
            "credentials": opening.given(plugin),
        },
        lambda answer: {
            id: opening.hide_in(valid) for id, valid in validate_answer.notices(answer, ids).items()
        },
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
        why = {name: opening.hide(text) for name, text in failure.log_fields().items()}
        _log.warning("plugin failed", **facts, code=failure.code.value, **why)
        return reports.close(), failure_issue(failure.code, plugin, hook.name)
    _log.debug("plugin answered", **facts, answers=len(failure))
    return failure | reports.close(), None
