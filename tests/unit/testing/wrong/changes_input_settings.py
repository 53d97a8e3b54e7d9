"""Corrects the settings."""

from rollbook.hooks import hookimpl
from rollbook.settings import Settings


class Wrong:
    @hookimpl
    def startup(self, settings: Settings) -> None:
        settings.plugin_timeout = 60  # type: ignore[misc]


plugin = Wrong()
