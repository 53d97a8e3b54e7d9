"""Validates a plugin's answer and copies it. An invalid answer is dropped as a whole.

Everything is copied, so that the plugin cannot change it later. This runs in the plugin's own
thread, under its timeout, so that an answer that is slow to read delays its plugin alone.
"""

import math
import re
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from rollbook.hooks.types import Answer, Later, Location, Role, Sent, Undeliverable
from rollbook.model import ATTRIBUTE_PREFIX, Code, Field, Issue

N = TypeVar("N", Role, Location)
V = TypeVar("V")
K = TypeVar("K", int, str)

MAX_TEXT = 200
"""Longest text in an answer, in code points."""
MAX_ISSUES = 32
"""Most issues of one line, and most params of one issue."""
MAX_AFTER = 48 * 3600
"""Seconds after which nothing is tried again; a longer `Later` is cut to it."""

_FIELDS = {"", *(field.value for field in Field)}
_PARAM = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
# Control characters, line separators, lone surrogates (PostgreSQL has none), bidi overrides.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

NOT_FOR_PLUGINS = frozenset(
    {
        # about plugins themselves, which the service alone reports
        Code.PLUGIN_ERROR,
        Code.PLUGIN_TIMEOUT,
        Code.PLUGIN_BAD_OUTPUT,
        # about bytes, which a plugin does not get
        Code.RECORD_TOO_LARGE,
        Code.TOO_FEW_FIELDS,
        Code.TOO_MANY_FIELDS,
        Code.MALFORMED_QUOTING,
        Code.NUL_BYTE,
        # about passwords, which a plugin does not get
        Code.PASSWORD_NOT_ALLOWED,
        Code.PASSWORD_TOO_SHORT,
        Code.PASSWORD_TOO_LONG,
        Code.PASSWORD_COMMON,
        Code.PASSWORD_CONTAINS_IDENTITY,
        Code.PASSWORD_QUOTA_EXCEEDED,
        Code.PASSWORD_IGNORED_EXISTING_USER,
        Code.MUST_CHANGE_FORCED,
        # about what is stored, which a plugin does not get
        Code.TOO_MANY_ATTRIBUTES,
        Code.KEPT_IN_DOUBT,
        # about the whole import
        Code.UNKNOWN_COLUMN_IGNORED,
        Code.MAIL_NOT_CONFIGURED,
        Code.PASSWORD_COLUMN_READ,
        Code.STATUS_COLUMN_IGNORED,
        Code.ATTRIBUTE_NOT_READ,
        Code.PREAMBLE_SKIPPED,
        Code.TRAILING_BYTES_SKIPPED,
    }
)
"""Codes that a plugin cannot give."""


class InvalidAnswer(Exception):
    """An answer cannot be used. The message is for the log; it names types, never values."""


def roles(answer: object, asked: Collection[int], plugin: str) -> dict[int, Role | Issue]:
    """The answer of a map_roles hook that was asked those lines.

    Raises:
        InvalidAnswer: a part of it is not what the hook may answer.
    """
    return _named(answer, asked, plugin, Role)


def locations(answer: object, asked: Collection[int], plugin: str) -> dict[int, Location | Issue]:
    """The answer of a match_locations hook that was asked those lines; raises as `roles`."""
    return _named(answer, asked, plugin, Location)


def issues(answer: object, asked: Collection[int], plugin: str) -> dict[int, list[Issue]]:
    """The answer of a check_users hook that was asked those lines; raises as `roles`."""
    return {
        line: _issues_of_a_line(given, line, plugin)
        for line, given in _by_key(answer, asked, int, "line").items()
        if given != []
    }


def notices(answer: object, asked: Collection[str]) -> dict[str, Answer]:
    """The answer of a notify hook that was asked the notices of those ids; raises as `roles`."""
    return {
        key: _notice_answer(given) for key, given in _by_key(answer, asked, str, "notice").items()
    }


def nothing(_answer: object) -> None:
    """The answer of a startup or shutdown hook, which is ignored."""


def _by_key(answer: object, asked: Collection[K], wanted: type[K], word: str) -> dict[K, object]:
    """A copy of the answer's top level, if every key is one that was asked."""
    if answer is None:
        return {}
    if not isinstance(answer, dict):
        raise InvalidAnswer(f"the answer is a {_kind(answer)}, not a dict of answers by {word}")
    # By dict's own methods, so that a subclass cannot interfere.
    given: dict[K, object]
    given = dict.copy(answer) if type(answer) is dict else dict(dict.items(answer))
    for kind in {*map(type, given)} - {wanted}:  # by type, because True would pass for line 1
        raise InvalidAnswer(f"a key is a {kind.__name__}; a {word}'s is of type {wanted.__name__}")
    if given and not _all_in(asked, given):
        raise InvalidAnswer(f"{len(given.keys() - asked)} of the {word}s answered were not asked")
    return given


def _all_in(asked: Collection[object], given: Mapping[Any, object]) -> bool:
    if isinstance(asked, range):  # lines are in rising order
        return min(given) in asked and max(given) in asked
    return given.keys() <= frozenset(asked)


def _named(
    answer: object, asked: Collection[int], plugin: str, wanted: type[N]
) -> dict[int, N | Issue]:
    given = _by_key(answer, asked, int, "line")
    copies: dict[str, N] = {}  # few names, many lines
    result: dict[int, N | Issue] = {}
    for line, value in given.items():
        if type(value) is not wanted:
            result[line] = _refusal(value, line, plugin, wanted)
            continue
        copy = copies.get(value.name) if type(value.name) is str else None
        if copy is None:
            name = _text(value.name, f"line {line}: the name")
            copy = copies[name] = wanted(name)
        result[line] = copy
    return result


def _refusal(value: object, line: int, plugin: str, wanted: type[N]) -> Issue:
    if value is None:
        raise InvalidAnswer(f"line {line} is None: leave a line out to give no answer")
    if not isinstance(value, Issue):
        raise InvalidAnswer(f"line {line} is a {_kind(value)}, neither {wanted.__name__} nor Issue")
    issue = _issue(value, line, plugin)
    if not issue.fails:
        raise InvalidAnswer(f"line {line}: {issue.code.value} is a warning, which refuses nothing")
    return issue


def _issues_of_a_line(given: object, line: int, plugin: str) -> list[Issue]:
    if type(given) is not list and type(given) is not tuple:
        raise InvalidAnswer(f"line {line} is a {_kind(given)}, not a list of issues")
    if len(given) > MAX_ISSUES:
        raise InvalidAnswer(f"line {line} has more than {MAX_ISSUES} issues")
    return [_issue(issue, line, plugin) for issue in given]


def _issue(value: object, line: int, plugin: str) -> Issue:
    """A copy of the issue, with the plugin's name added to its params."""
    if type(value) is not Issue:
        raise InvalidAnswer(f"line {line} holds a {_kind(value)} in place of an Issue")
    if type(value.code) is not Code:
        raise InvalidAnswer(f"line {line}: the code is a {_kind(value.code)}, not a Code")
    if value.code in NOT_FOR_PLUGINS:
        raise InvalidAnswer(f"line {line}: {value.code.value} is a code that plugins cannot give")
    field = _text(value.field, f"line {line}: the field", blank=True)
    if field not in _FIELDS and not field.startswith(ATTRIBUTE_PREFIX):
        raise InvalidAnswer(f"line {line}: the issue is about a field that users do not have")
    message = _text(value.message, f"line {line}: the message")
    params = {**_params(value.params, line), "plugin": plugin}
    return Issue(value.code, field, message, MappingProxyType(params))


def _params(value: object, line: int) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise InvalidAnswer(f"line {line}: the params are a {_kind(value)}, not a mapping")
    params: dict[str, str] = {}
    for name, text in value.items():
        if len(params) == MAX_ISSUES:  # a mapping of its own kind may never end
            raise InvalidAnswer(f"line {line} has an issue of more than {MAX_ISSUES} params")
        if type(name) is not str or not _PARAM.fullmatch(name):
            raise InvalidAnswer(f"line {line}: a param's name is not snake_case of 1 to 64 letters")
        params[name] = _text(text, f"line {line}: a param", blank=True)
    return params


def _notice_answer(value: object) -> Answer:
    """A copy of the answer to one notice, made of plain texts and numbers."""
    match value:
        case Sent() if type(value) is Sent:
            return Sent(_text(value.detail, "a detail", blank=True))
        case Later() if type(value) is Later:
            if type(value.in_doubt) is not bool:
                raise InvalidAnswer(f"in_doubt is a {_kind(value.in_doubt)}, not a bool")
            return Later(_text(value.reason, "a reason"), _after(value.after), value.in_doubt)
        case Undeliverable() if type(value) is Undeliverable:
            return Undeliverable(_text(value.reason, "a reason"))
    raise InvalidAnswer(
        f"a notice's answer is a {_kind(value)}, none of Sent, Later, Undeliverable"
    )


def _after(value: object) -> float | None:
    if value is None:
        return None
    if type(value) is not int and type(value) is not float:
        raise InvalidAnswer(f"after is a {_kind(value)}, not a number of seconds")
    if not 0 <= value < math.inf:
        raise InvalidAnswer("after is not a number of seconds from 0 on")
    return float(min(value, MAX_AFTER))


def _text(value: object, what: str, *, blank: bool = False) -> str:
    if not isinstance(value, str):
        raise InvalidAnswer(f"{what} is a {_kind(value)}, not a str")
    text = str.__str__(value)  # a plain str: of an enum its value, without a subclass's methods
    if len(text) > MAX_TEXT:
        raise InvalidAnswer(f"{what} has {len(text)} code points, more than {MAX_TEXT}")
    if _UNPRINTABLE.search(text):
        raise InvalidAnswer(f"{what} has control characters, bidi overrides or lone surrogates")
    if not blank and not text.strip():
        raise InvalidAnswer(f"{what} is blank")
    return text


def _kind(value: object) -> str:
    return type(value).__name__


Validator = Callable[[object], V]
"""Takes what a hook returned; returns our copy of it, or raises InvalidAnswer."""
