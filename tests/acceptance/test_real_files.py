"""Files as programs and people make them: what is understood, what is skipped, what is said."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.command import at, on_a_terminal, rollbook
from tests.acceptance.wire import Peer
from tests.environment import Server

_FOUR = "employee_number,email,first_name,last_name"
_ANN = "7,ann@example.org,Ann,Lee"
_MISSING = "INVALID_ARGUMENT/HEADER_MISSING_COLUMN"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A file and how it must end: rows by line, warnings of the whole, words of the message."""

    csv: str
    ends: str = "OK"
    rows: dict[int, str] = field(default_factory=dict)
    warns: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)


_CREATED = {2: "CREATED"}
CASES = {
    "a quote after a space": Case(
        csv=f'{_FOUR}\n78,q8@example.org, "Ann", "Lee"\n{_ANN}\n',
        rows={2: "FAILED malformed_quoting", 3: "CREATED"},
    ),
    "a quote after a tab or a no-break space": Case(
        csv=f'{_FOUR}\n1,a@example.org,\t"Ann",Lee\n2,b@example.org,Ann,\u00a0"Lee, Jr"\n',
        rows=dict.fromkeys((2, 3), "FAILED malformed_quoting"),
    ),
    "a quote in a cell": Case(
        csv=f'{_FOUR}\n7,ann@example.org,Ann "Annie",Lee 5"\n', rows=_CREATED
    ),
    "names without separators": Case(
        csv=f"EmployeeID,E-Mail,givenName,Last\u00a0Name\n{_ANN}\n", rows=_CREATED
    ),
    "names in capitals": Case(
        csv=f"employeeNumber,EMAIL,FIRST-NAME,LAST NAME\n{_ANN}\n", rows=_CREATED
    ),
    "two ignored columns of one name": Case(
        csv=f"{_FOUR},Notes,notes\n{_ANN},a,b\n",
        rows=_CREATED,
        warns=("unknown_column_ignored", "unknown_column_ignored"),
    ),
    "two clashes": Case(
        csv=f"{_FOUR},Mail,E-Mail,Surname\n{_ANN},a,b,c\n",
        ends="INVALID_ARGUMENT/HEADER_DUPLICATE_COLUMN",
        says=("email (email, Mail, E-Mail)", "last_name (last_name, Surname)"),
    ),
    "the template of Entra": Case(
        csv=f"version:v1.0\n{_FOUR}\n{_ANN}\n", rows={3: "CREATED"}, warns=("preamble_skipped",)
    ),
    "a type of PowerShell": Case(
        csv=f'#TYPE System.PSCustomObject\n{_FOUR}\n"7",ann@example.org,A,L\n',
        rows={3: "CREATED"},
        warns=("preamble_skipped",),
    ),
    "a delimiter saved again": Case(
        csv=f"sep=;;;\n{_FOUR.replace(',', ';')}\n{_ANN.replace(',', ';')}\n",
        rows={3: "CREATED"},
        warns=("preamble_skipped",),
    ),
    "a title": Case(
        csv=f"Staff of May\n\n{_FOUR}\n{_ANN}\n",
        ends=_MISSING,
        says=("The header may be on line 3", "--column"),
    ),
    "a line in quotes": Case(
        csv=f'"{_FOUR}"\n"{_ANN}"\n', ends=_MISSING, says=("one quoted cell", "take out the quotes")
    ),
    "a forbidden column": Case(
        csv=f"{_FOUR},Status\n{_ANN},gone\n",
        ends="INVALID_ARGUMENT/HEADER_FORBIDDEN_COLUMN",
        says=("--column status=attributes.status",),
    ),
    "a forbidden column that is kept": Case(
        csv=f"{_FOUR},Status\n{_ANN},gone\n",
        rows=_CREATED,
        options={"columns": {"status": "attributes.status"}},
    ),
    "a column of who has left": Case(
        csv=f"{_FOUR},Enabled\n{_ANN},true\n8,bob@example.org,Bob,Ray,false\n",
        rows={2: "CREATED", 3: "CREATED"},
        warns=("status_column_ignored",),
    ),
    "a short row": Case(
        csv=f"{_FOUR},job_title\n7,ann@example.org,Ann\n", rows={2: "FAILED too_few_fields"}
    ),
    "Ctrl-Z at the end": Case(
        csv=f"{_FOUR}\n{_ANN}\n\x1a", rows=_CREATED, warns=("trailing_bytes_skipped",)
    ),
    "NULs at the end": Case(
        csv=f"{_FOUR}\n{_ANN}\0\0\0", rows=_CREATED, warns=("trailing_bytes_skipped",)
    ),
}


@pytest.mark.parametrize("commit", ["PER_BATCH", "WHOLE_FILE"])
@pytest.mark.parametrize("name", CASES)
async def test_a_real_file(peer: Peer, name: str, commit: str) -> None:
    """S20, S21: understood where it is certain, else refused with what to do."""
    case = CASES[name]
    directory = await peer.new_directory()
    answer = await peer.send_file(directory, case.csv, options={**case.options, "commit": commit})
    assert (answer.ending, answer.rows) == (case.ends, case.rows)
    warnings = answer.summary.warnings if answer.summary else ()
    assert tuple(warning.code for warning in warnings) == case.warns
    for word in case.says:
        assert word in answer.message
    applied = sum(row.startswith("CREATED") for row in case.rows.values())
    assert len(await peer.stored(directory)) == applied


async def test_a_status_column_is_told_once_with_its_values(peer: Peer) -> None:
    """In the summary with what it says; in `understood`, which comes first, without."""
    answer = await peer.send_file(await peer.new_directory(), CASES["a column of who has left"].csv)
    assert answer.understood
    assert answer.summary
    (early,), (late,) = answer.understood.warnings, answer.summary.warnings
    assert (early.code, "values" in early.params) == ("status_column_ignored", False)
    assert (late.params["column"], late.params["values"]) == ("Enabled", "true, false")


async def test_a_short_row_names_the_first_column_that_it_lacks(peer: Peer) -> None:
    """And does not guess at a delimiter."""
    answer = await peer.send_file(await peer.new_directory(), CASES["a short row"].csv)
    issue = answer.issue(2, "too_few_fields")
    assert issue.params["column"] == "last_name"
    assert "delimiter" not in issue.message


def test_the_command_says_it_once(server: Server, directory: str, tmp_path: Path) -> None:
    """On a terminal and piped: a status column at the end, with its values."""
    staff = tmp_path / "staff.csv"
    staff.write_text(CASES["a column of who has left"].csv, "utf-8")
    command = ("import", str(staff), "--directory", directory)
    for shown in (on_a_terminal(*command, env=at(server)), rollbook(*command, env=at(server))):
        assert shown.code == 0
        words = " ".join(re.sub("\x1b\\[[0-9;?]*[A-Za-z]", "", shown.out).split())
        assert words.count("status_column_ignored") == 1
        assert "It says true, false." in words


def test_a_listing_comes_back_by_the_command(
    server: Server, directory: str, tmp_path: Path
) -> None:
    """S72: also a user who was stored with one name, by a profile that asks for no other."""
    env, where = at(server), ("--directory", directory)
    people = "email,name\nann@example.org,=Ann Lee\nbo@example.org,'Bo\n"
    named = ("import", "-", "--profile", "secureai", *where)
    assert rollbook(*named, env=env, stdin=people.encode()).code == 0
    listed = rollbook("users", "list", "--output", "csv", *where, env=env)
    assert "'=Ann Lee" in listed.out
    back = tmp_path / "back.csv"
    back.write_text(listed.out, "utf-8")
    said = rollbook("import", str(back), *where, env=env)
    assert (said.code, "2 unchanged" in said.out) == (0, True), said.out
    assert re.search(r"ignored +userId, .*status", " ".join(said.out.split()))
