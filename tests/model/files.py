"""Hypothesis strategies for files as bytes, and for import options.

Most of a file is in order; dirt of every kind comes in small proportion, so that what a row does
to the rows after it is seen too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from tests.model.oracle import Directory, Options
from tests.model.people import (
    EMAILS,
    FREE,
    HELD,
    LOCATIONS,
    NUMBERS,
    ROLES,
    UNITS,
    USERNAMES,
    WORDS,
    spelled,
    wrong,
)

REQUIRED = ["employee_number", "email", "first_name", "last_name"]
OPTIONAL = [
    *("username", "name", "role", "location", "organizational_unit", "job_title", "department"),
    *("phone", "change_password_next_time", "shoe size"),
]
HEADERS = {
    "employee_number": ["employee_number", "Employee Number", "EMP-NO", "staff  number"],
    "email": ["email", "E-Mail", "Email Address"],
    "first_name": ["first_name", "Given Name"],
    "organizational_unit": ["organizational_unit", "OU"],
    "phone": ["phone", "Phone Num", "Mobile"],
}
USUAL = {
    "username": ["", "", "", *USERNAMES],
    "first_name": WORDS,
    "last_name": WORDS,
    "name": ["", *WORDS],
    "role": ["", *(text for role in ROLES for text in (role.name, *role.aliases))],
    "location": ["", *(text for place in LOCATIONS for text in (place.name, place.code))],
    "organizational_unit": ["", *UNITS],
    "job_title": ["", "Analyst", "Engineer"],
    "department": ["", "R&D", "Sales"],
    "phone": ["", "+41 44 555 01 01", "0800 1"],
    "change_password_next_time": ["", "0", "1"],
    "shoe size": ["", "43", "38 ½"],
    "password": [""],
}


_SELDOM = st.sampled_from([False, False, True])


@dataclass(frozen=True, kw_only=True)
class File:
    """A file and how it comes: cut into chunks, with pauses after some of them."""

    content: bytes
    chunks: tuple[bytes, ...]
    pauses: frozenset[int]


@st.composite
def options(draw: st.DrawFn, /, *, chosen: bool = False, **fixed: object) -> Options:
    """Options of an import, some of them given; `chosen`: also of lines, outcomes, failed rows."""
    unknown = st.sampled_from(["REJECT", "WARN", "CREATE"])
    told: dict[str, object] = {
        "mode": draw(st.sampled_from(["UPSERT", "UPSERT", "UPSERT", "CREATE_ONLY", "UPDATE_ONLY"])),
        "blanks": draw(st.sampled_from(["KEEP", "CLEAR"])),
        "unknown_role": draw(st.sampled_from(["REJECT", "DEFAULT", "IGNORE_COLUMN"])),
        "unknown_location": draw(unknown),
        "unknown_unit": draw(unknown),
        "unknown_columns": draw(st.sampled_from(["WARN", "WARN", "STORE", "REJECT"])),
        "single_names": draw(_SELDOM),
        "encoding_certain": draw(_SELDOM),
    }
    if chosen:
        told["include_changes"] = draw(st.booleans())
        told["max_failed_rows"] = draw(st.sampled_from([None, None, None, 0, 1, 5]))
        told["only_outcomes"] = draw(st.sampled_from([(), (), (), ("CREATED",), ("UPDATED",)]))
        if draw(st.integers(0, 3)) == 0:
            first = draw(st.integers(1, 20))
            told["only_lines"] = ((first, first + draw(st.integers(0, 8))), (12, 14))
    return Options(**(told | fixed))  # type: ignore[arg-type]


@st.composite
def files(
    draw: st.DrawFn,
    directory: Directory,
    told: Options,
    *,
    most_rows: int = 25,
    faults: bool = True,
) -> tuple[File, Options]:
    """A file about that directory's users and others, and the options with what it needs."""
    fields = draw(_columns(told))
    delimiter = draw(st.sampled_from([",", ",", ";", "\t", "|"]))
    rows = draw(rows_of(directory, fields, most_rows, told.number_field))
    dirt = draw(
        st.lists(st.tuples(st.integers(1, most_rows), st.sampled_from(SPOILERS)), max_size=2)
    )
    ends = draw(st.sampled_from([["\n"], ["\r\n"], ["\r"], ["\n", "\r\n", "\r"]]))
    lines = [joined([draw(st.sampled_from(HEADERS.get(f, [f]))) for f in fields], delimiter)]
    always = draw(st.sets(st.integers(0, most_rows), max_size=3))
    lines += [joined(cells, delimiter, always=at in always) for at, cells in enumerate(rows)]
    for at, spoil in dirt:
        if at < len(lines) and (faults or spoil is not never_closed):
            lines[at] = spoil(lines[at], delimiter)
    text = "".join(line + draw(st.sampled_from(ends)) for line in lines)
    if draw(st.integers(0, 3)) == 0:
        text = text.rstrip("\r\n")
    if draw(st.integers(0, 11)) == 0:
        text = f"sep={delimiter}\n{text}"
    content, encoding = draw(_encoded(text))
    if faults and draw(st.integers(0, 15)) == 0:
        at = draw(st.integers(0, len(content)))
        content = (
            content[:at]
            + draw(st.sampled_from([b"\xff", b'"', b"\x00", b"\xe2\x82"]))
            + (content[at:])
        )
    said = draw(st.sampled_from(["", "", delimiter]))
    chosen = Options(**(vars(told) | {"encoding": encoding, "delimiter": said}))
    return draw(cut(content)), chosen


@st.composite
def typed_rows(draw: st.DrawFn, directory: Directory, told: Options) -> list[dict[str, str]]:
    """Rows without a file; in some of them some fields are absent."""
    fields = draw(_columns(told))
    rows = []
    for cells in draw(rows_of(directory, fields, 15)):
        absent = draw(st.sets(st.sampled_from(fields), max_size=2)) if draw(_SELDOM) else ()
        row = {
            field: cell for field, cell in zip(fields, cells, strict=True) if field not in absent
        }
        if "shoe size" in row:
            row["attributes.shoe size"] = row.pop("shoe size")
        rows.append(row)
    return rows


@st.composite
def _columns(draw: st.DrawFn, told: Options) -> list[str]:
    optional = [f for f in OPTIONAL if told.unknown_columns != "REJECT" or f != "shoe size"]
    some = draw(st.lists(st.sampled_from(optional), unique=True, max_size=5))
    required = list(told.required)
    if told.mode == "UPDATE_ONLY":
        others = [field for field in REQUIRED[1:] if field != told.number_field]
        required += draw(st.lists(st.sampled_from(others), unique=True))
    some = [field for field in some if field not in required]
    if draw(st.integers(0, 39)) == 0:
        required = required[:-1]
    return draw(st.permutations([*required, *some]))


@st.composite
def rows_of(
    draw: st.DrawFn,
    directory: Directory,
    fields: Sequence[str],
    most: int,
    number_field: str = "employee_number",
) -> list[list[str]]:
    """Rows of cells; often the users of the directory move their e-mails around."""
    known = list(directory.users.values())
    pairs: list[tuple[str, str]] = []
    moved: bool = draw(st.booleans())
    if known and moved:
        movers = draw(st.permutations(known))
        step = draw(st.integers(0, 2))
        pairs = [
            (mover.employee_number, movers[(at + step) % len(movers)].email)
            for at, mover in enumerate(movers)
        ]
        if draw(st.booleans()):  # a chain: one of them leaves the circle
            at = draw(st.integers(0, len(pairs) - 1))
            pairs[at] = (pairs[at][0], draw(st.sampled_from([*EMAILS, "free@corp.example", ""])))
    named = number_field == "username"
    fresh = st.tuples(spelled(USERNAMES if named else NUMBERS), spelled(EMAILS))
    pairs += draw(st.lists(fresh, max_size=most - min(most, len(pairs))))
    if draw(st.booleans()):
        pairs = draw(st.permutations(pairs))
    dirty = draw(st.sampled_from([0, 0, 30, 8]))
    rows = []
    for number, email in pairs[:most]:
        cells = {"employee_number": number, "email": email}
        if named:
            cells["username"] = number
        elif draw(st.integers(0, 9)) == 0:
            # Whose other addresses are may depend on when the server looks: see README.
            cells["username"] = draw(st.sampled_from([email, email.swapcase(), HELD, FREE]))
        rows.append([draw(_cell(field, cells.get(field), dirty)) for field in fields])
    return rows


@st.composite
def _cell(draw: st.DrawFn, field: str, given: str | None, dirty: int) -> str:
    if dirty and draw(st.integers(0, dirty)) == 0:
        return draw(wrong(field))
    if given is not None:
        return given
    return draw(st.sampled_from(USUAL[field]))


def joined(cells: Sequence[str], delimiter: str, *, always: bool = False) -> str:
    """Cells as a record, with quotes where they are needed, or everywhere."""
    written = []
    for cell in cells:
        needed = always or cell.startswith('"') or any(c in cell for c in (delimiter, "\r", "\n"))
        written.append('"' + cell.replace('"', '""') + '"' if needed else cell)
    return delimiter.join(written)


def too_few(line: str, delimiter: str) -> str:
    """The record without its last cell."""
    return line.rpartition(delimiter)[0]


def too_many(line: str, delimiter: str) -> str:
    """The record with a cell too many."""
    return f"{line}{delimiter}more"


def badly_quoted(line: str, delimiter: str) -> str:
    """The record with something behind a closing quote."""
    return f'"closed"and more{delimiter}"{line}'


def never_closed(line: str, delimiter: str) -> str:
    """The record with a quote that is never closed: a fault of the file."""
    return f'{line}{delimiter}"never closed'


def _with_nul(line: str, _delimiter: str) -> str:
    return line[:-1] + "\0" + line[-1:]


def _blank_before(line: str, _delimiter: str) -> str:
    return f"\n  \r\n\r{line}"


def _only_delimiters(line: str, delimiter: str) -> str:
    return delimiter * line.count(delimiter)


def _backslash(line: str, _delimiter: str) -> str:
    return line.replace('"', '\\"') + "\\"


SPOILERS = (
    *(too_few, too_many, badly_quoted, _with_nul, _blank_before, _blank_before),
    *(_only_delimiters, _backslash, never_closed),
)
"""Each makes something else of a record."""


@st.composite
def _encoded(draw: st.DrawFn, text: str) -> tuple[bytes, str]:
    """The text as bytes, and the encoding to ask for; another than UTF-8 only if it can hold it."""
    encoding = draw(st.sampled_from(["", "", "", "", "utf-8", "windows-1252", "utf-16"]))
    if encoding == "utf-16":
        return text.encode("utf-16"), encoding
    if encoding == "windows-1252":
        really = draw(st.sampled_from(["cp1252", "cp1252", "utf-8"]))
        return text.encode(really, "replace"), encoding
    mark = draw(st.sampled_from([b"", b"", b"\xef\xbb\xbf"]))
    return mark + text.encode(), encoding


@st.composite
def cut(draw: st.DrawFn, content: bytes) -> File:
    """The file, cut anywhere; sometimes the client pauses, so that batches are cut short."""
    size = draw(st.sampled_from([len(content) or 1, 1, 7, 64, 400]))
    if size == 1 and len(content) > 600:
        size = 5
    chunks = tuple(content[at : at + size] for at in range(0, len(content), size))
    pauses = draw(st.frozensets(st.integers(0, max(0, len(chunks) - 1)), max_size=3))
    return File(content=content, chunks=chunks, pauses=pauses)
