"""The tree keeps the project's rules for modules, floors and pages."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from rollbook.store.migrate import migrations
from tests.docs.pages import ROOT, blocks, table
from tests.docs.test_repository import committed_texts

MOST_LINES = 300
NAMELESS = {"utils", "util", "common", "helpers", "manager", "service", "misc"}
FLOORS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
# In two, because this file too is one of those that are searched.
LEFTOVERS = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b")


def is_generated(path: Path) -> bool:
    """Whether `make proto` wrote it."""
    return "_pb2" in path.name


def modules() -> list[Path]:
    """The modules that are installed, from the top of the tree."""
    found = [*(ROOT / "service").rglob("*.py"), *(ROOT / "plugins").rglob("*.py")]
    return sorted(path.relative_to(ROOT) for path in found if not is_generated(path))


@pytest.mark.parametrize("module", modules(), ids=str)
def test_a_module_is_small_and_says_what_it_is(module: Path) -> None:
    """At most 300 lines; the first one, where it is public, is a sentence of its own."""
    text = (ROOT / module).read_text()
    assert len(text.splitlines()) <= MOST_LINES
    said = ast.get_docstring(ast.parse(text))
    assert said, "no docstring"
    first, _, rest = said.partition("\n")
    assert first.endswith((".", "?", "!", ":")), first
    assert not rest or rest.startswith("\n"), "the first line is not one"


def test_no_room_is_without_a_meaning() -> None:
    """Neither a package nor a module has a name without a meaning."""
    named = {part for module in modules() for part in (*module.parts[1:-1], module.stem)}
    assert named & NAMELESS == set()


def test_migrations_are_numbered() -> None:
    """From 0001 on, each number once: a database counts those that it has seen by their numbers."""
    numbers = [migration.version for migration in migrations()]
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]


def test_nothing_is_left_over() -> None:
    """What is to be done is an issue, not a comment."""
    found = [(path, word) for path, text in committed_texts() for word in LEFTOVERS.findall(text)]
    assert found == []


def test_the_floors_drawn_are_those_that_are_held() -> None:
    """Each built room of the floors is in the drawing, from the top down."""
    contract = next(each for each in FLOORS["contracts"] if each["containers"] == ["rollbook"])
    drawing = blocks(ROOT / "service/README.md", "")[0]
    rooms = [
        room.strip()
        for floor in contract["layers"]
        for room in floor.split("|")
        if not room.strip().startswith(("(", "_"))
    ]
    drawn = [room for line in drawing.splitlines() for room in _rooms(line)]
    assert drawn == rooms


def _rooms(line: str) -> list[str]:
    """The rooms that begin a line of the drawing; what they do stands two spaces further."""
    if line.startswith(" "):
        return []
    return [room.strip() for room in re.split(r" {2,}", line)[0].split("│")]


MODULE = re.compile(r"`((?:\w+/)*\w+\.(?:py|sql|toml|proto))`")
FOLDERS = [ROOT / "service/rollbook", *(ROOT / "service/rollbook").glob("*"), ROOT]


def there(path: str) -> bool:
    """Whether a page's path leads to a file: from the top, the package, or a room of it."""
    found = (folder / path for folder in (*FOLDERS, ROOT / "service/rollbook/store/sql"))
    return any(file.is_file() for file in found)


@pytest.mark.parametrize("page", ["README.md", "service/README.md"])
def test_every_module_named_exists(page: str) -> None:
    """A page names a module by its path, perhaps below its room; the past is left out."""
    text = re.sub(r"^\|.*\| `\w+/.* \|.*$", "", (ROOT / page).read_text(), flags=re.MULTILINE)
    named = {path for path in MODULE.findall(text) if "/" in path}
    assert len(named) > 20 or page == "README.md"
    assert {path for path in named if not there(path)} == set()


def test_every_question_is_answered_by_a_folder() -> None:
    """The twelve questions: each `now` names folders and modules of this tree."""
    page = (ROOT / "service/README.md").read_text()
    rows = table(page.split("## The twelve questions")[1].split("\n## ")[0])
    assert len(rows) == 12
    for question, _, now in rows:
        folders = re.findall(r"`([\w/]+/)`", now)
        modules = re.findall(r"`(\w+\.py)`", now)
        assert folders or modules, question
        places = [ROOT / "service/rollbook" / folder for folder in folders]
        assert all(place.is_dir() for place in places), question
        for module in modules:
            assert any((place / module).is_file() for place in (*places, FOLDERS[0])), question


def test_the_glossary_has_the_twenty_words() -> None:
    page = (ROOT / "service/README.md").read_text()
    glossary = page.split("## Glossary")[1].split("\n## ")[0]
    words = [word for word, _ in table(glossary)]
    assert words == [
        *("directory", "user", "source", "role", "location", "unit", "import", "batch", "row"),
        *("line", "issue", "outcome", "result", "lease", "ledger", "notice", "plugin", "hook"),
        *("profile", "principal"),
    ]
