"""The errors of Rollbook: why a call or a stream is refused.

    RollbookError           carries a Reason, one sentence, and facts
    ├── FileFault           the file itself; carries the line where it went wrong
    └── Refusal             everything else: rights, limits, rules, life

A wrong *row* is never an error: it is an issue (`rollbook.model.Issue`) in an answer.
"""

from rollbook.errors.exceptions import FileFault, Refusal, RollbookError
from rollbook.errors.reasons import VERDICTS, Reason, Verdict

__all__ = ["VERDICTS", "FileFault", "Reason", "Refusal", "RollbookError", "Verdict"]
