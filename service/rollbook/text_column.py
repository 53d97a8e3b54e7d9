"""A column of texts that stays one text in UTF-8 until somebody asks for a cell of it.

Most columns of a file are only looked at as a whole: by patterns, by hashes, by a comparison with
what is stored. An object for each cell would cost more than all of that.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

_LF = ord("\n")

_WORD = 8
_FIRST_BYTES = np.array([(1 << 64) - (1 << 8 * (_WORD - size)) for size in range(_WORD + 1)], ">u8")
"""Of a word, by how many bytes of it are those of a text: these bytes."""
_COUNT = np.arange(1 << 16)
"""The first numbers, which most columns of a piece need no more of."""

Octets = NDArray[np.uint8]
Positions = NDArray[np.intp]


class TextColumn(Sequence[str]):
    """Texts without a line feed in them. `content` has each with LF behind it, at `ends`."""

    def __init__(self, content: bytes, ends: Positions | None = None) -> None:
        """`ends`: where they are, if that is known."""
        self.content = content
        self._lowered: TextColumn | None = None
        if ends is not None:
            self.ends = ends

    def __reduce__(self) -> tuple[type["TextColumn"], tuple[bytes]]:
        """Only the content is written; what else is known is soon found again."""
        return TextColumn, (self.content,)

    @classmethod
    def of(cls, texts: Sequence[str]) -> "TextColumn":
        """These texts, which have no line feed in them."""
        if isinstance(texts, cls):
            return texts
        return cls("\n".join([*texts, ""]).encode())

    @classmethod
    def joined(cls, parts: Sequence["TextColumn"]) -> "TextColumn":
        """The texts of all parts, one after another."""
        if len(parts) == 1:
            return parts[0]
        before = [0, *accumulate(len(part.content) for part in parts)]
        ends = [part.ends + start for part, start in zip(parts, before, strict=False)]
        return cls(b"".join(part.content for part in parts), np.concatenate(ends))

    @classmethod
    def gathered(cls, octets: Octets, starts: Positions, sizes: Positions) -> "TextColumn":
        """The texts that begin there, each with its LF of so many bytes."""
        stops = np.cumsum(sizes)
        index = np.repeat(starts - (stops - sizes), sizes)
        index += _COUNT[: len(index)] if len(index) <= len(_COUNT) else np.arange(len(index))
        return cls(octets[index].tobytes(), stops - 1)

    @cached_property
    def texts(self) -> list[str]:
        """Each text by itself."""
        texts = self.lines.split("\n")
        texts.pop()  # behind the last LF
        return texts

    @cached_property
    def lines(self) -> str:
        """All texts, with LF behind each."""
        return self.content.decode()

    @cached_property
    def octets(self) -> Octets:
        """The bytes of `content`."""
        return np.frombuffer(self.content, dtype=np.uint8)

    @cached_property
    def ends(self) -> Positions:
        """Where the LF behind each text is in `content`."""
        return np.flatnonzero(self.octets == _LF)

    @cached_property
    def starts(self) -> Positions:
        """Where each text begins in `content`."""
        starts = np.empty_like(self.ends)
        starts[:1] = 0
        starts[1:] = self.ends[:-1] + 1
        return starts

    @cached_property
    def sizes(self) -> Positions:
        """The bytes of each text."""
        return self.ends - self.starts

    @property
    def longest(self) -> int:
        """The bytes of the longest text, which has no more characters than that."""
        return int(self.sizes.max(initial=0))

    def chosen(self, positions: Sequence[int] | Positions) -> "TextColumn":
        """Only the texts at those positions, in that order."""
        at = np.asarray(positions, dtype=np.intp)
        return TextColumn.gathered(self.octets, self.starts[at], self.sizes[at] + 1)

    @property
    def extremes(self) -> tuple[str, str]:
        """The first and the last of the texts in the order of their characters; one is there."""
        padded = self.content + bytes(_WORD)
        words = np.ndarray((len(self.content) + 1,), dtype=">u8", buffer=padded, strides=(1,))
        # In UTF-8 the order of bytes is that of characters; whose first ones are the same differ
        # behind them.
        begin = words[self.starts] & _FIRST_BYTES[np.minimum(self.sizes, _WORD)]
        least, most = (
            self.chosen(np.flatnonzero(begin == word)).texts for word in (begin.min(), begin.max())
        )
        return min(least), max(most)

    def same_as(self, other: "TextColumn") -> NDArray[np.bool_]:
        """By position, whether both have the same text; both have as many."""
        sizes = self.sizes
        same: NDArray[np.bool_] = sizes == other.sizes
        kept, one, two = np.flatnonzero(same), self, other
        if len(kept) < len(self):
            one, two = self.chosen(kept), other.chosen(kept)
        if one.content != two.content:
            differs = np.searchsorted(one.ends, np.flatnonzero(one.octets != two.octets))
            same[kept[differs]] = False
        return same

    @cached_property
    def beyond_ascii(self) -> list[str]:
        """Those of the texts that have a character that is not ASCII, each of them once."""
        if self.content.isascii():
            return []
        found = np.maximum.reduceat(self.octets, self.starts) >= 0x80
        distinct = {*self.chosen(np.flatnonzero(found)).content.split(b"\n")} - {b""}
        return b"\n".join(distinct).decode().split("\n")

    @property
    def lowered(self) -> "TextColumn":
        """The texts with A to Z in lower case."""
        if self._lowered is None:
            content = self.content.lower()
            if content == self.content:
                return self  # not kept: only the collector would find what keeps itself
            self._lowered = TextColumn(content, self.ends)
        return self._lowered

    def __len__(self) -> int:
        return len(self.ends)

    def __iter__(self) -> Iterator[str]:
        return iter(self.texts)

    def __getitem__(self, at: Any) -> Any:
        if not isinstance(at, slice):
            return self.texts[at]
        first, last, step = at.indices(len(self))
        if step != 1:
            return self.texts[at]
        if first >= last:
            return TextColumn(b"", self.ends[:0])
        start = int(self.ends[first - 1]) + 1 if first else 0
        return TextColumn(
            self.content[start : int(self.ends[last - 1]) + 1], self.ends[first:last] - start
        )

    def __contains__(self, text: object) -> bool:
        if text == "":
            return not self.sizes.all()
        if not isinstance(text, str) or "\n" in text:
            return False
        return f"\n{text}\n" in f"\n{self.lines}"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, TextColumn):
            return self.content == other.content
        return isinstance(other, Sequence) and self.texts == list(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"TextColumn({self.texts!r})"


def as_lines(texts: Sequence[str]) -> str:
    """The texts as one, with LF between them."""
    return texts.lines[:-1] if isinstance(texts, TextColumn) else "\n".join(texts)
