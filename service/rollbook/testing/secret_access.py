"""Records which secrets of the settings and the environment a plugin reads."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rollbook.hooks.secrets import secret_variables
from rollbook.settings import Settings


class AccessLog:
    """The names of the settings and variables that were read while a hook ran."""

    def __init__(self) -> None:
        self.settings: set[str] = set()
        self.environment: set[str] = set()

    def secrets(self) -> list[str]:
        """The secrets among them. A copy of the whole environment does not count."""
        if self.environment >= {*os.environ}:
            return sorted(self.settings)
        return sorted(self.settings | (self.environment & secret_variables()))


def watch_settings(settings: Settings, accesses: AccessLog) -> Settings:
    """The same settings; a read of a secret one is recorded."""
    secret = frozenset(Settings.secret_fields())

    class Watched(Settings):
        def __getattribute__(self, name: str) -> Any:
            if name in secret:
                accesses.settings.add(f"settings.{name}")
            return super().__getattribute__(name)

    return Watched.model_construct(**dict(settings))


@contextmanager
def watch_environment(accesses: AccessLog) -> Iterator[None]:
    """Record what any thread reads of `os.environ` inside the `with`."""
    kind: Any = type(os.environ)
    read = kind.__getitem__

    def recorded(self: Any, name: str) -> str:
        if self is os.environ and isinstance(name, str):
            accesses.environment.add(name)
        value: str = read(self, name)
        return value

    kind.__getitem__ = recorded
    try:
        yield
    finally:
        kind.__getitem__ = read
