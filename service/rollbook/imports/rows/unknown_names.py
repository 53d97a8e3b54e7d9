"""Makes the issue of a role, location or unit that is unknown or ambiguous."""

from rollbook.checking import echo
from rollbook.model import Code, Field, Issue, Options, UnknownName, UnknownRole


def unknown_role(options: Options, text: str) -> Issue:
    """The issue of a role that the directory does not know."""
    if options.unknown_role is UnknownRole.DEFAULT:
        return Issue(
            Code.ROLE_DEFAULTED,
            Field.ROLE,
            f"The role {echo(text)} is not known; a new user gets the default role, "
            "an existing one keeps theirs.",
        )
    return Issue(
        Code.INVALID_ROLE,
        Field.ROLE,
        f"The role {echo(text)} is not known in this directory.",
        {"value": text[:60]},
    )


def unknown_location(options: Options, text: str) -> Issue:
    """The issue of a location that the directory does not know, and that is not to be made."""
    if options.unknown_location is UnknownName.WARN:
        return Issue(
            Code.LOCATION_UNKNOWN_IGNORED,
            Field.LOCATION,
            f"The location {echo(text)} is not known; the user's stays as it was.",
            {"value": text[:60]},
        )
    return Issue(
        Code.INVALID_LOCATION,
        Field.LOCATION,
        f"The location {echo(text)} is not known in this directory.",
        {"value": text[:60], "reason": "unknown"},
    )


def ambiguous_location(text: str) -> Issue:
    """The issue of a text that several locations share."""
    return Issue(
        Code.INVALID_LOCATION,
        Field.LOCATION,
        f"{echo(text)} names more than one location; use a name or code that is one's alone.",
        {"value": text[:60], "reason": "ambiguous"},
    )


def unknown_unit(options: Options, text: str) -> Issue:
    """The issue of a unit that the directory does not know, and that is not to be made."""
    if options.unknown_unit is UnknownName.WARN:
        return Issue(
            Code.UNIT_UNKNOWN_IGNORED,
            Field.ORGANIZATIONAL_UNIT,
            f"The organizational unit {echo(text)} is not known; the user's stays.",
            {"value": text[:60]},
        )
    return Issue(
        Code.UNKNOWN_ORGANIZATIONAL_UNIT,
        Field.ORGANIZATIONAL_UNIT,
        f"The organizational unit {echo(text)} is not known in this directory.",
        {"value": text[:60]},
    )
