"""The hooks: answer each batch by the rules in the file `ROLLBOOK_ROLES_FILE`."""

import functools
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from rollbook.hooks import (
    Directory,
    Issue,
    Role,
    UnknownRole,
    User,
    hookimpl,
    looks_at,
    looks_only_at,
)
from rollbook_roles.reading import RulesError, read
from rollbook_roles.rules import COLUMNS, Deciding

VARIABLE = "ROLLBOOK_ROLES_FILE"
"""The environment variable that names the file of rules."""

_MOST_DIRECTORIES = 32
_WITHOUT_ROLE = tuple(column for column in COLUMNS if column != "role")


class Roles:
    """The plugin. Its rules are read once, when the service starts."""

    def __init__(self) -> None:
        self._within: Callable[[str, Sequence[str]], Deciding] | None = None

    @hookimpl
    def startup(self) -> None:
        """Read the rules.

        Raises:
            RulesError: there are none, or they cannot be used.
        """
        rules = read(rules_file())
        self._within = functools.lru_cache(_MOST_DIRECTORIES)(rules.within)
        looks_only_at(self.map_roles, rules.columns)

    @hookimpl
    @looks_at(*COLUMNS)
    def map_roles(
        self, users: Sequence[User], directory: Directory
    ) -> dict[int, Role | Issue] | None:
        """Answer each user by the rules, from the columns that they look at."""
        if self._within is None:
            raise RulesError("The rules were never read: startup was not called.")
        ignored = directory.unknown_role is UnknownRole.IGNORE_COLUMN
        return self._within(directory.name, _WITHOUT_ROLE if ignored else COLUMNS).answers(users)


def rules_file() -> Path:
    """The file that the environment names.

    Raises:
        RulesError: it names none.
    """
    named = os.environ.get(VARIABLE, "").strip()
    if not named:
        raise RulesError(f"{VARIABLE} is not set; it names the TOML file of the rules.")
    return Path(named)
