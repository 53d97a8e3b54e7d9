"""What was found → a report for a person, a test or a program."""

from dataclasses import dataclass

from rollbook.hooks import Price
from rollbook.testing.mistakes import REMEDIES, WARNINGS, Mistake

_LIFE = ("startup", "shutdown")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, of one hook; `hook` is '' where it is the whole plugin.

    `message` is one sentence on what was seen, and with which users.
    """

    mistake: Mistake
    hook: str
    message: str

    @property
    def remedy(self) -> str:
        """What to do about it, in a sentence."""
        if self.mistake is Mistake.RAISES and self.hook in _LIFE:
            return "No service would start with it: is a setting of the plugin's own missing?"
        return REMEDIES[self.mistake]

    @property
    def fails(self) -> bool:
        """Whether a plugin with it does not conform; else it is a warning."""
        return self.mistake not in WARNINGS

    def __str__(self) -> str:
        where = f"{self.hook}: " if self.hook else ""
        return f"{self.mistake.value}: {where}{self.message} {self.remedy}"


@dataclass(frozen=True, slots=True)
class Report:
    """All that was found in one plugin.

    `prices` has a line for each hook that is asked about users and that answered 5,000 of them:
    the quickest of three calls.
    """

    plugin: str
    problems: tuple[Problem, ...] = ()
    prices: tuple[Price, ...] = ()

    @property
    def conforms(self) -> bool:
        """Whether it has no problem, or warnings only."""
        return not any(problem.fails for problem in self.problems)

    def __str__(self) -> str:
        told = "conforms" if self.conforms else "does not conform"
        return "\n".join([f"{self.plugin} {told}", *(f"  {each}" for each in self.problems)])
