"""`rollbook notices`: lists those of a directory, and records that mails came back."""

import click

from rollbook.cli.connection import ask, connection_options
from rollbook.cli.imports.notices import STATES, list_notices
from rollbook.cli.imports.page import notice_state_word
from rollbook.cli.screen.formats import directory_option, output_option, show
from rollbook.cli.screen.streams import printable

_COLUMNS = ("notice", "recorded")


@click.group()
def notices() -> None:
    """List a directory's notices, and record what became of mails after they were sent.

    The notices of an import are listed by `rollbook imports notices ID`.
    """


@notices.command("list")
@click.option("--state", type=click.Choice(STATES, case_sensitive=False), help="Only this state.")
@directory_option
@output_option
@connection_options
def _list(state: str | None, directory: str, output: str) -> None:
    """List the notices of the directory, newest first, also those of things done by hand.

    Example: rollbook notices list --state undeliverable
    """
    list_notices(directory, "", state, output)


@notices.command("bounced")
@click.argument("notice")
@click.option("--status", required=True, help="The report's status code, such as 5.1.1.")
@click.option("--reason", default="", help="The report's text.")
@directory_option
@output_option
@connection_options
def _bounced(notice: str, status: str, reason: str, directory: str, output: str) -> None:
    """Record that the mail of NOTICE came back, so that its notice is undeliverable.

    A mail plugin calls this for a delivery report: `rollbook-mail bounced FILE`.

    Example: rollbook notices bounced NOTICE --status 5.1.1 --reason "no such user"
    """
    answer = ask(
        lambda client: client.notifications.record_bounce(
            directory, notice, status=status, reason=reason
        )
    )
    if output != "table":
        show([answer], _COLUMNS, output)
        return
    found = answer.notice
    whose = printable(found.employee_number) or "a user who is gone"
    state = notice_state_word(found.state)
    verb = "is now" if answer.recorded else "stays"
    click.echo(f"the notice of {whose} {verb} {state}")
