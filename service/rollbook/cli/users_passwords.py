"""`rollbook users set-password` and `users reset`: passwords of users."""

import sys

import click

from rollbook.cli.connection import ask, connection_options
from rollbook.cli.screen.formats import directory_option
from rollbook.cli.screen.streams import printable
from rollbook.cli.user_key import key_of, who_argument

_MOST = 4096


@click.command("set-password")
@who_argument
@click.option("--from-stdin", is_flag=True, help="Read the password from stdin, its first line.")
@click.option(
    "--must-change/--no-must-change",
    default=True,
    show_default=True,
    help="Ask the user for another one at the next login.",
)
@click.option(
    "--mail-login-details",
    is_flag=True,
    help="Ask for no password: mail the user one that is made for the mail.",
)
@directory_option
@connection_options
def set_password(
    who: str,
    by: str,
    *,
    from_stdin: bool,
    must_change: bool,
    mail_login_details: bool,
    directory: str,
) -> None:
    """Set the password of the user WHO; links that were sent to the user stop working.

    The password is asked for twice and not shown. A password is no argument, because other users
    of this machine see the arguments of a command. A mail informs the user of the change.

    Example: pwgen -s 20 1 | rollbook users set-password 4711 --from-stdin
    """
    if mail_login_details:
        if from_stdin or not must_change:
            raise click.UsageError(
                "--mail-login-details takes no password, and the one that it mails must be changed"
            )
        key = key_of(who, by)
        ask(lambda client: client.credentials.mail_login_details(directory, **key))
        click.echo(
            f"login details are mailed to {printable(who)}: the password is made when the mail is "
            "sent, and is shown to nobody else"
        )
        return
    password = _from_stdin() if from_stdin else _typed()
    ask(
        lambda client: client.credentials.set_for_user(
            directory, password, must_change=must_change, **key_of(who, by)
        )
    )
    then = "; another is asked for at the next login" if must_change else ""
    click.echo(f"the password of {printable(who)} is set{then}")


@click.command("reset")
@who_argument
@directory_option
@connection_options
def reset(who: str, by: str, directory: str) -> None:
    """Send the user WHO a link to set a password.

    The answer is the same whether there is such a user or not. One user gets at most three links an
    hour.
    """
    ask(lambda client: client.credentials.request_reset(directory, **key_of(who, by)))
    click.echo(
        f"a link is sent to {printable(who)}, if that is an active user with under 3 this hour"
    )


def _typed() -> str:
    if not sys.stdin.isatty():
        raise click.UsageError("there is no terminal to type a password at: give --from-stdin")
    try:
        password: str = click.prompt("New password", hide_input=True, confirmation_prompt=True)
        password.encode()
    except UnicodeError:
        raise click.UsageError("the password that was typed is not in UTF-8") from None
    return password


def _from_stdin() -> str:
    """The first line, without its end and a byte-order mark; nothing else is taken off."""
    line = sys.stdin.buffer.readline(_MOST)
    try:
        text = line.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise click.UsageError("the password on stdin is not in UTF-8") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise click.UsageError("there is no password on stdin")
    return text
