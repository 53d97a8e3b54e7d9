"""`rollbook users grant`: what a user may do who signs in with a password."""

from datetime import datetime

import click

from rollbook.cli.connection import ask, connection_options
from rollbook.cli.screen.formats import Time, directory_option
from rollbook.cli.screen.streams import printable
from rollbook.cli.user_key import key_of, who_argument
from rollbook.v1.tokens_pb2 import LinkedUser, Token
from rollbook.v1.users_pb2 import UserKey


@click.command("grant")
@who_argument
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    help="A right of the user, such as imports:write. Repeatable.",
)
@click.option("--principal", default="", help="The name behind it. [DIRECTORY/WHO]")
@click.option("--expires", type=Time(), metavar="TIME", help="When it expires. [server setting]")
@directory_option
@connection_options
def grant(
    who: str,
    by: str,
    scopes: tuple[str, ...],
    principal: str,
    expires: datetime | None,
    directory: str,
) -> None:
    """Let the user WHO sign in to the web console with a password.

    The user then has these rights in the directory. The newest grant of a user counts. `tokens
    list` shows it, and `tokens revoke` ends it and every session that it opened.

    Example: rollbook users grant 4711 --scope imports:write --scope imports:read
    """
    token = Token(
        principal=principal or f"{directory}/{who}",
        scopes=scopes,
        directories=[directory],
        description="Signs in with a password",
        user=LinkedUser(directory=directory, user=UserKey(**key_of(who, by))),
        for_login=True,
    )
    if expires:
        token.expire_time.FromDatetime(expires)
    made = ask(lambda client: client.tokens.create(token)).token
    ends = made.expire_time.ToDatetime().date().isoformat()
    click.echo(
        f"{printable(who)} signs in to {directory} with a password until {ends}, "
        f"by the grant {made.token_id}"
    )
