"""Needs a file that no setting names."""

import os

from rollbook.hooks import hookimpl


class Wrong:
    @hookimpl
    def startup(self) -> None:
        self.file = os.environ["ACME_DESKS_FILE"]


plugin = Wrong()
