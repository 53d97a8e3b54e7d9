"""`rollbook users invite` and `users resend`: the commands that mail users."""

from collections.abc import Sequence

import click

from rollbook.cli.connection import connection_options
from rollbook.cli.imports.invite import invite, kind_of, kind_option
from rollbook.cli.imports.invite import yes_option as invite_yes
from rollbook.cli.imports.resend import FAILED_STATES, failed_in, resend
from rollbook.cli.imports.resend import yes_option as resend_yes
from rollbook.cli.screen.formats import directory_option, output_option
from rollbook.cli.user_key import by_option, key_of
from rollbook.v1.users_pb2 import SendInvitationsRequest, UserKey


@click.command("invite")
@click.argument("who", nargs=-1, required=True, metavar="WHO...")
@by_option
@kind_option
@invite_yes
@directory_option
@output_option
@connection_options
def invite_users(
    who: Sequence[str],
    by: str,
    login_details: bool | None,
    yes: bool,
    directory: str,
    output: str,
) -> None:
    """Invite the users WHO, those of them who never signed in.

    First their number is shown, and asked about. A user gets at most one invitation in 24 hours.

    Example: rollbook users invite 4711 4712 --login-details
    """
    wanted = SendInvitationsRequest(
        users=[UserKey(**key_of(one, by)) for one in who], kind=kind_of(login_details)
    )
    invite(directory, wanted, output, yes=yes)


@click.command("resend")
@click.argument("who", default="")
@by_option
@click.option("--all", "everybody", is_flag=True, help="Of all users of the directory.")
@click.option("--state", type=click.Choice(FAILED_STATES), help="Only notices in this state.")
@resend_yes
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
