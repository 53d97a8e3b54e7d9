"""A run of tests → the figures of the promises that it showed, as a table of `tests/README.md`.

    python -m pytest -m long --figures tests/README.md

What a test printed is its figure: see `tell` in `tests/faults/witness.py`. Cases of a test that
print none are one line. Runs of one commit add up: a later one replaces the lines of its own tests
alone.
"""

import re
import subprocess
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

_PROMISE = re.compile(r"\bP\d\d\b")
_PLACE = re.compile(r"(?<=<!-- figures:begin -->\n).*(?=<!-- figures:end -->)", re.DOTALL)
_LINE = re.compile(r"^\| P\d\d.*\| `.*\n", re.MULTILINE)
_HEAD = "| promise | test | seconds | figure |\n|---|---|---|---|\n"
_PROPERTY = "promises"
_OF_NO_FIGURE = re.compile(r"seed |\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[|\s|$")
"""Dice to repeat a failure with, and lines of a log with what hangs below them."""


class Figures:
    """Collects the reports of a run, also of its workers, and writes the table when it ends."""

    def __init__(self, page: Path):
        """`page` has the two marks between which the table stands."""
        self._page = page
        self._began = datetime.now(UTC)
        self._lines: dict[str, str] = {}
        self._plain: defaultdict[tuple[str, str], list[float]] = defaultdict(list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a test that shows a promise, once it has run, or could not."""
        promises = dict(report.user_properties).get(_PROPERTY)
        if promises and (report.when == "call" or not report.passed):
            name = report.nodeid.partition("::")[2].replace("|", "/")
            said = [line for line in report.capstdout.splitlines() if not _OF_NO_FIGURE.match(line)]
            if report.passed and not said:
                self._plain[str(promises), name.partition("[")[0]].append(report.duration)
                return
            figure = "; ".join(said) if report.passed else report.outcome.upper()
            self._lines[name] = _line(str(promises), name, report.duration, figure)

    def pytest_sessionfinish(self) -> None:
        """Write the table."""
        for (promises, name), took in self._plain.items():
            figure = "passed" if len(took) == 1 else f"{len(took)} cases passed"
            self._lines[name] = _line(promises, name, sum(took), figure)
        page = self._page.read_text("utf-8")
        head = f"Commit `{_commit()}`, {self._began:%Y-%m-%d}, minutes: "
        minutes = (datetime.now(UTC) - self._began).total_seconds() / 60
        if found := re.search(re.escape(head) + r"(\d+)", page):
            minutes += int(found[1])
            self._lines = {line.split("`")[1]: line for line in _LINE.findall(page)} | self._lines
        table = "".join(sorted(self._lines.values()))
        text = f"{head}{minutes:.0f}.\n\n{_HEAD}{table}"
        self._page.write_text(_PLACE.sub(lambda _: text, page), "utf-8")


def _line(promises: str, name: str, seconds: float, figure: str) -> str:
    cells = (promises, f"`{name}`", f"{seconds:.0f}", figure)
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |\n"


def note_promises(items: list[pytest.Item]) -> None:
    """Let the report of each test say which promises its docstring names."""
    for item in items:
        told = getattr(getattr(item, "obj", None), "__doc__", None) or ""
        if promises := dict.fromkeys(_PROMISE.findall(told)):
            item.user_properties.append((_PROPERTY, ", ".join(promises)))


def _commit() -> str:
    said = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], check=True, capture_output=True, text=True
    )
    return said.stdout.strip()
