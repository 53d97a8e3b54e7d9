"""`rollbook imports` against a real server: list, follow, control and report."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.acceptance.command import HEADER, Said, at, environment, rollbook, started
from tests.environment import Server

_GOOD = "1,a@example.org,Ada,Byron"
_WRONG = "2,wrong,Ada,Byron"
_ID = "7d444840-9dc0-41d1-8245-5ffdce74fad{}"


class Desk:
    """One directory of the administrator's, and a file to import."""

    def __init__(self, server: Server, directory: str, folder: Path):
        self.env = at(server)
        self.theirs = environment(
            ROLLBOOK_ADDRESS=server.address,
            ROLLBOOK_TOKEN_FILE=str(server.token_files["reviewer"]),
        )
        self.directory = directory
        self.file = folder / "staff.csv"

    def says(self, *arguments: str, reviewer: bool = False) -> Said:
        """The output of `rollbook ARGUMENTS` for the directory."""
        env = self.theirs if reviewer else self.env
        return rollbook(*arguments, "--directory", self.directory, env=env)

    def imports(self, *lines: str, options: tuple[str, ...] = ()) -> Said:
        """Import these lines."""
        self.file.write_text("\n".join([HEADER, *lines, ""]), "utf-8")
        return self.says("import", str(self.file), *options)


@pytest.fixture
def desk(server: Server, directory: str, tmp_path: Path) -> Desk:
    """In a new directory."""
    return Desk(server, directory, tmp_path)


def test_imports_are_listed_for_people_and_programs(desk: Desk) -> None:
    """Newest first; the id in one piece, to be copied."""
    desk.imports(_GOOD, options=("--import-id", _ID.format(1)))
    desk.imports(_GOOD, _WRONG, options=("--import-id", _ID.format(2), "--dry-run"))
    table = desk.says("imports", "list")
    told = [
        json.loads(line)
        for line in desk.says("imports", "list", "--output", "ndjson").out.splitlines()
    ]
    rows = list(csv.DictReader(io.StringIO(desk.says("imports", "list", "--output", "csv").out)))
    fitting = ("--file", "STAFF", "--by", "admin", "--profile", "default")
    since = ("--created-from", "2026-01-31", "--output", "ndjson")
    named = desk.says("imports", "list", *fitting, *since).out
    none = desk.says("imports", "list", *fitting, "--created-until", "2026-01-31").out
    completed = desk.says("imports", "list", "--state", "completed", "--output", "csv").out
    assert (table.code, table.err) == (0, "")
    assert table.out.index(_ID.format(2)) < table.out.index(_ID.format(1))
    assert "1: 1 created, 0 updated, 0 unchanged, 0 failed" in table.out
    assert max(map(len, table.out.splitlines())) <= 80
    assert "\n   staff.csv\n" in table.out
    assert [json.loads(line)["fileName"] for line in named.splitlines()] == ["staff.csv"] * 2
    assert none == ""
    assert [row["fileName"] for row in rows] == ["staff.csv"] * 2
    assert [one["importId"] for one in told] == [_ID.format(2), _ID.format(1)]
    assert [row["state"] for row in rows] == ["IMPORT_STATE_PREVIEWED", "IMPORT_STATE_COMPLETED"]
    assert _ID.format(1) in completed
    assert _ID.format(2) not in completed


def test_issues_are_shown_by_line(desk: Desk) -> None:
    """S71: on screen; by code and severity; and for a program."""
    desk.imports(_GOOD, _WRONG, "3,,=A,B", options=("--import-id", _ID.format(1)))
    shown = desk.says("imports", "issues", _ID.format(1))
    missing = desk.says(
        "imports", "issues", _ID.format(1), "--code", "missing_required_field", "--output", "ndjson"
    )
    warned = desk.says(
        "imports", "issues", _ID.format(1), "--severity", "warning", "--output", "csv"
    )
    mistyped = desk.says("imports", "issues", _ID.format(1), "--code", "mising")
    assert shown.code == 0
    assert [
        line.split()[:3] for line in shown.out.splitlines() if line[:5].strip().isdecimal()
    ] == [
        ["3", "email", "invalid_email"],
        ["4", "email", "missing_required_field"],
        ["4", "first_name", "formula_like_value"],
    ]
    (issue,) = map(json.loads, missing.out.splitlines())
    assert (issue["line"], issue["row"], issue["issue"]["field"]) == (4, 3, "email")
    (row,) = csv.DictReader(io.StringIO(warned.out))
    assert (row["line"], row["code"]) == ("4", "formula_like_value")
    assert (mistyped.code, mistyped.err.count("\n")) == (2, 1)


def test_rows_are_shown_by_line(desk: Desk) -> None:
    """S03: wrong cells beside their reasons, old and new values; filtered; and for a program."""
    desk.imports(_GOOD, "7,g@example.org,Grace,Hopper")
    lines = ("1,a@example.org,Ada,King", _WRONG, "7,g@example.org,Grace,Hopper", "3,,=A,B")
    desk.imports(*lines, options=("--import-id", _ID.format(1), "--dry-run"))

    def said(*asked: str) -> Said:
        return desk.says("imports", "rows", _ID.format(1), *asked)

    shown = said()
    assert (shown.code, shown.err) == (0, "")
    assert [
        line.split()[:3] for line in shown.out.splitlines() if line[:5].strip().isdecimal()
    ] == [
        ["2", "WILL", "UPDATE"],
        ["3", "WILL", "FAIL"],
        ["4", "UNCHANGED", "7"],
        ["5", "WILL", "FAIL"],
    ]
    assert "last_name: “Byron” → “King”" in shown.out
    assert "email “wrong” invalid_email" in shown.out
    assert max(map(len, shown.out.splitlines())) <= 80
    failed = said("--outcome", "failed", "--outcome", "updated", "--output", "ndjson").out
    assert [json.loads(line)["line"] for line in failed.splitlines()] == [2, 3, 5]
    assert json.loads(failed.splitlines()[1])["cells"] == _WRONG.split(",")
    (blank,) = csv.DictReader(
        io.StringIO(said("--code", "missing_required_field", "--output", "csv").out)
    )
    assert (blank["line"], blank["outcome"]) == ("5", "OUTCOME_FAILED")
    assert json.loads(blank["cells"]) == ["3", "", "=A", "B"]
    with_issues = said("--with-issues", "--lines", "4-9", "--output", "ndjson").out
    assert [json.loads(line)["line"] for line in with_issues.splitlines()] == [5]
    for wrong in (("--code", "mising"), ("--lines", "9-2"), ("--lines", "x"), ("--outcome", "no")):
        mistyped = said(*wrong)
        assert (mistyped.code, mistyped.out) == (2, "")


def test_a_report_is_written_corrected_and_imported(desk: Desk, tmp_path: Path) -> None:
    """S71, S72: from `--report` to the same command with the corrected file."""
    report = tmp_path / "failed.csv"
    said = desk.imports(_GOOD, _WRONG, "3,c@example.org,,B", options=("--report", str(report)))
    assert (said.code, said.err) == (1, "")
    text = report.read_bytes().decode("utf-8-sig")
    assert [line.split(",")[0] for line in text.splitlines()] == ["employee_number", "2", "3"]
    corrected = text.replace("2,wrong,", "2,b@example.org,").replace(
        "c@example.org,,", "c@x.org,C,"
    )
    report.write_text("\ufeff" + corrected, "utf-8")
    left = tmp_path / "left.csv"
    again = desk.says("import", str(report), "--report", str(left))
    assert (again.code, again.err) == (0, "")
    assert "2: 2 created, 0 updated, 0 unchanged, 0 failed" in again.out
    assert len(left.read_text("utf-8-sig").splitlines()) == 1
    files = {path.name for path in tmp_path.iterdir() if path.is_file()}
    assert files - {"staff.csv"} == {"failed.csv", "left.csv"}


def test_a_report_never_takes_the_place_of_the_file(desk: Desk, tmp_path: Path) -> None:
    """The file and its links are left as they were, and nothing was imported."""
    staff, linked = tmp_path / "mine.csv", tmp_path / "linked.csv"
    content = f"{HEADER}\n{_GOOD}\n{_WRONG}\n"
    staff.write_text(content)
    linked.symlink_to(staff)
    for source, report in ((staff, staff), (staff, linked), (linked, staff)):
        said = desk.says("import", str(source), "--report", str(report))
        assert (said.code, said.out) == (2, "")
        assert "is the file that is imported" in said.err
    assert staff.read_text() == content
    assert desk.says("imports", "list", "--output", "ndjson").out == ""


def test_a_report_is_fetched_later_by_whoever_may_read(desk: Desk, tmp_path: Path) -> None:
    """S74: to stdout or a file, the same bytes."""
    desk.imports(_WRONG, options=("--import-id", _ID.format(1)))
    printed = desk.says("imports", "report", _ID.format(1), reviewer=True)
    written = desk.says("imports", "report", _ID.format(1), str(tmp_path / "r.csv"), reviewer=True)
    nowhere = desk.says("imports", "report", _ID.format(1), str(tmp_path / "no" / "r.csv"))
    assert (printed.code, written) == (0, Said(0, "", ""))
    assert printed.out.encode() == (tmp_path / "r.csv").read_bytes()
    assert (nowhere.code, nowhere.err.count("\n")) == (2, 1)


def test_a_report_is_not_written_over_corrections_in_silence(desk: Desk, tmp_path: Path) -> None:
    """S71: `imports report` asks for `--force`; `import --report` says that it has done so."""
    desk.imports(_WRONG, options=("--import-id", _ID.format(1)))
    file = tmp_path / "failed.csv"
    fetched = ("imports", "report", _ID.format(1), str(file))
    assert desk.says(*fetched).code == 0
    written = file.read_text("utf-8")
    file.write_text("corrected")
    refused = desk.says(*fetched)
    assert (refused.code, refused.out, "--force" in refused.err) == (2, "", True)
    assert file.read_text() == "corrected"
    assert desk.says(*fetched, "--force") == Said(0, "", "")
    assert file.read_text("utf-8") == written
    said = desk.imports(_WRONG, options=("--report", str(file)))
    assert (said.code, said.err) == (1, f"{file} was there already, and has been written over\n")


def test_a_report_that_cannot_be_written_is_known_before_the_import(
    desk: Desk, tmp_path: Path
) -> None:
    said = desk.imports(_GOOD, options=("--report", str(tmp_path / "no" / "r.csv")))
    assert (said.code, said.out) == (2, "")
    assert desk.says("imports", "list", "--output", "ndjson").out == ""


def test_a_preview_is_applied(desk: Desk) -> None:
    """S44: a dry run shows every row; then the same is applied, without the file."""
    seen = desk.imports(_GOOD, _WRONG, options=("--dry-run", "--import-id", _ID.format(1)))
    applied = desk.says("imports", "apply", _ID.format(1), "--output", "ndjson")
    again = desk.says("imports", "apply", _ID.format(1))
    assert seen.code == applied.code == 1
    *rows, summary = map(json.loads, applied.out.splitlines())
    assert {row["line"]: row["outcome"] for row in rows}[2] == "OUTCOME_CREATED"
    assert (summary["state"], summary["created"]) == ("IMPORT_STATE_COMPLETED", 1)
    assert "2: 1 created, 0 updated, 0 unchanged, 1 failed" in again.out


def test_only_some_lines_of_a_preview_are_applied(desk: Desk) -> None:
    """By line and by outcome; nonsense is reported before the server is asked."""
    lines = [f"{n},u{n}@example.org,Ada,Byron" for n in range(4)]
    desk.imports(*lines, options=("--dry-run", "--import-id", _ID.format(1)))
    wrong = desk.says("imports", "apply", _ID.format(1), "--only-lines", "x")
    said = desk.says(
        "imports", "apply", _ID.format(1), "--only-lines", "3-4", "--only-outcomes", "created"
    )
    assert (wrong.code, said.code) == (2, 0)
    assert "4: 2 created, 0 updated, 0 unchanged, 0 failed, 2 not applied" in said.out


def test_a_safeguard_needs_somebody_else(desk: Desk) -> None:
    """Exit code 6 until another principal approves; never one's own."""
    desk.imports(*(f"{n},u{n}@example.org,Ada,Byron" for n in range(100)))
    stopped = desk.imports(
        *(f"{n},v{n}@example.org,Ada,Byron" for n in range(100)),
        options=("--commit", "whole-file", "--import-id", _ID.format(1)),
    )
    early = desk.says("imports", "apply", _ID.format(1))
    own = desk.says("imports", "approve", _ID.format(1))
    approved = desk.says("imports", "approve", _ID.format(1), reviewer=True)
    applied = desk.says("imports", "apply", _ID.format(1))
    assert [said.code for said in (stopped, early, own, approved, applied)] == [6, 6, 5, 0, 0]
    assert "approved  by reviewer" in approved.out
    assert "100: 0 created, 100 updated" in applied.out


def test_an_import_is_watched_and_cancelled(desk: Desk) -> None:
    """Who watches and who imports both end with exit code 6; what is there stays."""
    options = ("--directory", desk.directory, "--output", "ndjson")
    watch = ("imports", "watch", _ID.format(1), *options)
    with started("import", "-", "--import-id", _ID.format(1), *options, env=desk.env) as importing:
        assert importing.stdin
        assert importing.stdout
        assert importing.stderr
        importing.stdin.write(f"{HEADER}\n{_GOOD}\n".encode())
        importing.stdin.flush()
        assert json.loads(importing.stdout.readline())["outcome"] == "OUTCOME_CREATED"
        with started(*watch, env=desk.env) as watching:
            assert watching.stdout
            first = json.loads(watching.stdout.readline())
            cancelled = desk.says("imports", "cancel", _ID.format(1))
            last = json.loads(watching.stdout.read().splitlines()[-1])
            assert watching.wait(20) == 6
        told = importing.stderr.read().decode()
        assert importing.wait(20) == 6
    assert (first["state"], first["summary"]["created"]) == ("IMPORT_STATE_RUNNING", 1)
    assert cancelled.code == 0
    assert "CANCELLED" in cancelled.out
    assert (last["state"], last["summary"]["created"]) == ("IMPORT_STATE_CANCELLED", 1)
    assert "was cancelled" in told
    assert told.count("\n") == 1
    again = desk.says("imports", "cancel", _ID.format(1))
    assert again.code == 0


@pytest.mark.parametrize(
    "word", ["show", "issues", "rows", "report", "watch", "cancel", "approve", "apply"]
)
def test_an_import_that_is_not_there(desk: Desk, word: str) -> None:
    """Exit code 5 and one line, the same for each."""
    said = desk.says("imports", word, _ID.format(9))
    assert (said.code, said.err.count("\n")) == (5, 1)
    assert "Traceback" not in said.err
