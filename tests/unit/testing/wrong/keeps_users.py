"""Remembers every user that it was ever asked about."""

from collections.abc import Sequence

from rollbook.hooks import User, hookimpl


class Wrong:
    def __init__(self) -> None:
        self.seen: list[User] = []

    @hookimpl
    def check_users(self, users: Sequence[User]) -> None:
        self.seen.extend(users)


plugin = Wrong()
