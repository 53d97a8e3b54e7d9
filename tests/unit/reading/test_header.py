"""The header: which column feeds which field, and what is refused."""

from typing import Any

import pytest

from rollbook.errors import Refusal
from rollbook.model import FORBIDDEN_COLUMNS, Field, Mode, Options, UnknownColumns
from rollbook.reading import Reader
from rollbook.settings import Settings
from rollbook.v1.users_pb2 import User
from tests.unit.reading.reads import DEFAULT, HEADER, SETTINGS, a_row, csv_of, told_of

UPDATE: dict[str, Any] = {"mode": Mode.UPDATE_ONLY}


def test_no_header() -> None:
    """B084 S20 A file that begins with data misses its columns; the data is not repeated."""
    told = told_of(csv_of(a_row(2), header=a_row(1, role="hunter2 secret")))
    assert (told.reason, told.line) == ("header_missing_column", 1)
    assert told.facts["missing"] == "employee_number, email, first_name, last_name"
    assert "hunter2" not in told.message + str(told.facts)


@pytest.mark.parametrize(
    ("header", "missing", "unknown"),
    [
        (HEADER.replace("email", "e-post"), "email", "e-post"),
        (HEADER.replace("employee_number", "username"), "employee_number", ""),
        (HEADER.replace("email", "ｅmail"), "email", "ｅmail"),
        (HEADER.replace("email", '"email\n"'), "email", r"email\n"),
        ("Personalnummer,Vorname", "employee_number, email, first_name, last_name", "Vorname"),
    ],
    ids=["B085", "B086", "B089", "B102", "all foreign"],
)
def test_missing_columns(header: str, missing: str, unknown: str) -> None:
    """B085 B086 B089 B102 S20 What is missing and what is not understood are both named."""
    told = told_of(csv_of(a_row(), header=header))
    assert (told.reason, told.facts["missing"]) == ("header_missing_column", missing)
    assert unknown in told.message
    assert unknown in told.facts.get("unknown", "")


def test_number_from_another_column() -> None:
    """B086 Where the profile takes the number from the username, that is the column it needs."""
    identity = DEFAULT.identity.model_copy(update={"employee_number": Field.USERNAME})
    profile = DEFAULT.model_copy(update={"identity": identity, "required": ()})
    assert told_of(b"username,role\nana,\n", profile=profile).reason == ""
    told = told_of(b"employee_number,role\n1,\n", profile=profile)
    assert told.facts["missing"] == "username"


def test_update_needs_the_number_alone() -> None:
    """S24 UPDATE_ONLY needs only the number; the other modes all that the profile requires."""
    content = b"employee_number,department\n1,IT\n"
    assert told_of(content, **UPDATE).cells == [{"employee_number": "1", "department": "IT"}]
    for mode in (Mode.UPSERT, Mode.CREATE_ONLY):
        told = told_of(content, mode=mode)
        assert told.facts["missing"] == "email, first_name, last_name"


def test_optional_columns() -> None:
    """S24 Optional columns may be missing, and stand in any order."""
    told = told_of(b"last_name,first_name,email,employee_number\nB,A,a@b.example,1\n")
    assert told.cells == [
        {"last_name": "B", "first_name": "A", "email": "a@b.example", "employee_number": "1"}
    ]


def test_aliases() -> None:
    """S21 Snake case, spreadsheet headers and the profile's aliases all feed their fields."""
    header = "Employee Number, E-MAIL ,First-Name,last  name,User name,Phone Num,\u00a0Site"
    told = told_of(csv_of("1,a@b.example,A,B,u,2,L", header=header))
    assert list(told.columns.values()) == [
        *("employee_number", "email", "first_name", "last_name", "username", "phone", "location"),
    ]
    assert list(told.columns)[1] == "E-MAIL"


@pytest.mark.parametrize("second", ["email", "E-Mail", "mail", "EMAIL "])
def test_repeated_column(second: str) -> None:
    """B087 Two columns for one field are `header_duplicate_column`, however they are headed."""
    told = told_of(csv_of(header=f"{HEADER},{second}"))
    assert (told.reason, told.facts["repeated"]) == ("header_duplicate_column", "email")


def test_repeated_unknown_column() -> None:
    """B087 Columns that feed nothing may share a name; as attributes they may not."""
    content = csv_of(a_row() + ",1,2", header=f"{HEADER},x y,X_Y")
    told = told_of(content)
    assert (told.reason, list(told.columns.values())[-2:]) == ("", ["", ""])
    stored = told_of(content, unknown_columns=UnknownColumns.STORE)
    assert stored.reason == "header_duplicate_column"


def test_all_clashes_are_named_at_once() -> None:
    """B087 Each field with two columns stands in the answer, with its columns."""
    told = told_of(csv_of(header=f"{HEADER},Mail,Site,E-Mail"))
    assert told.reason == "header_duplicate_column"
    assert told.facts["repeated"] == "email, location"
    assert told.facts["columns"] == "email, Mail, E-Mail, location, Site"


@pytest.mark.parametrize(
    "header",
    [
        "EmployeeID,eMail,givenName,familyName",
        "employeeNumber,E-mail address,firstName,last-name",
        "employee\u00a0number,email,FIRST_NAME,Last\u00a0Name",
    ],
)
def test_separators_do_not_count(header: str) -> None:
    """S21 Spaces, NBSP, underscores, hyphens and changes of case are no part of a name."""
    told = told_of(csv_of("1,a@b.example,A,B", header=header))
    assert list(told.columns.values()) == ["employee_number", "email", "first_name", "last_name"]


@pytest.mark.parametrize("line", ["version:v1.0,,,", "#TYPE System.Object", "sep=,,,", "sep=,"])
def test_a_preamble_is_skipped(line: str) -> None:
    """What is certainly no header is skipped, warned of, and counted as a line."""
    told = told_of(csv_of(HEADER, a_row(), header=line))
    assert (told.reason, told.lines) == ("", [3])
    assert told.understood
    assert [w.code.value for w in told.understood.warnings] == ["preamble_skipped"]
    assert told.understood.warnings[0].params == {"line": "1"}


def test_a_title_before_the_header() -> None:
    """S20 A title is no header: the answer has the line of the header, and how to map."""
    told = told_of(csv_of("", HEADER, a_row(), header="Staff of 2026"))
    assert (told.reason, told.line) == ("header_missing_column", 1)
    assert told.facts["header_line"] == "3"
    assert "may be on line 3" in told.message
    assert "--column" in told.message
    none = told_of(csv_of(*["x"] * 12, header="Staff of 2026"))
    assert (none.reason, none.line) == ("header_missing_column", 1)
    assert "header_line" not in none.facts


def test_a_header_in_quotes_as_a_whole() -> None:
    told = told_of(csv_of(a_row(), header=f'"{HEADER}"'))
    assert told.reason == "header_missing_column"
    assert "one quoted cell" in told.message


@pytest.mark.parametrize("name", ["shoe\u202esize", "\u200fx", "a\u2066b", "a\x07b", "x\u2028y"])
@pytest.mark.parametrize("how", list(UnknownColumns))
def test_hidden_characters_in_a_name(name: str, how: UnknownColumns) -> None:
    """B101 Control and bidi characters in a name are refused, and echoed escaped."""
    told = told_of(csv_of(header=f"{HEADER},{name}"), unknown_columns=how)
    assert told.reason == "header_unknown_column"
    assert name not in told.message
    assert told.message.isprintable()


def test_a_line_end_is_no_attribute_name() -> None:
    """B102 A name with a line end cannot be stored as an attribute."""
    content = csv_of(header=HEADER + ',"shoe\nsize"')
    told = told_of(content, unknown_columns=UnknownColumns.STORE)
    assert told.reason == "header_unknown_column"


@pytest.mark.parametrize(
    "column",
    [
        "Active",
        "accountEnabled",
        "Account Enabled",
        "is_active",
        "Employment-Status",
        "User Status",
    ],
)
def test_a_status_column_is_warned_of(column: str) -> None:
    """A column that marks users who have left is ignored with a warning of its own."""
    told = told_of(csv_of(a_row() + ",yes,1", header=f"{HEADER},{column},shoe"))
    assert told.understood
    assert [(w.code.value, w.params["column"]) for w in told.understood.warnings] == [
        ("status_column_ignored", column),
        ("unknown_column_ignored", "shoe"),
    ]


@pytest.mark.parametrize("most", [1, 3, 100])
@pytest.mark.parametrize(
    ("values", "told"),
    [
        (["yes", " no ", "yes", ""], "yes, no"),
        (["", " "], ""),
        (["a", "b", "c", "d", "e", "f", "g"], "a, b, c, d, e, …"),
    ],
)
def test_a_status_column_is_told_with_its_values(values: list[str], told: str, most: int) -> None:
    """They are known at the end, by the order of the file, however it is cut into batches."""
    rows = [f"{a_row(n)},{value},x" for n, value in enumerate(values, 1)]
    reader = Reader(DEFAULT, Options(), SETTINGS)
    reader.feed(csv_of(*rows, a_row(9), header=f"{HEADER},Deleted,shoe"))
    reader.end()
    while reader.take(most):
        pass
    (warning,) = reader.late_warnings
    assert (warning.code.value, warning.params["column"]) == ("status_column_ignored", "Deleted")
    assert warning.params.get("values", "") == told
    assert not told or f"It says {told}." in warning.message


def test_a_status_column_that_is_kept_is_not_warned_of() -> None:
    """As an attribute it is read, and so it is no ignored column."""
    content = csv_of(a_row() + ",no", header=f"{HEADER},Enabled")
    told = told_of(content, columns=(("Enabled", "attributes.enabled"),))
    assert told.understood
    assert told.understood.warnings == ()


LISTING = ",".join(field.json_name for field in User.DESCRIPTOR.fields)
"""As `users list --output csv` writes it: a column that is added there must come back, too."""


@pytest.mark.parametrize("how", list(UnknownColumns))
def test_a_listing_comes_back(how: UnknownColumns) -> None:
    """Columns that only the service sets are left out with one word; cells are taken back."""
    cells = {
        "employeeNumber": "1001",
        "email": "a@b.example",
        "firstName": "'=A",
        "lastName": "''B",
        "status": "ACTIVE",
    }
    row = ",".join(cells.get(name, "") for name in LISTING.split(","))
    told = told_of(csv_of(row, header=LISTING), unknown_columns=how)
    assert (told.reason, told.issues) == ("", {})
    assert (told.cells[0]["first_name"], told.cells[0]["last_name"]) == ("=A", "'B")
    assert not {name for name in told.cells[0] if name.startswith("attributes.")}
    assert told.understood
    assert len(told.understood.warnings) == 1


def test_unknown_column_warned() -> None:
    """B093 An unknown column is reported once, and its cells are kept for the report."""
    told = told_of(csv_of(a_row(1) + ",44", a_row(2) + ",45", header=f"{HEADER},shoe_size"))
    assert told.understood
    assert [w.code.value for w in told.understood.warnings] == ["unknown_column_ignored"]
    assert told.understood.warnings[0].params == {"column": "shoe_size"}
    assert "shoe_size" not in told.cells[0]
    assert told.raw[1][-1] == "45"


def test_unknown_column_rejected() -> None:
    """B093 With REJECT it is `header_unknown_column`."""
    content = csv_of(a_row() + ",44", header=f"{HEADER},shoe_size")
    told = told_of(content, unknown_columns=UnknownColumns.REJECT)
    assert (told.reason, told.facts["unknown"]) == ("header_unknown_column", "shoe_size")


def test_unknown_column_stored() -> None:
    """S24 With STORE it feeds an attribute of its name, and there is nothing to warn of."""
    content = csv_of(a_row() + ",44", header=f"{HEADER}, Shoe size ")
    told = told_of(content, unknown_columns=UnknownColumns.STORE)
    assert told.cells[0]["attributes.Shoe size"] == "44"
    assert told.understood
    assert told.understood.warnings == ()


def test_attributes_limit() -> None:
    """At most 64 columns become attributes."""
    for count, reason in ((64, ""), (65, "too_many_columns")):
        names = ",".join(f"x{i}" for i in range(count))
        content = csv_of(header=f"{HEADER},{names}")
        assert told_of(content, unknown_columns=UnknownColumns.STORE).reason == reason


def test_mapped_columns() -> None:
    """A column mapped by the import wins over names and aliases, compared as they are."""
    columns = (("mail", "attributes.old mail"), ("Dienst_post", "email"))
    told = told_of(
        csv_of(
            "1,x,a@b.example,A,B", header="employee_number,MAIL,dienst post,first_name,last_name"
        ),
        columns=columns,
    )
    assert told.cells[0]["email"] == "a@b.example"
    assert told.cells[0]["attributes.old mail"] == "x"


@pytest.mark.parametrize(
    "columns",
    [
        (("x", "shoe"),),
        (("x", "attributes."),),
        (("x", "attributes." + "é" * 33),),
        (("x", "attributes.a\nb"),),
        (("x", "email"), ("X", "role")),
        (("", "email"),),
    ],
)
def test_mapped_to_no_field(columns: tuple[tuple[str, str], ...]) -> None:
    """A column mapped to no field is `invalid_options`, before any byte is read."""
    with pytest.raises(Refusal) as refused:
        Reader(DEFAULT, Options(columns=columns), Settings())
    assert refused.value.facts["option"] == "columns"


def test_trailing_comma() -> None:
    """B095 A delimiter at the end of all lines is `header_empty_name`."""
    told = told_of(csv_of(a_row() + ",", header=HEADER + ","))
    assert (told.reason, told.facts["column"]) == ("header_empty_name", "7")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_found(delimiter: str) -> None:
    """S22 Comma, semicolon, tab and pipe are found from the header, or may be given."""
    content = csv_of(a_row()).replace(b",", delimiter.encode())
    for declared in ("", delimiter):
        told = told_of(content, delimiter=declared)
        assert told.understood
        assert (told.reason, told.understood.delimiter) == ("", delimiter)
        assert told.cells[0]["email"] == "user1@example.com"


@pytest.mark.parametrize(("declared", "suggested"), [(",", ";"), ("tab", ";"), (";", ",")])
def test_wrong_delimiter(declared: str, suggested: str) -> None:
    """B098 S22 A wrong delimiter is reported with the likely one, not as missing columns."""
    told = told_of(csv_of(a_row()).replace(b",", suggested.encode()), delimiter=declared)
    assert (told.reason, told.facts["suggested"]) == ("delimiter_mismatch", suggested)


def test_delimiters_tie() -> None:
    """Two delimiters that fit equally are `delimiter_mismatch`; quoted ones do not count."""
    told = told_of(b"employee_number,email;role\n")
    assert (told.reason, told.facts["candidates"]) == ("delimiter_mismatch", ", ;")
    told = told_of(b'employee_number,"a;b;c""|;"\n1,2\n', **UPDATE)
    assert told.understood
    assert told.understood.delimiter == ","


def test_one_column() -> None:
    """A single column is split at commas, and its blank cells are rows if they are quoted."""
    told = told_of(b'employee_number\n1\n\n""\n  \n"2,3"\n4,5\n', **UPDATE)
    assert told.understood
    assert told.understood.delimiter == ","
    assert (told.lines, told.raw) == ([2, 4, 6, 7], [["1"], [""], ["2,3"], ["4", "5"]])


@pytest.mark.parametrize("name", ["nul", "::", ", ", "comma;"])
def test_no_delimiter(name: str) -> None:
    """A delimiter that is none is `invalid_options`."""
    with pytest.raises(Refusal) as refused:
        Reader(DEFAULT, Options(delimiter=name), Settings())
    assert refused.value.facts["option"] == "delimiter"


@pytest.mark.parametrize("control", ["\0", "\x1b", "\x07", "\x1f", "\x85"])
@pytest.mark.parametrize("header", ["employee_number,em{}ail", HEADER + ",x{}", HEADER + ",{}x"])
def test_control_characters(header: str, control: str) -> None:
    """B101 A control character in a name is `header_unknown_column`, its echo escaped."""
    told = told_of(csv_of(header=header.format(control)))
    assert told.reason == "header_unknown_column"
    assert control not in told.message + told.facts["unknown"]
    assert "\\x" in told.facts["unknown"]


def test_name_over_two_lines() -> None:
    """B102 A quoted name with a line end in it matches or not; lines stay right after it."""
    told = told_of(csv_of(a_row() + ",x", header=HEADER + ',"shoe\r\nsize"'))
    assert (told.reason, told.lines) == ("", [3])
    assert "shoe\r\nsize" in told.columns


@pytest.mark.parametrize("name", sorted(FORBIDDEN_COLUMNS))
def test_forbidden_columns(name: str) -> None:
    """No file may feed a column that decides who a user is; it may be kept as an attribute."""
    written = name.replace("_", " ").title()
    for columns in ((), ((name, "department"),)):
        told = told_of(csv_of(header=f"{HEADER},{written}"), columns=columns)
        assert (told.reason, told.facts["forbidden"]) == ("header_forbidden_column", written)
    kept = told_of(
        csv_of(a_row() + ",x", header=f"{HEADER},{written}"), columns=((name, "attributes.x"),)
    )
    assert (kept.reason, kept.cells[0]["attributes.x"]) == ("", "x")


def test_columns_limit() -> None:
    """256 columns are read; one more is `too_many_columns`."""
    for count, reason in ((256, ""), (257, "too_many_columns")):
        names = ",".join(f"x{i}" for i in range(count - 6))
        assert told_of(csv_of(header=f"{HEADER},{names}")).reason == reason


def test_name_limit() -> None:
    """A name of 64 bytes is read; one more is `header_too_long`."""
    for name, reason in (("é" * 32, ""), ("é" * 32 + "x", "header_too_long")):
        assert told_of(csv_of(header=f"{HEADER},{name}")).reason == reason


def test_header_unterminated() -> None:
    """A quote that the header never closes is `unterminated_quote`, by the line it is in."""
    told = told_of(csv_of(a_row(), header="\n" + HEADER + ',"x'))
    assert (told.reason, told.line, told.facts["line"]) == ("unterminated_quote", 2, "2")


def test_header_malformed() -> None:
    """A name that goes on after its closing quote is reported as such."""
    told = told_of(csv_of(a_row(), header='"employee"_number,' + HEADER))
    assert (told.reason, told.line) == ("header_unknown_column", 1)


def test_quote_after_another_delimiter() -> None:
    """A quote after what turns out to be no delimiter opens nothing."""
    for name, delimiter in (('a;"b', ","), ('a;"b"', ""), ('a;"b",c|d;"e', ",")):
        told = told_of(csv_of(header=f"{HEADER},{name}"), delimiter=delimiter)
        assert told.reason == ""
        assert name.partition(",")[0] in told.columns


def test_blank_lines_before_header() -> None:
    """Blank lines before the header count as lines."""
    told = told_of(b"\n  \r\n\r" + csv_of(a_row()))
    assert told.lines == [5]


def test_messages_are_short() -> None:
    """What a message repeats of a file is escaped, and cut."""
    told = told_of(csv_of(header=",".join(f"\u202e{i}" + "x" * 900 for i in range(50))))
    assert len(told.message) < 1000
    assert told.message.isprintable()


def test_sample_is_correct() -> None:
    """S06 The sample of a profile is a file that the profile understands."""
    told = told_of(DEFAULT.sample_file())
    assert told.understood
    assert (told.reason, told.issues, told.understood.warnings) == ("", {}, ())
    assert len(told.lines) == len(DEFAULT.sample) - 1


def test_report_read_back() -> None:
    """A failure report is read back as the rows it was made of: columns dropped, quotes undone."""
    report = "rollbook_line,rollbook_codes,rollbook_fields,rollbook_message,rollbook_report"
    content = csv_of(
        a_row(1, first_name="'=1+1", last_name="''x", role="'plain") + ",2,c,f,m,r",
        a_row(2) + ",2,c",
        header=f"{HEADER},{report}",
    )
    told = told_of(content)
    assert list(told.columns) == HEADER.split(",")
    assert told.raw[0][2:5] == ["=1+1", "'x", "'plain"]
    assert told.understood
    assert told.understood.warnings == ()
    assert told.issues == {1: ("too_few_fields", "")}
    assert told.raw[1] == a_row(2).split(",")


def test_part_of_a_report() -> None:
    """Where not all of the report's columns are there, quotes are left as they are."""
    told = told_of(csv_of(a_row(1, role="'=x") + ",2", header=f"{HEADER},rollbook_line"))
    assert told.raw[0][4:] == ["'=x", ""]
