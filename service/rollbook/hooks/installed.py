"""The plugins that are installed and that nobody listed → whether each could be listed.

They are tried in a process of their own: what an operator did not list does not run in the
server's, where its import could do whatever it likes.
"""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from importlib.metadata import EntryPoint, entry_points
from itertools import groupby
from operator import attrgetter
from subprocess import DEVNULL, PIPE, Popen, TimeoutExpired
from typing import NamedTuple

import structlog

from rollbook.errors import RollbookError
from rollbook.hooks import loader

PATIENCE = 20.0
"""Seconds that the import of one may take."""

_TRY = "from rollbook.hooks.installed import tell; tell()"
_MAX_TOLD = 4_000  # characters of what it wrote to stderr, in the log

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


class Unlisted(NamedTuple):
    """An installed plugin that is not asked; `error` says why it could not be, '' if it could."""

    name: str
    version: str = ""
    distribution: str = ""
    hooks: tuple[str, ...] = ()
    error: str = ""


def names(listed: Sequence[str]) -> list[str]:
    """The names of those that are installed and not listed. Reads metadata, and imports nothing."""
    return sorted({entry.name for entry in entry_points(group=loader.GROUP)} - {*listed})


def unlisted(listed: Sequence[str], patience: float = PATIENCE) -> list[Unlisted]:
    """Try each, all at once, in processes without the service's settings. Blocks.

    What a broken one wrote to stderr goes to the log.
    """
    begun = [(entries, _begin(entries)) for entries in _by_name(names(listed))]
    return [_told(entries, child, patience) for entries, child in begun]


def tell() -> None:
    """Say on stdout, in JSON, what becomes of loading the plugin that the command line names."""
    with redirect_stdout(sys.stderr):  # a plugin's own words, and the log's, are not the answer
        try:
            [plugin] = loader.load([sys.argv[1]])
            said = {"hooks": list(plugin.hooks), "error": ""}
        except RollbookError as wrong:
            said = {"hooks": [], "error": wrong.message}
    os.write(1, json.dumps(said).encode() + b"\n")
    os._exit(0)  # whatever threads the plugin's import has begun


def _by_name(wanted: Sequence[str]) -> Iterator[list[EntryPoint]]:
    there = sorted(entry_points(group=loader.GROUP), key=attrgetter("name"))
    for name, entries in groupby(there, key=attrgetter("name")):
        if name in wanted:
            yield list(entries)


def _begin(entries: Sequence[EntryPoint]) -> Popen[bytes]:
    mine = {name: value for name, value in os.environ.items() if not name.startswith("ROLLBOOK_")}
    return Popen(
        [sys.executable, "-P", "-c", _TRY, entries[0].name],
        env=mine | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
    )


def _told(entries: Sequence[EntryPoint], child: Popen[bytes], patience: float) -> Unlisted:
    entry = entries[0]
    owner = entry.dist if len(entries) == 1 else None
    found = Unlisted(
        entry.name, owner.version if owner else "", owner.name if owner else "", (), ""
    )
    with child:
        try:
            out, err = child.communicate(timeout=patience)
        except TimeoutExpired:
            child.kill()
            return found._replace(
                error=f"The plugin {entry.name} could not be imported within {patience:g} s."
            )
    try:
        said = json.loads(out.splitlines()[-1])
        found = found._replace(hooks=tuple(said["hooks"]), error=str(said["error"]))
    except (IndexError, KeyError, TypeError, ValueError):
        error = f"The plugin {entry.name} ends the process that imports it."
        found = found._replace(error=error)
    if found.error:
        why = err.decode(errors="replace")[-_MAX_TOLD:]
        _log.warning("plugin is broken, and not listed", plugin=entry.name, why=why)
    return found
