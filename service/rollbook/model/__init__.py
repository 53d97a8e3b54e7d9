"""The nouns of the domain as plain values: fields, rows, users, issues, outcomes, options."""

from rollbook.model.fields import (
    ATTRIBUTE_PREFIX,
    FORBIDDEN_COLUMNS,
    MOST_ATTRIBUTES,
    STORED,
    Field,
    Kind,
    Traits,
)
from rollbook.model.issues import MOST_ISSUES, WARNINGS, Code, Issue, Severity, at_most, keys_first
from rollbook.model.notices import Event, Mail, NoticeState
from rollbook.model.options import (
    Blanks,
    Commit,
    FirstPassword,
    LineRange,
    MissingUsers,
    Mode,
    Notify,
    Options,
    Results,
    UnknownColumns,
    UnknownName,
    UnknownRole,
)
from rollbook.model.outcomes import Answers, Change, Outcome, State
from rollbook.model.rows import NOWHERE, CheckedBatch, Column, FileRows, Mark, Understood
from rollbook.model.standard_messages import STANDARD_MESSAGES

__all__ = [
    "ATTRIBUTE_PREFIX",
    "FORBIDDEN_COLUMNS",
    "MOST_ATTRIBUTES",
    "MOST_ISSUES",
    "NOWHERE",
    "STANDARD_MESSAGES",
    "STORED",
    "WARNINGS",
    "Answers",
    "Blanks",
    "Change",
    "CheckedBatch",
    "Code",
    "Column",
    "Commit",
    "Event",
    "Field",
    "FileRows",
    "FirstPassword",
    "Issue",
    "Kind",
    "LineRange",
    "Mail",
    "Mark",
    "MissingUsers",
    "Mode",
    "NoticeState",
    "Notify",
    "Options",
    "Outcome",
    "Results",
    "Severity",
    "State",
    "Traits",
    "Understood",
    "UnknownColumns",
    "UnknownName",
    "UnknownRole",
    "at_most",
    "keys_first",
]
