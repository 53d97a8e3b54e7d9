"""How many examples each property is tried on."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

_Test = Callable[..., Any]


def examples(count: int) -> Callable[[_Test], _Test]:
    """So many examples. Where one fails there is time to find the smallest that does."""
    chosen = settings(
        max_examples=count,
        suppress_health_check=[
            HealthCheck.too_slow,
            HealthCheck.data_too_large,
            HealthCheck.filter_too_much,
        ],
    )

    def decorate(test: _Test) -> _Test:
        decorated: _Test = pytest.mark.timeout(900)(chosen(test))
        return decorated

    return decorate
