"""A test plugin that decides by department, like an operator's own plugin.

Roles: `it` gets `admin`, whatever the role column has. Locations: a department `at PLACE` gets
that place. For a user with the job title `@seen` it answers a warning with what it was shown of the
user, for `@where` of the directory, for `@secrets` of the service's variables. It notes starts and
shutdowns in the file that `BY_DEPARTMENT_NOTES` names; if it cannot write that, it does not start.
"""

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from rollbook.hooks import Code, Directory, Issue, Location, Role, User, hookimpl

_AT = "at "


class ByDepartment:
    """The hooks."""

    @hookimpl
    def startup(self, settings: object) -> None:
        """Note it, and that there were settings."""
        _note(f"startup {type(settings).__name__}")

    @hookimpl
    def shutdown(self) -> None:
        """Note it."""
        _note("shutdown")

    @hookimpl
    def map_roles(self, users: Sequence[User]) -> dict[int, Role]:
        """`it` → `admin`; silent about all others."""
        return {user.line: Role("admin") for user in users if user.department == "it"}

    @hookimpl
    def match_locations(self, users: Sequence[User]) -> dict[int, Location]:
        """`at PLACE` → PLACE; silent about all others."""
        return {
            user.line: Location(user.department.removeprefix(_AT))
            for user in users
            if user.department and user.department.startswith(_AT)
        }

    @hookimpl
    def check_users(self, users: Sequence[User], directory: Directory) -> dict[int, list[Issue]]:
        """A warning with what was shown, for who asks for it."""
        told: dict[str | None, Callable[[User], str]] = {
            "@seen": _shown,
            "@where": partial(_told, directory),
            "@secrets": lambda _: _variables(),
        }
        return {
            user.line: [Issue(Code.USER_SUSPENDED, "job_title", told[user.job_title](user))]
            for user in users
            if user.job_title in told
        }


def _note(what: str) -> None:
    notes = os.environ.get("BY_DEPARTMENT_NOTES")
    if notes:
        with Path(notes).open("a") as file:
            file.write(f"{what}\n")


def _shown(user: User) -> str:
    current = "new" if user.current is None else f"{user.current.role}/{user.current.location}"
    return f"{current} role={user.role!r} phone={user.phone!r} {dict(user.attributes)}"


def _told(directory: Directory, _user: User) -> str:
    places = " ".join(f"{p.name}={p.code}{list(p.aliases)}" for p in directory.locations)
    unknown = f"{directory.unknown_role.value} {directory.unknown_location.value}"
    return f"{' '.join(directory.roles)} | {places} | {unknown}"


def _variables() -> str:
    ours = sorted(name for name in os.environ if name.startswith("ROLLBOOK_"))
    return " ".join(name.removeprefix("ROLLBOOK_").lower() for name in ours)


by_department = ByDepartment()
