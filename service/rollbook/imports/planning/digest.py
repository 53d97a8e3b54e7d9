"""Compares two plans of the same rows: their digests, and the lines that differ."""

import hashlib
from array import array
from collections.abc import AsyncIterator, Iterator

from rollbook.imports.rows.staged_rows import StagedRows
from rollbook.model import Answers, Outcome

_SUMS = 1 << 256


class Digest:
    """32 bytes made of every line's outcome, number and changed fields.

    A sum of hashes, so that the order in which lines are answered, and batches are cut, is no
    part of it; nor is any id.
    """

    def __init__(self) -> None:
        self._sum = 0

    def add(self, answers: Answers, staged: StagedRows) -> None:
        """Take these lines in."""
        keys = dict(zip(staged.lines, staged.columns["number_key"], strict=True))
        for position, line in enumerate(answers.lines):
            text = repr((line, keys[line], *_facts(answers, position)))
            self._sum += int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")

    def bytes(self) -> bytes:
        """The digest so far."""
        return (self._sum % _SUMS).to_bytes(32, "big")


class Expected:
    """What an earlier plan answered for each line: eight bytes a line, whatever the file."""

    def __init__(self) -> None:
        self._by_line = array("q")
        self._suspended: set[str] = set()

    @classmethod
    async def of(cls, plan: AsyncIterator[Answers]) -> "Expected":
        """From the stored answers of a plan."""
        expected = cls()
        async for answers in plan:
            for position, line in enumerate(answers.lines):
                if not line:
                    expected._suspended.add(answers.employee_numbers[position])
                    continue
                if line >= len(expected._by_line):
                    expected._by_line.frombytes(bytes(8 * (line + 1 - len(expected._by_line))))
                expected._by_line[line] = hash(_facts(answers, position))
        return expected

    def differing(self, answers: Answers) -> Iterator[str]:
        """The employee numbers of the lines whose answer is another now.

        A line that was not chosen is not compared.
        """
        for position, line in enumerate(answers.lines):
            number = answers.employee_numbers[position]
            if not line:
                if number not in self._suspended:
                    yield number
                self._suspended.discard(number)
            elif answers.outcomes[position] is not Outcome.NOT_APPLIED:
                known = self._by_line[line] if line < len(self._by_line) else 0
                if known != hash(_facts(answers, position)):
                    yield number

    def left(self) -> list[str]:
        """The users that the earlier plan would have suspended, and this one does not."""
        return sorted(self._suspended)


def _facts(answers: Answers, position: int) -> tuple[object, ...]:
    """What a plan answers for a row, without ids. Of a new user the fields are the file's own."""
    outcome = answers.outcomes[position]
    if outcome is Outcome.CREATED:
        return (int(outcome),)
    changes = answers.changes.get(position, ())
    return (int(outcome), *((change.field, change.old, change.new) for change in changes))
