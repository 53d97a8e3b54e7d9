"""Sends failed notices again: counts them, asks, and sends. For `imports` and `users`."""

import json
import sys
from collections.abc import Callable
from typing import TypeVar

import click

from rollbook.cli.connection import ask
from rollbook.cli.imports.page import notice_counts
from rollbook.cli.screen.formats import print_csv
from rollbook.client.json_values import plain
from rollbook.v1.notices_pb2 import NoticeCounts
from rollbook.v1.notifications_pb2 import ResendNoticesRequest, ResendNoticesResponse

Decorated = TypeVar("Decorated", bound=Callable[..., object])

FAILED_STATES = ("undeliverable", "in-doubt", "expired")
"""What `--state` takes of notices that are sent again."""
_COLUMNS = ("resent", "tooSoon", "userGone")

yes_option: Callable[[Decorated], Decorated] = click.option(
    "--yes", is_flag=True, help="Send them again without asking."
)


def failed_in(state: str | None) -> ResendNoticesRequest:
    """A request for notices in a state, as it is typed; None: in any that is sent again.

    Raises:
        click.UsageError: notices of that state are not sent again.
    """
    if state is None:
        return ResendNoticesRequest()
    if state not in FAILED_STATES:
        known = ", ".join(FAILED_STATES)
        raise click.UsageError(f"notices that are {state} are not sent again; known: {known}")
    return ResendNoticesRequest(states=[f"NOTICE_STATE_{state.upper().replace('-', '_')}"])


def resend(directory: str, wanted: ResendNoticesRequest, output: str, *, yes: bool) -> None:
    """Show how many notices would be sent again, ask, and send them.

    Raises:
        click.UsageError: nobody can be asked, and `yes` is not given.
        RollbookError: the server refuses or does not answer.
    """
    if not yes:
        counted = ask(lambda client: client.notifications.resend(directory, wanted, dry_run=True))
        click.echo(_counted(counted, "would be"), err=True)
        if not _total(counted.resent):
            return
        if output != "table" or not sys.stdin.isatty():
            raise click.UsageError("add --yes to send them again")
        if not click.confirm("Send them again?", err=True):
            click.echo("nothing was sent again", err=True)
            return
    sent = ask(lambda client: client.notifications.resend(directory, wanted))
    counts = {name: plain(sent)[name] for name in _COLUMNS}
    match output:
        case "table":
            click.echo(_counted(sent, "are"))
        case "ndjson":
            click.echo(json.dumps(counts))
        case _:
            print_csv(_COLUMNS, [*counts.values()])


def _counted(answer: ResendNoticesResponse, verb: str) -> str:
    total = _total(answer.resent)
    states = f" ({notice_counts(answer.resent)})" if total else ""
    left_out = [
        (answer.too_soon, "such a mail is pending, or was sent within 24 h"),
        (answer.user_gone, "the user is gone"),
        (answer.has_password, "the user has a password"),
    ]
    lines = [f"{_notices(total, verb)} sent again{states}"]
    lines += [f"{_notices(count, verb)} left out: {why}" for count, why in left_out if count]
    return "\n".join(lines)


def _notices(count: int, verb: str) -> str:
    one = "is" if verb == "are" else verb
    return f"1 notice {one}" if count == 1 else f"{count:,} notices {verb}"


def _total(counts: NoticeCounts) -> int:
    return sum(getattr(counts, field.name) for field in counts.DESCRIPTOR.fields)
