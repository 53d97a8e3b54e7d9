"""Looks for the database, to ask it itself."""

from rollbook.hooks import hookimpl
from rollbook.settings import Settings


class Wrong:
    @hookimpl
    def startup(self, settings: Settings) -> None:
        self.database = settings.database_url


plugin = Wrong()
