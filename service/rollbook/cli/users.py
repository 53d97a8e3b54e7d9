"""`rollbook users`: finds, lists, adds, locks, suspends and invites users."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import click
from rich.text import Text

from rollbook.cli.connection import ask, connection_options
from rollbook.cli.exit_codes import FINE, SOME_FAILED
from rollbook.cli.imports.page import notice_state_word
from rollbook.cli.screen.formats import (
    Time,
    brief,
    directory_option,
    first_of,
    labelled,
    output_option,
    set_conditions,
    show,
    spaced,
)
from rollbook.cli.screen.streams import print_block, printable, stdout_console
from rollbook.cli.user_key import key_of, who_argument
from rollbook.cli.users_grants import grant
from rollbook.cli.users_history import history
from rollbook.cli.users_mails import invite_users, resend_users
from rollbook.cli.users_passwords import reset, set_password
from rollbook.client import Client
from rollbook.client.json_values import plain
from rollbook.v1.notices_pb2 import NoticeEvent
from rollbook.v1.options_pb2 import Blanks, Mode
from rollbook.v1.results_pb2 import Outcome
from rollbook.v1.users_pb2 import ListUsersRequest, User, UserStatus

Decorated = TypeVar("Decorated", bound=Callable[..., object])

_BRIEF = ("employeeNumber", "email", "name", "role", "status")
_WIDE = (*_BRIEF, "location", "locks")
_WIDE_SCREEN = 100
"""Columns from which on a screen shows a list with location and locks."""
_COLUMNS = tuple(field.json_name for field in User.DESCRIPTOR.fields)
_STATUSES = {
    "active": UserStatus.USER_STATUS_ACTIVE,
    "suspended": UserStatus.USER_STATUS_SUSPENDED,
    "suspended-by-sync": UserStatus.USER_STATUS_SUSPENDED_BY_SYNC,
}
_TABLE_MOST = 100


@click.group()
def users() -> None:
    """Find, list, add, lock and suspend users.

    Commands name a user by employee number: `rollbook users show 4711`. With --by email, username
    or id they take that instead.
    """


@users.command("list")
@click.argument("text", default="")
@click.option(
    "--import",
    "import_id",
    metavar="ID",
    default="",
    help="Only users that this import created or changed.",
)
@click.option("--created-from", type=Time(), metavar="TIME", help="Only created then or later.")
@click.option("--created-until", type=Time(), metavar="TIME", help="Only created before then.")
@click.option("--updated-from", type=Time(), metavar="TIME", help="Only changed then or later.")
@click.option("--updated-until", type=Time(), metavar="TIME", help="Only last changed before then.")
@click.option("--role", default="", help="Only with this role, by name or alias.")
@click.option("--location", default="", help="Only at this location, by name, code or alias.")
@click.option("--unit", "organizational_unit", default="", help="Only in this unit, by name.")
@click.option("--status", type=click.Choice(list(_STATUSES)), help="Only with this status.")
@click.option(
    "--most",
    type=click.IntRange(min=1),
    help=f"List at most so many users. [table: {_TABLE_MOST}, else all]",
)
@directory_option
@output_option
@connection_options
def _list(
    status: str | None, most: int | None, directory: str, output: str, **conditions: object
) -> None:
    """List users, oldest first.

    With TEXT, list only users whose employee number, e-mail, username or name begins with it.

    Example: rollbook users list lovelace --status active
    """
    wanted = ListUsersRequest()
    set_conditions(wanted, conditions)
    if status:
        wanted.status = _STATUSES[status]
    limit = most or (_TABLE_MOST if output == "table" else None)
    asked = 0 if limit is None else limit + 1
    found = ask(lambda client: first_of(client.users.list(directory, wanted, most=asked), limit))
    shown = found[:limit]
    _print(shown, _WIDE if stdout_console().width >= _WIDE_SCREEN else _BRIEF, output)
    if output == "table" and len(found) > len(shown):
        click.echo(f"the first {len(shown):,}; --most N shows more", err=True)


@users.command("show")
@who_argument
@directory_option
@output_option
@connection_options
def _show(who: str, by: str, directory: str, output: str) -> None:
    """Show all fields of the user WHO."""
    user = ask(lambda client: client.users.get(directory, **key_of(who, by)))
    if output != "table":
        show([user], _COLUMNS, output)
        return
    facts = plain(user)
    facts["sources"] = facts["sources"] or "none: no full sync suspends this user"
    shown = [name for name in _COLUMNS if name != "lastNotice" and facts.get(name)]
    lines = [(spaced(name), Text(printable(brief(name, facts[name])))) for name in shown]
    print_block(stdout_console(), labelled(line for line in lines if line[1]))
    if user.HasField("last_notice"):
        last = user.last_notice
        event = NoticeEvent.Name(last.event).removeprefix("NOTICE_EVENT_").lower()
        at = f"{last.create_time.ToDatetime():%Y-%m-%d %H:%M} UTC"
        why = f": {printable(last.reason)}" if last.reason else ""
        click.echo(f" last notice: {event}, {at}, {notice_state_word(last.state)}{why}")


@users.command("add")
@click.argument("number")
@click.option("--email", help="The e-mail address.")
@click.option("--username", help="The username. [the e-mail address]")
@click.option("--first-name", help="The first name.")
@click.option("--last-name", help="The last name.")
@click.option("--role", help="The role. [the directory's default]")
@click.option("--location", help="The location.")
@click.option("--unit", "organizational_unit", help="The organizational unit.")
@click.option(
    "--set", "further", multiple=True, metavar="FIELD=VALUE", help="Set another field. Repeatable."
)
@click.option("--profile", default="", help="Apply the rules of this profile. [default]")
@click.option("--update", is_flag=True, help="Change the user, if the number is known already.")
@click.option(
    "--clear", is_flag=True, help="Let an empty value clear the field, as `--set phone=`."
)
@click.option("--dry-run", is_flag=True, help="Report what would happen, but write nothing.")
@directory_option
@output_option
@connection_options
def _add(
    number: str,
    *,
    further: Sequence[str],
    profile: str,
    update: bool,
    clear: bool,
    dry_run: bool,
    directory: str,
    output: str,
    **fields: str | None,
) -> int:
    """Create the user with the employee number NUMBER, by the rules of an import.

    Example: rollbook users add 4711 --email ada@example.org --first-name Ada
    """
    cells = {"employee_number": number, **fields, **dict(map(_cell, further))}
    try:
        written = ask(
            lambda client: client.users.write(
                directory,
                cells,
                mode=Mode.MODE_UPSERT if update else Mode.MODE_CREATE_ONLY,
                profile=profile,
                validate_only=dry_run,
                blanks=Blanks.BLANKS_CLEAR if clear else Blanks.BLANKS_UNSPECIFIED,
            )
        )
    except ValueError as wrong:
        raise click.UsageError(str(wrong)) from None
    result = written.result
    if output == "table":
        word = Outcome.Name(result.outcome).removeprefix("OUTCOME_")
        click.echo(f"{word} {result.employee_number} {result.user_id}".rstrip())
        for issue in result.issues:
            click.echo(f"  {issue.field or 'user'}: {issue.message} ({issue.code})")
    else:
        show([result], ("outcome", "employeeNumber", "userId", "issues"), output)
    return SOME_FAILED if result.outcome == Outcome.OUTCOME_FAILED else FINE


@users.command("lock")
@who_argument
@click.option("--role/--no-role", default=None, help="Keep the role in imports, or not.")
@click.option("--location/--no-location", default=None, help="Keep the location, or not.")
@click.option("--protected/--no-protected", default=None, help="Protect the user, or not.")
@directory_option
@output_option
@connection_options
def _lock(who: str, by: str, directory: str, output: str, **locks: bool | None) -> None:
    """Lock fields of the user WHO against imports, or unlock them.

    A lock that is not given stays as it is. No import changes the e-mail, username, role or
    password of a protected user, or suspends that user.

    Example: rollbook users lock 4711 --role --no-location
    """
    if set(locks.values()) == {None}:
        raise click.UsageError("give --role, --location, --protected, or --no-… of them")
    _one(lambda client: client.users.set_locks(directory, **locks, **key_of(who, by)), output)


@users.command("suspend")
@who_argument
@directory_option
@output_option
@connection_options
def _suspend(who: str, by: str, directory: str, output: str) -> None:
    """Suspend the user WHO, which frees the seat."""
    _one(lambda client: client.users.suspend(directory, **key_of(who, by)), output)


@users.command("reactivate")
@who_argument
@directory_option
@output_option
@connection_options
def _reactivate(who: str, by: str, directory: str, output: str) -> None:
    """End the suspension of the user WHO, which takes a seat."""
    _one(lambda client: client.users.reactivate(directory, **key_of(who, by)), output)


@users.command("set-source")
@who_argument
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@click.option("--none", "none", is_flag=True, help="Take every source from the user.")
@directory_option
@output_option
@connection_options
def _set_source(
    who: str, by: str, sources: Sequence[str], *, none: bool, directory: str, output: str
) -> None:
    """Set the sources of the user WHO: those whose full syncs name the user.

    A full sync takes its source from users whom its file does not name, and suspends those who have
    none left. A user without a source is suspended by no full sync.

    Example: rollbook users set-source 4711 hr crm
    """
    if bool(sources) is none:
        raise click.UsageError("give the sources that the user is to have, or --none")
    key = key_of(who, by)
    _one(lambda client: client.users.set_sources(directory, sources, **key), output, "sources")


def _one(
    question: Callable[[Client], Awaitable[User]], output: str, changed: str = "locks"
) -> None:
    """Print the user whom a command has changed, with what it has changed."""
    _print([ask(question)], (*_BRIEF, changed), output)


def _print(users: Sequence[User], columns: Sequence[str], output: str) -> None:
    """Print users; for a person the columns, and a name is one however the file had it."""
    if output != "table":
        show(users, _COLUMNS, output)
        return
    for user in users:
        user.name = user.name or f"{user.first_name} {user.last_name}".strip()
    show(users, columns, output)


def _cell(typed: str) -> tuple[str, str]:
    name, equals, value = typed.partition("=")
    if not equals:
        raise click.UsageError(f"{typed!r} is not FIELD=VALUE")
    return name.strip(), value


users.add_command(history)
users.add_command(invite_users)
users.add_command(resend_users)
users.add_command(set_password)
users.add_command(reset)
users.add_command(grant)
