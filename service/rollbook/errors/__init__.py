"""The errors of Rollbook: why a call or a stream is refused.

    RollbookError           carries a Reason, one sentence, and facts
    ├── FileFault           the file itself; carries the line where it went wrong
    └── Refusal             everything else: rights, limits, rules, life

A wrong *row* is never an error: it is an issue (`rollbook.model.Issue`) in an answer.
"""

from collections.abc import Mapping

from rollbook.errors.status_codes import VERDICTS, Reason, Verdict

__all__ = ["VERDICTS", "FileFault", "Reason", "Refusal", "RollbookError", "Verdict"]


class RollbookError(Exception):
    """An error of Rollbook: `reason` for programs, message for people, `facts` for both.

    The message is one line: what happened, where, and what to do. It never has a password, a
    token, driver text or a class name.
    """

    def __init__(self, reason: Reason, message: str, facts: Mapping[str, str] | None = None):
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.facts = dict(facts or {})

    @property
    def verdict(self) -> Verdict:
        """The status, the exit code, and whether the same import may be sent again."""
        return VERDICTS[self.reason]


class FileFault(RollbookError):
    """The file cannot be read further; `line` is the physical line (header = 1)."""

    def __init__(
        self, reason: Reason, message: str, *, line: int, facts: Mapping[str, str] | None = None
    ):
        super().__init__(reason, message, {**(facts or {}), "line": str(line)})
        self.line = line


class Refusal(RollbookError):
    """The call is refused, or the import cannot go on."""
