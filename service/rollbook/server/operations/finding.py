"""A finding of `doctor`."""

from typing import NamedTuple


class Finding(NamedTuple):
    """One thing that was looked at. `risk`: it works, and is what an attacker looks for."""

    name: str
    ok: bool
    text: str
    risk: bool = False
