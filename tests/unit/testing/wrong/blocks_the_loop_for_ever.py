"""Takes the event loop and does not give it back."""

from collections.abc import Sequence
from threading import Event

from rollbook.hooks import User, hookimpl


class Wrong:
    @hookimpl
    async def match_locations(self, users: Sequence[User]) -> None:
        Event().wait()


plugin = Wrong()
