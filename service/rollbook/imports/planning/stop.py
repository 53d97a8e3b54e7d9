"""Where an import must stop → the refusal that says so."""

from rollbook.errors import Reason, Refusal
from rollbook.imports.planning.limits import Stop

_WHAT = {
    "emails": "would change the e-mail address of more users than the directory's safeguard lets",
    "roles": "would change the role of more users than the directory's safeguard lets",
    "suspended": "would suspend more users than the directory's safeguard lets",
    "empty": "names nobody, and would suspend every user of its source",
    "unreadable": "has a row whose employee number cannot be read, so who is missing is unknown",
}


class Stopped(Refusal):
    """The import stopped at a line, by a rule of its own."""

    def __init__(self, reason: Reason, message: str, stop: Stop):
        super().__init__(reason, message, {"line": str(stop.line), "what": stop.what})
        self.line = stop.line


def stopped(stop: Stop) -> Stopped:
    """The refusal for a stop."""
    if stop.reason is Reason.TOO_MANY_FAILED_ROWS:
        message = f"Line {stop.line} is one failed row too many; nothing after it was applied."
    else:
        where = f"it stopped at line {stop.line}" if stop.line else "nothing was applied"
        message = f"The import {_WHAT[stop.what]}; {where}."
    return Stopped(stop.reason, message, stop)
