"""Calls of a hook → what they have cost so far, for whoever looks at the list of plugins."""

from collections.abc import Mapping, Sized
from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What one hook of one plugin has cost since the service started.

    `rows`: users, or notices, that it was asked about, in all its calls. `seconds` are those that
    its callers waited. `failures`: calls without a usable answer, whose rows and seconds count.
    """

    hook: str
    calls: int = 0
    rows: int = 0
    seconds: float = 0.0
    failures: int = 0

    def after(self, given: Mapping[str, object], seconds: float, *, failed: bool) -> Self:
        """The price once a further call, with those arguments, is over."""
        asked = given.get("users", given.get("notices"))
        return replace(
            self,
            calls=self.calls + 1,
            rows=self.rows + (len(asked) if isinstance(asked, Sized) else 0),
            seconds=self.seconds + seconds,
            failures=self.failures + failed,
        )
