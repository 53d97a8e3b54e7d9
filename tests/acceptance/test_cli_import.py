"""`rollbook import` against a real server: a file goes in, every row is answered."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook

from tests.acceptance.command import HEADER, Said, environment, rollbook
from tests.environment import Server, either_way

Import = Callable[..., Said]


@pytest.fixture
def env(server: Server) -> dict[str, str]:
    """Which server, and whose token."""
    return environment(ROLLBOOK_ADDRESS=server.address, ROLLBOOK_TOKEN_FILE=str(server.token_file))


@pytest.fixture
def staff(tmp_path: Path) -> Path:
    """The file that tests write."""
    return tmp_path / "staff.csv"


@pytest.fixture
def imported(env: dict[str, str], directory: str, staff: Path) -> Import:
    """Write lines below the header into the file, and import it."""

    def write_and_import(*lines: str, options: tuple[str, ...] = (), header: str = HEADER) -> Said:
        staff.write_text("\n".join([header, *lines, ""]), "utf-8")
        return rollbook("import", str(staff), "--directory", directory, *options, env=env)

    return write_and_import


def users(count: int) -> list[str]:
    return [f"{n},user{n}@example.com,First,Last" for n in range(1, count + 1)]


def test_every_row_is_answered(imported: Import) -> None:
    """S30, S44, S70, S71: a wrong row never stops a right one, and each is shown with its line."""
    said = imported(
        "1,ines@example.com,Inês,Costa",
        "2,,Kofi,Mensah",
        "3,wei@example,Wei,Zhang",
        "4,INES@example.com,Jonas,Weber",
    )
    assert (said.code, said.err) == (1, "")
    rows = [line.split()[:3] for line in said.out.splitlines() if line[:5].strip().isdecimal()]
    assert rows == [
        ["2", "CREATED", "1"],
        ["3", "FAILED", "2"],
        ["4", "FAILED", "3"],
        ["5", "FAILED", "4"],
    ]
    for code in ("missing_required_field", "invalid_email", "duplicate_email"):
        assert f"email  {code}" in said.out
    assert "4: 1 created, 0 updated, 0 unchanged, 3 failed" in said.out
    assert " created  1\n" in said.out
    assert max(map(len, said.out.splitlines())) <= 80


@either_way
def test_only_the_failed_rows_corrected_and_imported_again(imported: Import) -> None:
    """S72: no user is duplicated."""
    imported("1,a@example.com,A,A", "2,b.example.com,B,B")
    said = imported("1,a@example.com,A,A", "2,b@example.com,B,B")
    assert said.code == 0
    assert "2: 1 created, 0 updated, 1 unchanged, 0 failed" in said.out


def test_the_same_again_and_then_one_cell_changed(imported: Import) -> None:
    """S35: known numbers are updated, and what is already so is left alone."""
    imported(*users(100))
    again = imported(*users(100))
    changed = imported(*users(99), "100,user100@example.com,First,Changed")
    assert "100: 0 created, 0 updated, 100 unchanged, 0 failed" in again.out
    assert "100: 0 created, 1 updated, 99 unchanged, 0 failed" in changed.out


def test_a_header_that_does_not_fit_names_what_is_missing_and_what_is_unknown(
    imported: Import,
) -> None:
    """S20: and nothing is imported."""
    said = imported("1,a@example.com", header="employee_number,mehl")
    assert (said.code, said.out) == (3, "")
    assert "email, first_name, last_name" in said.err
    assert "mehl" in said.err
    assert said.err.startswith("rollbook import: staff.csv")
    assert said.err.count("\n") == 1


def test_spreadsheet_headers_are_understood_and_shown(imported: Import) -> None:
    """S21: with the field that each feeds, before the first row."""
    header = "Employee Number;E-mail;First Name;Surname;Shoe size"
    said = imported("1;a@example.com;A;B;44", header=header)
    assert said.code == 0
    assert "separated by semicolons" in said.out
    assert "Surname → last_name" in said.out
    assert " ignored  Shoe size\n" in said.out
    assert said.out.index("Surname") < said.out.index("CREATED")


def test_another_delimiter_and_other_columns_can_be_named(imported: Import) -> None:
    """S22, S24."""
    said = imported(
        "1\ta@example.com\tA\tB\t7",
        header="No.\temail\tfirst_name\tlast_name\tbadge",
        options=(
            *("--delimiter", "tab", "--column", "No.=employee_number"),
            *("--column", "badge=attributes.badge", "--source", "hr"),
        ),
    )
    assert (said.code, said.err) == (0, "")
    assert "badge → attributes.badge" in said.out


def test_a_wrong_delimiter_gets_the_likely_right_one(imported: Import) -> None:
    """S22."""
    said = imported(
        "1;a@example.com;A;B", header=HEADER.replace(",", ";"), options=("--delimiter", ",")
    )
    assert (said.code, said.err.count("\n")) == (3, 1)
    assert "semicolon" in said.err


def test_another_encoding_names_line_and_likely_one_and_can_be_chosen(
    env: dict[str, str], directory: str, staff: Path
) -> None:
    """S23."""
    lines = (
        "1,a@example.com,Inês,Conceição\n2,b@example.com,Jürgen,Müßig\n3,c@example.com,Zoë,Núñez\n"
    )
    staff.write_bytes(f"{HEADER}\n{lines}".encode("windows-1252"))
    arguments = ("import", str(staff), "--directory", directory)
    refused = rollbook(*arguments, env=env)
    chosen = rollbook(*arguments, "--encoding", "windows-1252", env=env)
    assert refused.code == 3
    assert "line 2" in refused.err
    assert "windows-1252" in refused.err
    assert (chosen.code, "3: 3 created" in chosen.out) == (0, True)


def test_a_fault_further_down_keeps_what_came_before(imported: Import) -> None:
    said = imported(*users(3), '4,"open@example.com,A,B')
    assert said.code == 3
    assert "3: 3 created" in said.out
    assert "stopped at line 5 by unterminated_quote" in said.out
    assert "line 5" in said.err


@pytest.mark.parametrize("option", ["unknown_location=REJECT", "unknown-location=create"])
def test_any_other_option_by_name(imported: Import, option: str) -> None:
    said = imported(
        "1,a@example.com,A,B,Lisbon", header=f"{HEADER},location", options=("--set", option)
    )
    assert said.code == (1 if "REJECT" in option else 0)


def test_for_a_program_a_line_a_row_and_the_summary_last(imported: Import) -> None:
    """S44, S73: the names of the contract's JSON; nothing else on stdout."""
    said = imported(*users(200), "1,x@example.com,A,B", options=("--output", "ndjson"))
    assert said.code == 1
    *rows, summary = map(json.loads, said.out.splitlines())
    assert {row["line"]: row["row"] for row in rows} == {n + 1: n for n in range(1, 202)}
    assert rows[0]["userId"]
    (failed,) = [row for row in rows if row["outcome"] == "OUTCOME_FAILED"]
    assert failed["issues"][0]["code"] == "duplicate_employee_number"
    assert failed["issues"][0]["params"]["first_line"] == "2"
    assert (summary["rows"], summary["created"], summary["failed"]) == (201, 200, 1)


def test_csv_for_a_spreadsheet(imported: Import) -> None:
    said = imported(*users(3), "=1+1,x@example.com,A,B", options=("--output", "csv"))
    rows = [*csv.DictReader(io.StringIO(said.out))]
    assert sorted(row["line"] for row in rows) == ["2", "3", "4", "5"]
    assert "'=1+1" in [row["employeeNumber"] for row in rows]
    assert "COMPLETED: 4 rows, 3 created" in said.err


def test_a_workbook_is_imported_as_its_first_sheet(
    env: dict[str, str], directory: str, tmp_path: Path
) -> None:
    """Rows have their number in the sheet; losses of the spreadsheet are noted before the rows."""
    book = Workbook()
    (sheet,) = book.worksheets
    sheet.append(HEADER.split(","))
    sheet.append(["00301", "a@example.com", "Ann", "Lee"])
    sheet.append([302, "b@example.com", "Bo", "Chen"])
    sheet.append([1_000_000_000, "c@example.com", "Cy", "Diaz"])
    sheet["A4"].number_format = "0.0E+00"
    book.save(tmp_path / "staff.xlsx")
    said = rollbook("import", str(tmp_path / "staff.xlsx"), "--directory", directory, env=env)
    assert said.code == 1
    assert "staff.xlsx: A4: a number with an exponent" in said.err
    assert "a number in a column whose texts have leading zeros" in said.err
    rows = [line.split()[:3] for line in said.out.splitlines() if line[:5].strip().isdecimal()]
    assert rows == [["2", "CREATED", "00301"], ["3", "CREATED", "302"], ["4", "FAILED", "1.0E+09"]]


def test_a_workbook_is_read_whatever_its_profile_says_of_files(
    env: dict[str, str], directory: str, tmp_path: Path
) -> None:
    """The files of this one have semicolons; the CSV of a workbook has commas."""
    book = Workbook()
    (sheet,) = book.worksheets
    sheet.append(["first_name", "last_name", "email", "username"])
    sheet.append(["Ida", "Wells", "iw@example.com", "iwells"])
    book.save(tmp_path / "staff.xlsx")
    where = ("--profile", "evidence", "--directory", directory, "--dry-run")
    said = rollbook("import", str(tmp_path / "staff.xlsx"), *where, env=env)
    assert said.code == 0, said.err
    assert "WILL CREATE" in said.out


def test_what_is_called_a_workbook_and_is_none_cannot_be_read(
    env: dict[str, str], directory: str, tmp_path: Path
) -> None:
    """Exit code 3, and no server is called."""
    (tmp_path / "staff.xlsx").write_text("employee_number,email\n")
    arguments = ("import", str(tmp_path / "staff.xlsx"), "--directory", directory)
    said = rollbook(*arguments, "--output", "ndjson", env=env)
    assert (said.code, said.err.count("\n")) == (3, 1)
    assert "staff.xlsx: it is not a workbook" in said.err
    assert json.loads(said.out)["error"]["reason"] == "unsupported_content"
    refused = rollbook(*arguments, "--encoding", "cp1252", env=env)
    assert (refused.code, refused.out) == (2, "")


def test_who_may_not_is_refused(env: dict[str, str], staff: Path) -> None:
    """S01: an unknown token and a missing directory get the same short answer."""
    staff.write_text(f"{HEADER}\n1,a@example.com,A,B\n")
    unknown = environment(ROLLBOOK_ADDRESS=env["ROLLBOOK_ADDRESS"], ROLLBOOK_TOKEN="wrong")
    elsewhere = rollbook("import", str(staff), "--directory", "not-there", env=env)
    nobody = rollbook("import", str(staff), env=unknown)
    assert (elsewhere.code, nobody.code) == (5, 5)
    assert elsewhere.err.count("\n") == nobody.err.count("\n") == 1


def test_nobody_there(staff: Path) -> None:
    staff.write_text(f"{HEADER}\n1,a@example.com,A,B\n")
    env = environment(ROLLBOOK_ADDRESS="127.0.0.1:1", ROLLBOOK_TOKEN="t")
    said = rollbook("import", str(staff), env=env)
    assert said.code == 4
    assert "127.0.0.1:1" in said.err.splitlines()[0]
    assert "--import-id" in said.err.splitlines()[1]


def test_the_id_is_ones_own_to_choose(
    imported: Import, env: dict[str, str], directory: str
) -> None:
    """And with it the import can be looked up, by a person or a program."""
    number = "7d444840-9dc0-41d1-8245-5ffdce74fad2"
    imported("1,a@example.com,A,B", "2,,A,B", options=("--import-id", number, "--source", "hr"))
    shown = rollbook("imports", "show", number, "--directory", directory, env=env)
    told = rollbook(
        "imports", "show", number, "--directory", directory, "--output", "ndjson", env=env
    )
    assert (shown.code, told.code) == (0, 0)
    assert "COMPLETED" in shown.out
    assert "2: 1 created, 0 updated, 0 unchanged, 1 failed" in shown.out
    found = json.loads(told.out)
    assert (found["importId"], found["source"], found["summary"]["created"]) == (number, "hr", 1)
