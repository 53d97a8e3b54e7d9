"""Sends failed notices again: counts them, asks, and sends. For `imports` and `users`."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import click

from rollbook.cli.connection import ask
from rollbook.cli.imports.page import notice_counts
from rollbook.cli.screen.confirm import Confirmed, counted
from rollbook.client.json_values import plain
from rollbook.v1.notices_pb2 import NoticeCounts
from rollbook.v1.notifications_pb2 import ResendNoticesRequest, ResendNoticesResponse

Decorated = TypeVar("Decorated", bound=Callable[..., object])

FAILED_STATES = ("undeliverable", "in-doubt", "expired")
"""What `--state` takes of notices that are sent again."""
_COLUMNS = ("resent", "tooSoon", "userGone", "hasPassword", "notActive")

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
    """Show how many notices would be sent again, ask, and send them. Raises as `Confirmed.run`."""

    def send(*, dry_run: bool) -> ResendNoticesResponse:
        return ask(lambda client: client.notifications.resend(directory, wanted, dry_run=dry_run))

    Confirmed(
        count=partial(send, dry_run=True),
        act=partial(send, dry_run=False),
        size=lambda answer: _total(answer.resent),
        page=_page,
        plain=plain,
        columns=_COLUMNS,
        verb="send them again",
        undone="nothing was sent again",
    ).run(output, yes=yes)


def _page(answer: ResendNoticesResponse, verb: str) -> str:
    total = _total(answer.resent)
    states = f" ({notice_counts(answer.resent)})" if total else ""
    left_out = [
        (answer.too_soon, "such a mail is pending, or was sent within 24 h"),
        (answer.user_gone, "the user is gone"),
        (answer.has_password, "the user has a password"),
        (answer.not_active, "suspended"),
    ]
    lines = [f"{counted('notice', total, verb)} sent again{states}"]
    lines += [f"{counted('notice', n, verb)} left out: {why}" for n, why in left_out if n]
    return "\n".join(lines)


def _total(counts: NoticeCounts) -> int:
    return sum(getattr(counts, field.name) for field in counts.DESCRIPTOR.fields)
