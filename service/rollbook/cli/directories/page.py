"""Prints one directory with its settings, for a person or a program."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from rollbook.cli.screen.formats import labelled, show
from rollbook.cli.screen.streams import print_block, printable, stdout_console
from rollbook.v1.directories_pb2 import Directory, Safeguards
from rollbook.v1.notices_pb2 import NoticeEvent

COLUMNS = ("name", "displayName", "defaultRole", "seats", "activeUsers")
ALL = (*COLUMNS, "notices", "noticesPerMinute", "passwordMinLength", "safeguards", "sources")
"""Names of the protobuf JSON."""
_SAFEGUARDS = {
    "max_suspended_percent": (" % of the users", "suspended by a full sync"),
    "max_suspended": (" users", "suspended by a full sync"),
    "max_email_percent": (" % of the users", "e-mail changed by an import"),
    "max_role_percent": (" % of the users", "role changed by an import"),
}
"""Each limit: its unit, and what it limits."""


def print_directory(one: Directory, output: str) -> None:
    """Print one directory; for a person, in words."""
    if output != "table":
        show([one], ALL, output)
        return
    shown = f": {printable(one.display_name)}" if one.display_name else ""
    title = Text.assemble((printable(one.name), "bold"), shown)
    seats = f"of {one.seats:,} seats" if one.HasField("seats") else "no limit of seats"
    lines: list[tuple[str, RenderableType]] = [
        ("directory", title),
        ("users", f"{one.active_users:,} active, {seats}"),
        ("new users", f"get the role {printable(one.default_role)}"),
        ("passwords", f"have {one.password_min_length} characters or more"),
        *_of_safeguards(one.safeguards),
        ("notices", _of_notices(one)),
    ]
    sources = [f"{source} by {principal}" for source, principal in sorted(one.sources.items())]
    if sources:
        lines.append(("full syncs", printable(", ".join(sources)) + " only"))
    print_block(stdout_console(), labelled(lines))


def _of_safeguards(limits: Safeguards) -> Iterator[tuple[str, str]]:
    for name, (unit, what) in _SAFEGUARDS.items():
        limit = getattr(limits, name)
        most = "no limit" if limit.off else f"at most {limit.at_most:,}{unit}"
        yield "safeguard" if name == next(iter(_SAFEGUARDS)) else "", f"{what}: {most}"


def _of_notices(one: Directory) -> str:
    events = [
        NoticeEvent.Name(event).removeprefix("NOTICE_EVENT_").lower() for event in one.notices
    ]
    if not events:
        return "none"
    rate = f", at most {one.notices_per_minute:,} a minute" if one.notices_per_minute else ""
    return f"of users who are {', '.join(events)}{rate}"
