"""Parses the options of `rollbook import` into ImportOptions, and names wrong words."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypedDict, TypeVar

import click

from rollbook.client import import_options, option_values

if TYPE_CHECKING:
    from rollbook.v1.options_pb2 import ImportOptions

Decorated = TypeVar("Decorated", bound=Callable[..., object])

_TAB = {"tab": "\t", "\\t": "\t"}


def _kebab(name: str, *left_out: str) -> click.Choice[str]:
    words = [word.lower().replace("_", "-") for word in option_values(name) if word not in left_out]
    return click.Choice(words, case_sensitive=False)


class Given(TypedDict):
    """What was typed, before it is looked at."""

    dry_run: bool
    commit: str | None
    mode: str | None
    full_sync: bool
    identity: str | None
    first_password: str | None
    notify: str | None
    delimiter: str | None
    encoding: str | None
    column: Sequence[str]
    changes: bool
    set: Sequence[str]


_OPTIONS = [
    click.option(
        "--dry-run",
        is_flag=True,
        help="Preview: plan every row, but write nothing.",
    ),
    click.option(
        "--commit",
        type=_kebab("commit", "NONE"),
        help="Commit each batch, or the whole file at its end.",
    ),
    click.option("--mode", type=_kebab("mode"), help="Create, update, or both."),
    click.option(
        "--full-sync",
        is_flag=True,
        help="Suspend the users whom neither the file nor another source's names any more.",
    ),
    click.option(
        "--identity",
        type=_kebab("identity"),
        help="The column that gives the employee number, for files that have none.",
    ),
    click.option(
        "--first-password",
        type=_kebab("first_password"),
        help="Where a new user's password comes from: nowhere yet, the file, or made for a mail.",
    ),
    click.option(
        "--notify",
        type=_kebab("notify"),
        help="Mail new users a welcome, a link to set a password, or a generated one.",
    ),
    click.option("--delimiter", metavar="CHAR", help="One of , ; | and tab. [detected]"),
    click.option(
        "--encoding", metavar="NAME", help="The file's encoding, such as windows-1252. [UTF-8]"
    ),
    click.option(
        "--column",
        multiple=True,
        metavar="HEADER=FIELD",
        help="Map a column to a field, or to attributes.NAME. Repeatable.",
    ),
    click.option("--changes", is_flag=True, help="Report the old and new value of each field."),
    click.option(
        "--set",
        multiple=True,
        metavar="OPTION=VALUE",
        help="Set another option, such as unknown_location=CREATE. Repeatable.",
    ),
]


def import_choices(command: Decorated) -> Decorated:
    """Add the options of an import to a command that takes `Given`'s names."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def chosen(given: Given) -> "ImportOptions":
    """The options that were typed; all others come from the profile.

    Raises:
        click.UsageError: a name, a value or a combination that there is not.
    """
    named: dict[str, str | bool | dict[str, str]] = dict(_pairs(given["set"]))
    if given["dry_run"]:
        named.pop("commit", None)
    for name, value in _flags(given).items():
        if name in named:
            raise click.UsageError(f"{name} is given twice, by --set {name}= and by its own option")
        named[name] = value
    if columns := _columns(given["column"]):
        named["columns"] = columns
    try:
        return import_options(**named)
    except ValueError as wrong:
        raise click.UsageError(str(wrong)) from None


_AS_TYPED = ("mode", "identity", "first_password", "notify", "encoding")
"""What is sent as it was typed."""


def _flags(given: Given) -> dict[str, str | bool]:
    named: dict[str, str | bool] = {
        name: word
        for name in _AS_TYPED
        if (word := given[name])  # type: ignore[literal-required]
    }
    if given["dry_run"]:  # of whatever way the real run commits
        named["commit"] = "NONE"
    elif given["commit"]:
        named["commit"] = given["commit"]
    elif given["full_sync"]:
        named["commit"] = "WHOLE_FILE"  # the only way that a full sync may be committed
    if given["full_sync"]:
        named["missing_users"] = "SUSPEND"
    if given["delimiter"]:
        named["delimiter"] = _TAB.get(given["delimiter"].lower(), given["delimiter"])
    if given["changes"]:
        named["include_changes"] = True
    return named


def _pairs(given: Sequence[str]) -> dict[str, str]:
    named: dict[str, str] = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        name = name.strip().lower().replace("-", "_")
        if not equals:
            raise click.UsageError(f"--set {pair}: it must be OPTION=VALUE")
        if name == "columns":
            raise click.UsageError("columns are given by --column HEADER=FIELD")
        if name in named:
            raise click.UsageError(f"{name} is given twice")
        named[name] = value
    return named


def _columns(given: Sequence[str]) -> dict[str, str]:
    named: dict[str, str] = {}
    for pair in given:
        header, equals, field = pair.rpartition("=")
        if not (equals and header and field):
            raise click.UsageError(f"--column {pair}: it must be HEADER=FIELD")
        if header in named:
            raise click.UsageError(f"--column: {header} is given twice")
        named[header] = field.strip()
    return named
