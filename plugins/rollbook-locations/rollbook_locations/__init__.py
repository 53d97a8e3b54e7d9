"""A plugin of Rollbook: location cells, however written → the directory's locations. See README.md.

`locations` is the plugin; the entry point `rollbook-locations` names it.
"""

from rollbook_locations.plugin import Locations

locations = Locations()

__all__ = ["Locations", "locations"]
