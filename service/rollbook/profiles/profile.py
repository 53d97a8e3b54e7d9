"""One profile: the text of a TOML file → what an import by it means."""

import re
import tomllib
from dataclasses import fields as fields_of
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from rollbook import words
from rollbook.words.options import CHOICES

_RUNS = re.compile(r"[ _-]+")
_ASCII_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
_OPTIONS = frozenset(f.name for f in fields_of(words.Options)) - {
    "columns",
    "only_lines",
    "only_outcomes",
}


def normal_header(header: str) -> str:
    """A column's name as it is compared: trimmed, ASCII lower case, space, `_` and `-` as one.

    Nothing else is done to it: a fullwidth letter stays one, and is not the column it mimics.
    """
    return _RUNS.sub(" ", header.translate(_ASCII_LOWER).strip(" \t\u00a0\ufeff")).strip(" ")


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Identity(_Table):
    """Which column the employee number, and a username that has no column, are taken from."""

    employee_number: words.Field = words.Field.EMPLOYEE_NUMBER
    username: words.Field = words.Field.EMAIL


class Profile(_Table):
    """What a file of this kind looks like, and how its import goes unless told otherwise.

    `required` are the fields that UPSERT and CREATE_ONLY need; `without` those that a file of
    this kind does not have: their columns are unknown ones. `aliases` are the further headers of a
    field; `options` overrides of `words.Options` by name; `sample` the lines of a correct file.
    """

    name: str
    title: str
    description: str
    required: tuple[words.Field, ...]
    without: tuple[words.Field, ...] = ()
    identity: Identity = Identity()
    options: dict[str, Any] = {}
    aliases: dict[words.Field, tuple[str, ...]] = {}
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
        return given

    @classmethod
    def from_toml(cls, name: str, text: str, *, origin: str) -> "Profile":
        """The profile called `name` from the text of the file `origin`.

        Raises:
            ValueError: the file is not TOML, or a key is wrong; names the file and the key.
        """
        try:
            return cls.model_validate({"name": name, **tomllib.loads(text)})
        except tomllib.TOMLDecodeError as wrong:
            raise ValueError(f"{origin}: not TOML: {wrong}") from None
        except ValidationError as wrong:
            first = wrong.errors()[0]
            key = ".".join(str(part) for part in first["loc"])
            raise ValueError(f"{origin}: {key}: {first['msg']}") from None

    def defaults(self) -> words.Options:
        """The options of an import that sets none itself."""
        typed: dict[str, Any] = {
            name: CHOICES[name](value) if name in CHOICES else value
            for name, value in self.options.items()
        }
        return replace(words.Options(), **typed)

    def fields_by_header(self) -> dict[str, str]:
        """Every header that is understood, in its compared form, and the field it feeds.

        Where the employee number is taken from another column, a column of its own is unknown.
        """
        unknown = {words.Field.EMPLOYEE_NUMBER, *self.without} - {self.identity.employee_number}
        known = {
            normal_header(field.value): field.value for field in words.Field if field not in unknown
        }
        for field, names in self.aliases.items():
            known |= {normal_header(alias): field.value for alias in names if field not in unknown}
        return known
