"""Has two functions for one hook."""

from collections.abc import Sequence

from rollbook.hooks import User, hookimpl


class Wrong:
    @hookimpl
    def map_roles(self, users: Sequence[User]) -> None: ...

    @hookimpl(specname="map_roles")
    def more_roles(self, users: Sequence[User]) -> None: ...


plugin = Wrong()
