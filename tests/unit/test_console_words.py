"""The words of the console: no message tells a person at a page to type an option."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import rollbook
from rollbook.reading.encoding_guess import _RARER
from rollbook.reading.encodings import _CODECS
from rollbook.web.console.upload import ENCODINGS
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
