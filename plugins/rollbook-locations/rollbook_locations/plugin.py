"""The hook: answers a batch of users with a location, a refusal or silence for each."""

import functools
from collections.abc import Sequence

from rollbook.hooks import Directory, Issue, Location, User, hookimpl, looks_at
from rollbook_locations.index import Index

_MOST_DIRECTORIES = 8


class Locations:
    """The plugin. It has no settings: it needs only the directory that it is shown."""

    def __init__(self) -> None:
        # Imports into one directory share an index for as long as its locations stay the same.
        self._index = functools.lru_cache(_MOST_DIRECTORIES)(Index)

    @hookimpl
    @looks_at("location")
    def match_locations(
        self, users: Sequence[User], directory: Directory
    ) -> dict[int, Location | Issue] | None:
        """What each location cell means; silent about blank and absent ones."""
        return self._index(directory).answers(users)
