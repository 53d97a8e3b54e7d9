"""The benchmark runs, and its table names what was measured."""

import re
import subprocess
import sys
from dataclasses import replace
from itertools import chain
from pathlib import Path
from xml.etree import ElementTree

import pytest

from rollbook.hooks import Role
from rollbook.store.statements import sql
from rollbook_roles.reading import read
from tests.bench.client import Seen
from tests.bench.compared import LDAPADD, LIBRARIES
from tests.bench.figures import Run, spread, table
from tests.bench.goals import goals
from tests.bench.names import ROLES
from tests.bench.picture import picture
from tests.bench.plugged import installed, rules
from tests.bench.results import Results
from tests.bench.sampled import Span
from tests.bench.statements import COMMIT, statements
from tests.bench.steps import CLIENT, COUNT, STEPS, WAITS, place_of
from tests.bench.timeline import waits
from tests.bench.together import Together
from tests.bench.works import AGAIN, CHANGED, CONFLICT, FIRST, NIGHTLY, ODD, PREVIEW


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
    tables = [block for block in ran.stdout.split("\n\n") if "ours, rows/s" in block]
    lines = tables[0].splitlines()[2:] if tables else []
    return [line.split("|")[2].strip() for line in lines], ran.stdout


def test_psql_and_rollbook_make_the_same_users(tmp_path: Path) -> None:
    """The benchmark fails where they do not, and leaves nothing behind."""
    works, _ = lines_of(tmp_path, "loads")
    assert works == [FIRST, AGAIN, CHANGED, NIGHTLY]


@pytest.mark.long
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


@pytest.mark.long
def test_mails_are_measured_beside_none(tmp_path: Path) -> None:
    """Each that an import asks for; which comes first changes with the turn."""
    works, _ = lines_of(tmp_path, "mails")
    assert works == ["nobody mailed", "new users welcomed", "new users invited", "login details"]


@pytest.mark.long
def test_peers_are_rows_of_the_table_or_named_as_missing(tmp_path: Path) -> None:
    """Each that is installed has brought in the same users; of each other the report says so."""
    works, printed = lines_of(tmp_path, "peers")
    names = [*(peer.name for peer in LIBRARIES), LDAPADD]
    missing = re.findall("^NOT MEASURED, for it is not installed: (.+): .", printed, re.MULTILINE)
    assert works == [FIRST, *(f"{FIRST}, {name}" for name in names if name not in missing)]
    assert sorted(missing) == sorted(name for name in names if f"{FIRST}, {name}" not in works)
    assert len(works) + len(missing) == 1 + len(names)


@pytest.mark.parametrize(
    "work", [pytest.param(w, marks=pytest.mark.long) for w in ("first", "again", "changed")]
)
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
    assert place_of([f"{house}/checking/checker.py", f"{house}/text_column.py"])[1] == "checker"
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
    works, printed = lines_of(tmp_path, "odd", "conflicts", "previews", "single", "clients")
    plain = ["no row odd", "others beside them", "written at the end"]
    assert works == list(chain.from_iterable(zip(plain, [ODD, CONFLICT, PREVIEW], strict=True)))
    assert re.search(r"^\| – \| one row, one import \| answer, ms \| ≤ 10", printed, re.MULTILINE)
    assert "One row, one import, 50 of them" in printed
    assert "8 clients × 1,000 rows in one directory: " in printed
    assert "8 clients × 1,000 rows in 8 directories: " in printed


def cells_of(runs: list[Run]) -> dict[str, str]:
    """The last line of the table, by column; a column of which nothing is known is left out."""
    head, _, *lines = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in table(runs).splitlines()
    ]
    return dict(zip(head, lines[-1], strict=True))


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
    assert cells_of(runs) == {
        "rows": "1,000",
        "work": "first load",
        "psql, rows/s": "500 (500 to 1,000)",
        "ours, rows/s": "500 (333 to 1,000)",
        "time, ours ÷ psql": "1.50 (0.50 to 2.00)",
        "server's Python, µs a row": "10.0 (10.0 to 10.0)",
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
    told = cells_of(runs)
    assert told["plugins add, µs a row"] == "+1.00 (-8.00 to +10.00)"
    assert told["plugins add to server's Python, µs a row"] == "+2.00 (+1.00 to +3.00)"


def test_nothing_and_one_thing_have_no_spread() -> None:
    assert (spread([], ".1f"), spread([2.04], ".1f")) == ("–", "2.0")


def results(runs: list[Run]) -> Results:
    """Of a benchmark that measured those, one row, and eight clients in one directory."""
    seen = [
        Seen(began=1.0, cpu=0.1, first_answer=0.012, seconds=seconds, outcomes={"X": 1})
        for seconds in (2.0, 1.0)
    ]
    return Results(
        commit="c0ffee",
        command="python -m tests.bench",
        facts=["one"],
        runs=runs,
        single=seen[:1],
        together=[Together(directories=1, rows=100, alone=1.0, seen=seen, memory=9.0)],
    )


def a_run(work: str, rows: int, **figures: float) -> Run:
    """That took a second, except for the figures given."""
    some = {"ours": 1.0, "cpu": 1.0, "memory": 60.0, "first_answer": 0.1}
    return Run(work=work, rows=rows, **(some | figures))  # type: ignore[arg-type]


def test_each_goal_stands_beside_what_was_reached() -> None:
    """The median of the runs, against at most or at least; of what was not measured, nothing."""
    runs = [
        *(a_run(FIRST, 100_000, psql=psql) for psql in (2.0, 0.5, 4.0)),
        a_run(NIGHTLY, 1_000_000, ours=5.0),
        replace(a_run(f"{FIRST}, 3 plugins", 100_000, cpu=1.15), unplugged=a_run(FIRST, 100_000)),
    ]
    added = "added to the server's processor time, µs a row"
    told = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in goals(results(runs)).splitlines()[2:]
    ]
    assert told == [
        ["100,000", FIRST, "time ÷ psql's", "≤ 1.00", "0.50", "yes"],
        ["1,000,000", NIGHTLY, "rows a second", "≥ 250,000", "200,000", "no"],
        ["100,000", FIRST, "first answer, ms", "≤ 150", "100", "yes"],
        ["100,000", f"{FIRST}, with plugins", added, "≤ 1.0", "1.5", "no"],
        ["–", "one row, one import", "answer, ms", "≤ 10.0", "12.0", "no"],
        ["–", "8 clients, one directory", "rows a second ÷ one client's", "≥ 0.90", "1.00", "yes"],
        ["–", "8 clients, one directory", "slowest ÷ fastest", "≤ 1.30", "2.00", "no"],
        ["–", "8 clients", "memory over idle, MiB", "≤ 110", "9", "yes"],
    ]


def test_results_are_read_as_they_were_written(tmp_path: Path) -> None:
    """With runs in runs."""
    without = a_run(FIRST, 1)
    written = results([without, replace(without, unplugged=without)])
    written.save(tmp_path / "results.json")
    assert Results.load(tmp_path / "results.json") == written


@pytest.mark.parametrize("others", [1.0, 40.0])
def test_the_picture_names_who_was_measured_and_where_it_came_from(others: float) -> None:
    """All within its edges; beside other work it says that its figures are none."""
    first = a_run(FIRST, 10_000, psql=0.5)
    peers = [replace(first, work=f"{FIRST}, {name}", peer=9.0) for name in ("psycopg", "a & b")]
    larger = [a_run(work, 100_000, ours=9.0, psql=5.0) for work in (FIRST, AGAIN)]
    found = results([first, *peers, *larger])
    found.processors = {"others": others, "stolen": 0.5}
    tree = ElementTree.fromstring(picture(found))
    _, _, width, height = map(float, tree.attrib["viewBox"].split())
    words = [node.text or "" for node in tree.iter() if node.tag.endswith("text")]
    for node in tree.iter():
        right = float(node.get("x", 0)) + float(node.get("width", 0))
        assert 0 <= right <= width
        assert 0 <= float(node.get("y", node.get("cy", 0))) <= height
    assert {"psycopg", "a & b", "10,000", "100,000", "20,000", "1,111"} <= set(words)
    assert {"Rollbook, same file again", "psql, first load"} <= set(words)
    assert any(line.startswith("Commit c0ffee, python -m tests.bench") for line in words)
    assert any("these are no figures" in line for line in words) == (others > 5)


def test_the_picture_in_the_readme_says_where_it_came_from() -> None:
    """It is made by the command, from a commit and a command that it names."""
    words = " ".join(ElementTree.parse(Path(__file__).with_name("speed.svg")).getroot().itertext())
    assert re.search(r"Commit \w+\+?, python -m tests\.bench", words)
    assert "(tests/bench/speed.svg)" in Path(__file__).parents[2].joinpath("README.md").read_text()
