"""`rollbook users`: finds, lists, adds, locks and suspends users."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime
from typing import TypeVar

import click
from rich.text import Text

from rollbook.cli.connection import ask, connection_options
from rollbook.cli.exit_codes import FINE, SOME_FAILED
from rollbook.cli.screen.formats import (
    Time,
    brief,
    directory_option,
    labelled,
    output_option,
    show,
    spaced,
)
from rollbook.cli.screen.streams import print_block, printable, stdout_console
from rollbook.client import Client
from rollbook.client.json_values import plain
from rollbook.client.users import Key
from rollbook.v1.notices_pb2 import NoticeEvent, NoticeState
from rollbook.v1.options_pb2 import Mode
from rollbook.v1.results_pb2 import Outcome
from rollbook.v1.users_pb2 import ListUsersRequest, User, UserStatus

Decorated = TypeVar("Decorated", bound=Callable[..., object])

_BRIEF = ("employeeNumber", "email", "name", "role", "status")
_COLUMNS = tuple(field.json_name for field in User.DESCRIPTOR.fields)
_STATUSES = {
    "active": UserStatus.USER_STATUS_ACTIVE,
    "suspended": UserStatus.USER_STATUS_SUSPENDED,
    "suspended-by-sync": UserStatus.USER_STATUS_SUSPENDED_BY_SYNC,
}
_TABLE_MOST = 100
_KINDS = ("number", "email", "username", "id")


@click.group()
def users() -> None:
    """Users of a directory."""


def _who(command: Decorated) -> Decorated:
    command = click.option(
        "--by",
        type=click.Choice(list(_KINDS)),
        default="number",
        show_default=True,
        help="What WHO is.",
    )(command)
    return click.argument("who")(command)


@users.command("list")
@click.argument("text", default="")
@click.option("--import", "import_id", metavar="ID", default="", help="Created or changed by it.")
@click.option("--created-from", type=Time(), metavar="TIME", help="Created then or later.")
@click.option("--created-until", type=Time(), metavar="TIME", help="Created before then.")
@click.option("--updated-from", type=Time(), metavar="TIME", help="Last changed then or later.")
@click.option("--updated-until", type=Time(), metavar="TIME", help="Last changed before then.")
@click.option("--role", default="", help="A role's name or alias.")
@click.option("--location", default="", help="A location's name, code or alias.")
@click.option("--unit", "organizational_unit", default="", help="An organizational unit's name.")
@click.option("--status", type=click.Choice(list(_STATUSES)), help="Active or suspended.")
@click.option("--most", type=click.IntRange(min=1), help=f"[table: {_TABLE_MOST}, else all]")
@directory_option
@output_option
@connection_options
def _list(
    status: str | None, most: int | None, directory: str, output: str, **conditions: object
) -> None:
    """Users, oldest first; with TEXT those whose number, e-mail, username or name begins so."""
    wanted = ListUsersRequest()
    for name, value in conditions.items():
        if isinstance(value, datetime):
            getattr(wanted, name).FromDatetime(value)
        elif value:
            setattr(wanted, name, value)
    if status:
        wanted.status = _STATUSES[status]
    limit = most or (_TABLE_MOST if output == "table" else None)
    asked = 0 if limit is None else limit + 1
    found = ask(lambda client: _some(client.users.list(directory, wanted, most=asked), limit))
    shown = found[:limit]
    if output == "table":
        for user in shown:  # for a person, a name is one however the file had it
            user.name = user.name or f"{user.first_name} {user.last_name}".strip()
    show(shown, _columns(output), output)
    if output == "table" and len(found) > len(shown):
        click.echo(f"the first {len(shown):,}; --most N shows more", err=True)


async def _some(listed: AsyncIterator[User], limit: int | None) -> list[User]:
    """As many as are asked for, and one more if there is one."""
    found: list[User] = []
    async for user in listed:
        found.append(user)
        if limit is not None and len(found) > limit:
            break
    return found


@users.command("show")
@_who
@directory_option
@output_option
@connection_options
def _show(who: str, by: str, directory: str, output: str) -> None:
    """The user WHO."""
    user = ask(lambda client: client.users.get(directory, **_key(who, by)))
    if output != "table":
        show([user], _COLUMNS, output)
        return
    facts = plain(user)
    shown = [name for name in _COLUMNS if name != "lastNotice" and facts.get(name)]
    lines = [(spaced(name), Text(printable(_fact(name, facts[name])))) for name in shown]
    print_block(stdout_console(), labelled(line for line in lines if line[1]))
    if user.HasField("last_notice"):
        last = user.last_notice
        event = NoticeEvent.Name(last.event).removeprefix("NOTICE_EVENT_").lower()
        state = NoticeState.Name(last.state).removeprefix("NOTICE_STATE_").lower()
        at = f"{last.create_time.ToDatetime():%Y-%m-%d %H:%M} UTC"
        why = f": {printable(last.reason)}" if last.reason else ""
        click.echo(f" last notice: {event}, {at}, {state}{why}")


@users.command("add")
@click.argument("number")
@click.option("--email", help="The e-mail address.")
@click.option("--username", help="The username. [the e-mail]")
@click.option("--first-name", help="The first name.")
@click.option("--last-name", help="The last name.")
@click.option("--role", help="The role. [the directory's default]")
@click.option("--location", help="The location.")
@click.option("--unit", "organizational_unit", help="The organizational unit.")
@click.option("--set", "further", multiple=True, metavar="FIELD=VALUE", help="Any other field.")
@click.option("--profile", default="", help="Whose rules hold. [default]")
@click.option("--update", is_flag=True, help="A user who is there already is changed.")
@click.option("--dry-run", is_flag=True, help="Say what would become of it; write nothing.")
@directory_option
@output_option
@connection_options
def _add(
    number: str,
    *,
    further: Sequence[str],
    profile: str,
    update: bool,
    dry_run: bool,
    directory: str,
    output: str,
    **fields: str | None,
) -> int:
    """Make one user by hand, by the rules of an import; NUMBER is the employee number."""
    cells = {"employee_number": number, **fields, **dict(map(_cell, further))}
    try:
        written = ask(
            lambda client: client.users.write(
                directory,
                cells,
                mode=Mode.MODE_UPSERT if update else Mode.MODE_CREATE_ONLY,
                profile=profile,
                validate_only=dry_run,
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
@_who
@click.option("--role/--no-role", default=None, help="Whether imports leave the role.")
@click.option("--location/--no-location", default=None, help="Whether they leave the location.")
@click.option("--protected/--no-protected", default=None, help="Whether the user is protected.")
@directory_option
@output_option
@connection_options
def _lock(who: str, by: str, directory: str, output: str, **locks: bool | None) -> None:
    """Say what no import changes of the user WHO; what is not said stays."""
    if set(locks.values()) == {None}:
        raise click.UsageError("give --role, --location, --protected, or --no-… of them")
    _one(lambda client: client.users.set_locks(directory, **locks, **_key(who, by)), output)


@users.command("suspend")
@_who
@directory_option
@output_option
@connection_options
def _suspend(who: str, by: str, directory: str, output: str) -> None:
    """Suspend the user WHO, and free the seat."""
    _one(lambda client: client.users.suspend(directory, **_key(who, by)), output)


@users.command("reactivate")
@_who
@directory_option
@output_option
@connection_options
def _reactivate(who: str, by: str, directory: str, output: str) -> None:
    """End the suspension of the user WHO; needs a seat."""
    _one(lambda client: client.users.reactivate(directory, **_key(who, by)), output)


def _one(question: Callable[[Client], Awaitable[User]], output: str) -> User:
    user = ask(question)
    show([user], _columns(output), output)
    return user


def _fact(name: str, value: object) -> str:
    """A value of one user; of what is on or off, what is on."""
    if not isinstance(value, dict):
        return brief(name, value)
    return ", ".join(key if one is True else f"{key}={one}" for key, one in value.items() if one)


def _key(who: str, by: str) -> Key:
    match by:
        case "id":
            return {"user_id": who}
        case "email":
            return {"email": who}
        case "username":
            return {"username": who}
    return {"employee_number": who}


def _columns(output: str) -> Sequence[str]:
    return _BRIEF if output == "table" else _COLUMNS


def _cell(typed: str) -> tuple[str, str]:
    name, equals, value = typed.partition("=")
    if not equals:
        raise click.UsageError(f"{typed!r} is not FIELD=VALUE")
    return name.strip(), value
