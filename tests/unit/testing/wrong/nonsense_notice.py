"""Reports notices as sent, without a valid answer for each."""

from collections.abc import Sequence

from rollbook.hooks import Notice, hookimpl


class Wrong:
    @hookimpl
    async def notify(self, notices: Sequence[Notice]) -> dict[str, bool]:
        return {notice.id: True for notice in notices}


plugin = Wrong()
