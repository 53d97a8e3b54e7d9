"""The answers of an import, for a person and for a program."""

import csv
import io
import json
import re
import shlex
from collections.abc import Callable

import pytest
from google.protobuf.json_format import ParseDict
from rich.console import Console

from rollbook.cli.imports.next_steps import Request
from rollbook.cli.imports.shown_rows import SMALL
from rollbook.cli.imports.table_writer import TableWriter
from rollbook.cli.imports.writers import CsvWriter, NdjsonWriter, ResultWriter
from rollbook.client.row_results import received
from rollbook.v1.imports_pb2 import (
    ImportState,
    ImportSummary,
    ImportUnderstood,
    RowResults,
    UnderstoodColumn,
)
from rollbook.v1.results_pb2 import FieldChange, Issue, Outcome, RowResult, Severity
from tests.unit.client.peer import columns

NO_ADDRESS = Issue(
    code="invalid_email",
    severity=Severity.SEVERITY_ERROR,
    field="email",
    message="The e-mail address 'x' is not valid: it has no @.",
)
TRIMMED = Issue(
    code="whitespace_trimmed",
    severity=Severity.SEVERITY_WARNING,
    field="first_name",
    message="White space around the first name was removed.",
)
UNDERSTOOD = ImportUnderstood(
    encoding="utf-8",
    delimiter=";",
    columns=[
        UnderstoodColumn(header="No.", field="employee_number"),
        UnderstoodColumn(header="E-mail", field="email"),
        UnderstoodColumn(header="first_name", field="first_name"),
        UnderstoodColumn(header="Shoe", field=""),
    ],
    ignored_columns=["Shoe"],
)
CREATED = RowResult(line=2, row=1, outcome=Outcome.OUTCOME_CREATED, employee_number="1")
FAILED = RowResult(
    line=4, row=2, outcome=Outcome.OUTCOME_FAILED, employee_number="=2", issues=[NO_ADDRESS]
)
UPDATED = RowResult(
    line=5,
    row=3,
    outcome=Outcome.OUTCOME_UPDATED,
    employee_number="3",
    issues=[TRIMMED],
    changes=[FieldChange(field="email", old_value="a@x.org", new_value="b@x.org")],
)
SUMMARY = ImportSummary(
    import_id="9e107d9d-0000-4000-8000-000000000000",
    state=ImportState.IMPORT_STATE_COMPLETED,
    rows=3,
    created=1,
    updated=1,
    failed=1,
    codes={"invalid_email": 1},
)


def written(
    writer: ResultWriter, results: list[RowResult], summary: ImportSummary = SUMMARY
) -> None:
    writer.understood(UNDERSTOOD)
    writer.results(RowResults(results=results))
    writer.summary(summary)
    writer.close()


def page(
    results: list[RowResult], summary: ImportSummary = SUMMARY, request: Request | None = None
) -> str:
    """What a person sees at 80 columns."""
    screen = io.StringIO()
    writer = TableWriter(Console(file=screen, width=80), "staff.csv", request=request)
    written(writer, results, summary)
    return screen.getvalue()


def shown_in(form: Callable[[RowResults], RowResults], sizes: list[int]) -> tuple[str, bool]:
    """A page of messages with clean rows in columns, handed on so; whether the last was unfolded.

    The 25th row of each message fails, where it has one. The page is without its seconds.
    """
    screen = io.StringIO()
    writer = TableWriter(Console(file=screen, width=80), "staff.csv")
    writer.understood(UNDERSTOOD)
    row, event = 1, RowResults()
    for size in sizes:
        clean = columns(*(n for n in range(row, row + size) if n != row + 24)).results.clean
        wrong = many(row + size - 1, Outcome.OUTCOME_FAILED, NO_ADDRESS)[row + 23 : row + 24]
        event = form(RowResults(results=wrong, clean=clean))
        writer.results(event)
        row += size
    writer.summary(SUMMARY)
    shown, timed = re.subn(r" in \d+\.\d s", " in no time", screen.getvalue())
    assert timed == 1
    return shown, "rows" in vars(event) if hasattr(event, "parts") else True


def many(count: int, outcome: Outcome, issue: Issue | None = None) -> list[RowResult]:
    return [
        RowResult(
            line=row + 1,
            row=row,
            outcome=outcome,
            employee_number=f"N{row}",
            issues=[issue] if issue else [],
        )
        for row in range(1, count + 1)
    ]


@pytest.mark.parametrize(
    "sizes", [[3], [30, 3], [39, 1], [41], [30, 30, 30], [300, 300, 20]], ids=str
)
def test_a_page_is_the_same_if_rows_come_in_columns(sizes: list[int]) -> None:
    """S71: the rows that are shown, the accounts that were created, what is left out."""

    def one_by_one(message: RowResults) -> RowResults:
        return RowResults(results=received(message).results)

    seen, unfolded = shown_in(received, sizes)
    expected, _ = shown_in(one_by_one, sizes)
    assert seen == expected
    assert "FAILED" in seen or sum(sizes) < 25
    assert unfolded == (len(sizes) < 3), "clean rows of a large file are made, and not shown"


def test_one_line_a_row_and_the_summary_last(capsys: pytest.CaptureFixture[str]) -> None:
    """S44, S70: line and row of every result, and the counts; it is protobuf JSON."""
    written(NdjsonWriter(), [CREATED, FAILED, UPDATED])
    *rows, summary = map(json.loads, capsys.readouterr().out.splitlines())
    assert [(row["line"], row["row"]) for row in rows] == [(2, 1), (4, 2), (5, 3)]
    assert rows[1]["issues"][0]["code"] == "invalid_email"
    assert [ParseDict(row, RowResult()) for row in rows] == [CREATED, FAILED, UPDATED]
    assert ParseDict(summary, ImportSummary()) == SUMMARY


def test_csv_has_the_same_names_and_opens_harmlessly(capsys: pytest.CaptureFixture[str]) -> None:
    """A cell that a spreadsheet would compute is defused."""
    written(CsvWriter(), [CREATED, FAILED])
    out, err = capsys.readouterr()
    rows = [*csv.DictReader(io.StringIO(out))]
    assert [row["line"] for row in rows] == ["2", "4"]
    assert rows[1]["employeeNumber"] == "'=2"
    assert json.loads(rows[1]["issues"])[0]["code"] == "invalid_email"
    assert err.startswith(
        "rollbook: COMPLETED: 3 rows, 1 created, 1 updated, 0 unchanged, 1 failed"
    )


def test_a_small_file_is_shown_whole_in_its_order() -> None:
    """S70, S71: every row with its outcome; failed ones with line, column as headed, and why."""
    seen = page([UPDATED, FAILED, CREATED])
    lines = [line.split()[:3] for line in seen.splitlines() if line[:5].strip().isdecimal()]
    assert lines == [["2", "CREATED", "1"], ["4", "FAILED", "=2"], ["5", "UPDATED", "3"]]
    assert "E-mail  invalid_email" in seen
    assert "is not valid: it has no @." in seen
    assert "E-mail: “a@x.org” → “b@x.org”" in seen
    assert "3: 1 created, 1 updated, 0 unchanged, 1 failed" in seen


def test_what_was_understood_comes_first() -> None:
    """S21 to S23: encoding, delimiter, which column feeds which field, and what is ignored."""
    seen = page([CREATED])
    assert seen.index("utf-8, separated by semicolons") < seen.index("CREATED")
    assert "No. → employee_number" in seen
    assert " ignored  Shoe\n" in seen


def test_eighty_columns_and_no_trailing_spaces() -> None:
    seen = page([CREATED, FAILED, UPDATED])
    assert max(map(len, seen.splitlines())) <= 80
    assert all(line == line.rstrip() for line in seen.splitlines())


def test_of_a_large_file_only_what_there_is_to_say() -> None:
    """A million good rows are a number, not a million lines; twenty of the new users are named."""
    count = SMALL + 10
    seen = page(
        [
            *many(count, Outcome.OUTCOME_CREATED),
            RowResult(line=90, row=89, outcome=Outcome.OUTCOME_FAILED),
        ],
        ImportSummary(rows=count + 1, created=count, failed=1),
    )
    assert [line.split()[1] for line in seen.splitlines() if line[:9].strip().isdecimal()] == [
        "FAILED"
    ]
    assert "N1, N2, N3" in seen
    assert f"and {count - 20} more" in " ".join(seen.split())


def test_a_million_wrong_rows_are_not_all_shown() -> None:
    """Failed rows keep their place, however many warnings came before them."""
    warned = many(2_000, Outcome.OUTCOME_CREATED, TRIMMED)
    failed = [
        RowResult(
            line=row,
            row=row,
            outcome=Outcome.OUTCOME_FAILED,
            issues=[Issue(code="invalid_name", field=f"attributes.{row}", message="No.")],
        )
        for row in range(2_000, 3_500)
    ]
    seen = page([*warned, *failed])
    assert seen.count("whitespace_trimmed") == 100
    assert seen.count("invalid_name\n") == 1_000
    assert "and 2,400 more rows with an issue or a change" in seen


@pytest.mark.parametrize("count", [20, SMALL + 60])
def test_failures_that_are_alike_are_folded_after_the_fifth(count: int) -> None:
    """With the same codes and fields; what they share and their lines are printed once."""
    other = RowResult(line=500, row=499, outcome=Outcome.OUTCOME_FAILED, issues=[TRIMMED])
    fine = RowResult(line=501, row=500, outcome=Outcome.OUTCOME_CREATED)
    seen = page([*many(count, Outcome.OUTCOME_FAILED, NO_ADDRESS), other, fine])
    assert seen.count("it has no @.") == 5
    folded = f"and {count - 5} more like these, lines 7 to {count + 1}: E-mail invalid_email"
    assert folded in " ".join(seen.split())
    assert "  500  FAILED" in seen.replace("      ", "  ")


@pytest.mark.parametrize("count", [3, SMALL + 60])
def test_a_column_that_is_blank_in_every_row_is_said_once_above(count: int) -> None:
    """A sample of 100 people without a single number needs one sentence, not 100."""
    blank = Issue(code="missing_required_field", field="employee_number", message="It is blank.")
    rows = many(count, Outcome.OUTCOME_FAILED, blank)
    rows[1].issues.append(NO_ADDRESS)
    seen = page(rows)
    assert seen.count("It is blank.") == 1
    assert f"No. is blank in all {count} rows" in " ".join(seen.split())
    assert seen.index("It is blank.") < seen.index("FAILED")
    assert seen.count("it has no @.") == 1


def test_a_column_that_is_blank_in_most_rows_is_said_of_each() -> None:
    blank = Issue(code="missing_required_field", field="employee_number", message="It is blank.")
    seen = page([*many(3, Outcome.OUTCOME_FAILED, blank), CREATED])
    assert seen.count("It is blank.") == 3


def test_a_preview_is_in_the_future_tense() -> None:
    """Nothing has happened: neither in the rows nor in the counts."""
    preview = ImportSummary(state=ImportState.IMPORT_STATE_PREVIEWED, rows=3, created=1, updated=1)
    seen = page([CREATED, UPDATED, FAILED], preview)
    assert "WILL CREATE" in seen
    assert "WILL FAIL" in seen
    assert "1 will be created, 1 will be updated" in " ".join(seen.split())
    assert "CREATED" not in seen


# --- what to do next ------------------------------------------------------------------------------

LISBON = Issue(
    code="invalid_location", field="location", message="No.", params={"value": "Lisbon's"}
)
ID = SUMMARY.import_id


def commands(summary: ImportSummary, request: Request, rows: list[RowResult]) -> list[list[str]]:
    """The commands on the page, as a shell would take them."""
    screen = io.StringIO()
    writer = TableWriter(Console(file=screen, width=80), "staff.csv", request=request)
    written(writer, rows, summary)
    joined = screen.getvalue().replace("\\\n", " ")
    assert max(map(len, screen.getvalue().splitlines())) <= 80
    return [shlex.split(line) for line in joined.splitlines() if line.startswith("   rollbook")]


def test_a_command_that_is_broken_keeps_an_option_with_its_value() -> None:
    screen = page([CREATED], SUMMARY, Request(directory="a-directory-of-a-long-name"))
    assert "   rollbook imports report" in screen
    assert "\n     --directory a-directory-of-a-long-name\n" in screen


def test_a_number_is_cut_only_where_the_screen_is_too_narrow() -> None:
    """Also one that is an e-mail address, as some profiles have it."""
    number = "a.rather.long.name@example.org"
    row = RowResult(line=2, row=1, outcome=Outcome.OUTCOME_FAILED, employee_number=number)
    row.issues.append(NO_ADDRESS)
    for width, is_whole in ((120, True), (90, True), (70, False)):
        screen = io.StringIO()
        written(TableWriter(Console(file=screen, width=width), "staff.csv"), [row])
        assert (number in screen.getvalue()) is is_whole
        assert max(map(len, screen.getvalue().splitlines())) <= width


def test_a_preview_ends_with_the_command_that_applies_it() -> None:
    preview = ImportSummary(import_id=ID, state=ImportState.IMPORT_STATE_PREVIEWED, rows=1)
    assert commands(preview, Request(directory="emea"), [CREATED]) == [
        ["rollbook", "imports", "apply", ID, "--directory", "emea"]
    ]


@pytest.mark.parametrize("report", ["", "wrong.csv"])
def test_failures_end_with_their_report_and_the_mended_file(report: str) -> None:
    """The report that was written, or how to get one; then the import of it."""
    name = report or "failed.csv"
    expected = [["rollbook", "import", name]]
    if not report:
        expected.insert(0, ["rollbook", "imports", "report", ID, name])
    assert commands(SUMMARY, Request(report=report), [CREATED, FAILED]) == expected


def test_unknown_locations_end_with_two_ways_to_have_them() -> None:
    """Once, with the number of rows, each name once, and quoted as a shell needs it."""
    rows = [
        RowResult(line=n, row=n, outcome=Outcome.OUTCOME_FAILED, issues=[LISBON])
        for n in range(2, 12)
    ]
    summary = ImportSummary(
        state=ImportState.IMPORT_STATE_COMPLETED, rows=10, codes={"invalid_location": 10}
    )
    again = ("rollbook", "import", "staff.csv")
    screen = page(rows, summary, Request(again=again))
    assert "10 rows have a location that the directory does not have" in screen
    assert commands(summary, Request(again=again), rows) == [
        ["rollbook", "locations", "add", "Lisbon's"],
        [*again, "--set", "unknown_location=CREATE"],
    ]


def test_an_import_that_waits_for_approval_says_who_can_go_on_and_how() -> None:
    waiting = ImportSummary(import_id=ID, state=ImportState.IMPORT_STATE_AWAITING_APPROVAL)
    token, approve, apply = commands(waiting, Request(name="emea"), [])
    assert token[:3] == ["rollbook", "tokens", "create"]
    assert "imports:approve" in token
    assert token[-2:] == ["--directory", "emea"]
    assert approve == ["rollbook", "imports", "approve", ID]
    assert apply == ["rollbook", "imports", "apply", ID]


def test_what_came_before_the_end_is_shown_also_where_no_summary_comes() -> None:
    screen = io.StringIO()
    writer = TableWriter(Console(file=screen, width=80), "staff.csv")
    writer.results(RowResults(results=[CREATED]))
    assert screen.getvalue() == ""
    writer.close()
    assert "CREATED" in screen.getvalue()


def test_a_change_without_values_is_not_one_of_nothing_to_nothing() -> None:
    """Values are kept from callers without users:read; `nothing → nothing` would be wrong."""
    hidden = RowResult(
        line=5,
        row=3,
        outcome=Outcome.OUTCOME_UPDATED,
        employee_number="3",
        changes=[FieldChange(field="first_name")],
    )
    summary = ImportSummary(state=ImportState.IMPORT_STATE_COMPLETED, rows=1, updated=1)
    seen = page([hidden], summary)
    assert "nothing" not in seen
    assert "users:read" in seen


def test_a_dry_run_says_that_nothing_was_written() -> None:
    """S03: what a preview counts was not done, and no account is called created."""
    preview = ImportSummary(state=ImportState.IMPORT_STATE_PREVIEWED, rows=1, created=1)
    seen = page([CREATED], preview)
    assert "nothing was written" in seen
    assert "created  1" not in seen


def test_a_file_cannot_write_on_the_screen() -> None:
    """Escapes in a cell are shown, not obeyed; markup of ours in it is text."""
    evil = RowResult(
        line=2,
        row=1,
        outcome=Outcome.OUTCOME_FAILED,
        employee_number="[b]\x1b[2J",
        issues=[Issue(code="invalid_name", message="The name '\x1b]0;x\x07' [red]has no letter.")],
    )
    seen = page([evil])
    assert "\x1b" not in seen
    assert "[b]\\x1b[2J" in seen
    assert "[red]has" in seen
