"""The faults and warnings about a header."""

import unicodedata
from collections.abc import Iterable, Sequence

from rollbook import model
from rollbook.errors import FileFault, Reason
from rollbook.profiles import normal_header
from rollbook.reading.excerpt import listed, shown

_FORBIDDEN = frozenset(map(normal_header, model.FORBIDDEN_COLUMNS))
_STATUS_COLUMNS = frozenset(
    ("status", "active", "activated", "enabled", "disabled", "suspended", "deleted")
)
"""Columns that mark users who have left. Ignoring one is worth a warning."""
_OF_WHAT = ("", "account", "employee", "employment", "is", "user")
"""What may stand before such a name, as in `accountEnabled` and `Employment Status`."""


_MOST_VALUES = 5


def _is_control(char: str) -> bool:
    """Control characters, line and paragraph separators, and the bidi marks and overrides.

    A name with one of them would look like another name, in a message or as an attribute.
    """
    if char in "\r\n":
        return False
    bidi = (
        char in "\u061c\u200e\u200f" or "\u202a" <= char <= "\u202e" or "\u2066" <= char <= "\u2069"
    )
    return bidi or unicodedata.category(char) in ("Cc", "Zl", "Zp")


def refuse_controls(names: Sequence[str], line: int) -> None:
    """Refuse control and bidi characters in a name.

    Raises:
        FileFault: HEADER_UNKNOWN_COLUMN.
    """
    for position, name in enumerate(names, 1):
        # A line end may stand in a quoted name; the name then matches, or it does not.
        inner = name.strip(" \t")
        if any(map(_is_control, inner)):
            raise FileFault(
                Reason.HEADER_UNKNOWN_COLUMN,
                f"The name of column {position} in line {line} has control characters: "
                f'"{shown(name)}". Take them out.',
                line=line,
                facts={"unknown": shown(name), "column": str(position)},
            )


def refuse_forbidden(
    names: Sequence[str], normal: Sequence[str], fed: Sequence[str], line: int
) -> None:
    """A forbidden name may feed an attribute, if the option `columns` maps it."""
    forbidden = [
        name
        for name, n, field in zip(names, normal, fed, strict=True)
        if n in _FORBIDDEN and not field.startswith(model.ATTRIBUTE_PREFIX)
    ]
    if forbidden:
        raise FileFault(
            Reason.HEADER_FORBIDDEN_COLUMN,
            f"Line {line} has columns that no file may carry: {listed(forbidden)}. "
            f"Take them out, or keep one as an attribute, as in "
            f"`--column {normal_header(forbidden[0])}=attributes.{normal_header(forbidden[0])}`.",
            line=line,
            facts={"forbidden": listed(forbidden)},
        )


def refuse_empty(normal: Sequence[str], line: int) -> None:
    """Refuse a column without a name.

    Raises:
        FileFault: HEADER_EMPTY_NAME.
    """
    empty = [position for position, name in enumerate(normal, 1) if not name]
    if empty:
        raise FileFault(
            Reason.HEADER_EMPTY_NAME,
            f"Column {empty[0]} of {len(normal)} in line {line} has no name: name it, or take it "
            f"out, perhaps only a delimiter at the end of every line.",
            line=line,
            facts={"column": str(empty[0])},
        )


def too_many(count: int, most: int, what: str, line: int) -> FileFault:
    """The fault of a header with more columns than it may have."""
    return FileFault(
        Reason.TOO_MANY_COLUMNS,
        f"Line {line} has {count} {what}, and {most} is the most: take some out.",
        line=line,
        facts={"columns": str(count), "limit": str(most)},
    )


def of_ours(names: list[str]) -> model.Issue:
    """The warning of a listing: its columns that only the service sets."""
    return model.Issue(
        model.Code.UNKNOWN_COLUMN_IGNORED,
        "",
        f"These columns of a listing are set by the service alone and are left out: "
        f"{', '.join(map(shown, names))}.",
        {"column": ", ".join(map(shown, names))},
    )


def marks_status(name: str) -> bool:
    """Whether a column of that name says who has left."""
    normal = normal_header(name)
    return any(normal.removeprefix(what) in _STATUS_COLUMNS for what in _OF_WHAT)


def ignored(name: str, values: Iterable[str] = ()) -> model.Issue:
    """The warning of a column that feeds nothing; `values` are what one of a status has."""
    if marks_status(name):
        several = list(map(shown, values))
        had = ", ".join([*several[:_MOST_VALUES], *(["…"] if several[_MOST_VALUES:] else [])])
        return model.Issue(
            model.Code.STATUS_COLUMN_IGNORED,
            "",
            f"The column {shown(name)!r} is left out: no user is suspended by a column. "
            f"{f'It says {had}. ' if had else ''}Suspend users by a full sync, or by hand.",
            {"column": shown(name)} | ({"values": had} if had else {}),
        )
    return model.Issue(
        model.Code.UNKNOWN_COLUMN_IGNORED,
        "",
        f"The column {shown(name)!r} is not understood and is left out.",
        {"column": shown(name)},
    )


def absent(name: str, field: str) -> model.Issue:
    """The warning of a mapped column that the file does not have."""
    return model.Issue(
        model.Code.UNKNOWN_COLUMN_IGNORED,
        "",
        f"The column {shown(name)!r} is mapped to {field}, and the file has none of that name.",
        {"column": shown(name)},
    )
