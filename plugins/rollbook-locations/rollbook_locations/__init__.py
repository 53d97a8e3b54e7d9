"""A Rollbook plugin that finds locations in however they are written. See README.md.

`locations` is the plugin; the entry point `rollbook-locations` names it.
"""

from rollbook_locations.plugin import Locations

locations = Locations()

__all__ = ["Locations", "locations"]
