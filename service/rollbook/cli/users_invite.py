"""`rollbook users invite`: invites users by mail."""

from collections.abc import Sequence

import click

from rollbook.cli.connection import connection_options
from rollbook.cli.imports.invite import invite, kind_of, kind_option, yes_option
from rollbook.cli.screen.formats import directory_option, output_option
from rollbook.cli.user_key import by_option, key_of
from rollbook.v1.users_pb2 import SendInvitationsRequest, UserKey


@click.command("invite")
@click.argument("who", nargs=-1, required=True, metavar="WHO...")
@by_option
@kind_option
@yes_option
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
