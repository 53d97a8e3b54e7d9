"""The shipped plugins are separate distributions, and use only the public interface."""

import ast
import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from rollbook.hooks import FOR_AUTHORS
from tests.docs.pages import ROOT, links, table
from tests.docs.test_dependencies import distribution, imported, names

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
FOLDERS = sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))
EVERY = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


def project(folder: Path) -> dict[str, object]:
    """The metadata of a plugin."""
    found: dict[str, object] = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    return found


def package(folder: Path) -> Path:
    """Its package, named as its distribution."""
    return folder / folder.name.replace("-", "_")


def of_the_house(source: str) -> Iterator[str]:
    """All that a module imports of Rollbook, as `module.name`; a module as a whole is `module`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.split(".")[0] == "rollbook")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "rollbook":
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


PUBLIC = {*(f"rollbook.hooks.{name}" for name in FOR_AUTHORS), "rollbook.settings.Settings"}


@EVERY
def test_a_plugin_uses_only_what_a_stranger_may(folder: Path) -> None:
    """It, and its tests, import what `plugins/README.md` lists, and nothing else of the house."""
    used = {name for path in folder.rglob("*.py") for name in of_the_house(path.read_text())}
    assert used, "a plugin without a hook"
    assert used - PUBLIC == set()


@pytest.mark.parametrize(
    "line",
    ["import rollbook.store", "from rollbook import store", "from rollbook.hooks import Plugins"],
)
def test_what_a_stranger_may_not_would_be_noticed(line: str) -> None:
    assert set(of_the_house(line)) - PUBLIC


@EVERY
def test_a_plugin_declares_what_it_imports(folder: Path) -> None:
    """And nothing that it does not: the service, and whatever else is not Python's own."""
    declared = names(project(folder)["dependencies"])  # type: ignore[arg-type]
    found = imported(package(folder)) - {distribution(package(folder).name)}
    assert declared == found | {"rollbook"}


@EVERY
def test_a_plugin_is_found_by_the_name_of_its_folder(folder: Path) -> None:
    """As an entry point of its own distribution, with a hook in it."""
    [entry] = [each for each in entry_points(group="rollbook") if each.name == folder.name]
    assert entry.dist
    assert entry.dist.name == folder.name == project(folder)["name"]
    assert entry.value.partition(":")[0] == package(folder).name


@EVERY
def test_a_plugin_is_tested_typed_and_told(folder: Path) -> None:
    """It brings tests and a page, which `plugins/README.md` leads to; mypy knows both its roots."""
    assert list((folder / "tests").glob("test_*.py"))
    assert f"{folder.name}/README.md" in links(ROOT / "plugins/README.md")
    assert "../../LICENSE" in links(folder / "README.md")
    place = f"plugins/{folder.name}"
    assert {place, f"{place}/tests"} <= set(PROJECT["tool"]["mypy"]["mypy_path"])


def test_what_plugins_need_is_locked() -> None:
    """The dependency group `plugins` is what they declare and the service does not bring."""
    base = PROJECT["project"]
    brought = names([*base["dependencies"], *base["optional-dependencies"]["server"]])
    needed = {
        text
        for folder in FOLDERS
        for text in project(folder)["dependencies"]  # type: ignore[attr-defined]
        if Requirement(text).name not in {"rollbook", *brought}
    }
    assert set(PROJECT["dependency-groups"]["plugins"]) == needed
    for lock in ("dev", "demo"):
        pinned = (ROOT / f"requirements/{lock}.txt").read_text()
        assert [t for t in needed if f"\n{Requirement(t).name}==" not in pinned] == []


def test_the_page_lists_them_all() -> None:
    """In its table of shipped plugins, each with a sentence."""
    page = (ROOT / "plugins/README.md").read_text().split("## The shipped plugins")[1]
    page = page.split("\n## ")[0]
    listed = [re.findall(r"\[([\w-]+)\]", cells[0]) for cells in table(page)]
    assert listed == [[folder.name] for folder in FOLDERS]
