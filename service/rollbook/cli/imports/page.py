"""Prints the state of an import, for a person or a program, and sets the exit code."""

from collections import defaultdict
from datetime import datetime

import click
from rich.console import RenderableType
from rich.text import Text

from rollbook.cli.connection import connection_words
from rollbook.cli.exit_codes import FINE, SOME_FAILED
from rollbook.cli.imports.next_steps import CODES, Request, later, next_steps, print_steps
from rollbook.cli.screen.formats import is_directory_typed, labelled, show
from rollbook.cli.screen.streams import print_block, printable, stdout_console
from rollbook.errors import VERDICTS, Reason
from rollbook.v1.imports_pb2 import Import, ImportState, ImportSummary
from rollbook.v1.notices_pb2 import NoticeCounts, NoticeState
from rollbook.v1.options_pb2 import Notify
from rollbook.v1.results_pb2 import FieldChange, Outcome

COLUMNS = (
    "importId",
    "directory",
    "fileName",
    "profile",
    "source",
    "principal",
    "state",
    "createTime",
    "updateTime",
    "lastLine",
    "summary",
    "notices",
    "rowsDeleted",
)
"""Names of the protobuf JSON, for CSV."""

STYLES = {
    "CREATED": "green",
    "UPDATED": "cyan",
    "UNCHANGED": "dim",
    "FAILED": "bold red",
    "NOT_APPLIED": "yellow",
    "SUSPENDED": "magenta",
    "REACTIVATED": "magenta",
    "RELEASED": "magenta",
}

WILL = {
    "CREATED": "WILL CREATE",
    "UPDATED": "WILL UPDATE",
    "FAILED": "WILL FAIL",
    "SUSPENDED": "WILL SUSPEND",
}
"""The outcomes of a preview, which have not happened."""

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "pipes"}

_NOBODY_SENDS = "mail_not_configured"
_ALWAYS = ("pending", "sent", "undeliverable")
_WELL = (ImportState.IMPORT_STATE_COMPLETED, ImportState.IMPORT_STATE_PREVIEWED)
PLANNED = (ImportState.IMPORT_STATE_PREVIEWED, ImportState.IMPORT_STATE_AWAITING_APPROVAL)
"""The states in which nothing was applied yet, and the counts are of the plan."""
_STOPPED = VERDICTS[Reason.IMPORT_CANCELLED].exit_code
_RESUMABLE = VERDICTS[Reason.TRUNCATED_STREAM].exit_code


def show_import(found: Import, output: str, request: Request) -> None:
    """Print one import; for a person, with what to do next."""
    if output == "table":
        _page(found)
        missing: dict[str, dict[str, int]] = defaultdict(dict)
        for one in found.missing_names:
            missing[CODES[one.field]][one.name] = one.rows
        steps = next_steps(found.summary, later(found, request), missing)
        print_steps(stdout_console(), steps)
    else:
        show([found], COLUMNS, output)


def request_of(directory: str) -> Request:
    """What the next steps need to know, of the command that runs now."""
    return Request(
        name=directory,
        directory=directory if is_directory_typed(click.get_current_context()) else "",
        connection=connection_words(),
        others_connection=connection_words(own=False),
    )


def exit_code(summary: ImportSummary) -> int:
    """The exit code of a command that saw an import end, the same for all of them."""
    if summary.stopped_by.code == Reason.SAFEGUARD_TRIPPED:
        return _STOPPED  # of a preview too: the real run would be stopped
    if summary.state in _WELL:
        return SOME_FAILED if summary.failed else FINE
    if summary.stopped_by.code in Reason.__members__.values():
        return VERDICTS[Reason(summary.stopped_by.code)].exit_code
    interrupted = summary.state == ImportState.IMPORT_STATE_INTERRUPTED
    return _RESUMABLE if interrupted else _STOPPED


_MAILS = {
    Notify.NOTIFY_WELCOME_NEW: ("welcome", "welcomes"),
    Notify.NOTIFY_INVITE_NEW: ("invitation", "invitations"),
    Notify.NOTIFY_LOGIN_DETAILS: ("mail with login details", "mails with login details"),
}


def mails(summary: ImportSummary, notify: Notify) -> str:
    """How many mails of which kind the new users get; '': none, or nobody sends them."""
    if notify not in _MAILS or not summary.created:
        return ""
    if any(issue.code == _NOBODY_SENDS for issue in summary.warnings):
        return ""
    is_one = summary.created == 1
    what = _MAILS[notify][0 if is_one else 1]
    sent = "is on its way" if is_one else "are on their way"
    return f"{summary.created:,} {what} {'will be sent' if summary.state in PLANNED else sent}"


def _page(found: Import) -> None:
    state = state_word(found.state)
    lines: list[tuple[str, RenderableType]] = [
        (
            "import",
            Text.assemble((found.import_id, "bold"), f" into {printable(found.directory)}"),
        ),
        ("state", Text.assemble((state, "bold"), f", up to line {found.last_line:,}")),
        ("rows", counts(found.summary)),
    ]
    planned = found.summary.state in PLANNED
    if planned and (mail := mails(found.summary, found.options.notify)):
        lines.append(("mail", mail))
    if found.summary.HasField("stopped_by"):
        stopped = found.summary.stopped_by
        where = f"at line {stopped.line:,} " if stopped.line else ""
        lines.append(("stopped", f"{where}by {stopped.code}"))
        if stopped.HasField("safeguard"):
            lines.append(("", printable(stopped.safeguard.message)))
    codes = sorted(found.summary.codes.items())
    if codes:
        lines.append(("codes", ", ".join(f"{code} {count:,}" for code, count in codes)))
    if found.HasField("notices"):
        lines.append(("notices", notice_counts(found.notices, *_ALWAYS)))
    source = printable(found.source)
    read_as = ""
    if found.delimiter:
        mark = DELIMITERS.get(found.delimiter, repr(found.delimiter))
        encoding = f"{printable(found.encoding)}, " if found.encoding else ""
        read_as = f"{encoding}separated by {mark}"
    if file := ": ".join(filter(None, (printable(found.file_name), read_as))):
        lines.append(("file", file))
    lines += [
        ("profile", f"{printable(found.profile)}, source {source}"),
        ("by", printable(found.principal)),
        *([("approved", f"by {printable(found.approved_by)}")] if found.approved_by else []),
        ("times", _times(found.create_time.ToDatetime(), found.update_time.ToDatetime())),
    ]
    print_block(stdout_console(), labelled(lines))


def notice_counts(notices: NoticeCounts, *always: str) -> str:
    """How many are in each state; states without any are left out, except those of `always`."""
    known = [(field.name, getattr(notices, field.name)) for field in NoticeCounts.DESCRIPTOR.fields]
    shown = [f"{n:,} {state.replace('_', ' ')}" for state, n in known if n or state in always]
    return ", ".join(shown)


def _times(began: datetime, changed: datetime) -> str:
    """When it began and last changed; the date of the second where it is another."""
    form = "%H:%M:%S" if began.date() == changed.date() else "%Y-%m-%d %H:%M:%S"
    return f"began {began:%Y-%m-%d %H:%M:%S} UTC, last changed {changed:{form}}"


def state_word(state: ImportState) -> str:
    """A state as it is printed."""
    return ImportState.Name(state).removeprefix("IMPORT_STATE_")


def notice_state_word(state: NoticeState) -> str:
    """A notice's state as it is printed."""
    return NoticeState.Name(state).removeprefix("NOTICE_STATE_").lower().replace("_", " ")


def outcome_text(outcome: Outcome, *, planned: bool) -> Text:
    """What became of a row, or would."""
    word = Outcome.Name(outcome).removeprefix("OUTCOME_")
    shown = WILL.get(word, word) if planned else word
    return Text(shown.replace("_", " "), STYLES.get(word, ""))


def change_text(column: str, change: FieldChange, outcome: Outcome) -> Text:
    """What a row changes in a column of that name: old and new value."""
    text = Text.assemble((f"{printable(column)}: ", "cyan"))
    if not change.old_value and not change.new_value:  # kept from callers without users:read
        return text.append("changed, to and from what is not shown without users:read")
    if outcome != Outcome.OUTCOME_CREATED:  # a new user had nothing before
        text.append(f"{_quoted(change.old_value)} → ")
    return text.append(_quoted(change.new_value))


def _quoted(value: str) -> str:
    return f"“{printable(value)}”" if value else "nothing"


def counts(event: ImportSummary) -> Text:
    """The number of rows, and how many came to which outcome; in the future tense of a preview."""
    found = [
        ("CREATED", event.created, "created", True),
        ("UPDATED", event.updated, "updated", True),
        ("UNCHANGED", event.unchanged, "unchanged", True),
        ("FAILED", event.failed, "failed", True),
        ("NOT_APPLIED", event.not_applied, "not applied", False),
        ("SUSPENDED", event.suspended, "suspended", False),
        ("REACTIVATED", event.reactivated, "reactivated", False),
        ("RELEASED", event.released, "left to other sources", False),
        ("PROTECTED", event.protected, "protected from suspension", False),
    ]
    planned = event.state in PLANNED
    texts = [
        Text(f"{n:,} {_FUTURE[name] if planned else word}", STYLES[name] if n else "dim")
        for name, n, word, always in found
        if n or always
    ]
    return Text.assemble((f"{event.rows:,}", "bold"), ": ", Text(", ").join(texts))


_FUTURE = {
    "CREATED": "will be created",
    "UPDATED": "will be updated",
    "UNCHANGED": "will stay unchanged",
    "FAILED": "will fail",
    "NOT_APPLIED": "will not be applied",
    "SUSPENDED": "will be suspended",
    "REACTIVATED": "will be reactivated",
    "RELEASED": "will be left to other sources",
    "PROTECTED": "protected from suspension",
}
