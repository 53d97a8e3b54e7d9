"""The mark of text that was damaged before it came here: U+FFFD, the replacement character.

A program writes it in the place of what it could not decode; what stood there is lost.
"""

from collections.abc import Iterable

REPLACEMENT = "\ufffd"


def any_damaged(cells: Iterable[str | None]) -> bool:
    """Whether U+FFFD stands in any of them."""
    return REPLACEMENT in "".join(filter(None, cells))
