"""Days that people type: of their own time zone where scripts run, else of UTC.

A page does not know the reader's zone. So its script sends beside each day `NAME.at`, the moment at
which the day begins, or a last day has ended; and once `zone`, the zone's name, which is shown.
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta

from rollbook.errors import Reason, Refusal

_EARLIEST, _LATEST = timedelta(hours=-14), timedelta(hours=12)
"""When a day begins somewhere on Earth, seen from its beginning in UTC."""
_ZONE = re.compile(r"[A-Za-z][\w+-]*(/[\w+-]+)*", re.ASCII)
_UNTIL = ("until", "expires")
Text = Callable[[str], str]
"""A word of the query, or a field of the form, by its name; '' where it is missing."""


def moments(text: Text, names: Iterable[str]) -> dict[str, datetime]:
    """When each day that was typed begins; of one `until` which something holds, when it ends.

    All are of the reader's zone if all have their moments; else, as for a day that was typed into
    an address by hand, all are of UTC.

    Raises:
        Refusal: INVALID_OPTIONS, one is not a date.
    """
    in_utc = {name: _begin(day, name) for name in names if (day := text(name))}
    own = {name: _moment(text(f"{name}.at")) for name in in_utc}
    found = {name: at for name, at in own.items() if at and _is_near(at, in_utc[name])}
    return found if found.keys() == in_utc.keys() else in_utc


def zone_of(text: Text, names: Iterable[str]) -> str:
    """The zone whose days were typed; '' where none was."""
    names = [name for name in names if text(name)]
    if not names:
        return ""
    try:
        own = moments(text, names) != {name: _begin(text(name), name) for name in names}
    except Refusal:
        return "UTC"
    zone = text("zone")
    return zone if own and _ZONE.fullmatch(zone) else "UTC"


def _begin(day: str, name: str) -> datetime:
    try:
        begun = date.fromisoformat(day) + timedelta(days=name.endswith(_UNTIL))
    except (ValueError, OverflowError):
        raise Refusal(
            Reason.INVALID_OPTIONS, f"{day!r} is not a date: write it as 2026-01-31."
        ) from None
    return datetime.combine(begun, time.min, UTC)


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _is_near(at: datetime, in_utc: datetime) -> bool:
    return _EARLIEST <= at - in_utc <= _LATEST
