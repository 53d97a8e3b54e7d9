"""The issues of an import's rows, with their messages: what is taken, unknown, locked, removed.

The message about a cell stands with the rule that the cell breaks, in `checking`; that about a
record which cannot be read, in `reading`; that about a right, in `users/policy.py`.
"""

from collections.abc import Sequence

from rollbook.checking import echo
from rollbook.model import (
    MOST_ATTRIBUTES,
    Code,
    Field,
    Issue,
    Notify,
    Options,
    UnknownName,
    UnknownRole,
)
from rollbook.store.users import ACTIVE
from rollbook.users.change import NO_SEAT
from rollbook.users.disclosure import holder_params

_DUPLICATES = {
    Field.EMPLOYEE_NUMBER: (Code.DUPLICATE_EMPLOYEE_NUMBER, "employee number"),
    Field.EMAIL: (Code.DUPLICATE_EMAIL, "e-mail address"),
    Field.USERNAME: (Code.DUPLICATE_USERNAME, "username"),
}
ADDRESS_OF_ANOTHER = Issue(
    Code.DUPLICATE_USERNAME, Field.USERNAME, "This username is another user's e-mail address."
)
ADDRESS_OF_NOBODY = Issue(
    Code.INVALID_USERNAME,
    Field.USERNAME,
    "A username that is an e-mail address must be the row's own.",
)
NO_SEAT_LEFT = Issue(Code.SEAT_LIMIT_REACHED, "", NO_SEAT)
CONFLICT = Issue(
    Code.CONFLICT_RETRY_EXHAUSTED,
    "",
    "Other writers kept changing the same users; import this row again.",
)
USER_SUSPENDED = Issue(Code.USER_SUSPENDED, "", "This user is suspended, and stays so.")
TOO_MANY_ATTRIBUTES = Issue(  # of the whole row: no single attribute is the one too many
    Code.TOO_MANY_ATTRIBUTES,
    "",
    f"With those that are stored the user would have more than {MOST_ATTRIBUTES} attributes.",
    {"limit": str(MOST_ATTRIBUTES)},
)


def taken_in_file(field: Field, first_line: int) -> Issue:
    """The issue of a name that an earlier line of the file has."""
    code, what = _DUPLICATES[field]
    message = f"Line {first_line} of this file already has this {what}."
    return Issue(code, field, message, {"first_line": str(first_line)})


def taken(field: Field) -> Issue:
    """The issue of a name that another user keeps."""
    code, what = _DUPLICATES[field]
    return Issue(code, field, f"Another user of this directory has this {what}.")


def user_exists(identity: Field) -> Issue:
    """The issue of a known user in an import that only creates."""
    code = Code.ALREADY_EXISTS
    if identity in (Field.EMAIL, Field.USERNAME):
        code, _ = _DUPLICATES[identity]
    return Issue(code, identity, "This user exists already, and this import only creates.")


def user_not_found(identity: Field) -> Issue:
    """The issue of a new user in an import that only updates."""
    message = "There is no such user, and this import only updates."
    return Issue(Code.NOT_FOUND, identity, message)


def locked(code: Code, field: Field) -> Issue:
    """The warning that a locked role or location stays."""
    return Issue(code, field, f"The user's {field} is locked and stays; the rest was applied.")


def kept_in_doubt(field: Field, number: str) -> Issue:
    """The warning that a full sync keeps the user who has a failed row's e-mail or username.

    `number` is that user's, an active one's: `users.disclosure` decides who sees it.
    """
    _, what = _DUPLICATES[field]
    return Issue(
        Code.KEPT_IN_DOUBT,
        field,
        f"The user who has this {what} is not suspended by this full sync: this row failed, and may"
        " mean them.",
        holder_params(number, ACTIVE),
    )


def removed_meanwhile(code: Code, field: Field) -> Issue:
    """The issue of a role, location or unit that was removed after it was resolved."""
    return Issue(
        code,
        field,
        f"The {field.replace('_', ' ')} was removed while the import was under way; "
        "import this row again.",
        {"reason": "removed"},
    )


PASSWORD_IGNORED = Issue(
    Code.PASSWORD_IGNORED_EXISTING_USER,
    Field.PASSWORD,
    "This user is there already, and keeps the password; a file sets first passwords alone.",
)
PASSWORD_COLUMN_READ = Issue(
    Code.PASSWORD_COLUMN_READ,
    "",
    "The file has passwords in clear: delete it after the import.",
    {"column": Field.PASSWORD.value},
)


def password_quota_exceeded(most: int) -> Issue:
    """The issue of a new user's password beyond those that one import may have."""
    return Issue(
        Code.PASSWORD_QUOTA_EXCEEDED,
        Field.PASSWORD,
        f"One import sets {most:,} first passwords at most: import this row with the next one, or "
        "without a password.",
        {"limit": str(most)},
    )


def mail_not_configured(notify: Notify, missing: Sequence[str]) -> Issue:
    """The warning of an import that asks for mail which nobody sends; `missing` are at least one.

    `missing` is what the server lacks, in words for its operator.
    """
    lacks = ", ".join(missing)
    return Issue(
        Code.MAIL_NOT_CONFIGURED,
        "",
        f"This import asks for mail that nobody sends, for this server lacks: {lacks}. Users "
        "without a password cannot log in.",
        {"notify": notify.value, "missing": lacks},
    )


def attribute_not_read(name: str, header: str) -> Issue:
    """The warning of an ignored column that a plugin would read as an attribute."""
    return Issue(
        Code.ATTRIBUTE_NOT_READ,
        "",
        f"A plugin reads the attribute {name}, and this import ignores the column"
        f" {header}: --column '{header}=attributes.{name}' feeds it.",
        {"column": header, "attribute": name},
    )


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
    """The issue of a location that the directory does not know, and that is not made."""
    if options.unknown_location is not UnknownName.REJECT:
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
    """The issue of a unit that the directory does not know, and that is not made."""
    if options.unknown_unit is not UnknownName.REJECT:
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
