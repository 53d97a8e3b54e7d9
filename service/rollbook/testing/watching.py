"""The settings and the environment → which of their secrets a plugin asked for."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rollbook.hooks.registry import SECRET_SETTINGS
from rollbook.settings import Settings

_SECRETS = frozenset({*(f"ROLLBOOK_{name.upper()}" for name in SECRET_SETTINGS), "ROLLBOOK_TOKEN"})


class Asked:
    """The names of what was read while a hook ran."""

    def __init__(self) -> None:
        self.settings: set[str] = set()
        self.environment: set[str] = set()

    def secrets(self) -> list[str]:
        """The secrets among them. Who copies the whole environment asked for none of it."""
        if self.environment >= {*os.environ}:
            return sorted(self.settings)
        return sorted(self.settings | (self.environment & _SECRETS))


def watched(settings: Settings, asked: Asked) -> Settings:
    """The settings as a plugin is handed them, which note down who looks for what is not there."""

    class Watched(Settings):
        def __getattribute__(self, name: str) -> Any:
            if name in SECRET_SETTINGS:
                asked.settings.add(f"settings.{name}")
            return super().__getattribute__(name)

    return Watched.model_construct(**dict(settings))


@contextmanager
def environment_watched(asked: Asked) -> Iterator[None]:
    """Note down what is read of `os.environ`, by any thread, until it is left."""
    kind: Any = type(os.environ)
    read = kind.__getitem__

    def noted(self: Any, name: str) -> str:
        if self is os.environ and isinstance(name, str):
            asked.environment.add(name)
        value: str = read(self, name)
        return value

    kind.__getitem__ = noted
    try:
        yield
    finally:
        kind.__getitem__ = read
