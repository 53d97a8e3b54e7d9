"""The oracle: computes users, answers and counts that an import must have.

Plain Python by the rules; it imports nothing of the service, and is as slow as it is plain.

values     what goes in and comes out     reader    bytes → records      header    → columns
keys       what texts are compared by     cells     one cell             rows      one row, claims
naming     roles, locations, units        wanting   what a row asks      planning  row after row
ending     where an import stops          replay    all of it: begin here
"""

from tests.model.oracle.replay import replay, replay_rows
from tests.model.oracle.values import (
    Directory,
    Issue,
    Location,
    Options,
    Result,
    Role,
    Safeguards,
    User,
    Verdict,
)

__all__ = [
    "Directory",
    "Issue",
    "Location",
    "Options",
    "Result",
    "Role",
    "Safeguards",
    "User",
    "Verdict",
    "replay",
    "replay_rows",
]
