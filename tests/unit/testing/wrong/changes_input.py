"""Corrects what it is shown."""

from collections.abc import Sequence

from rollbook.hooks import User, hookimpl


class Wrong:
    @hookimpl
    def check_users(self, users: Sequence[User]) -> None:
        for user in users:
            user.department = (user.department or "").upper()  # type: ignore[misc]


plugin = Wrong()
