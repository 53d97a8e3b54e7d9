"""Commands, files and links on the pages exist."""

import re
from itertools import takewhile
from pathlib import Path

import click
import pytest

from rollbook.cli.main import rollbook
from tests.docs.pages import PAGES, ROOT, blocks, commands, links, name_of

README = ROOT / "README.md"
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)[0].split())


def ours(page: Path) -> list[list[str]]:
    """The page's calls of the command `rollbook`, by whichever way, its own words left out."""
    calls = []
    for words in commands(page):
        for at, word in enumerate(words[:3]):
            if word == "rollbook" or word.endswith("/rollbook"):
                calls.append(words[at + 1 :])
                break
    return calls


def refusal(words: list[str]) -> str:
    """Why `rollbook WORDS` would be refused as a wrong use; empty: it would not."""
    command: click.Command = rollbook
    context = click.Context(command, info_name="rollbook")
    rest = list(takewhile(lambda word: word not in {">", "||"}, words))
    try:
        while isinstance(command, click.Group) and rest:
            name, found, rest = command.resolve_command(context, rest)
            assert found is not None
            command = found
            context = click.Context(command, parent=context, info_name=name)
        command.make_parser(context).parse_args(list(rest))
    except click.UsageError as wrong:
        return wrong.format_message()
    return ""


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_named_exists(page: Path) -> None:
    """Each call of `rollbook` in a shell block, and each option in it."""
    assert [(words, refusal(words)) for words in ours(page) if refusal(words)] == []


def test_a_command_that_does_not_exist_would_be_noticed() -> None:
    assert refusal(["imports", "undo"])
    assert refusal(["import", "staff.csv", "--undo"])


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_make_target_named_exists(page: Path) -> None:
    typed = {words[1] for words in commands(page) if words[0] == "make"}
    quoted = set(re.findall(r"`make ([a-z-]+)`", page.read_text()))
    assert (typed | quoted) - TARGETS == set()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_file_linked_to_exists(page: Path) -> None:
    there = [link for link in links(page) if "://" not in link]
    assert [link for link in there if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_prose_keeps_to_a_hundred_columns(page: Path) -> None:
    """Tables and code apart, which cannot be broken."""
    prose = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    long = [line for line in prose.splitlines() if len(line) > 100 and not line.startswith("|")]
    assert long == []


def test_the_steps_by_hand_are_those_of_make() -> None:
    """The same locks, the same guards, the same pytest."""
    shell = "".join(blocks(README, "sh"))
    assert "-m pip install --only-binary :all: --require-hashes -r requirements/dev.txt" in shell
    assert "--only-binary :all: --require-hashes -r" in MAKEFILE
    assert "-m pip install --no-deps --no-build-isolation --editable ." in shell
    assert "--no-deps --no-build-isolation --editable ." in MAKEFILE
    plugins = {path.parent.name for path in ROOT.glob("plugins/*/pyproject.toml")}
    assert set(re.findall(r"--editable plugins/([\w-]+)", shell)) == plugins
    assert ".venv/bin/python -m pytest\n" in shell
    assert "$(BIN)/python -m pytest\n" in MAKEFILE


def test_every_lock_named_exists() -> None:
    named = set(re.findall(r"requirements/\w+\.txt", README.read_text()))
    assert named == {"requirements/dev.txt", "requirements/demo.txt"}
    assert all((ROOT / lock).is_file() for lock in named)


def test_the_map_is_of_this_tree() -> None:
    """Every entry exists, and every folder at the top that is no tool's own is on it."""
    (page_map,) = blocks(README, "")
    entries = {line.split()[0] for line in page_map.splitlines()}
    assert {entry for entry in entries if not (ROOT / entry).exists()} == set()
    folders = {f"{path.name}/" for path in ROOT.iterdir() if path.is_dir()}
    assert {name for name in folders if not name.startswith(".")} - entries <= {"build/", "dist/"}


def test_the_map_names_every_make_target() -> None:
    (line,) = re.findall(r"^Makefile +(.*)$", README.read_text(), re.MULTILINE)
    assert set(line.split(", ")) == TARGETS


def test_the_steps_of_a_row_are_numbered_and_those_referred_to_exist() -> None:
    life = README.read_text().split("## The life of one row")[1].split("\n## ")[0]
    steps = [int(number) for number in re.findall(r"^(\d+)\. ", life, re.MULTILINE)]
    assert steps == list(range(1, len(steps) + 1))
    named = re.findall(r"[Ss]teps? (\d+)(?: to (\d+))?", life)
    assert {int(number) for pair in named for number in pair if number} <= set(steps)


def test_every_floor_of_the_tests_stands_on_their_page() -> None:
    """Each folder of tests, as a row of its table; helpers are described below it."""
    page = (ROOT / "tests/README.md").read_text()
    floors = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()}
    told = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) | {"plugin", "__pycache__"}
    assert floors ^ told <= {"__pycache__"}


def test_the_page_is_short() -> None:
    assert len(README.read_text().splitlines()) < 120
