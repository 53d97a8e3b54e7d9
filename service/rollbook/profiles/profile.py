"""Parses one profile from the text of a TOML file."""

import csv
import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields as fields_of
from dataclasses import replace
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator

from rollbook import model
from rollbook.model.options import CHOICES

_NAME = re.compile(r"[a-z][a-z0-9-]{0,63}")
_SEPARATORS = re.compile("[ \u00a0_-]+")
_ASCII_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
_OPTIONS = frozenset(f.name for f in fields_of(model.Options)) - {
    "columns",
    "only_lines",
    "only_outcomes",
    "identity",  # a table of its own
}
_TYPES: dict[str, type[object]] = {
    "delimiter": str,
    "encoding": str,
    "encoding_certain": bool,
    "include_changes": bool,
    "max_failed_rows": int,
    "single_names": bool,
}
"""The options that are not one of a closed set, and their type in TOML."""


def normal_header(header: str) -> str:
    """The form of a column name that is compared: trimmed, ASCII lower case, no separators.

    Separators are spaces, `_`, `-`; so `EmployeeID`, `employee_id` and `Employee ID` are one name.
    Nothing else is changed: a fullwidth letter stays one, and does not match the column it mimics.
    """
    return _SEPARATORS.sub("", header.translate(_ASCII_LOWER).strip(" \t\u00a0\ufeff"))


_FORBIDDEN = frozenset(map(normal_header, model.FORBIDDEN_COLUMNS))


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


_Key = Literal[model.Field.EMPLOYEE_NUMBER, model.Field.USERNAME, model.Field.EMAIL]
"""The fields that no two users share."""


class Identity(_Table):
    """The columns that give the employee number, and the username of a file without that column."""

    employee_number: _Key = model.Field.EMPLOYEE_NUMBER
    username: _Key = model.Field.EMAIL


class Profile(_Table):
    """What a file of this kind looks like, and the options of its import.

    `required` are the fields that UPSERT and CREATE_ONLY need. `without` are fields that a file of
    this kind does not have: their columns are unknown ones. `aliases` are further headers of a
    field. `options` are the defaults of `model.Options`, by name; an import may set others.
    `sample` has the lines of a correct file.
    """

    name: str
    title: str
    description: str
    required: tuple[model.Field, ...]
    without: tuple[model.Field, ...] = ()
    identity: Identity = Identity()
    options: dict[str, Any] = {}
    aliases: dict[model.Field, tuple[str, ...]] = {}
    sample: tuple[str, ...] = ()

    @field_validator("options")
    @classmethod
    def _known_options(cls, given: dict[str, Any]) -> dict[str, Any]:
        for name, value in given.items():
            if name not in _OPTIONS:
                raise ValueError(
                    f"there is no option {name!r}; known: {', '.join(sorted(_OPTIONS))}"
                )
            choices = CHOICES.get(name)
            if choices and value not in [choice.value for choice in choices]:
                allowed = ", ".join(choice.value for choice in choices)
                raise ValueError(f"{name} is {value!r}, but must be one of {allowed}")
            if choices is None and type(value) is not _TYPES[name]:
                wanted = _TYPES[name].__name__
                raise ValueError(f"{name} is {value!r}, but must be of the type {wanted}")
        return given

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        """Every new user has an e-mail and a username, and a header feeds one field."""
        if both := set(self.required) & set(self.without):
            raise ValueError(f"without: {', '.join(sorted(both))} cannot be required, too")
        given = {*self.required, self.identity.employee_number}
        if missing := {model.Field.EMAIL, self.identity.username} - given:
            raise ValueError(f"required: {', '.join(sorted(missing))} must be among them")
        fed = {header: field for field, header in self._names()}
        for field, header in self._aliases():
            if not header:
                raise ValueError(f"aliases.{field}: an alias is blank")
            if header in _FORBIDDEN:
                raise ValueError(f"aliases.{field}: no file may have a column {header!r}")
            if fed.setdefault(header, field) != field:
                raise ValueError(f"aliases.{field}: {header!r} means {fed[header]} already")
        return self

    @classmethod
    def from_toml(cls, name: str, text: str, *, origin: str) -> "Profile":
        """The profile called `name` from the text of the file `origin`.

        Raises:
            ValueError: the file is not TOML, has a wrong name, or a key is wrong; names the
                file and the key.
        """
        if not _NAME.fullmatch(name):
            raise ValueError(
                f"{origin}: a profile is called as its file is, "
                "which must be 1 to 64 of a-z, 0-9 and -, beginning with a letter"
            )
        try:
            table = tomllib.loads(text)
        except tomllib.TOMLDecodeError as wrong:
            raise ValueError(f"{origin}: not TOML: {wrong}") from None
        if "name" in table:
            raise ValueError(f"{origin}: name: a profile is called as its file is")
        try:
            return cls.model_validate({"name": name, **table})
        except ValidationError as wrong:
            first = wrong.errors()[0]
            key = ".".join(str(part) for part in first["loc"] if part != "[key]")
            what = first["msg"].removeprefix("Value error, ")
            raise ValueError(f"{origin}: {key}: {what}" if key else f"{origin}: {what}") from None

    def defaults(self) -> model.Options:
        """The options of an import that sets none itself."""
        typed: dict[str, Any] = {
            name: CHOICES[name](value) if name in CHOICES else value
            for name, value in self.options.items()
        }
        return replace(model.Options(identity=self._identity()), **typed)

    def stands_for(self) -> dict[str, Any]:
        """The options that it sets, by name, with the column of the employee number."""
        return {**self.options, "identity": self._identity().value}

    def _identity(self) -> model.Identity:
        return model.Identity(self.identity.employee_number.value.upper())

    def identified_by(self, identity: model.Identity) -> "Profile":
        """This profile, with the employee number from that column; itself if it is that already.

        The number's own column is then unknown, and not required any more.
        """
        column = model.Field(identity.value.lower())
        if column is self.identity.employee_number:
            return self
        numbers = (column, model.Field.EMPLOYEE_NUMBER)
        others = [field for field in self.required if field not in numbers]
        return self.model_copy(
            update={
                "identity": self.identity.model_copy(update={"employee_number": column}),
                "required": (column, *others),
            }
        )

    def sample_file(self) -> bytes:
        """A correct file of this kind: CSV in UTF-8, to look at or to fill in."""
        return "".join(f"{line}\n" for line in self.sample).encode()

    def sample_needs(self, field: model.Field, option: str) -> list[str]:
        """The names in the sample's column of `field`, each once; none where they are created.

        `option` says what an import does with an unknown one, such as `unknown_location`.
        """
        if self.options.get(option) == "CREATE" or not self.sample:
            return []
        header = self.sample[0]
        delimiter = self.options.get("delimiter") or max(",;|\t", key=header.count)
        rows = list(csv.reader(self.sample, delimiter=delimiter))
        known = self.fields_by_header()
        places = [known.get(normal_header(name)) for name in rows[0]]
        if field not in places:
            return []
        named: dict[str, str] = {}
        for row in rows[1:]:
            if text := row[places.index(field)].strip():
                named.setdefault(" ".join(text.split()).casefold(), text)
        return [*named.values()]

    def fields_by_header(self) -> dict[str, str]:
        """Every known header, in the form that is compared, and the field that it feeds.

        If another column gives the employee number, a column `employee_number` is unknown.
        """
        return {header: field.value for field, header in (*self._names(), *self._aliases())}

    def _names(self) -> Iterator[tuple[model.Field, str]]:
        """The fields that a file of this kind may have, by their own headers."""
        for field in model.Field:
            if field not in self._unknown():
                yield field, normal_header(field.value)

    def _aliases(self) -> Iterator[tuple[model.Field, str]]:
        """The same by their further headers."""
        for field, names in self.aliases.items():
            if field not in self._unknown():
                yield from ((field, normal_header(alias)) for alias in names)

    def _unknown(self) -> set[model.Field]:
        return {model.Field.EMPLOYEE_NUMBER, *self.without} - {self.identity.employee_number}
