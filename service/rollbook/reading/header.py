"""The cells of a header → which column feeds which field, or what is wrong with them."""

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rollbook import model
from rollbook.errors import FileFault, Reason, Refusal
from rollbook.profiles import Profile, normal_header
from rollbook.reading.excerpt import listed, shown
from rollbook.reading.failure_report import REPORT_COLUMNS, undefused
from rollbook.settings import Settings

_FORBIDDEN = frozenset(map(normal_header, model.FORBIDDEN_COLUMNS))
_OF_REPORT = frozenset(map(normal_header, REPORT_COLUMNS))
_MOST_ATTRIBUTES = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A header and what its columns feed. `columns` leaves out those of a failure report.

    `width` is the number of cells of a row, `kept` the positions of those that belong to the file,
    and `fed` the field that each of them feeds ('' for none). `defused`: the file is a failure
    report that is imported again.
    """

    columns: tuple[model.Column, ...]
    warnings: tuple[model.Issue, ...]
    width: int
    kept: tuple[int, ...]
    fed: tuple[str, ...]
    defused: bool


class HeaderParser:
    """Maps the header of one import to fields, by the profile and the option `columns`.

    Raises:
        Refusal: INVALID_OPTIONS, if the option maps a column to no field.
    """

    def __init__(self, profile: Profile, options: model.Options, settings: Settings) -> None:
        self._fields: Mapping[str, str] = profile.fields_by_header() | _mapped(options, settings)
        self._required = required_fields(profile, options.mode)
        self._mapped = options.columns
        self._unknown = options.unknown_columns
        self._settings = settings

    def read(self, cells: Sequence[str], line: int) -> Header:
        """The header of these `cells`, in line `line`.

        The most useful answer comes first. A missing column may mean that the file has no header,
        or is the wrong file; an empty name is mended in seconds, and comes last.

        Raises:
            FileFault: one of the `header_…` reasons, or TOO_MANY_COLUMNS.
        """
        if len(cells) > self._settings.max_columns:
            raise _too_many(len(cells), self._settings.max_columns, "columns", line)
        defused = {normal_header(cell) for cell in cells} >= _OF_REPORT
        names = [undefused(cell) for cell in cells] if defused else list(cells)
        normal = [normal_header(name) for name in names]
        fed = [self._fields.get(name, "") for name in normal]
        _refuse_controls(names, line)
        self._refuse_missing(names, fed, line)
        _refuse_forbidden(names, normal, line)
        _refuse_repeated(names, normal, fed, line)
        _refuse_empty(normal, line)
        self._refuse_long(names, line)
        kept = tuple(i for i, name in enumerate(normal) if name not in _OF_REPORT)
        fed = self._settled([(names[i], fed[i]) for i in kept], line)
        columns = tuple(
            model.Column(names[i].strip(), field) for i, field in zip(kept, fed, strict=True)
        )
        return Header(
            columns=columns,
            warnings=(
                *(_ignored(column.header) for column in columns if not column.field),
                *(
                    _absent(name, field)
                    for name, field in self._mapped
                    if normal_header(name) not in normal
                ),
            ),
            width=len(cells),
            kept=kept,
            fed=tuple(fed),
            defused=defused,
        )

    def _refuse_missing(self, names: Sequence[str], fed: Sequence[str], line: int) -> None:
        missing = [field for field in self._required if field not in fed]
        if not missing:
            return
        unknown = [
            name
            for name, field in zip(names, fed, strict=True)
            if not field and normal_header(name) not in ("", *_OF_REPORT)
        ]
        facts = {"missing": ", ".join(missing)}
        if not any(fed) and any("@" in name or name.strip().isdigit() for name in names):
            # Users' own cells are not echoed: one of them may be a password.
            what = "is no header: it looks like a user"
        elif unknown:
            what = f"has columns that are not understood: {listed(unknown)}"
            facts["unknown"] = listed(unknown)
        else:
            what = "has no others that could stand for them"
        raise FileFault(
            Reason.HEADER_MISSING_COLUMN,
            f"These columns are missing: {', '.join(missing)}. Line {line} {what}. "
            f"Add or rename them in the header.",
            line=line,
            facts=facts,
        )

    def _refuse_long(self, names: Sequence[str], line: int) -> None:
        most = self._settings.max_column_name_bytes
        for position, name in enumerate(names, 1):
            if len(name.strip().encode()) > most:
                raise FileFault(
                    Reason.HEADER_TOO_LONG,
                    f"The name of column {position} in line {line} is longer than {most} bytes: "
                    f"shorten {shown(name)!r}.",
                    line=line,
                    facts={"column": str(position), "limit": str(most)},
                )

    def _settled(self, columns: Sequence[tuple[str, str]], line: int) -> list[str]:
        """What each of `columns`, (name, field), feeds once the unknown ones are decided upon."""
        unknown = [name for name, field in columns if not field]
        if unknown and self._unknown is model.UnknownColumns.REJECT:
            raise FileFault(
                Reason.HEADER_UNKNOWN_COLUMN,
                f"Line {line} has columns that are not understood: {listed(unknown)}. "
                f"Take them out, map them to a field, or allow unknown columns.",
                line=line,
                facts={"unknown": listed(unknown)},
            )
        store = self._unknown is model.UnknownColumns.STORE
        fed = [
            field or (f"{model.ATTRIBUTE_PREFIX}{name.strip()}" if store else "")
            for name, field in columns
        ]
        attributes = sum(field.startswith(model.ATTRIBUTE_PREFIX) for field in fed)
        if attributes > _MOST_ATTRIBUTES:
            raise _too_many(attributes, _MOST_ATTRIBUTES, "columns stored as attributes", line)
        return fed


def required_fields(profile: Profile, mode: model.Mode) -> tuple[str, ...]:
    """The fields that must have a column: all required ones, or to update only the identity."""
    identity = profile.identity.employee_number.value
    if mode is model.Mode.UPDATE_ONLY:
        return (identity,)
    return tuple(dict.fromkeys((identity, *(field.value for field in profile.required))))


def is_field(name: str, settings: Settings) -> bool:
    """Whether a column may feed `name`: a field, or `attributes.NAME` with a fitting NAME."""
    if name.startswith(model.ATTRIBUTE_PREFIX):
        attribute = name.removeprefix(model.ATTRIBUTE_PREFIX)
        fits = len(attribute.encode()) <= settings.max_column_name_bytes
        return bool(attribute.strip()) and attribute.isprintable() and fits
    return name in {field.value for field in model.Field}


def _mapped(options: model.Options, settings: Settings) -> dict[str, str]:
    mapped: dict[str, str] = {}
    for header, field in options.columns:
        name = normal_header(header)
        wrong = ""
        if not is_field(field, settings):
            wrong = f"{shown(field)!r}, which is no field"
        elif not name or mapped.get(name, field) != field:
            wrong = f"{shown(field)!r}, but it is mapped twice or has no name"
        if wrong:
            raise Refusal(
                Reason.INVALID_OPTIONS,
                f"The column {shown(header)!r} is mapped to {wrong}. Fields: "
                f"{', '.join(model.Field)}, {model.ATTRIBUTE_PREFIX}NAME.",
                {"option": "columns", "header": shown(header), "field": shown(field)},
            )
        mapped[name] = field
    return mapped


def _refuse_controls(names: Sequence[str], line: int) -> None:
    for position, name in enumerate(names, 1):
        # A line end may stand in a quoted name; the name then matches, or it does not.
        inner = name.strip(" \t")
        if any(unicodedata.category(c) == "Cc" and c not in "\r\n" for c in inner):
            raise FileFault(
                Reason.HEADER_UNKNOWN_COLUMN,
                f"The name of column {position} in line {line} has control characters: "
                f'"{shown(name)}". Take them out.',
                line=line,
                facts={"unknown": shown(name), "column": str(position)},
            )


def _refuse_forbidden(names: Sequence[str], normal: Sequence[str], line: int) -> None:
    forbidden = [name for name, n in zip(names, normal, strict=True) if n in _FORBIDDEN]
    if forbidden:
        raise FileFault(
            Reason.HEADER_FORBIDDEN_COLUMN,
            f"Line {line} has columns that no file may carry: {listed(forbidden)}. Take them out.",
            line=line,
            facts={"forbidden": listed(forbidden)},
        )


def _refuse_repeated(
    names: Sequence[str], normal: Sequence[str], fed: Sequence[str], line: int
) -> None:
    feeding = [f or n for f, n in zip(fed, normal, strict=True)]
    repeated = [what for what, count in Counter(feeding).items() if what and count > 1]
    if not repeated:
        return
    both = [name for name, what in zip(names, feeding, strict=True) if what == repeated[0]]
    raise FileFault(
        Reason.HEADER_DUPLICATE_COLUMN,
        f"Line {line} has more than one column for {shown(repeated[0])}: {listed(both)}. "
        f"Keep one of them.",
        line=line,
        facts={"repeated": listed(repeated), "columns": listed(both)},
    )


def _refuse_empty(normal: Sequence[str], line: int) -> None:
    empty = [position for position, name in enumerate(normal, 1) if not name]
    if empty:
        raise FileFault(
            Reason.HEADER_EMPTY_NAME,
            f"Column {empty[0]} of {len(normal)} in line {line} has no name: name it, or take it "
            f"out, perhaps only a delimiter at the end of every line.",
            line=line,
            facts={"column": str(empty[0])},
        )


def _too_many(count: int, most: int, what: str, line: int) -> FileFault:
    return FileFault(
        Reason.TOO_MANY_COLUMNS,
        f"Line {line} has {count} {what}, and {most} is the most: take some out.",
        line=line,
        facts={"columns": str(count), "limit": str(most)},
    )


def _ignored(name: str) -> model.Issue:
    return model.Issue(
        model.Code.UNKNOWN_COLUMN_IGNORED,
        "",
        f"The column {shown(name)!r} is not understood and is left out.",
        {"column": shown(name)},
    )


def _absent(name: str, field: str) -> model.Issue:
    return model.Issue(
        model.Code.UNKNOWN_COLUMN_IGNORED,
        "",
        f"The column {shown(name)!r} is mapped to {field}, and the file has none of that name.",
        {"column": shown(name)},
    )
