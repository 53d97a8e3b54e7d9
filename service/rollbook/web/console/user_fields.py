"""The fields of a user as inputs of a form, each with what the service says of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from rollbook.model import ATTRIBUTE_PREFIX, STORED, Field, Kind
from rollbook.v1.results_pb2 import Issue, Severity
from rollbook.v1.users_pb2 import User
from rollbook.web.console.forms import Fields, as_typed, same_text

_WAS = "was."
"""Before the name of a field: what the page had shown."""
_NEW_NAME, _NEW_VALUE = "new_attribute", "new_value"


class ShownIssue(NamedTuple):
    """An issue: `severity` is error or warning."""

    severity: str
    text: str


@dataclass(frozen=True, slots=True)
class FieldIssues:
    """What the service says of a row, by field; '': of the whole row."""

    by_field: Mapping[str, list[ShownIssue]] = field(default_factory=dict)

    def of(self, name: str) -> list[ShownIssue]:
        """The issues of a field."""
        return self.by_field.get(name, [])

    def elsewhere(self, names: Iterable[str]) -> list[ShownIssue]:
        """The issues of what has no input among these."""
        shown = set(names)
        return [one for name, all_ in self.by_field.items() if name not in shown for one in all_]


class Input(NamedTuple):
    """A field of the form. `was`: the stored value; `choices`: the field whose names are offered.

    `required`: it cannot be emptied.
    """

    name: str
    label: str
    value: str
    was: str
    choices: str
    boolean: bool
    required: bool
    issues: list[ShownIssue]


def issues_of(issues: Iterable[Issue]) -> FieldIssues:
    """The issues of a row by field."""
    found: dict[str, list[ShownIssue]] = {}
    for one in issues:
        severity = Severity.Name(one.severity).removeprefix("SEVERITY_").lower()
        found.setdefault(one.field, []).append(ShownIssue(severity, one.message))
    return FieldIssues(found)


def cells_of(user: User) -> dict[str, str]:
    """What is stored of a user, as the cells of a row."""
    cells = {name.value: _cell(getattr(user, name.value)) for name in STORED}
    attributes = sorted(user.attributes.items())
    return cells | {f"{ATTRIBUTE_PREFIX}{name}": value for name, value in attributes}


def _cell(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def inputs_of(
    cells: Mapping[str, str], typed: Mapping[str, str], issues: FieldIssues, *, number: bool = False
) -> list[Input]:
    """The inputs of a form: what was typed, else what is stored. `number`: also the number."""
    names = [name.value for name in STORED if number or name is not Field.EMPLOYEE_NUMBER]
    names += sorted({n for n in (*cells, *typed) if n.startswith(ATTRIBUTE_PREFIX)})
    return [_input(name, cells.get(name, ""), typed, issues) for name in names]


def _input(name: str, was: str, typed: Mapping[str, str], issues: FieldIssues) -> Input:
    known = Field(name) if not name.startswith(ATTRIBUTE_PREFIX) else None
    boolean = known is not None and known.traits.kind is Kind.BOOLEAN
    label = known.label if known else name.removeprefix(ATTRIBUTE_PREFIX)
    if boolean:  # its label is a phrase for messages
        label = name.replace("_", " ")
    return Input(
        name=name,
        label=label[:1].upper() + label[1:] if known else label,
        value=typed.get(name, was),
        was=was,
        choices=name if known and known.traits.kind is Kind.REFERENCE else "",
        boolean=boolean,
        required=known is not None and not known.traits.cleared and bool(was),
        issues=issues.of(name),
    )


def typed_in(fields: Fields) -> dict[str, str]:
    """The cells of a form. What is none of a user's fields is left out."""
    known = {name.value for name in STORED}
    cells = {
        name: fields.text(name)
        for name, _ in fields.pairs
        if name in known or name.startswith(ATTRIBUTE_PREFIX)
    }
    if fields.text(_NEW_NAME) or fields.text(_NEW_VALUE):
        cells[f"{ATTRIBUTE_PREFIX}{fields.text(_NEW_NAME)}"] = fields.text(_NEW_VALUE)
    return cells


def changed_in(fields: Fields, stored: Mapping[str, str]) -> dict[str, str]:
    """The cells of a form that are other than what the page had shown, with their line ends."""
    return {
        name: as_typed(value, stored.get(name, ""))
        for name, value in typed_in(fields).items()
        if name != Field.EMPLOYEE_NUMBER and not same_text(value, fields.text(f"{_WAS}{name}"))
    }
