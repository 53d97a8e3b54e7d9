"""A plugin's name, place or folder → what the kit says of it, on a page."""

import sys
import tomllib
from collections.abc import Sequence
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import RenderableType
from rich.text import Text

from rollbook.cli.screen.formats import labelled
from rollbook.cli.screen.streams import print_block, printable, stdout_console

if TYPE_CHECKING:
    from rollbook.hooks import Price
    from rollbook.testing import Report

GROUP = "rollbook"
BUDGET = 1.0
"""Microseconds that a plugin may cost a user before it is told."""


def wanted(plugin: str | None, listed: Sequence[str]) -> list[str | EntryPoint]:
    """The plugins that were meant: a folder's, `module:object`, an installed one, or all `listed`.

    What is not installed is put on Python's path: the folder, or this one.

    Raises:
        click.UsageError: there is no such folder or plugin in it, or nothing was meant.
    """
    if plugin is None:
        here = Path()
        found: list[str | EntryPoint] = [*_of_folder(here)] if _project(here) else [*listed]
        if not found:
            raise click.UsageError("which plugin? Give a name, module:object or a folder")
        return found
    folder = Path(plugin)
    if folder.is_dir():
        if not (entries := _of_folder(folder)):
            raise click.UsageError(f"{plugin}: no pyproject.toml with an entry point of {GROUP}")
        return [*entries]
    if ":" in plugin:
        _on_path(Path())
    return [plugin]


def show_report(report: "Report") -> None:
    """Print what is wrong, what to do about it, and what each hook costs."""
    verdict = Text("conforms", "green") if report.conforms else Text("does not conform", "bold red")
    name = Text.assemble((printable(report.plugin), "bold"), ": ", verdict)
    lines: list[tuple[str, RenderableType]] = [("plugin", name)]
    for problem in report.problems:
        style = "bold red" if problem.fails else "yellow"
        where = f"{problem.hook}: " if problem.hook else ""
        said = Text.assemble((problem.mistake.value, style), "  ", (where, "bold"))
        said.append(f"{printable(problem.message)} ").append(problem.remedy, "dim")
        lines.append(("error" if problem.fails else "warning", said))
    lines += [("price", _priced(price)) for price in report.prices]
    print_block(stdout_console(), labelled(lines))


def _priced(price: "Price") -> Text:
    micros = price.seconds / price.rows * 1e6
    said = Text.assemble((price.hook, "bold"), f" {micros:.2f} µs a user")
    if micros > BUDGET:
        said.append(f": more than {BUDGET:g}, which a large import will feel", "yellow")
    return said


def _project(folder: Path) -> dict[str, str]:
    """The entry points of the group in the folder's pyproject.toml, by name."""
    try:
        read = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise click.UsageError(f"{folder / 'pyproject.toml'}: {wrong}") from None
    project = read.get("project")
    points = project.get("entry-points") if isinstance(project, dict) else None
    found = points.get(GROUP) if isinstance(points, dict) else None
    return {name: str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def _of_folder(folder: Path) -> list[EntryPoint]:
    entries = [EntryPoint(name, value, GROUP) for name, value in _project(folder).items()]
    if entries:
        _on_path(folder / "src")
        _on_path(folder)
    return entries


def _on_path(folder: Path) -> None:
    sys.path.insert(0, str(folder.resolve()))
