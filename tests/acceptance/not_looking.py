"""A test plugin that declares to look at roles alone, and reports all that it is shown.

An operator's plugin would not read other fields; this one does, to show what is there.
"""

from collections.abc import Sequence

from rollbook.hooks import Code, Issue, User, hookimpl, looks_at


class NotLooking:
    """The hook."""

    @hookimpl
    @looks_at("role")
    def check_users(self, users: Sequence[User]) -> dict[int, list[Issue]]:
        """A warning with what was shown."""
        return {
            user.line: [
                Issue(
                    Code.USER_SUSPENDED,
                    "job_title",
                    f"stored: {user.current}, {user.role!r} and {user.job_title!r}",
                )
            ]
            for user in users
        }


not_looking = NotLooking()


class ByCostCentre:
    """Reads one attribute, and names it."""

    @hookimpl
    @looks_at("attributes.cost_centre")
    def check_users(self, users: Sequence[User]) -> dict[int, list[Issue]]:
        """A warning with what was shown of it."""
        return {
            user.line: [
                Issue(Code.USER_SUSPENDED, "job_title", f"saw {user.attributes['cost_centre']}")
            ]
            for user in users
            if "cost_centre" in user.attributes
        }


by_cost_centre = ByCostCentre()
