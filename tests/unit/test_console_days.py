"""Days that people type on a page: of their own zone, or of UTC."""

from datetime import UTC, datetime, timedelta

import pytest

from rollbook.errors import Refusal
from rollbook.web.console.days import moments, zone_of

_NAMES = ("created_from", "created_until")
_OWN = {
    "created_from": "2026-03-29",
    "created_from.at": "2026-03-28T23:00:00.000Z",
    "created_until": "2026-03-29",
    "created_until.at": "2026-03-29T22:00:00.000Z",  # this day has 23 hours
    "zone": "Europe/Berlin",
}
_IN_UTC = [datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC)]


def _asked(**more: str) -> tuple[list[datetime], str]:
    given = _OWN | {name.replace("__", "."): value for name, value in more.items()}

    def text(name: str) -> str:
        return given.get(name, "")

    return [*moments(text, _NAMES).values()], zone_of(text, _NAMES)


def test_a_day_is_of_the_reader_s_zone() -> None:
    """From its beginning until its end there, however many hours it has."""
    own = [_IN_UTC[0] - timedelta(hours=1), _IN_UTC[1] - timedelta(hours=2)]
    assert _asked() == (own, "Europe/Berlin")
    assert _asked(created_from="", created_until="") == ([], "")


@pytest.mark.parametrize(
    "more",
    [
        {"created_from__at": ""},
        {"created_until__at": "x"},
        {"created_until__at": "0001-01-01T00:00:00+14:00"},
        {"created_from__at": "2026-03-28T23:00:00"},
        {"created_from": "2026-03-27"},
    ],
)
def test_moments_that_are_not_of_the_days_count_for_nothing(more: dict[str, str]) -> None:
    """As in an address that somebody has changed: all days are of UTC then, as the page says."""
    if "created_from" in more:
        found, zone = _asked(**more)
        assert (found, zone) == ([_IN_UTC[0] - timedelta(2), _IN_UTC[1]], "UTC")
    else:
        assert _asked(**more) == (_IN_UTC, "UTC")


def test_what_is_no_date_is_refused() -> None:
    """With how to write one."""
    for wrong in ("yesterday", "9999-12-31"):
        with pytest.raises(Refusal, match="is not a date"):
            _asked(created_until=wrong)
    assert zone_of(lambda name: "yesterday", _NAMES) == "UTC"
    assert _asked(zone="<b>")[1] == "UTC"
