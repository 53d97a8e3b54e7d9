"""Makes further commands of the `rollbook import` that was typed."""

import shlex
from collections.abc import Iterator

import click
from click.core import ParameterSource

from rollbook.cli.exit_codes import ARGUMENTS

_LEFT_OUT = frozenset(
    {"file", "directory", "dry_run", "full_sync", "encoding", "import_id", "output", "report"}
)
"""Parameters that the import of corrected rows does not take over.

Not `full_sync`: it would suspend everybody whom the other rows name. Not `encoding`: a failure
report is UTF-8. Those of the connection are no values of the command.
"""
_NOT_SET = ("missing_users", "encoding")


def typed(context: click.Context) -> list[str]:
    """The command as it was typed, from `rollbook` on."""
    return ["rollbook", *context.meta.get(ARGUMENTS, ["import"])]


def resumed(context: click.Context, import_id: str) -> str:
    """The command as it was typed, with the id of the import."""
    words = typed(context)
    if any(word == "--import-id" or word.startswith("--import-id=") for word in words):
        return shlex.join(words)
    at = words.index("--") if "--" in words else len(words)
    return shlex.join([*words[:at], "--import-id", import_id, *words[at:]])


def corrected(context: click.Context) -> list[str]:
    """The options for its corrected rows, without directory, connection and --dry-run."""
    return list(_corrected(context))


def _corrected(context: click.Context) -> Iterator[str]:
    for option in context.command.params:
        name = option.name or ""
        source = context.get_parameter_source(name)
        if (
            name not in context.params
            or name in _LEFT_OUT
            or source is not ParameterSource.COMMANDLINE
        ):
            continue
        value = context.params[name]
        if value is True:
            yield option.opts[0]
            continue
        for one in [value] if isinstance(value, str) else value:
            if name != "set" or not _name(one).startswith(_NOT_SET):
                yield from (option.opts[0], one)


def _name(pair: str) -> str:
    """The option that `--set` sets."""
    return pair.strip().lower().replace("-", "_")
