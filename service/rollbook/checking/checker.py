"""Checks rows: each column by the rule of its field, then the fields together."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from rollbook import model
from rollbook.checking.cells import EDGES, Cell, Limits, Rule, any_damaged, damaged, label
from rollbook.checking.emails import Email
from rollbook.checking.employee_numbers import Number
from rollbook.checking.keys import email_key, keys_of, number_key, username_key
from rollbook.checking.passwords import Password
from rollbook.checking.text import Boolean, Name, Phone, Text
from rollbook.checking.usernames import Username
from rollbook.model import Field, Kind
from rollbook.profiles import Profile
from rollbook.settings import Settings
from rollbook.text_column import TextColumn

_Values = Sequence[str | None]

_KEYS: dict[str, Callable[[str], str | None]] = {
    Field.EMPLOYEE_NUMBER.value: number_key,
    Field.EMAIL.value: email_key,
    Field.USERNAME.value: username_key,
}
_NAMES = (Field.FIRST_NAME.value, Field.LAST_NAME.value)
_NEVER_CLEARED = frozenset(field.value for field in Field if not field.traits.cleared)


class Findings:
    """What has been found so far; a row that came with a fault gets no further issue."""

    def __init__(self, faults: Mapping[int, model.Issue]) -> None:
        self._faults = faults
        self._issues: dict[int, list[model.Issue]] = {at: [why] for at, why in faults.items()}

    def add(self, at: int, issues: Iterable[model.Issue]) -> None:
        """Further issues of the row at that position, in the order in which they are to stand."""
        if at not in self._faults:
            self._issues.setdefault(at, []).extend(issues)

    def issues(self, most: int) -> dict[int, list[model.Issue]]:
        """All issues, by position in the order of the rows, `most` of each row."""
        return {
            at: issues if len(issues) <= most else _first(issues, most)
            for at, issues in sorted(self._issues.items())
        }


def _first(issues: list[model.Issue], most: int) -> list[model.Issue]:
    """The first issues, in their order; if there are too many, errors go before warnings.

    Otherwise a failed row could be answered without the error that explains it.
    """
    errors = [at for at, issue in enumerate(issues) if issue.fails]
    warnings = [at for at, issue in enumerate(issues) if not issue.fails]
    return [issues[at] for at in sorted((errors + warnings)[:most])]


class Checker:
    """The checks of one import, by its profile and options. Holds nothing of the rows it saw."""

    def __init__(
        self,
        profile: Profile,
        options: model.Options,
        settings: Settings,
        *,
        listing: bool = False,
    ) -> None:
        """`listing`: the rows are stored users, and may lack what another profile requires."""
        self._identity = profile.identity.employee_number.value
        self._username_from = profile.identity.username.value
        self._limits = Limits.of(settings)
        required = [field.value for field in profile.required]
        needed = [Field.EMAIL.value] if listing else required
        needed = [] if options.mode is model.Mode.UPDATE_ONLY else needed
        self._required = dict.fromkeys((self._identity, *needed))
        self._single: tuple[str, ...] = _NAMES if options.single_names else ()
        self._clears = options.blanks is model.Blanks.CLEAR
        self._skips_role = options.unknown_role is model.UnknownRole.IGNORE_COLUMN
        self._kept = _NEVER_CLEARED.union(required)
        self._rules = {field.value: _rule(field, self._limits) for field in Field}
        taken = options.first_password is model.FirstPassword.FROM_FILE
        self._rules[Field.PASSWORD.value] = Password(taken=taken)

    def check(self, rows: model.FileRows) -> model.CheckedBatch:
        """The rows as users, in the same positions.

        Where a cell is refused its value is None, and its key '' or None. `number_keys` are there
        for failed rows too, where the number can be read. A blank or absent username has None as
        value and as key that of what a new user would be called. No password leaves here but in
        `rows.raw`, which `without_passwords` is for.
        """
        if self._skips_role:
            rows = _without(rows, Field.ROLE)
        findings = Findings(rows.faults)
        checked = {field: self._column(field, rows, findings) for field in self._in_order(rows)}
        self._count_attributes(checked, findings)
        email_keys = self._email_keys(checked, rows)
        values = {
            field: self._settled(field, column, rows)
            for field, column in checked.items()
            if field in rows.columns and field != Field.PASSWORD
        }
        values[Field.EMPLOYEE_NUMBER.value] = values.get(self._identity) or [None] * len(rows)
        issues = findings.issues(self._limits.issues)
        return model.CheckedBatch(
            rows=_without(rows, Field.PASSWORD),
            values=values,
            number_keys=keys_of(checked[self._identity], _KEYS[self._identity]),
            email_keys=email_keys,
            username_keys=self._username_keys(checked, email_keys),
            usernames_given=Field.USERNAME in rows.columns,
            issues=issues,
            failed={at for at, found in issues.items() if any(issue.fails for issue in found)},
        )

    def rule(self, field: str) -> Rule:
        """What the cells of that field are judged by."""
        return self._rules.get(field) or Text(field, self._limits.text)

    def _in_order(self, rows: model.FileRows) -> list[str]:
        """The fields as issues name them: keys, the columns of the file, those it has not."""
        fields = dict.fromkeys([*rows.columns, *self._required])
        if self._identity != Field.EMPLOYEE_NUMBER:
            fields.pop(Field.EMPLOYEE_NUMBER.value, None)
        keys = [field for field in _KEYS if field in fields]
        return list(dict.fromkeys([*keys, *fields]))

    def _column(self, field: str, rows: model.FileRows, findings: Findings) -> _Values:
        """The values of one column: '' is blank or absent, None refused."""
        cells = _cells(field, rows)
        rule = self.rule(field)
        values: list[str | None] = []
        verdicts: dict[str, Cell] = {}
        for at in rule.suspects(cells):
            values = values or list(cells)
            text = cells[at]
            verdict = verdicts.get(text)
            if verdict is None:
                verdict = verdicts[text] = rule.cell(text)
            values[at] = verdict.value
            findings.add(at, verdict.issues)
        if field != Field.PASSWORD and any_damaged(cells):
            for at, text in enumerate(cells):
                findings.add(at, damaged(field, text))
        column: _Values = values or cells
        if field in self._required and "" in column:
            missing = (_missing(field),)
            other = self._other_name(field, rows)
            for at, value in enumerate(column):
                if value == "" and not _filled(other[at]):
                    findings.add(at, missing)
        return column

    def _other_name(self, field: str, rows: model.FileRows) -> _Values:
        """The cells that may stand for a blank one of `field`; blank where none may."""
        if field not in self._single:
            return [""] * len(rows)
        first, last = self._single
        return _cells(last if field == first else first, rows)

    def _settled(self, field: str, column: _Values, rows: model.FileRows) -> _Values:
        """The column with None where a stored value is to be left as it is."""
        if "" not in column:
            return column
        kept = field in self._kept
        if not self._clears or (kept and field not in self._single):
            return [value or None for value in column]
        given, other = rows.columns[field], self._other_name(field, rows)
        return [
            None
            if value == ""
            and (given[at] is None or at in rows.faults or (kept and not _filled(other[at])))
            else value
            for at, value in enumerate(column)
        ]

    def _email_keys(self, checked: dict[str, _Values], rows: model.FileRows) -> _Values:
        column = checked.get(Field.EMAIL)
        if column is None:
            return [None] * len(rows)
        keys = keys_of(column, email_key)
        return keys if "" not in keys else [key or None for key in keys]

    def _username_keys(self, checked: dict[str, _Values], email_keys: _Values) -> _Values:
        """The keys of the usernames given, else of the text that stands in for them."""
        stand_in: _Values = [None] * len(email_keys)
        if self._username_from == Field.EMAIL:
            stand_in = email_keys  # what `username_key` makes of an address, already made
        elif self._username_from == Field.EMPLOYEE_NUMBER:
            stand_in = [key or None for key in keys_of(checked[self._identity], username_key)]
        given = checked.get(Field.USERNAME)
        if given is None:
            return stand_in
        keys = keys_of(given, username_key)
        if "" not in keys:
            return keys
        return [key or (stand_in[at] if given[at] == "" else None) for at, key in enumerate(keys)]

    def _count_attributes(self, checked: dict[str, _Values], findings: Findings) -> None:
        """A row may fill so many attributes; the first beyond is the one that is named."""
        most = self._limits.attributes
        fields = [field for field in checked if field.startswith(model.ATTRIBUTE_PREFIX)]
        if len(fields) <= most:
            return
        for at, cells in enumerate(zip(*(checked[field] for field in fields), strict=True)):
            filled = [field for field, cell in zip(fields, cells, strict=True) if cell != ""]
            if len(filled) > most:
                findings.add(at, (_too_many_attributes(filled[most], most, len(filled)),))


def claims_foreign_address(users: model.CheckedBatch) -> list[int]:
    """Positions whose username has an `@` and is not the row's own e-mail.

    Only the database knows whether it is another user's address (`duplicate_username`) or no
    user's (`invalid_username`). If the row has no e-mail (update only), the stored one is compared.
    Keys are compared, not texts, so that a fullwidth `＠` is an `@`.
    """
    own, keys = users.email_keys, users.username_keys
    if keys is own or (isinstance(keys, TextColumn) and b"@" not in keys.content):
        return []
    return [at for at, key in enumerate(keys) if key is not None and "@" in key and key != own[at]]


_RULES: dict[Kind, Callable[[str, int, Limits], Rule]] = {
    Kind.NUMBER: lambda _, limit, __: Number(limit),
    Kind.EMAIL: lambda _, __, limits: Email(limits),
    Kind.USERNAME: lambda _, limit, __: Username(limit),
    Kind.PERSON_NAME: lambda name, limit, _: Name(name, limit),
    Kind.TEXT: lambda name, limit, _: Text(name, limit),
    Kind.PHONE: lambda name, limit, _: Phone(name, limit),
    Kind.REFERENCE: lambda name, limit, _: Text(name, limit),
    Kind.BOOLEAN: lambda name, _, __: Boolean(name),
    Kind.PASSWORD: lambda _, __, ___: Password(taken=False),
}


def _rule(field: Field, limits: Limits) -> Rule:
    """The rule for the cells of a field, from the table of fields."""
    limit = limits.of_length(field.traits.limit)
    return _RULES[field.traits.kind](field.value, limit, limits)


def _cells(field: str, rows: model.FileRows) -> Sequence[str]:
    """The cells of a column, '' for those that are absent or of a row that has a fault."""
    column = rows.columns.get(field)
    if column is None:
        return [""] * len(rows)
    if not rows.faults and None not in column:
        return column  # type: ignore[return-value]
    cells = [cell or "" for cell in column]
    for at in rows.faults:
        cells[at] = ""
    return cells


def _filled(cell: str | None) -> bool:
    return bool(cell and cell.strip(EDGES))


_WAYS_OUT = {
    Field.EMPLOYEE_NUMBER.value: (
        " If the file has no numbers, take the username or e-mail as the number:"
        " set identity=USERNAME or EMAIL."
    ),
    **dict.fromkeys(_NAMES, " If people may have one name only, set single_names=true."),
}


def _missing(field: str) -> model.Issue:
    message = f"The {label(field)} is missing, and it is required.{_WAYS_OUT.get(field, '')}"
    return model.Issue(model.Code.MISSING_REQUIRED_FIELD, field, message)


def _too_many_attributes(field: str, most: int, filled: int) -> model.Issue:
    message = f"The row fills {filled} attributes; at most {most} are allowed."
    facts = {"limit": str(most), "length": str(filled)}
    return model.Issue(model.Code.TOO_MANY_ATTRIBUTES, field, message, facts)


def _without(rows: model.FileRows, unread: Field) -> model.FileRows:
    if unread not in rows.columns:
        return rows
    kept = {field: cells for field, cells in rows.columns.items() if field != unread}
    return replace(rows, columns=kept)
