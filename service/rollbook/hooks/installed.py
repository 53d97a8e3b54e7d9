"""Tries to load each plugin that is installed but not listed by the operator.

Each is imported in a process of its own: code that the operator did not list must not run in the
server's process.
"""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from importlib import invalidate_caches
from importlib.metadata import EntryPoint, entry_points
from itertools import groupby
from operator import attrgetter
from subprocess import DEVNULL, PIPE, Popen, TimeoutExpired
from typing import NamedTuple

import structlog

from rollbook.errors import RollbookError
from rollbook.hooks import loader

IMPORT_TIMEOUT = 20.0
"""Seconds that the import of one plugin may take."""

_CHILD = "from rollbook.hooks.installed import report; report()"
_MAX_LOGGED = 4_000  # characters of what it wrote to stderr, in the log

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


class UnlistedPlugin(NamedTuple):
    """An installed plugin that is not listed; `error` is why it cannot be loaded, or ''."""

    name: str
    version: str = ""
    distribution: str = ""
    hooks: tuple[str, ...] = ()
    error: str = ""


def unlisted_names(listed: Sequence[str]) -> list[str]:
    """The names of plugins that are installed and not listed. Imports none of them."""
    return sorted({entry.name for entry in entry_points(group=loader.GROUP)} - {*listed})


def installed_versions() -> frozenset[tuple[str, str, str]]:
    """Name, value and version of every installed plugin: it changes when one is installed."""
    invalidate_caches()
    return frozenset(
        (entry.name, entry.value, entry.dist.version if entry.dist else "")
        for entry in entry_points(group=loader.GROUP)
    )


def unlisted(listed: Sequence[str], timeout: float = IMPORT_TIMEOUT) -> list[UnlistedPlugin]:
    """Load each, all at once, in processes without the service's settings. Blocks.

    What a broken one wrote to stderr goes to the log.
    """
    started = [(entries, _start(entries)) for entries in _by_name(unlisted_names(listed))]
    return [_result(entries, child, timeout) for entries, child in started]


def report() -> None:
    """In the child: load the plugin of the command line; the result goes to stdout as JSON."""
    with redirect_stdout(
        sys.stderr
    ):  # what the plugin prints, and the log, must not mix with the result
        try:
            [plugin] = loader.load([sys.argv[1]])
            result = {"hooks": list(plugin.hooks), "error": ""}
        except RollbookError as error:
            result = {"hooks": [], "error": error.message}
    os.write(1, json.dumps(result).encode() + b"\n")
    os._exit(0)  # without waiting for threads that the plugin's import started


def _by_name(wanted: Sequence[str]) -> Iterator[list[EntryPoint]]:
    there = sorted(entry_points(group=loader.GROUP), key=attrgetter("name"))
    for name, entries in groupby(there, key=attrgetter("name")):
        if name in wanted:
            yield list(entries)


def _start(entries: Sequence[EntryPoint]) -> Popen[bytes]:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("ROLLBOOK_")
    }
    return Popen(
        [sys.executable, "-P", "-c", _CHILD, entries[0].name],
        env=environment | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
    )


def _result(entries: Sequence[EntryPoint], child: Popen[bytes], timeout: float) -> UnlistedPlugin:
    entry = entries[0]
    owner = entry.dist if len(entries) == 1 else None
    found = UnlistedPlugin(
        entry.name, owner.version if owner else "", owner.name if owner else "", (), ""
    )
    with child:
        try:
            out, err = child.communicate(timeout=timeout)
        except TimeoutExpired:
            child.kill()
            return found._replace(
                error=f"The plugin {entry.name} could not be imported within {timeout:g} s."
            )
    try:
        result = json.loads(out.splitlines()[-1])
        found = found._replace(hooks=tuple(result["hooks"]), error=str(result["error"]))
    except (IndexError, KeyError, TypeError, ValueError):
        error = f"The plugin {entry.name} ends the process that imports it."
        found = found._replace(error=error)
    if found.error:
        why = err.decode(errors="replace")[-_MAX_LOGGED:]
        _log.warning("unlisted plugin is broken", plugin=entry.name, why=why)
    return found
