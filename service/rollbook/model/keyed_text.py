"""A text with the key that it is compared by, as both are stored."""

from typing import NamedTuple


class Keyed(NamedTuple):
    """`text` as people read it, `key` as it is compared (`rollbook.checking.name_key`)."""

    key: str
    text: str
