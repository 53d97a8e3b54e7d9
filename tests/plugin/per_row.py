"""A test plugin of three hooks of one row, each of which fails on the rows that order it."""

from rollbook.hooks import Issue, Location, Role, User, hookimpl, per_row
from tests.plugin.on_demand import SECRET_TEXT

_ORDER = "@raise"


class PerRow:
    """`map_roles` reads the role, `match_locations` the location, `check_users` the job title."""

    @hookimpl
    @staticmethod
    @per_row
    def map_roles(user: User) -> Role | None:
        """Raise where the role orders it."""
        _obey(user.role)
        return None

    @hookimpl
    @staticmethod
    @per_row
    def match_locations(user: User) -> Location | None:
        """Raise where the location orders it."""
        _obey(user.location)
        return None

    @hookimpl
    @staticmethod
    @per_row
    def check_users(user: User) -> list[Issue] | None:
        """Raise where the job title orders it."""
        _obey(user.job_title)
        return None


def _obey(word: str | None) -> None:
    if word == _ORDER:
        raise RuntimeError(SECRET_TEXT)
