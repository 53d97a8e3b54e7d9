"""`rollbook plugins check`: tests a plugin with the test kit and prints the report."""

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
    from rollbook.hooks import HookCost
    from rollbook.testing import Latency, Report

GROUP = "rollbook"
BUDGET = 1.0
"""Microseconds a user above which a hook's cost is pointed out."""
SLOW = 0.1
"""Seconds of one call above which a hook's latency is pointed out."""


def wanted(plugin: str | None, listed: Sequence[str]) -> list[str | EntryPoint]:
    """The plugins to check: a folder's, `module:object`, an installed one, or all `listed`.

    The folder of one that is not installed is put on Python's path.

    Raises:
        click.UsageError: there is no such folder, no plugin in it, or no plugin to check.
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
    """Print each problem, how to fix it, what each hook costs, and how long one call took."""
    verdict = Text("conforms", "green") if report.conforms else Text("does not conform", "bold red")
    name = Text.assemble((printable(report.plugin), "bold"), ": ", verdict)
    lines: list[tuple[str, RenderableType]] = [("plugin", name)]
    for problem in report.problems:
        style = "bold red" if problem.fails else "yellow"
        where = f"{problem.hook}: " if problem.hook else ""
        line = Text.assemble((problem.mistake.value, style), "  ", (where, "bold"))
        line.append(f"{printable(problem.message)} ").append(problem.remedy, "dim")
        lines.append(("error" if problem.fails else "warning", line))
    lines += [("cost", _cost(cost)) for cost in report.costs]
    lines += [("latency", _latency(latency)) for latency in report.latencies]
    print_block(stdout_console(), labelled(lines))


def _latency(latency: "Latency") -> Text:
    line = Text.assemble((latency.hook, "bold"), f" {latency.seconds * 1e3:.1f} ms at the longest")
    line.append(f", first asked about {latency.trial}")
    if latency.seconds > SLOW:
        line.append(": each batch of an import may wait as long", "yellow")
    return line


def _cost(cost: "HookCost") -> Text:
    micros = cost.seconds / cost.rows * 1e6
    line = Text.assemble((cost.hook, "bold"), f" {micros:.2f} µs a user")
    line.append(f", {cost.seconds * 1e3:.1f} ms for {cost.rows:,} at once")
    if micros > BUDGET:
        line.append(f": more than {BUDGET:g}, which slows a large import down", "yellow")
    return line


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
