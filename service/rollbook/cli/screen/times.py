"""A date or a date and time, as a person types it → a datetime."""

from datetime import UTC, datetime

import click


class Time(click.ParamType[datetime]):
    """UTC where no zone is said."""

    name = "time"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """The time, or a usage error."""
        try:
            said = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no time such as 2026-01-31 or 2026-01-31T08:00Z", param, ctx)
        return said if said.tzinfo else said.replace(tzinfo=UTC)
