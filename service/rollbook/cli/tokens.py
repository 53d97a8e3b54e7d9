"""`rollbook tokens` → access tokens: made and shown once, listed, revoked."""

from datetime import datetime

import click

from rollbook.cli.connection import ask, connection_options
from rollbook.cli.screen.formats import Time, collect, output_option, show
from rollbook.v1.tokens_pb2 import LinkedUser, Token
from rollbook.v1.users_pb2 import UserKey

_BRIEF = ("tokenId", "principal", "scopes", "directories", "expireTime", "revokeTime")
_COLUMNS = (
    "tokenId",
    "principal",
    "description",
    "scopes",
    "directories",
    "allDirectories",
    "user",
    "expireTime",
    "createTime",
    "createdBy",
    "revokeTime",
)


@click.group()
def tokens() -> None:
    """Access tokens: who may call, and what they may."""


@tokens.command("create")
@click.argument("principal")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    help="What it opens, such as imports:write. Repeatable.",
)
@click.option("--directory", "directories", multiple=True, help="One it opens. Repeatable.")
@click.option("--all-directories", is_flag=True, help="It opens all, also later ones.")
@click.option("--user", metavar="NUMBER", help="Employee number of the user who PRINCIPAL is.")
@click.option("--expires", type=Time(), metavar="TIME", help="When it ends; else the server says.")
@click.option("--description", default="", help="What it is for.")
@connection_options
def _create(  # noqa: PLR0917 -- one argument an option
    principal: str,
    scopes: tuple[str, ...],
    directories: tuple[str, ...],
    all_directories: bool,
    user: str | None,
    expires: datetime | None,
    description: str,
) -> None:
    """Make a token for PRINCIPAL and print it: this once, for only a hash of it is kept.

    To stdout goes the token alone, so that it can be written to a file: `> token`.
    """
    if user and len(directories) != 1:
        raise click.UsageError("--user needs exactly one --directory: the user's")
    token = Token(
        principal=principal,
        scopes=scopes,
        directories=directories,
        all_directories=all_directories,
        description=description,
    )
    if user:
        key = UserKey(employee_number=user)
        token.user.CopyFrom(LinkedUser(directory=directories[0], user=key))
    if expires:
        token.expire_time.FromDatetime(expires)
    made = ask(lambda client: client.tokens.create(token))
    ends = made.token.expire_time.ToDatetime().date().isoformat()
    click.echo(made.secret)
    click.echo(
        f"token {made.token.token_id} of {principal}, until {ends}; it is not shown again",
        err=True,
    )


@tokens.command("list")
@click.option("--principal", default="", help="Only this one's.")
@output_option
@connection_options
def _list(principal: str, output: str) -> None:
    """Every token that you could have made, without its clear text."""
    found = ask(lambda client: collect(client.tokens.list(principal)))
    show(found, _BRIEF if output == "table" else _COLUMNS, output)


@tokens.command("revoke")
@click.argument("token_id")
@output_option
@connection_options
def _revoke(token_id: str, output: str) -> None:
    """Revoke the token TOKEN_ID: nobody gets in with it any more."""
    revoked = ask(lambda client: client.tokens.revoke(token_id))
    show([revoked], _BRIEF if output == "table" else _COLUMNS, output)
