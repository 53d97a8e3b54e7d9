"""The benchmark runs, and its table names what was measured."""

import subprocess
import sys
from pathlib import Path

import pytest

from rollbook.hooks import Role
from rollbook.store.statements import sql
from rollbook_roles.reading import read
from tests.bench.figures import COLUMNS, Run, spread, table
from tests.bench.names import ROLES
from tests.bench.plugged import installed, rules
from tests.bench.sampled import Span
from tests.bench.statements import COMMIT, statements
from tests.bench.steps import CLIENT, COUNT, STEPS, WAITS, place_of
from tests.bench.timeline import waits


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


@pytest.mark.parametrize("work", ["first", "again", "changed"])
def test_a_profile_names_every_step_and_draws_a_batch(work: str) -> None:
    """Steps of server and client, statements of PostgreSQL, and a line for each who worked."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.bench.profile", "--rows", "2000", "--work", work],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    costs, batch = ran.stdout.split("µs a row\n")[1].split("A batch, ")
    assert max(map(len, (costs + batch).splitlines())) <= 100
    named = {line.split("  ")[1].strip() for line in costs.splitlines() if line.startswith("  ")}
    assert set(STEPS) - {CLIENT, COUNT} <= named
    assert COMMIT in named
    lanes = [line.split(",")[0] for line in batch.splitlines()]
    assert {"Server", "PostgreSQL"} <= set(lanes)
    assert batch.count(" ms  ") == 4


def test_the_innermost_frame_of_ours_says_the_step() -> None:
    """What a library does counts for the room that called it; a new room is a step itself."""
    loop = "/usr/lib/python3.11/asyncio/base_events.py"
    house = "/x/service/rollbook"
    numpy = "/x/site-packages/numpy/core.py"
    checked = place_of([loop, f"{house}/imports/pipeline.py", f"{house}/checking/emails.py", numpy])
    assert checked == ("check the cells", "emails")
    assert place_of([f"{house}/checking/checker.py", f"{house}/model/damage.py"])[1] == "checker"
    assert place_of([loop]) == ("event loop", "base_events")
    assert place_of([loop, "/usr/lib/python3.11/selectors.py"]).step == WAITS
    assert place_of([loop, f"{house}/columns/offsets.py"]) == ("rollbook/columns", "offsets")


def test_a_statement_is_named_by_its_file() -> None:
    """By its text, comments and white space apart; its phases are told apart."""
    text = sql("staging/match").replace("\n", "\n\t")
    log = (
        "10.500 7 LOG:  duration: 400.000 ms  execute __asyncpg_stmt_1__: " + text + "\n"
        '10.600 7 LOG:  duration: 50.000 ms  statement: COPY "staged_1" FROM STDIN\n'
        "10.601 7 LOG:  something else\n"
        "10.700 8 LOG:  duration: 1.000 ms  bind __asyncpg_stmt_2__: commit\n"
    )
    found = {
        pid: [(span.what, span.detail, round(span.begin, 3), span.end) for span in spans]
        for pid, spans in statements(log).items()
    }
    assert found == {
        7: [
            ("staging/match", "execute", 10.1, 10.5),
            ("copy staged_1", "statement", 10.55, 10.6),
        ],
        8: [(COMMIT, "bind", 10.699, 10.7)],
    }


def test_who_waits_for_whom_is_counted_in_time() -> None:
    """Half of ten seconds the server works, and in the last two of these PostgreSQL, too."""
    said = waits([Span(0, 5, "x")], [Span(3, 8, "y")], 0, 10)
    assert [round(float(line.split()[0]), -2) for line in said] == [3000, 3000, 2000, 2000]


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
