"""Sends an import again after its connection broke, until it has ended.

A server that gets the same `import_id` with the same content goes on where it stopped. It is asked
to send the stored results again that are behind the last line up to which each row was yielded;
those of them already yielded are dropped here by their row. (`skip_results` would lose what was
stored but never arrived.)
"""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from rollbook.client.channel import Channel
from rollbook.client.content import Content
from rollbook.client.row_results import CleanRun, Part, parts
from rollbook.client.upload import Event, upload
from rollbook.errors import Reason, RollbookError
from rollbook.v1.imports_pb2 import (
    ImportAccepted,
    ImportStart,
    ImportSummary,
    ImportUnderstood,
    RowResults,
)
from rollbook.v1.results_pb2 import RowResult

TRIES = 8
"""In a row without a new result: together some 40 s, which is longer than a lease of 30 s."""
_CONNECTION = frozenset({Reason.SERVER_DRAINING, Reason.TRUNCATED_STREAM, Reason.STREAM_IDLE})
"""Reasons that a new connection may overcome. A full disk or a failing plugin needs a person."""


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds before an import is sent again: at first, twice that then, and at most."""

    first: float = 0.5
    longest: float = 8.0

    def before(self, attempt: int) -> float:
        """Seconds before this attempt, from 1; half of them or more, at random."""
        most: float = min(self.first * 2 ** (attempt - 1), self.longest)
        return random.uniform(most / 2, most)  # noqa: S311 -- so that clients do not come at once


WAITS = Waits()


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The connection was lost for `cause`; the import is sent again after `wait` seconds."""

    cause: RollbookError
    wait: float


async def upload_to_the_end(
    channel: Channel, start: ImportStart, content: Content, waits: Waits = WAITS
) -> AsyncGenerator[Event | Interrupted]:
    """As `upload`, through lost connections: each row's result once, each event once.

    If the address has never answered, that is reported at once: it may be wrong.

    Raises:
        RollbookError: as `upload`; a lost connection only where the content cannot be sent again
            or there was no answer for some 40 seconds.
        OSError: the content cannot be read.
    """
    seen = Seen()
    tries = 0
    while True:
        broken: RollbookError | None = None
        try:
            async with aclosing(upload(channel, seen.onwards(start), content)) as events:
                async for event in events:
                    fresh = seen.fresh(event)
                    if isinstance(fresh, RowResults):
                        tries = 0
                    if fresh is not None:
                        yield fresh
        except RollbookError as error:
            broken = error
        if broken is None or tries == TRIES or not _may_help(broken, tries, seen, content):
            break
        tries += 1
        wait = waits.before(tries)
        yield Interrupted(broken, wait)
        await asyncio.sleep(wait)
    if seen.summary is not None:
        yield seen.summary
    if broken is not None:
        raise broken


def _may_help(broken: RollbookError, tries: int, seen: "Seen", content: Content) -> bool:
    """Whether sending it again may; our own broken call may still count as running there.

    A server that was reached, and broke off before it accepted the import, may accept it next time.
    """
    again = _CONNECTION | {Reason.IMPORT_ALREADY_RUNNING} if tries else _CONNECTION
    reached = seen.accepted or tries > 0 or broken.facts.get("reached") != "false"
    return broken.reason in again and reached and content.repeatable


class Seen:
    """What was yielded already, a bit a row: ten million rows take little more than 1 MB."""

    def __init__(self) -> None:
        self.accepted = False
        self.summary: ImportSummary | None = None
        """The last call's; one of a call that is taken up again is not the end."""
        self._understood = False
        self._rows = bytearray()
        self._first_rows, self._first_lines = 0, 0
        self._suspended: set[str] = set()

    def onwards(self, start: ImportStart) -> ImportStart:
        """The start of the next call, which leaves out the results before the first gap."""
        again = ImportStart()
        again.CopyFrom(start)
        again.results_after_line = max(start.results_after_line, self._first_lines)
        return again

    def fresh(self, event: Event) -> Event | None:
        """The event, or what of it is new; None where nothing is. A summary is kept."""
        match event:
            case ImportAccepted():
                self.summary = None
                was, self.accepted = self.accepted, True
                return None if was else event
            case ImportUnderstood():
                was, self._understood = self._understood, True
                return None if was else event
            case RowResults():
                return self._fresh_results(event)
            case ImportSummary():
                self.summary = event
                return None
        return event

    def _fresh_results(self, event: RowResults) -> RowResults | None:
        """The event, or its rows that are new; a run is unfolded only where some of it is not."""
        rows = event.results
        new: list[slice] = []
        at = 0
        for part in parts(event):
            behind = at + _count(part)
            if self._take(part):
                new.append(slice(at, behind))
            elif isinstance(part, CleanRun):
                new += [slice(n, n + 1) for n in range(at, behind) if self._take(rows[n])]
            at = behind
        if sum(some.stop - some.start for some in new) == len(rows):
            return event
        return RowResults(results=[row for some in new for row in rows[some]]) if new else None

    def _take(self, part: Part) -> bool:
        """Note the rows as yielded, if all of them are new."""
        row, count = part.row, _count(part)
        if isinstance(part, RowResult) and row == 0:
            # A full sync's: of no row, keyed by the number, which a dry run has too.
            new = part.employee_number not in self._suspended
            self._suspended.add(part.employee_number)
            return new
        here = slice(row >> 3, (row + count + 7) >> 3)
        if here.stop > len(self._rows):
            self._rows.extend(bytes(max(here.stop, 2 * len(self._rows)) - len(self._rows)))
        seen = int.from_bytes(self._rows[here], "little")
        bits = ((1 << count) - 1) << (row & 7)
        if seen & bits:
            return False
        self._rows[here] = (seen | bits).to_bytes(here.stop - here.start, "little")
        if row == self._first_rows + 1:  # rows that were answered late, in a later file, end it
            self._first_rows, self._first_lines = row + count - 1, part.line + count - 1
        return True


def _count(part: Part) -> int:
    return part.count if isinstance(part, CleanRun) else 1
