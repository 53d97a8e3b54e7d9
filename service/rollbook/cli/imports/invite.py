"""Invites users: counts them, asks, and sends. `rollbook imports invite`, and for `users`."""

import uuid
from functools import partial

import click

from rollbook.cli.connection import ask, connection_options
from rollbook.cli.screen.confirm import Confirmed, counted
from rollbook.cli.screen.formats import directory_option, import_id_argument, output_option
from rollbook.client.json_values import plain
from rollbook.v1.users_pb2 import (
    InvitationKind,
    SendInvitationsRequest,
    SendInvitationsResponse,
)

_COLUMNS = ("invited", "notActive", "signedIn", "notPermitted", "tooSoon")

kind_option = click.option(
    "--login-details/--link",
    "login_details",
    default=None,
    help="Mail a password that is made for the mail, or a link. [link, or as the import says]",
)
yes_option = click.option("--yes", is_flag=True, help="Invite them without asking.")


@click.command("invite")
@import_id_argument
@kind_option
@yes_option
@directory_option
@output_option
@connection_options
def invite_import(
    import_id: uuid.UUID, login_details: bool | None, yes: bool, directory: str, output: str
) -> None:
    """Invite the users whom the import ID created and who never signed in.

    First their number is shown, and asked about. After a day, the same command invites again those
    who have still not signed in.

    Example: rollbook imports invite ID --login-details
    """
    wanted = SendInvitationsRequest(import_id=str(import_id), kind=kind_of(login_details))
    invite(directory, wanted, output, yes=yes)


def kind_of(login_details: bool | None) -> InvitationKind:
    """What is mailed; None: what fits."""
    if login_details is None:
        return InvitationKind.INVITATION_KIND_UNSPECIFIED
    if login_details:
        return InvitationKind.INVITATION_KIND_LOGIN_DETAILS
    return InvitationKind.INVITATION_KIND_LINK


def invite(directory: str, wanted: SendInvitationsRequest, output: str, *, yes: bool) -> None:
    """Show how many users would be invited, ask, and invite them. Raises as `Confirmed.run`."""

    def send(*, dry_run: bool) -> SendInvitationsResponse:
        return ask(lambda client: client.users.invite(directory, wanted, dry_run=dry_run))

    Confirmed(
        count=partial(send, dry_run=True),
        act=partial(send, dry_run=False),
        size=lambda answer: answer.invited,
        page=_page,
        plain=plain,
        columns=_COLUMNS,
        verb="invite them",
        undone="nobody was invited",
    ).run(output, yes=yes)


def _page(answer: SendInvitationsResponse, verb: str) -> str:
    left_out = [
        (answer.signed_in, "already signed in"),
        (answer.too_soon, "such a mail is pending, or was sent within 24 h"),
        (answer.not_active, "suspended"),
        (answer.not_permitted, "login details need roles:privileged"),
    ]
    lines = [f"{counted('user', answer.invited, verb)} invited"]
    lines += [f"{counted('user', n, verb)} left out: {why}" for n, why in left_out if n]
    return "\n".join(lines)
