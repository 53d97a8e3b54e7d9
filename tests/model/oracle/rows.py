"""Checks the cells of each row, then the claims of the rows before it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from tests.model.oracle import keys
from tests.model.oracle.cells import checked, is_address
from tests.model.oracle.reader import Record
from tests.model.oracle.values import (
    KEYS,
    MOST_ATTRIBUTES,
    REQUIRED,
    Directory,
    Issue,
    Options,
    Row,
)

MOST_ISSUES = 32
_NEVER_CLEARED = (*REQUIRED, "username", "role", "change_password_next_time")
_CLAIMED = {
    "employee_number": "duplicate_employee_number",
    "email": "duplicate_email",
    "username": "duplicate_username",
}


def row_of(
    record: Record, number: int, fields: Sequence[str], options: Options, record_limit: int
) -> Row:
    """One record as a row, checked cell by cell."""
    row = Row(line=record.line, number=number)
    if len(record.text.encode()) > record_limit:
        row.say("record_too_large", "")
    elif record.malformed:
        row.say("malformed_quoting", "")
    elif len(record.cells) != len(fields):
        code = "too_few_fields" if len(record.cells) < len(fields) else "too_many_fields"
        row.say(code, "")
    elif nul := [f for f, c in zip(fields, record.cells, strict=True) if "\0" in c]:
        row.say("nul_byte", nul[0])
    else:
        _check(row, dict(zip(fields, record.cells, strict=True)), options)
    return row


def typed_row(cells: Mapping[str, str], number: int, options: Options, limit: int) -> Row:
    """A row that came as fields: one that is not there is an absent column of this row."""
    row = Row(line=number, number=number)
    if sum(len(text.encode()) for text in cells.values()) > limit:
        row.say("record_too_large", "")
    elif nul := [field for field, text in cells.items() if "\0" in text]:
        row.say("nul_byte", in_order(nul)[0])
    else:
        _check(row, dict(cells), options)
    return row


def _check(row: Row, cells: dict[str, str], options: Options) -> None:
    cells.pop("", None)
    required = options.required
    if options.number_field != "employee_number":
        cells.pop("employee_number", None)
    attributes = []
    for field in in_order([*cells, *required]):
        if field == "role" and options.unknown_role == "IGNORE_COLUMN":
            continue  # not read at all
        value = checked(row, field, cells.get(field, ""))
        alone = _may_be_alone(field, cells, options)
        if value == "" and field in required and not alone:
            row.say("missing_required_field", field)
        if value != "" and field.startswith("attributes."):
            attributes.append(field)
        if field in cells:
            clears = options.blanks == "CLEAR" and (field not in _NEVER_CLEARED or alone)
            row.values[field] = value or ("" if clears and value == "" else None)
    if len(attributes) > MOST_ATTRIBUTES:
        facts = {"limit": str(MOST_ATTRIBUTES), "length": str(len(attributes))}
        row.say("too_many_attributes", attributes[MOST_ATTRIBUTES], **facts)
    number = row.value(options.number_field)
    email, username = row.value("email"), row.value("username")
    row.values["employee_number"] = number
    row.shown_number = number or cells.get(options.number_field, "")[:64]
    row.number_key = _number_key(number or "", options)
    row.email_key = keys.email_key(email) if email else ""
    row.username_key = keys.username_key(username, is_address(username)) if username else ""


def _may_be_alone(field: str, cells: Mapping[str, str], options: Options) -> bool:
    """Whether it is one of a person's two names, and the row has the other one."""
    names = {"first_name": "last_name", "last_name": "first_name"}
    other = cells.get(names.get(field, ""), "")
    return options.single_names and keys.trimmed(other) != ""


def _number_key(number: str, options: Options) -> str:
    """By the rule of the column that the number is taken from."""
    if not number or options.number_field == "employee_number":
        return keys.number_key(number)
    if options.number_field == "email":
        return keys.email_key(number)
    return keys.username_key(number, is_address(number))


def in_order(fields: Iterable[str]) -> list[str]:
    """Fields as issues stand: keys first, then the columns in the order of the file."""
    each = list(dict.fromkeys(fields))
    return [*(f for f in KEYS if f in each), *(f for f in each if f not in KEYS)]


def sorted_issues(row: Row, columns: Sequence[str]) -> tuple[Issue, ...]:
    """The row's issues as they must stand; where there are too many, errors are kept first."""
    order = in_order([*KEYS, *columns, *REQUIRED, ""])
    found = sorted(row.issues, key=lambda issue: order.index(issue.field))
    kept = sorted(found, key=lambda issue: not issue.fails)[:MOST_ISSUES]
    return tuple(issue for issue in found if issue in kept)


def claimed(rows: Iterable[Row], directory: Directory, options: Options) -> Iterator[Row]:
    """Refuse each row whose number, e-mail or username an earlier row of the file has claimed.

    A row claims what it names once its own cells have passed; a refused row claims nothing. A
    username with an @ must be the row's own e-mail, or, where it gives none, its user's.
    """
    claims: dict[tuple[str, str], int] = {}
    for row in rows:
        if not row.failed:
            wanted = (row.number_key, row.email_key, row.username_key)
            fields = (options.number_field, *KEYS[1:])
            names = [(field, key) for field, key in zip(fields, wanted, strict=True) if key]
            first = [(name, claims[name]) for name in names if name in claims]
            for (field, _), line in first:
                row.say(_CLAIMED[field], field, first_line=str(line))
            _check_address(row, claims, directory)
            if not row.failed:
                claims |= dict.fromkeys(names, row.line)
        yield row


def _check_address(row: Row, claims: dict[tuple[str, str], int], directory: Directory) -> None:
    stored = directory.users.get(row.number_key)
    own = row.email_key or (stored.email_key if stored else "")
    if "@" not in row.username_key or row.username_key == own:
        return
    others = [user for user in directory.users.values() if user is not stored]
    held = any(row.username_key == user.email_key for user in others)
    taken = held or ("email", row.username_key) in claims
    row.say("duplicate_username" if taken else "invalid_username", "username")
