"""`rollbook tokens`: creates, lists and revokes access tokens."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

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
    "forLogin",
    "expireTime",
    "createTime",
    "createdBy",
    "revokeTime",
)


@click.group()
def tokens() -> None:
    """Create, list and revoke access tokens.

    Every call needs a token. It has a principal, the name behind it; scopes, its rights; and the
    directories that it opens.
    """


@tokens.command("create")
@click.argument("principal")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    help="A right of the token, such as imports:write. Repeatable.",
)
@click.option("--directory", "directories", multiple=True, help="A directory it opens. Repeatable.")
@click.option("--all-directories", is_flag=True, help="Open all directories, also later ones.")
@click.option("--user", metavar="NUMBER", help="Link the token to the user of this number.")
@click.option("--expires", type=Time(), metavar="TIME", help="When it expires. [server setting]")
@click.option("--description", default="", help="A note on its purpose.")
@click.option(
    "--write-token",
    "file",
    type=click.Path(path_type=Path),
    help="Write the token to a new file that only you can read.",
)
@connection_options
def _create(  # noqa: PLR0917 -- one argument an option
    principal: str,
    scopes: tuple[str, ...],
    directories: tuple[str, ...],
    all_directories: bool,
    user: str | None,
    expires: datetime | None,
    description: str,
    file: Path | None,
) -> None:
    """Create a token for PRINCIPAL and print it on stdout.

    It is shown only once: the server stores a hash of it. A linked token (--user) cannot change
    the role or the suspension of its own user.

    Example: rollbook tokens create hr --scope imports:write --directory main
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
    with _new_file(file) as write:
        made = ask(lambda client: client.tokens.create(token))
        write(made.secret)
    ends = made.token.expire_time.ToDatetime().date().isoformat()
    click.echo(
        f"token {made.token.token_id} of {principal}, until {ends}; it is not shown again",
        err=True,
    )


@contextmanager
def _new_file(path: Path | None) -> Iterator[Callable[[str], None]]:
    """What writes a line to the new file, or to stdout. Made first, so that no token is lost.

    Raises:
        UsageError: the file is there already, or cannot be made.
    """
    if path is None:
        yield click.echo
        return
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise click.UsageError(f"--write-token {path}: {error.strerror}") from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            yield lambda line: click.echo(line, file=file)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


@tokens.command("list")
@click.option("--principal", default="", help="Only tokens of this principal.")
@output_option
@connection_options
def _list(principal: str, output: str) -> None:
    """List the tokens that you could have created, without their clear text."""
    found = ask(lambda client: collect(client.tokens.list(principal)))
    show(found, _BRIEF if output == "table" else _COLUMNS, output)


@tokens.command("revoke")
@click.argument("token_id")
@output_option
@connection_options
def _revoke(token_id: str, output: str) -> None:
    """Revoke the token TOKEN_ID, at once and for all servers. `tokens list` has the ids."""
    revoked = ask(lambda client: client.tokens.revoke(token_id))
    show([revoked], _BRIEF if output == "table" else _COLUMNS, output)
