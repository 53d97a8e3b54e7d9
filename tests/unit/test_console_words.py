"""The words of the console: no message tells a person at a page to type an option."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import rollbook
from rollbook.errors import Reason
from rollbook.model import REMOVED, STORED, Code
from rollbook.reading.encoding_guess import _RARER
from rollbook.reading.encodings import _CODECS
from rollbook.v1 import imports_pb2, notices_pb2, results_pb2, server_pb2, users_pb2
from rollbook.web.console.labels import (
    WORDS,
    field_called,
    reason_called,
    value_called,
)
from rollbook.web.console.upload import ENCODINGS, FIELDS
from rollbook.web.console.user_history import NO_CELLS
from rollbook.web.console.words import of_one_user, on_page

_ROOMS = (
    *("access", "checking", "credentials", "directories", "imports", "model", "reading", "users"),
)
"""The rooms whose messages reach a page; `hooks`, `server` and such speak to the operator."""
_OF_PROGRAMS = re.compile(
    r"`|(?<!\w)--[a-z]|\brollbook [a-z]+ |(?<![\w.:/-])[a-z]+_[a-z_]+\b|\b[a-z]+=\w"
)
_NOT_ON_PAGES = re.compile(
    r"ROLLBOOK_|authorization: Bearer|all_directories|only_(lines|outcomes)"
    r"|^columns maps|`csv` or `rows`|head -c 32|_SETTING|rollbook web|_PREFIX"
)
"""What the operator reads, or what no form of a page can send."""


def _messages() -> Iterator[tuple[str, str]]:
    """Each sentence that stands in the code, with `x` for what is put in."""
    root = Path(rollbook.__file__).parent
    for room in _ROOMS:
        for path in sorted((root / room).rglob("*.py")):
            yield from _of(ast.parse(path.read_text()), f"{path.relative_to(root)}")


def _of(tree: ast.AST, where: str) -> Iterator[tuple[str, str]]:
    parts = {
        id(part)
        for node in ast.walk(tree)
        for part in (
            node.values
            if isinstance(node, ast.JoinedStr)
            else [node.value]
            if isinstance(node, ast.Expr)
            else []
        )
    }
    for node in ast.walk(tree):
        if id(node) in parts:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        elif isinstance(node, ast.JoinedStr):
            text = "".join(
                str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values
            )
        else:
            continue
        if " " in text.strip():
            yield f"{where}:{getattr(node, 'lineno', 0)}", text


def test_no_message_of_a_page_has_the_words_of_a_program() -> None:
    """Every sentence of the rooms whose refusals and issues a page shows."""
    found = [one for one in _messages() if _OF_PROGRAMS.search(one[1])]
    assert len(found) > 15, "the walk does not see the messages any more"
    wrong = [
        (where, text, on_page(text))
        for where, text in found
        if _OF_PROGRAMS.search(on_page(text)) and not _NOT_ON_PAGES.search(text)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("message", "on_a_page", "of_a_user"),
    [
        (
            "The first name is missing, and it is required. If people may have one name only, set "
            "single_names=true.",
            "The first name is missing, and it is required. If people may have one name only, "
            'upload the file with "A row may leave one of first and last name blank" ticked.',
            "The first name is missing, and it is required.",
        ),
        (
            "max_failed_rows is below zero.",
            '"Stop after so many failed rows" is below zero.',
            '"Stop after so many failed rows" is below zero.',
        ),
        (
            "first_password = GENERATE goes with notify = LOGIN_DETAILS or NOBODY.",
            '"A first password" as generate goes with "Mail to new users" as login details or '
            "nobody.",
            None,
        ),
        ("The name a_b is taken.", "The name a_b is taken.", "The name a_b is taken."),
    ],
)
def test_a_message_names_the_control(message: str, on_a_page: str, of_a_user: str | None) -> None:
    """On a page of one user, who has no file, without what is to be done to one."""
    assert on_page(message) == on_a_page
    assert of_one_user(message) == (of_a_user or on_a_page)


def test_each_encoding_that_a_message_names_can_be_chosen() -> None:
    """In the form for a file; the list has nothing that is none."""
    assert {"windows-1252", "utf-16le", "utf-16be", *_RARER} <= set(ENCODINGS)
    assert set(ENCODINGS) <= set(_CODECS)


_NAMES = {
    "import": imports_pb2.ImportState,
    "row": results_pb2.Outcome,
    "user": users_pb2.UserStatus,
    "password": users_pb2.PasswordState,
    "change": users_pb2.UserChangeKind,
    "event": notices_pb2.NoticeEvent,
    "mail": notices_pb2.NoticeMail,
    "notice": notices_pb2.NoticeState,
    "plugin": server_pb2.PluginState,
}
_TEMPLATES = Path(rollbook.__file__).parent / "web/console/templates"


def test_each_name_that_a_page_shows_has_words() -> None:
    """Of every enum, code and reason; the templates show no other kind, and none as it is."""
    names: dict[str, set[str]] = {
        kind: {name.removeprefix(prefix) for name in others}
        for kind, (first, *others) in ((kind, enum.keys()) for kind, enum in _NAMES.items())
        for prefix in [first.removesuffix("UNSPECIFIED")]
    } | {"code": {*Code}, "reason": {*Reason}}
    assert {kind: {*WORDS[kind]} for kind in names} == names
    assert [text for words in WORDS.values() for text in words.values() if "_" in text] == []
    pages = "".join(path.read_text() for path in _TEMPLATES.glob("*.html"))
    shown = re.findall(r"called\(\"(\w+)\"\)|shown_state\(.+?, \"(\w+)\"\)", pages)
    assert {*filter(None, sum(shown, ()))} == {*WORDS}
    assert "| word" not in pages


def test_fields_and_values_are_words() -> None:
    """Those of files, of users and of their history; what people wrote stays as it is."""
    fields = [field_called(name) for name in {*FIELDS, *STORED, *NO_CELLS}]
    assert [name for name in fields if re.search(r"[_.]", name)] == []
    assert field_called("attributes.cost_centre") == "attribute cost_centre"
    assert value_called("suspended_by_sync", "status") == "suspended by a full sync"
    assert [value_called(value, "locks.role") for value in ("1", "0")] == ["yes", "no"]
    assert value_called("1", "change_password_next_time") == "yes"
    assert value_called(REMOVED, "location") == "one that is no longer there"
    assert [value_called(value, "department") for value in ("1", REMOVED)] == ["1", REMOVED]


def test_the_reason_of_a_notice_is_words_and_its_code() -> None:
    """A plugin's own text has no code beside it."""
    words, code = reason_called("notification_suppressed")
    assert (words, code) == ("A mail was asked for, and no plugin took it.", Code(code))
    assert reason_called("Mailbox full") == ("Mailbox full", "")
