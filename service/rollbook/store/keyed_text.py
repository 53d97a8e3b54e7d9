"""A text and the key that it is compared by, as both are stored."""

from collections.abc import Iterable
from typing import NamedTuple


class Keyed(NamedTuple):
    """`text` as people read it, `key` as it is compared; keys are made above this floor."""

    key: str
    text: str


class Held(NamedTuple):
    """How many users hold a role, location or unit; and whether it is the default role."""

    is_default: bool
    users: int


def pairs(keys: Iterable[str], texts: Iterable[str]) -> tuple[Keyed, ...]:
    """Two columns of one length as one."""
    return tuple(map(Keyed, keys, texts))
