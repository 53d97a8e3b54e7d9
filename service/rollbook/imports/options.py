"""Makes the effective options of an import, and converts options to and from JSON."""

from collections.abc import Mapping
from dataclasses import fields, replace
from enum import Enum
from typing import Any
from uuid import UUID

from rollbook.errors import Reason, Refusal
from rollbook.model import (
    Commit,
    FirstPassword,
    LineRange,
    MissingUsers,
    Notify,
    Options,
)
from rollbook.model.options import CHOICES
from rollbook.profiles import Profile

_MAX_COLUMNS = 256
_MAX_RANGES = 10_000


def effective(profile: Profile, given: Mapping[str, object]) -> Options:
    """The profile's options, with what the client set.

    Raises:
        Refusal: INVALID_OPTIONS, naming the option.
    """
    options = replace(profile.defaults(), **given)  # type: ignore[arg-type]
    if len(options.columns) > _MAX_COLUMNS:
        raise invalid("columns", f"columns maps more than {_MAX_COLUMNS} headers.")
    if options.max_failed_rows is not None and options.max_failed_rows < 0:
        raise invalid("max_failed_rows", "max_failed_rows is below zero.")
    check_choice(options)
    if options.missing_users is MissingUsers.SUSPEND:
        _check_full_sync(options)
    _check_first_password(options)
    return options


_FITTING = {
    FirstPassword.NONE: frozenset({Notify.NOBODY, Notify.WELCOME_NEW, Notify.INVITE_NEW}),
    FirstPassword.FROM_FILE: frozenset({Notify.NOBODY, Notify.WELCOME_NEW}),
    FirstPassword.GENERATE: frozenset({Notify.NOBODY, Notify.LOGIN_DETAILS}),
}
"""Which mails go with a first password: an invitation sets one, login details have one."""


def _check_first_password(options: Options) -> None:
    """Whether the mail fits the first password.

    Raises:
        Refusal: INVALID_OPTIONS, naming the option.
    """
    allowed = _FITTING[options.first_password]
    if options.notify not in allowed:
        fitting = " or ".join(sorted(choice.value for choice in allowed))
        first = options.first_password.value
        raise invalid("notify", f"first_password = {first} goes with notify = {fitting}.")


def check_choice(options: Options) -> None:
    """Whether the choice of lines and outcomes can be.

    Raises:
        Refusal: INVALID_OPTIONS, naming the option.
    """
    if len(options.only_lines) > _MAX_RANGES:
        raise invalid("only_lines", f"only_lines has more than {_MAX_RANGES} ranges.")
    if unknown := set(options.only_outcomes) - {"CREATED", "UPDATED"}:
        raise invalid("only_outcomes", f"only_outcomes cannot be {', '.join(sorted(unknown))}.")


def _check_full_sync(options: Options) -> None:
    """Who is missing is known only of a whole file, applied as a whole."""
    if options.commit is Commit.PER_BATCH:
        raise invalid("missing_users", "missing_users = SUSPEND needs commit = WHOLE_FILE or NONE.")
    if options.only_lines or options.only_outcomes:
        raise invalid("missing_users", "missing_users = SUSPEND goes with no choice of lines.")


def as_json(options: Options) -> dict[str, object]:
    """Options as they are stored and compared."""
    return {f.name: _plain(getattr(options, f.name)) for f in fields(options)}


def as_options(stored: Mapping[str, Any], profile: Profile | None = None) -> Options:
    """Options as they were stored, as words again.

    An option that was added since then is as the profile has it.
    """
    if profile:
        stored = {**as_json(profile.defaults()), **stored}
    found: dict[str, Any] = {
        name: CHOICES[name](value) if name in CHOICES else value for name, value in stored.items()
    }
    found["columns"] = tuple((header, field) for header, field in stored["columns"])
    found["only_lines"] = tuple(LineRange(first, last) for first, last in stored["only_lines"])
    found["only_outcomes"] = tuple(stored["only_outcomes"])
    return Options(**found)


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, LineRange):
        return [value.first, value.last]
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value


def invalid(option: str, message: str) -> Refusal:
    """An option that cannot be, by name."""
    return Refusal(Reason.INVALID_OPTIONS, message, {"option": option})


def parse_id(text: str) -> UUID:
    """An import's id.

    Raises:
        Refusal: INVALID_OPTIONS, it is no UUID.
    """
    try:
        return UUID(text)
    except ValueError:
        raise invalid("import_id", "import_id must be a UUID.") from None
