"""Finds the delimiter in the first record, and the field of each column."""

import unicodedata
from dataclasses import dataclass

from tests.model.oracle.reader import DELIMITERS, FileFault, Record, breaks, records
from tests.model.oracle.values import Issue, Options

FIELDS = (
    *("employee_number", "email", "username", "first_name", "last_name", "name", "role"),
    *("location", "organizational_unit", "job_title", "department", "phone"),
    *("password", "change_password_next_time"),
)
ALIASES = {
    "employee_number": ("employee no", "employee id", "emp no", "staff number"),
    "email": ("e mail", "email address", "mail"),
    "username": ("user name", "login"),
    "first_name": ("firstname", "given name"),
    "last_name": ("lastname", "surname"),
    "name": ("full name", "display name"),
    "role": ("role name", "user role"),
    "location": ("location name", "site", "office"),
    "organizational_unit": ("unit", "ou"),
    "job_title": ("title", "job title for user"),
    "department": ("dept",),
    "phone": ("phone num", "mobile"),
    "change_password_next_time": ("change password at next login",),
}
FORBIDDEN = (
    *("password_hash", "status", "locks", "privileged", "protected", "role_lock"),
    *("location_lock", "version"),
)


@dataclass(kw_only=True)
class Heading:
    """The header. `fields` has '' for an ignored column; rows begin at `end`, `line`."""

    delimiter: str
    fields: list[str]
    warnings: list[Issue]
    end: int
    line: int


def compared(name: str) -> str:
    """A header as it is compared: trimmed, ASCII lower case, without space, `_`, `-`."""
    lower = "".join(c.lower() if c.isascii() else c for c in name.strip(" \t\u00a0\ufeff"))
    return "".join(c for c in lower if c not in " \u00a0_-")


def heading(text: str, options: Options, *, complete: bool) -> Heading | None:
    """Understand the header; None where the text ends before it does and is not `complete`.

    Raises:
        FileFault: there is none, or it is wrong.
    """
    said = options.delimiter
    skipped: list[Issue] = []
    first = next(records(text, 0, 1, said or DELIMITERS), None)
    if first and first.line == 1 and (sep := _sep(first.text)):
        if sep not in DELIMITERS or said not in ("", sep):
            raise FileFault("delimiter_mismatch", 1)
        said = sep
        skipped = [Issue("preamble_skipped", "", (("line", "1"),))]
        first = next(records(text, first.end, 2, said), None)
    if not complete and (first is None or not first.ended):
        return None
    if first is None:
        raise FileFault("empty_file", 1)
    if first.opened:
        raise FileFault("unterminated_quote", first.opened)
    delimiter = _delimiter(first, said)
    whole = next(records(text, first.start, first.line, delimiter))
    if whole.malformed:
        raise FileFault("header_unknown_column", whole.line)
    fields, warnings = _understood(whole, options)
    return Heading(
        delimiter=delimiter,
        fields=fields,
        warnings=skipped + warnings,
        end=whole.end,
        line=whole.line + breaks(text[whole.start : whole.end]),
    )


def _sep(text: str) -> str:
    bare = text.removeprefix('"').removesuffix('"')
    return bare[4:] if bare[:4].lower() == "sep=" and len(bare) == 5 else ""


def _delimiter(header: Record, said: str) -> str:
    """The delimiter that was given, if it fits; else the most frequent one in the header."""
    counts = dict.fromkeys(DELIMITERS, 0)
    quoted = False
    for at, c in enumerate(header.text):
        if c == '"' and (quoted or at == 0 or header.text[at - 1] in DELIMITERS):
            quoted = not quoted
        elif not quoted and c in counts:
            counts[c] += 1
    most = max(counts.values())
    if said:
        if most and not counts[said]:
            raise FileFault("delimiter_mismatch", header.line)
        return said
    best = [c for c in DELIMITERS if counts[c] == most]
    if most and len(best) > 1:
        raise FileFault("delimiter_mismatch", header.line)
    return best[0]  # a comma where there is only one column


def _controlled(name: str) -> bool:
    """Whether a control character stands in it; a line end may, in a quoted name."""
    inner = name.strip(" \t")
    return any(unicodedata.category(c) == "Cc" and c not in "\r\n" for c in inner)


def _understood(header: Record, options: Options) -> tuple[list[str], list[Issue]]:
    by_name = {compared(name): name for name in FIELDS}
    by_name |= {compared(also): name for name, several in ALIASES.items() for also in several}
    if options.number_field != "employee_number":  # its own column is an unknown one then
        by_name = {name: fed for name, fed in by_name.items() if fed != "employee_number"}
    by_name |= {compared(name): fed for name, fed in options.columns}
    names = [compared(cell) for cell in header.cells]
    fields = [by_name.get(name, "") for name in names]
    needed = options.required
    stored = options.unknown_columns == "STORE"
    fed_by = zip(fields, names, strict=True)
    feeding = [fed or name for fed, name in fed_by if fed or (name and stored)]
    unknown = [cell.strip() for cell, fed in zip(header.cells, fields, strict=True) if not fed]
    for wrong, code in (
        (any(map(_controlled, header.cells)), "header_unknown_column"),
        (any(name not in fields for name in needed), "header_missing_column"),
        (any(name in map(compared, FORBIDDEN) for name in names), "header_forbidden_column"),
        (len(set(feeding)) < len(feeding), "header_duplicate_column"),
        ("" in names, "header_empty_name"),
        (unknown and options.unknown_columns == "REJECT", "header_unknown_column"),
    ):
        if wrong:
            raise FileFault(code, header.line)
    if options.unknown_columns == "STORE":
        cells = zip(fields, header.cells, strict=True)
        return [fed or f"attributes.{cell.strip()}" for fed, cell in cells], []
    return fields, [Issue("unknown_column_ignored", "", (("column", name),)) for name in unknown]
