"""The benchmark runs, and its table names what was measured."""

import subprocess
import sys
from pathlib import Path

import pytest

from rollbook.hooks import Role
from rollbook_roles.reading import read
from tests.bench.figures import COLUMNS, Run, spread, table
from tests.bench.names import ROLES
from tests.bench.plugged import installed, rules


def lines_of(folder: Path, *kinds: str) -> tuple[list[str], str]:
    """The works in the table of a small run of these kinds, and all that was printed."""
    asked = ("--rows", "1000", "--runs", "1", "--folder", str(folder), "--only", *kinds)
    ran = subprocess.run(
        [sys.executable, "-m", "tests.bench", *asked],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert list(folder.iterdir()) == []
    table_lines = [line for line in ran.stdout.splitlines() if line.startswith("|")]
    return [line.split("|")[2].strip() for line in table_lines[2:]], ran.stdout


def test_psql_and_rollbook_make_the_same_users(tmp_path: Path) -> None:
    """The benchmark fails where they do not, and leaves nothing behind."""
    works, _ = lines_of(tmp_path, "loads")
    assert works == ["first load", "same file again", "10 % changed"]


def test_plugins_are_measured_against_a_server_without_them(tmp_path: Path) -> None:
    """The shipped ones that are installed; what they add stands in columns of its own."""
    works, printed = lines_of(tmp_path, "plugins")
    told = f"{len(installed())} plugins"
    assert works == [f"first load, {told}", f"same file again, {told}"]
    head, _, *lines = [line.split("|") for line in printed.splitlines() if line.startswith("|")]
    added = head.index(" plugins add to server's Python, µs a row ")
    assert len([float(line[added]) for line in lines]) == len(works)


def test_the_rules_that_are_measured_can_be_used(tmp_path: Path) -> None:
    """As many as asked for, and each gives a role that the directory has."""
    path = tmp_path / "roles.toml"
    path.write_text(rules(), "utf-8")
    found = read(path)
    assert len(found.rules) == 20
    assert {rule.answer for rule in found.rules} | {found.default} == set(map(Role, ROLES))


def test_plugins_are_measured_alone() -> None:
    """A line for each of the shipped ones that decide while an import runs."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.bench.plugins", "--batches", "1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    told = [line.partition(",")[0] for line in ran.stdout.splitlines()]
    assert told == ["roles", "locations", "locations"]


def test_mails_are_measured_beside_none(tmp_path: Path) -> None:
    """Each that an import asks for; which comes first changes with the turn."""
    works, _ = lines_of(tmp_path, "mails")
    assert works == ["nobody mailed", "new users welcomed", "new users invited", "login details"]


@pytest.mark.long
def test_conflicts_and_single_rows_are_measured(tmp_path: Path) -> None:
    """The other kinds of work still run."""
    works, printed = lines_of(tmp_path, "conflicts", "single", "clients")
    assert works == ["others beside them", "1 % in conflict"]
    assert "One row, one import, 50 of them" in printed
    assert "8 clients × 1,000 rows in one directory: " in printed
    assert "8 clients × 1,000 rows in 8 directories: " in printed


def test_a_line_of_the_table_is_the_medians_of_its_runs() -> None:
    """Each run's own ratio counts, not the ratio of the medians: only interleaved runs compare."""
    runs = [
        Run(
            work="first load",
            rows=1000,
            ours=ours,
            psql=psql,
            cpu=0.01,
            memory=30.4,
            first_answer=0.1,
        )
        for ours, psql in ((1.0, 2.0), (3.0, 2.0), (2.0, 1.0))
    ]
    cells = [cell.strip() for cell in table(runs).splitlines()[-1].strip("|").split("|")]
    assert dict(zip(COLUMNS, cells, strict=True)) == {
        "rows": "1,000",
        "work": "first load",
        "psql, rows/s": "500 (500 to 1,000)",
        "psql compared first, rows/s": "–",
        "ours, rows/s": "500 (333 to 1,000)",
        "time, ours ÷ psql": "1.50 (0.50 to 2.00)",
        "time, ours ÷ compared first": "–",
        "time, ours ÷ ours without conflicts": "–",
        "server's Python, µs a row": "10.0 (10.0 to 10.0)",
        "plugins add, µs a row": "–",
        "plugins add to server's Python, µs a row": "–",
        "memory over idle, MiB": "30 (30 to 30)",
        "first answer, ms": "100 (100 to 100)",
    }


def test_what_plugins_add_is_the_difference_of_each_pair() -> None:
    """Of the two runs that stood beside each other, in both measures."""

    def one(ours: float, cpu: float, unplugged: Run | None = None) -> Run:
        return Run(
            work="first load",
            rows=1000,
            ours=ours,
            cpu=cpu,
            memory=1,
            first_answer=1,
            unplugged=unplugged,
        )

    runs = [one(0.05, 0.02, one(0.04, 0.019)), one(0.092, 0.03, one(0.1, 0.027))]
    cells = [cell.strip() for cell in table(runs).splitlines()[-1].strip("|").split("|")]
    told = dict(zip(COLUMNS, cells, strict=True))
    assert told["plugins add, µs a row"] == "+1.00 (-8.00 to +10.00)"
    assert told["plugins add to server's Python, µs a row"] == "+2.00 (+1.00 to +3.00)"


def test_nothing_and_one_thing_have_no_spread() -> None:
    assert (spread([], ".1f"), spread([2.04], ".1f")) == ("–", "2.0")
