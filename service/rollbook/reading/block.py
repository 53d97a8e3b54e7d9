"""Rows that were cut from one text at once → as many of them as are wanted, with the mark after.

The text is kept until its rows have been taken: the mark after any row is made from it, so that
it does not depend on how the file came or how the rows are taken.
"""

import io
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from rollbook.model import Issue, Mark
from rollbook.reading.cells import Cut
from rollbook.reading.content_digest import Tally


class Block:
    """`cut` from `text`; `before` and `after` stand at its start and after its last row."""

    __slots__ = ("_after", "_at", "_chars", "_cut", "_tally", "_text", "size")

    def __init__(self, text: str, cut: Cut, before: Tally, after: Tally) -> None:
        self._text = text
        self._cut = cut
        self._tally = before
        self._after = after
        self._at = 0  # rows taken
        self._chars = 0  # of the text, up to there
        self.size = after.offset - before.offset if text else 0  # bytes of the rows left in it

    def __len__(self) -> int:
        return len(self._cut.rows) - self._at

    def shorten(self, most: int) -> int:
        """Let go of all rows but the first `most`; the line of the first of those."""
        line = self._cut.lines[most]
        if most:
            self._after = self._tally.copy()
            self._after.add(self._text[: self._end(most)].encode())
        self.size = self._after.offset - self._tally.offset if self._text else 0
        del self._cut.rows[most:]
        self._cut.lines = self._cut.lines[:most]
        self._cut.faults = {at: issue for at, issue in self._cut.faults.items() if at < most}
        return line

    def fitting(self, most: int, most_bytes: int) -> int:
        """How many of the rows that are left, at most `most`, have at most `most_bytes`."""
        if self.size <= most_bytes:
            return min(most, len(self))

        def size(count: int) -> int:
            return len(self._text[self._chars : self._end(self._at + count)].encode())

        return min(most, bisect_right(range(1, len(self) + 1), most_bytes, key=size))

    def take(self, count: int) -> tuple[list[list[str]], Sequence[int], dict[int, Issue]]:
        """The next `count` rows: their cells, their lines, and their faults by position."""
        cut, first, last = self._cut, self._at, self._at + count
        self._at = last
        if last == len(cut.rows):
            self._tally, self.size = self._after, 0
        else:
            end = self._end(last)
            content = self._text[self._chars : end].encode()
            self._tally.add(content)
            self._chars, self.size = end, self.size - len(content)
        if first == 0 and not len(self):
            return cut.rows, cut.lines, cut.faults
        faulty = range(first, last) if cut.faults else ()
        faults = {at - first: cut.faults[at] for at in faulty if at in cut.faults}
        return cut.rows[first:last], cut.lines[first:last], faults

    def mark(self) -> Mark:
        """Where the content stands after the rows that were taken."""
        return self._tally.mark()

    def _end(self, rows: int) -> int:
        if self._cut.ends is None:
            lines = io.StringIO(self._text, newline="")
            self._cut.ends = list(accumulate(map(len, lines)))
        return self._cut.ends[rows - 1]
