"""Suggests commands for the next step after an import."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.text import Text

from rollbook.cli.screen.streams import printable
from rollbook.errors import Reason
from rollbook.v1.imports_pb2 import ImportState, ImportSummary

_ADD = {
    "invalid_location": "locations",
    "unknown_organizational_unit": "units",
    "invalid_role": "roles",
}
"""Codes of a name that the directory does not know, and the command group that adds one."""
_CREATE = {
    "invalid_location": "unknown_location=CREATE",
    "unknown_organizational_unit": "unknown_unit=CREATE",
}
_MOST_NAMES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the commands of the next steps need to know.

    `directory` is empty if the command needs no option for it. `again` is the command that sends
    the same file as a new import, empty without a file. `report` is the file of the failed rows,
    empty if none was written.
    """

    directory: str = ""
    again: Sequence[str] = ()
    report: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: why, and the commands that do it."""

    why: str
    commands: Sequence[Sequence[str]] = field(default=())


def next_steps(
    summary: ImportSummary, request: Request, unknown: Mapping[str, Mapping[str, int]]
) -> list[Step]:
    """The steps after an import; `unknown`: names that the directory lacks, by code, with rows."""
    steps = [
        step
        for code in _ADD
        if (count := summary.codes.get(code, 0))
        for step in _unknown_names(code, count, unknown.get(code, {}), request)
    ]
    if summary.failed:
        steps.append(_failed_rows(summary, request))
    return [*steps, *_by_state(summary, request)]


def print_steps(console: Console, steps: Sequence[Step]) -> None:
    """Print them; a command that is wider than the screen goes on after a backslash."""
    for step in steps:
        console.print()
        console.print(Text(f" {step.why}", "bold"))
        for command in step.commands:
            for line in _wrapped(command, console.width - 4):
                console.print(Text(f"   {printable(line)}"), soft_wrap=True)


def _unknown_names(code: str, count: int, names: Mapping[str, int], request: Request) -> list[Step]:
    group = _ADD[code]
    what = f"{group.removesuffix('s')} that the directory does not have"
    rows = f"{count:,} {'row has a' if count == 1 else 'rows have a'} {what}"
    add = [_command(group, "add", name, *_in(request)) for name in [*names][:_MOST_NAMES]]
    more = len(names) - len(add)
    further = f" ({more:,} more names: --output ndjson shows all)" if more > 0 else ""
    steps = [Step(f"{rows}. To add it{further}:", add)] if add else []
    if code in _CREATE and request.again:
        create = [*request.again, "--set", _CREATE[code]]
        steps.append(Step(f"Or make every missing {group.removesuffix('s')}:", [create]))
    return steps


def _failed_rows(summary: ImportSummary, request: Request) -> Step:
    report = request.report or "failed.csv"
    commands = [_command("import", report, *_in(request))]
    if not request.report:
        fetch = _command("imports", "report", summary.import_id, report, *_in(request))
        commands = [fetch, *commands]
    rows = "1 failed row" if summary.failed == 1 else f"{summary.failed:,} failed rows"
    return Step(f"To correct the {rows} in {report} and import them:", commands)


def _by_state(summary: ImportSummary, request: Request) -> list[Step]:
    identity, where = summary.import_id, _in(request)
    apply = _command("imports", "apply", identity, *where)
    tripped = summary.stopped_by.code == Reason.SAFEGUARD_TRIPPED
    match summary.state:
        case ImportState.IMPORT_STATE_PREVIEWED if tripped:
            return [Step("A safeguard would stop this import. To ask for its approval:", [apply])]
        case ImportState.IMPORT_STATE_PREVIEWED:
            return [Step("Nothing was written. To apply exactly this:", [apply])]
        case ImportState.IMPORT_STATE_AWAITING_APPROVAL:
            token = _command(
                *("tokens", "create", "NAME", "--scope", "imports:approve"),
                *("--scope", "imports:read", "--directory", request.directory or "main"),
            )
            approve = _command("imports", "approve", identity, *where)
            return [
                Step("Another person approves it, with a token of their own:", [token, approve]),
                Step("Then apply it:", [apply]),
            ]
        case ImportState.IMPORT_STATE_RUNNING:
            return [Step("To follow it:", [_command("imports", "watch", identity, *where)])]
        case ImportState.IMPORT_STATE_INTERRUPTED if not request.again:
            again = _command("import", "FILE", "--import-id", identity, *where)
            return [Step("To go on, send the same file with the same options:", [again])]
    return []


def _command(*words: str) -> list[str]:
    return ["rollbook", *words]


def _in(request: Request) -> list[str]:
    return ["--directory", request.directory] if request.directory else []


def _wrapped(command: Sequence[str], width: int) -> list[str]:
    lines = [""]
    for word in map(shlex.quote, command):
        if lines[-1] and len(lines[-1]) + len(word) + 3 > width:
            lines[-1] += " \\"
            lines.append("  ")
        lines[-1] += word if lines[-1].strip() == "" else f" {word}"
    return lines
