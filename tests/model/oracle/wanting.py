"""Computes what a row makes of its user, or why it may not."""

import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tests.model.oracle.values import MOST_ATTRIBUTES, Directory, Issue, Options, Row, User

Change = tuple[str, str, str]
"""A field, its old and its new value, '' for none."""

_PLAIN = ("first_name", "last_name", "name", "job_title", "department", "phone")
_SHOWN = ("email", "username", *_PLAIN, "role", "location", "organizational_unit")


def wanted_user(row: Row, directory: Directory, options: Options, source: str) -> User | None:
    """The user that the row asks for; None if it is refused, with the issue added to it."""
    if row.failed:
        return None
    stored = directory.users.get(row.number_key)
    if stored is None:
        if options.mode == "UPDATE_ONLY":
            row.say("not_found", options.number_field)
            return None
        return _new(row, directory, source)
    if options.mode == "CREATE_ONLY":
        known = {"email": "duplicate_email", "username": "duplicate_username"}
        row.say(known.get(options.number_field, "already_exists"), options.number_field)
        return None
    return _changed(row, stored, source if options.missing_users == "SUSPEND" else "")


def _new(row: Row, directory: Directory, source: str) -> User | None:
    _say_what_became_of_role(row, "default")
    values = row.values
    plain: dict[str, Any] = {name: values.get(name) or "" for name in _PLAIN}
    return User(
        employee_number=values["employee_number"] or "",
        number_key=row.number_key,
        email=values["email"] or "",
        email_key=row.email_key,
        username=values.get("username") or values["email"] or "",
        username_key=row.username_key or row.email_key,
        role=values.get("role") or directory.default_role,
        location=values.get("location") or "",
        organizational_unit=values.get("organizational_unit") or "",
        attributes=_attributes((), row.values),
        change_password_next_time=values.get("change_password_next_time") == "1",
        source=source,
        sources=(source,),
        **plain,
    )


def _changed(row: Row, stored: User, synced: str) -> User | None:
    """`synced`: the source whose full sync it is, '' for any other import."""
    values = _without_damage(row, stored)
    plain: dict[str, Any] = {
        name: values[name] for name in (*_PLAIN, "organizational_unit") if name in values
    }
    wanted = replace(stored, attributes=_attributes(stored.attributes, values), **plain)
    if "change_password_next_time" in values:
        must = values["change_password_next_time"] == "1"
        wanted = replace(wanted, change_password_next_time=must)
    wanted = _named_anew(wanted, row, stored, values)
    role = values.get("role", stored.role)
    wanted = replace(wanted, role=stored.role if stored.role_locked else role)
    location = values.get("location", stored.location)
    wanted = replace(wanted, location=stored.location if stored.location_locked else location)
    if stored.status == "suspended_by_sync" and synced:
        wanted = replace(wanted, status="active")
    if synced and synced not in stored.sources:
        wanted = replace(wanted, sources=(*stored.sources, synced))
    if len(wanted.attributes) > max(MOST_ATTRIBUTES, len(stored.attributes)):
        row.say("too_many_attributes", "", limit=str(MOST_ATTRIBUTES))
        return None
    if stored.protected and _touches(row, stored, wanted):
        return None
    _say_what_became_of_role(row, "kept")
    if stored.role_locked and role != stored.role:
        row.say("role_locked", "role")
    if stored.location_locked and (row.made_location or location != stored.location):
        row.say("location_locked", "location")
    if wanted.status != "active":
        row.say("user_suspended", "")
    return wanted


def _named_anew(wanted: User, row: Row, stored: User, values: dict[str, str]) -> User:
    """E-mail and username; a username that is the e-mail follows it where none is given."""
    follows = stored.username_key == stored.email_key or stored.username == stored.email
    if "email" in values:
        wanted = replace(wanted, email=values["email"], email_key=row.email_key)
        if "username" not in values and follows:
            wanted = replace(wanted, username=wanted.email, username_key=row.email_key)
    if "username" in values:
        same = values["username"] != row.value("username")  # it was damaged
        key = stored.username_key if same else row.username_key
        wanted = replace(wanted, username=values["username"], username_key=key)
    return wanted


def _touches(row: Row, stored: User, wanted: User) -> bool:
    """Whether the row changes what no import may of a protected user; adds the issue.

    The text counts and not the key, except the case of the domain; a username that
    only follows the e-mail is not reported.
    """
    moves = moved(stored.email, wanted.email)
    named = row.value("username") is not None
    follows = stored.username == stored.email and wanted.username == wanted.email and not named
    if moves:
        row.say("target_protected", "email")
    if stored.username != wanted.username and (named or not (moves or follows)):
        row.say("target_protected", "username")
    if stored.role != wanted.role:
        row.say("target_protected", "role")
    return row.failed


def moved(before: str, after: str) -> bool:
    """Whether an e-mail is another text; the case of ASCII letters in the domain does not count."""
    local, _, domain = before.partition("@")
    new_local, _, new_domain = after.partition("@")
    lowered = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
    return (local, domain.translate(lowered)) != (new_local, new_domain.translate(lowered))


def changes(stored: User | None, wanted: User, row: Row) -> tuple[Change, ...]:
    """Each field that differs, with its old and new value; of a new user, all that it has."""
    found = [
        (name, getattr(stored, name) if stored else "", getattr(wanted, name)) for name in _SHOWN
    ]
    must = "change_password_next_time"
    if stored:
        found.append((must, str(int(getattr(stored, must))), str(int(getattr(wanted, must)))))
    elif row.value(must):
        found.append((must, "", row.value(must) or ""))
    old, new = dict(stored.attributes if stored else ()), dict(wanted.attributes)
    if stored:
        found.append(("status", _shown(stored.status), _shown(wanted.status)))
        found.append(("sources", ", ".join(stored.sources), ", ".join(wanted.sources)))
    found += [(f"attributes.{n}", old.get(n, ""), new.get(n, "")) for n in {**old, **new}]
    return tuple(change for change in found if change[1] != change[2])


def _shown(status: str) -> str:
    return "suspended" if status == "suspended_by_sync" else status


def _say_what_became_of_role(row: Row, applied: str) -> None:
    row.issues = [
        Issue("role_defaulted", "role", (("applied", applied),))
        if issue.code == "role_defaulted"
        else issue
        for issue in row.issues
    ]


def _without_damage(row: Row, stored: User) -> dict[str, str]:
    """The row's values, those that are damaged as they are stored if they differ only there."""
    old = {f"attributes.{name}": text for name, text in stored.attributes}
    old |= {name: getattr(stored, name) for name in (*_PLAIN, "username")}
    return {
        name: old[name] if name in old and _is_damaged(value, old[name]) else value
        for name, value in row.values.items()
        if value is not None
    }


def _is_damaged(text: str, original: str) -> bool:
    """Whether it may be what is left of `original`: each run of U+FFFD stands for some characters.

    All runs together stand for no more characters than they are.
    """
    parts = re.split("\ufffd+", text)
    pattern = ".+".join(map(re.escape, parts))
    fits = re.fullmatch(pattern, original, re.DOTALL) is not None
    return len(parts) > 1 and len(original) <= len(text) and fits


def _attributes(
    stored: Sequence[tuple[str, str]], values: Mapping[str, str | None]
) -> tuple[tuple[str, str], ...]:
    kept = dict(stored)
    for field, value in values.items():
        name = field.removeprefix("attributes.")
        if name == field or value is None:
            continue
        kept[name] = value
    return tuple(sorted((name, value) for name, value in kept.items() if value))
