"""What a plugin is told of the directory: its names, and what becomes of unknown ones."""

from typing import NamedTuple

from rollbook.model import UnknownName, UnknownRole


class Place(NamedTuple):
    """A location of the directory; `code` '' where it has none, an alias may be several's."""

    name: str
    code: str = ""
    aliases: tuple[str, ...] = ()


class Directory(NamedTuple):
    """The directory of an import, as it stood when the import first asked for it.

    `roles` are names, without their aliases, and `locations` all there were; both in the order of
    their keys. `unknown_role` and `unknown_location` say what this import does with a text that
    the directory does not know: a plugin that would refuse it itself looks there first. Nothing
    else of the import's options is shown, so that a preview is answered as the real run is.
    """

    # Named tuples, as users are: all plugins of an import are given the same one.
    name: str
    roles: tuple[str, ...] = ()
    locations: tuple[Place, ...] = ()
    unknown_role: UnknownRole = UnknownRole.REJECT
    unknown_location: UnknownName = UnknownName.REJECT
