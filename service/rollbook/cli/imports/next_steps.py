"""Suggests commands for the next step after an import."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from rollbook.cli.screen.streams import print_block, printable
from rollbook.errors import Reason
from rollbook.v1.imports_pb2 import Import, ImportState, ImportSummary
from rollbook.v1.options_pb2 import FirstPassword, ImportOptions, Notify

_ADD = {
    "invalid_location": "locations",
    "unknown_organizational_unit": "units",
    "invalid_role": "roles",
}
"""Codes of a name that the directory does not know, and the command group that adds one."""
CODES = {
    "location": "invalid_location",
    "organizational_unit": "unknown_organizational_unit",
    "role": "invalid_role",
}
"""The same codes, by the field that they are about."""
_CREATE = {
    "invalid_location": "unknown_location=CREATE",
    "unknown_organizational_unit": "unknown_unit=CREATE",
}
_MOST_NAMES = 5
_GOES_ON = (
    ImportState.IMPORT_STATE_PREVIEWED,
    ImportState.IMPORT_STATE_AWAITING_APPROVAL,
    ImportState.IMPORT_STATE_INTERRUPTED,
)
"""States of an import that would go on with the rows that are kept of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the commands of the next steps need to know.

    `name` is the directory; `directory` is empty if the command needs no option for it.
    `connection` are the options of the connection, `others_connection` those that another person
    needs too. `again` is the command that sends the same file as a new import, empty without a
    file. `corrected` are the options that the import of its corrected rows needs. `report` is the
    file of the failed rows, empty if none was written. `approved`: another person approved it.
    `deleted`: its kept rows were deleted, so that it goes on no more. `silent`: its new users get
    generated passwords, and nobody has been mailed one.
    """

    name: str = "main"
    directory: str = ""
    connection: Sequence[str] = ()
    others_connection: Sequence[str] = ()
    again: Sequence[str] = ()
    corrected: Sequence[str] = ()
    report: str = ""
    approved: bool = False
    deleted: bool = False
    silent: bool = False

    def command(self, *words: str) -> list[str]:
        """A command of one's own in the same directory, at the same server."""
        return ["rollbook", *words, *self._directory(), *self.connection]

    def others_command(self, *words: str) -> list[str]:
        """The same, for another person."""
        return ["rollbook", *words, *self._directory(), *self.others_connection]

    def _directory(self) -> list[str]:
        return ["--directory", self.directory] if self.directory else []


def later(found: Import, request: Request) -> Request:
    """The request with what is known of an import that was begun earlier."""
    options = [] if found.profile in {"", "default"} else ["--profile", found.profile]
    options += [] if found.source in {"", found.profile} else ["--source", found.source]
    for column in found.options.columns:
        options += ["--column", f"{column.header}={column.field}"]
    return replace(
        request,
        corrected=options,
        approved=bool(found.approved_by),
        deleted=found.rows_deleted,
        silent=is_silent(found.options),
    )


def is_silent(options: ImportOptions) -> bool:
    """Whether new users get generated passwords later, when somebody has them mailed."""
    generates = options.first_password == FirstPassword.FIRST_PASSWORD_GENERATE
    return generates and options.notify == Notify.NOTIFY_NOBODY


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: why, and the commands that do it."""

    why: str
    commands: Sequence[Sequence[str]] = field(default=())


def next_steps(
    summary: ImportSummary, request: Request, unknown: Mapping[str, Mapping[str, int]]
) -> list[Step]:
    """The steps after an import; `unknown`: names that the directory lacks, by code, with rows."""
    if request.deleted:
        return _after_rows_were_deleted(summary)
    steps = [
        step
        for code in _ADD
        if (count := summary.codes.get(code, 0))
        for step in _unknown_names(code, count, unknown.get(code, {}), request)
    ]
    if summary.state == ImportState.IMPORT_STATE_STOPPED:
        steps.append(_whole_file(request))
    elif summary.failed:
        steps.append(_failed_rows(summary, request))
    return [*steps, *_by_state(summary, request), *_invitation(summary, request)]


def _invitation(summary: ImportSummary, request: Request) -> list[Step]:
    """New users of a silent import have no password until somebody has one mailed."""
    done = summary.state == ImportState.IMPORT_STATE_COMPLETED
    if not (done and request.silent and summary.created):
        return []
    why = "Nobody was mailed: new users have no password yet. To mail them login details:"
    return [Step(why, [request.command("imports", "invite", summary.import_id)])]


def _after_rows_were_deleted(summary: ImportSummary) -> list[Step]:
    if summary.state not in _GOES_ON:
        return []
    return [
        Step("Its rows were deleted, for it was too old. Send its file again, as a new import.")
    ]


def print_steps(console: Console, steps: Sequence[Step]) -> None:
    """Print them; a command that is wider than the screen goes on after a backslash."""
    for step in steps:
        console.print()
        print_block(console, Padding(Text(step.why, "bold"), (0, 1)))
        for command in step.commands:
            for line in _wrapped(command, console.width - 4):
                console.print(Text(f"   {printable(line)}"), soft_wrap=True)


def _unknown_names(code: str, count: int, names: Mapping[str, int], request: Request) -> list[Step]:
    group = _ADD[code]
    what = f"{group.removesuffix('s')} that the directory does not have"
    rows = f"{count:,} {'row has a' if count == 1 else 'rows have a'} {what}"
    once: dict[str, str] = {}  # `Head Office` and `head office` are one
    for name in names:
        once.setdefault(" ".join(name.split()).casefold(), name)
    add = [request.command(group, "add", name) for name in [*once.values()][:_MOST_NAMES]]
    more = len(once) - len(add)
    further = f" ({more:,} more names: --output ndjson shows all)" if more > 0 else ""
    one = "it" if len(once) == 1 else "them"
    steps = [Step(f"{rows}. To add {one}{further}:", add)] if add else []
    if code in _CREATE and request.again:
        create = [*request.again, "--set", _CREATE[code]]
        steps.append(Step(f"Or make every missing {group.removesuffix('s')}:", [create]))
    return steps


def _failed_rows(summary: ImportSummary, request: Request) -> Step:
    report = request.report or "failed.csv"
    preview = summary.state == ImportState.IMPORT_STATE_PREVIEWED
    options = [*request.corrected, *(["--dry-run"] if preview else [])]
    commands = [request.command("import", report, *options)]
    if not request.report:
        fetch = request.command("imports", "report", summary.import_id, report)
        commands = [fetch, *commands]
    rows = "1 failed row" if summary.failed == 1 else f"{summary.failed:,} failed rows"
    do = "preview" if preview else "import"
    them = "it" if summary.failed == 1 else "them"
    return Step(f"To correct the {rows} in {report} and {do} {them}:", commands)


def _whole_file(request: Request) -> Step:
    """The failed rows alone would leave out those that were never applied."""
    same = "" if request.again else ", with the same options"
    again = request.again or request.command("import", "FILE")
    return Step(f"Not all of the file was applied. To send all of it, corrected{same}:", [again])


def _by_state(summary: ImportSummary, request: Request) -> list[Step]:
    identity = summary.import_id
    apply = request.command("imports", "apply", identity)
    tripped = summary.stopped_by.code == Reason.SAFEGUARD_TRIPPED
    match summary.state:
        case ImportState.IMPORT_STATE_PREVIEWED if tripped:
            return [Step("A safeguard would stop this import. To ask for its approval:", [apply])]
        case ImportState.IMPORT_STATE_PREVIEWED if _is_anything_to_apply(summary):
            return [Step("Nothing was written. To apply exactly this:", [apply])]
        case ImportState.IMPORT_STATE_AWAITING_APPROVAL:
            return _approval(identity, apply, request)
        case ImportState.IMPORT_STATE_RUNNING:
            return [Step("To follow it:", [request.command("imports", "watch", identity)])]
        case ImportState.IMPORT_STATE_INTERRUPTED if not request.again:
            again = request.command("import", "FILE", "--import-id", identity)
            return [Step("To go on, send the same file with the same options:", [again])]
    return []


def _is_anything_to_apply(summary: ImportSummary) -> bool:
    return summary.suspended > 0 or summary.failed < summary.rows


def _approval(identity: str, apply: Sequence[str], request: Request) -> list[Step]:
    """How an approver gets a token, and what to do with it."""
    if request.approved:
        return [Step("It is approved. To apply it:", [apply])]
    token = (
        *("rollbook", "tokens", "create", "NAME"),
        *("--scope", "imports:approve", "--scope", "imports:read", "--directory", request.name),
        *request.others_connection,
    )
    approve = request.others_command("imports", "approve", identity)
    return [
        Step(
            "Another person has to approve it, with a token that is not made by you. The person "
            "who gave you yours makes one:",
            [token],
        ),
        Step("With that token they run:", [approve]),
        Step("Then you apply it:", [apply]),
    ]


def _wrapped(command: Sequence[str], width: int) -> list[str]:
    """The command in lines of that width; an option stays with its value."""
    words: list[str] = []
    for word in map(shlex.quote, command):
        if words and words[-1].startswith("--") and " " not in words[-1] and word[0] != "-":
            words[-1] += f" {word}"
        else:
            words.append(word)
    lines = [""]
    for word in words:
        if lines[-1].strip() and len(lines[-1]) + len(word) + 3 > width:
            lines[-1] += " \\"
            lines.append("  ")
        lines[-1] += word if not lines[-1].strip() else f" {word}"
    return lines
