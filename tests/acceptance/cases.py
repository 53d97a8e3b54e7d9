"""Tables of bad inputs with their expected ends, and the code that runs each in every cut."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.acceptance.wire import CHUNK, Answer, Peer, end, start
from tests.acceptance.wire import csv as csv_requests

CUTS = (1, 7, 4096, CHUNK)
"""Sizes of a chunk. Every input is sent in each, and must end in the same way."""

IMPORT_ID = "6f1c2a4e-0d5b-4f0e-9f43-9f4a5a3f7c11"
"""One for all, so that summaries are compared to the byte; each cut has a directory of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One input.

    `rows` are the answers by line, as `wire.told` writes them; `facts` those among the ErrorInfo's
    that are promised; `ends` is the status and reason of the call. `stored` is how many users are
    there afterwards, by default those of `before`, a file imported first, and those CREATED.
    `cuts` are the sizes of its chunks.
    """

    id: str
    what: str
    csv: bytes | str
    ends: str = "OK"
    rows: Mapping[int, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    before: bytes | str = b""
    stored: int | None = None
    stopped: tuple[str, int] | None = None
    warnings: Sequence[str] = ()
    cuts: Sequence[int] = CUTS

    def __str__(self) -> str:
        return f"{self.id} {self.what}"

    async def run(self, *peers: Peer, profile: str = "") -> Answer:
        """Import it in every cut at the first server, in one at the others, and compare.

        Returns the answer, which is the same for all.
        """
        cuts = [
            (peer, size)
            for peer in peers
            for size in (self.cuts if peer is peers[0] else self.cuts[1:2])
        ]
        answers = await asyncio.gather(*(self._once(peer, size, profile) for peer, size in cuts))
        first = answers[0].judged()
        for (_, size), answer in zip(cuts, answers, strict=True):
            assert answer.judged() == first, f"chunks of {size} bytes end otherwise"
        self._check(answers[0])
        return answers[0]

    async def _once(self, peer: Peer, size: int, profile: str) -> Answer:
        directory = await peer.new_directory()
        already = 0
        if self.before:
            first = await peer.send_file(directory, self.before)
            assert first.ending == "OK", first.message
            assert set(first.rows.values()) == {"CREATED"}, first.rows
            already = len(first.rows)
        opening = start(directory, import_id=IMPORT_ID, options=dict(self.options), profile=profile)
        answer = await peer.send([opening, *csv_requests(self.csv, size), end()])
        created = sum(said.startswith("CREATED") for said in self.rows.values())
        there = await peer.stored(directory)
        wanted = already + created if self.stored is None else self.stored
        assert len(there) == wanted, sorted(there)
        return answer

    def _check(self, answer: Answer) -> None:
        assert answer.ending == self.ends, answer.message
        assert answer.rows == dict(self.rows)
        assert self.facts.items() <= answer.facts.items(), answer.facts
        self._check_summary(answer)
        if answer.understood:
            assert [issue.code for issue in answer.understood.warnings] == list(self.warnings)

    def _check_summary(self, answer: Answer) -> None:
        """An import that applied or answered something has a summary with its counts."""
        if self.ends != "OK" and not self.rows:
            assert answer.summary is None
            return
        assert answer.summary
        outcomes = [said.split()[0] for said in self.rows.values()]
        counts = (
            answer.summary.rows,
            answer.summary.created,
            answer.summary.updated,
            answer.summary.unchanged,
            answer.summary.failed,
        )
        names = ("CREATED", "UPDATED", "UNCHANGED", "FAILED")
        assert counts == (len(outcomes), *map(outcomes.count, names))
        if self.stopped:
            assert (answer.summary.stopped_by.code, answer.summary.stopped_by.line) == self.stopped
        else:
            assert not answer.summary.HasField("stopped_by")


def table(*cases: Case) -> pytest.MarkDecorator:
    """The cases as a test's parameter `case`."""
    return pytest.mark.parametrize(
        "case", [pytest.param(case, id=f"{case.id}-{case.what}") for case in cases]
    )
