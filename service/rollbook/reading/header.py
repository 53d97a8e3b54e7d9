"""Maps the columns of a header to the fields of a user."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rollbook import model
from rollbook.errors import FileFault, Reason, Refusal
from rollbook.model.formulas import undefused
from rollbook.profiles import Profile, normal_header
from rollbook.reading.excerpt import listed, shown
from rollbook.reading.failure_report import REPORT_COLUMNS
from rollbook.reading.header_errors import (
    absent,
    ignored,
    marks_status,
    of_ours,
    refuse_controls,
    refuse_empty,
    refuse_forbidden,
    too_many,
)
from rollbook.settings import Settings

_OF_REPORT = frozenset(map(normal_header, REPORT_COLUMNS))
_OF_LISTING = frozenset(
    map(
        normal_header,
        (
            *("user_id", "attributes", "status", "locks", "source", "sources", "created_import"),
            *("updated_import", "create_time", "update_time", "version", "last_notice"),
            *("password_state", "first_login_time"),
        ),
    )
)
"""The columns of `users list --output csv` that only the service sets. A file that has all of them
is such a listing that comes back."""
_MOST_ATTRIBUTES = 64
_MOST_CLASHES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A header and what its columns feed. `columns` leaves out those of a failure report.

    `width` is the number of cells of a row, `kept` the positions of those that belong to the file,
    and `fed` the field that each of them feeds ('' for none). `names` are the names of all cells of
    the header. `status` are the positions, among `kept`, of ignored columns that say who has left.
    `reported`: the file is a failure report that is imported again. `defused`: it is
    that, or a listing of users; both put a quote before dangerous cells.
    """

    columns: tuple[model.Column, ...]
    warnings: tuple[model.Issue, ...]
    width: int
    kept: tuple[int, ...]
    fed: tuple[str, ...]
    names: tuple[str, ...]
    status: tuple[int, ...]
    defused: bool
    reported: bool


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
            raise too_many(len(cells), self._settings.max_columns, "columns", line)
        reported = {normal_header(cell) for cell in cells} >= _OF_REPORT
        names = [undefused(cell) for cell in cells] if reported else list(cells)
        normal = [normal_header(name) for name in names]
        listing = set(normal) >= _OF_LISTING
        fed = [self._fields.get(name, "") for name in normal]
        refuse_controls(names, line)
        self._refuse_missing(names, fed, line)
        if not listing:
            refuse_forbidden(names, normal, fed, line)
        self._refuse_repeated(names, normal, fed, line)
        refuse_empty(normal, line)
        self._refuse_long(names, line)
        kept = tuple(i for i, name in enumerate(normal) if name not in _OF_REPORT)
        own = {i for i in kept if listing and normal[i] in _OF_LISTING and not fed[i]}
        settled = iter(self._settled([(names[i], fed[i]) for i in kept if i not in own], line))
        fed = ["" if i in own else next(settled) for i in kept]
        columns = tuple(
            model.Column(names[i].strip(), field) for i, field in zip(kept, fed, strict=True)
        )
        return Header(
            columns=columns,
            warnings=(
                *([of_ours([names[i] for i in kept if i in own])] if own else []),
                *(
                    ignored(column.header)
                    for i, column in zip(kept, columns, strict=True)
                    if not column.field and i not in own
                ),
                *(
                    absent(name, field)
                    for name, field in self._mapped
                    if normal_header(name) not in normal
                ),
            ),
            width=len(cells),
            kept=kept,
            fed=tuple(fed),
            names=tuple(name.strip() for name in names),
            status=tuple(
                at
                for at, (i, column) in enumerate(zip(kept, columns, strict=True))
                if not column.field and i not in own and marks_status(column.header)
            ),
            defused=reported or listing,
            reported=reported,
        )

    def fits(self, cells: Sequence[str]) -> bool:
        """Whether these cells, as a header, have a column for each required field."""
        return set(self._required) <= {self._fields.get(normal_header(cell)) for cell in cells}

    def knows_any(self, cells: Sequence[str]) -> bool:
        """Whether any of these cells, as a header, feeds a field."""
        return any(normal_header(cell) in self._fields for cell in cells)

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
        elif len(names) == 1 and any(mark in names[0] for mark in ",;\t|"):
            what = (
                f"is one quoted cell: {shown(names[0])}; take out the quotes around the whole line"
            )
            facts["unknown"] = shown(names[0])
        elif unknown:
            what = f"has columns that are not understood: {listed(unknown)}"
            facts["unknown"] = listed(unknown)
        else:
            what = "has no others that could stand for them"
        numberless = model.Field.EMPLOYEE_NUMBER.value in missing
        other = " A file without numbers is read with `--identity username`, or email."
        raise FileFault(
            Reason.HEADER_MISSING_COLUMN,
            f"These columns are missing: {', '.join(missing)}. Line {line} {what}. "
            f"Add or rename them in the header, or map a column to a field, as in "
            f"`--column HEADER={missing[0]}`.{other if numberless else ''}",
            line=line,
            facts=facts,
        )

    def _refuse_repeated(
        self, names: Sequence[str], normal: Sequence[str], fed: Sequence[str], line: int
    ) -> None:
        """Refuse two columns for one field, or attribute. Ignored ones may share a name."""
        stored = self._unknown is model.UnknownColumns.STORE
        feeding = [f or (n if stored else "") for f, n in zip(fed, normal, strict=True)]
        by_field: dict[str, list[str]] = {}
        for name, what in zip(names, feeding, strict=True):
            if what:
                by_field.setdefault(what, []).append(name)
        repeated = {what: several for what, several in by_field.items() if len(several) > 1}
        if not repeated:
            return
        clashes = [f"{shown(what)} ({listed(several)})" for what, several in repeated.items()]
        raise FileFault(
            Reason.HEADER_DUPLICATE_COLUMN,
            f"Line {line} has more than one column for {'; '.join(clashes[:_MOST_CLASHES])}. "
            f"Keep one of each.",
            line=line,
            facts={
                "repeated": listed(list(repeated)),
                "columns": listed([name for several in repeated.values() for name in several]),
            },
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
        if store and (broken := [name for name in unknown if not name.strip().isprintable()]):
            raise FileFault(
                Reason.HEADER_UNKNOWN_COLUMN,
                f"Line {line} has columns whose names cannot be stored: {listed(broken)}. "
                f"Take out what is not printable.",
                line=line,
                facts={"unknown": listed(broken)},
            )
        fed = [
            field or (f"{model.ATTRIBUTE_PREFIX}{name.strip()}" if store else "")
            for name, field in columns
        ]
        attributes = sum(field.startswith(model.ATTRIBUTE_PREFIX) for field in fed)
        if attributes > _MOST_ATTRIBUTES:
            raise too_many(attributes, _MOST_ATTRIBUTES, "columns stored as attributes", line)
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
