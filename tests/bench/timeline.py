"""Draws as bars who worked when, and says who waited for whom."""

from collections.abc import Iterable, Sequence
from math import ceil

from tests.bench.sampled import Span

WIDTH = 100
_LABEL = 36
_COLUMNS = WIDTH - _LABEL - 1
_FINE = 24
"""Moments that are looked at in each column."""
_BLOCKS = " ▁▂▃▄▅▆▇█"
_LEAST = 0.01
"""The part of the time below which a thing has no line."""

Lane = tuple[str, Sequence[Span]]


def drawn(lanes: Iterable[Lane], begin: float, end: float) -> list[str]:
    """A line for each lane, and below it one for each thing done in it that took a while."""
    lines = []
    for title, spans in lanes:
        kinds: dict[str, list[Span]] = {}
        for span in spans:
            kinds.setdefault(span.what, []).append(span)
        lines.append(_line(title, moments(spans, begin, end)))
        for what, those in kinds.items():
            seen = moments(those, begin, end)
            if sum(seen) >= _LEAST * len(seen):
                lines.append(_line(f"  {what}", seen))
    return lines


def moments(spans: Iterable[Span], begin: float, end: float) -> bytearray:
    """For each moment of a time 1 if one of the spans covers it, else 0."""
    count = _COLUMNS * _FINE
    seen = bytearray(count)
    for span in spans:
        first = max(0, round((span.begin - begin) / (end - begin) * count))
        last = min(count, round((span.end - begin) / (end - begin) * count))
        if last > first:
            seen[first:last] = b"\1" * (last - first)
    return seen


def waits(server: Sequence[Span], database: Sequence[Span], begin: float, end: float) -> list[str]:
    """How long each worked alone, so that the other waited for it; both; and none."""
    pairs = list(zip(moments(server, begin, end), moments(database, begin, end), strict=True))
    each = (end - begin) * 1e3 / len(pairs)
    said = {
        (1, 0): "the server works, PostgreSQL waits for it",
        (0, 1): "PostgreSQL works, the server waits for it",
        (1, 1): "both work",
        (0, 0): "both wait: for the client, the disk, a processor",
    }
    return [
        f"{pairs.count(who) * each:8.1f} ms  {100 * pairs.count(who) / len(pairs):3.0f} %  {words}"
        for who, words in said.items()
    ]


def _line(label: str, seen: bytearray) -> str:
    shares = [sum(seen[at : at + _FINE]) / _FINE for at in range(0, len(seen), _FINE)]
    bar = "".join(_BLOCKS[ceil(share * (len(_BLOCKS) - 1))] for share in shares)
    return f"{label[:_LABEL]:{_LABEL}} {bar}".rstrip()
