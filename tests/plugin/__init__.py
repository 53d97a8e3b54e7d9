"""Test plugins: one that does as a row orders, and one that records notices.

A server is given one as `ROLLBOOK_PLUGINS=tests.plugin:on_demand` (or `:on_demand_async`,
`:recording`), started with this repository's root on its path; or by an entry point that
`installed` writes. The words that a row may use are listed in `tests.plugin.on_demand`, those for
notices in `tests.plugin.recording`.
"""

from tests.plugin.installed import installed
from tests.plugin.on_demand import AsyncOnDemand, OnDemand
from tests.plugin.per_row import PerRow
from tests.plugin.recording import Recording

on_demand = OnDemand()
on_demand_async = AsyncOnDemand()
one_by_one = PerRow()
recording = Recording()

__all__ = [
    "AsyncOnDemand",
    "OnDemand",
    "PerRow",
    "Recording",
    "installed",
    "on_demand",
    "on_demand_async",
    "one_by_one",
    "recording",
]
