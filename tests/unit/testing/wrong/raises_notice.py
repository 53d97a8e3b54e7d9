"""Forgets that a user need not have a name."""

from collections.abc import Sequence

from rollbook.hooks import Notice, Sent, hookimpl


class Wrong:
    @hookimpl
    def notify(self, notices: Sequence[Notice]) -> dict[str, Sent]:
        return {notice.id: Sent(f"Dear {notice.first_name[0]}.") for notice in notices}


plugin = Wrong()
