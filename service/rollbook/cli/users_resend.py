"""`rollbook users resend`: sends failed notices of a user, or of all users, again."""

import click

from rollbook.cli.connection import connection_options
from rollbook.cli.imports.resend import FAILED_STATES, failed_in, resend, yes_option
from rollbook.cli.screen.formats import directory_option, output_option
from rollbook.cli.user_key import by_option, key_of
from rollbook.v1.users_pb2 import UserKey


@click.command("resend")
@click.argument("who", default="")
@by_option
@click.option("--all", "everybody", is_flag=True, help="Of all users of the directory.")
@click.option("--state", type=click.Choice(FAILED_STATES), help="Only notices in this state.")
@yes_option
@directory_option
@output_option
@connection_options
def resend_users(  # noqa: PLR0917 -- one argument an option
    who: str,
    by: str,
    everybody: bool,
    state: str | None,
    yes: bool,
    directory: str,
    output: str,
) -> None:
    """Send the user WHO again what is undeliverable, in doubt or expired; or all users.

    Each notice is a new mail. First their number is shown, and asked about. A user who had such a
    mail in the last 24 hours is left out. `rollbook imports invite ID` and `users invite` invite
    those again who never signed in.

    Example: rollbook users resend --all --state expired
    """
    if bool(who) is everybody:
        raise click.UsageError("give WHO, or --all")
    wanted = failed_in(state)
    if everybody:
        wanted.everybody = True
    else:
        wanted.user.CopyFrom(UserKey(**key_of(who, by)))
    resend(directory, wanted, output, yes=yes)
