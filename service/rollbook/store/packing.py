"""Packs values into the bytes that the database keeps, and issues into JSON.

Packed is JSON, deflated, so that it can be read with the database alone. Level 1, because higher
ones cost more time than they save bytes.
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from rollbook.model import STANDARD_MESSAGES, Code, Issue


def pack(value: object) -> bytes:
    """The bytes that `unpack` gives back as the same value, its keys as texts."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode("utf-8", "surrogatepass"), level=1)


def unpack(packed: bytes) -> Any:
    """The value that was packed."""
    return json.loads(zlib.decompress(packed))


def issues_as_json(issues: Mapping[int, Sequence[Issue]]) -> dict[int, list[list[object]]]:
    """Issues by position: each a list of code, field, message and params."""
    return {
        position: [[i.code, i.field, i.message, dict(i.params)] for i in some]
        for position, some in issues.items()
    }


def issues_from_json(
    stored: Mapping[str, Sequence[tuple[str, str, str, dict[str, str]]]],
) -> dict[int, list[Issue]]:
    """The issues by position that were stored."""
    return {
        int(position): [stored_issue(*issue) for issue in some] for position, some in stored.items()
    }


def stored_issue(code: str, field: str, message: str, params: str | Mapping[str, str]) -> Issue:
    """An issue that was stored; one without a message has its code's standard one.

    `params` are JSON where they come from a column of their own.
    """
    facts = json.loads(params) if isinstance(params, str) else params
    known = Code(code)
    return Issue(known, field, message or STANDARD_MESSAGES[known], facts)


def warning_as_json(issue: Issue) -> dict[str, object]:
    """A warning of a whole import, which GetImport reads without unpacking anything."""
    return {
        "code": issue.code,
        "field": issue.field,
        "message": issue.message,
        "params": dict(issue.params),
    }


def warning_from_json(stored: Mapping[str, Any]) -> Issue:
    """The warning that was stored."""
    return stored_issue(**stored)
