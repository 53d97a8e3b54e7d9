"""Fixtures: plugins made by a test and loaded like an operator's."""

import sys
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest
import structlog

from rollbook.hooks import Plugins
from rollbook.settings import Settings

Load = Callable[..., Plugins]


@pytest.fixture(autouse=True)
def logs_as_they_come() -> None:
    """Another test of this process may have set a server's logging up."""
    structlog.reset_defaults()


@pytest.fixture
def load() -> Iterator[Load]:
    """Load objects as plugins `at_hand:NAME`, in the order given, each call under `timeout`."""
    module = ModuleType("at_hand")
    sys.modules["at_hand"] = module

    def of(timeout: float = 5, /, **plugins: object) -> Plugins:
        vars(module).update(plugins)
        settings = Settings(plugin_timeout=timeout, database_url="postgresql://u:secret@host/db")
        return Plugins.load([f"at_hand:{name}" for name in plugins], settings)

    yield of
    del sys.modules["at_hand"]
