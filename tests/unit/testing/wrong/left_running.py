"""Begins a thread that it never ends."""

from threading import Event, Thread

from rollbook.hooks import hookimpl


class Wrong:
    @hookimpl
    def startup(self) -> None:
        Thread(target=Event().wait, name="refreshing", daemon=True).start()


plugin = Wrong()
