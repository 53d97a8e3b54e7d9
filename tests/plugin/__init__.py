"""A plugin whose hooks do what a row asks of them: answer, refuse, raise, sleep, talk nonsense.

A server is given it as `ROLLBOOK_PLUGINS=tests.plugin:on_demand` (or `:on_demand_async`), started
with this repository's root on its path; or by an entry point that `installed` writes. The words
that a row may use are listed in `tests.plugin.on_demand`.
"""

from tests.plugin.installed import installed
from tests.plugin.on_demand import AsyncOnDemand, OnDemand

on_demand = OnDemand()
on_demand_async = AsyncOnDemand()

__all__ = ["AsyncOnDemand", "OnDemand", "installed", "on_demand", "on_demand_async"]
