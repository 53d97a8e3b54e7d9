"""Reads the rules from a TOML file, and names file, rule and key of an error."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from rollbook.hooks import Code, Issue, Role
from rollbook_roles.globs import Glob
from rollbook_roles.rules import CONDITIONS, Rule, Rules

_TOP = ("default", "rules")
_ANSWERS = ("give", "refuse")
_LONGEST = 200  # code points of a name or sentence; the service takes none longer from a plugin
_BEGIN = re.compile(r"^[ \t]*\[\[[ \t]*rules[ \t]*\]\]", re.MULTILINE)


class RulesError(ValueError):
    """The file of rules cannot be used. The message is one sentence: where, and what to do."""


def read(path: Path) -> Rules:
    """The rules of a file.

    Raises:
        RulesError: it cannot be read, or holds something else than rules.
    """
    try:
        text = path.read_text("utf-8")
        top = tomllib.loads(text)
    except OSError as wrong:
        raise RulesError(f"{path} cannot be read: {wrong.strerror}.") from None
    except UnicodeDecodeError:
        raise RulesError(f"{path} is not UTF-8.") from None
    except tomllib.TOMLDecodeError as wrong:
        raise RulesError(f"{path} is no TOML: {wrong}.") from None
    _check_keys(top, _TOP, f"{path}")
    tables = top.get("rules")
    if not isinstance(tables, list) or not tables:
        raise RulesError(f"{path} has no rules; each begins with [[rules]].")
    default = top.get("default")
    return Rules(
        [
            _rule(table, number, line, f"{path}, rule {number}")
            for number, (table, line) in enumerate(_with_lines(tables, text), start=1)
        ],
        None if default is None else Role(_plain(default, f"{path}: default")),
    )


def _with_lines(tables: Sequence[object], text: str) -> Iterator[tuple[object, int]]:
    """Each table with the line of its [[rules]]; 0 where they were written in another way."""
    begins = [text.count("\n", 0, found.start()) + 1 for found in _BEGIN.finditer(text)]
    if len(begins) != len(tables):
        begins = [0] * len(tables)
    return zip(tables, begins, strict=True)


def _rule(table: object, number: int, line: int, where: str) -> Rule:
    if not isinstance(table, Mapping):
        raise RulesError(f"{where} is no table; each begins with [[rules]].")
    _check_keys(table, (*CONDITIONS, *_ANSWERS), where)
    given = [key for key in _ANSWERS if key in table]
    if len(given) != 1:
        raise RulesError(f"{where} needs one of give and refuse.")
    conditions = {key: _globs(table[key], f"{where}: {key}") for key in CONDITIONS if key in table}
    if not conditions:
        raise RulesError(f"{where} looks at nothing; what fits everybody is the default.")
    result = _plain(table[given[0]], f"{where}: {given[0]}")
    return Rule(
        number=number,
        line=line,
        conditions=conditions,
        answer=Role(result)
        if given == ["give"]
        else Issue(Code.INVALID_ROLE, "role", result, {"rule": str(number)}),
    )


def _check_keys(table: Mapping[str, object], known: Sequence[str], where: str) -> None:
    for key in table:
        if key not in known:
            near = get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}."
            raise RulesError(f"{where}: there is no key {key!r}; {hint}")


def _globs(value: object, where: str) -> tuple[Glob, ...]:
    patterns = value if isinstance(value, list) else [value]
    if not patterns or not all(isinstance(pattern, str) for pattern in patterns):
        raise RulesError(f"{where} must be a text, or a list of texts.")
    return tuple(map(Glob, patterns))


def _plain(value: object, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise RulesError(f"{where} must be a text that is not blank.")
    if len(value) > _LONGEST or not value.isprintable():
        raise RulesError(f"{where} must be printable, on one line, of at most {_LONGEST} letters.")
    return value
