"""Draws what a benchmark found: `python -m tests.bench.picture RESULTS [SVG]`.

Rows a second of a first load, ours and others', and time against size. RESULTS is what
`python -m tests.bench --results RESULTS` wrote. The picture names the commit and the command that
it came from, and says so where the machine had other work. It is plain SVG, for light and dark.
"""

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import ceil, floor, log10
from pathlib import Path
from statistics import median
from textwrap import wrap
from xml.sax.saxutils import escape

from tests.bench.figures import Run
from tests.bench.results import Results
from tests.bench.works import AGAIN, FIRST

_HERE = Path(__file__).parent
_WIDTH, _HEIGHT = 920, 380
_QUIET = 5.0
"""Percent of the processors at other work beyond which figures are none."""
_TOP, _BAR, _STEP = 74, 20, 34
_LABELS, _BARS = 212, 170
"""Pixels that the names take, and that the longest bar takes."""
_LEFT, _RIGHT, _UP, _DOWN = 530, 754, 74, 290
"""The edges of the diagram of time against size."""

Scale = Callable[[float], float]

_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600 } .small { font-size: 11px } .faint { fill: #59636e }
.warning { fill: #9a6700; font-weight: 600 } .grid { stroke: #d1d9e0 }
rect.ours { fill: #0969da } rect.psql { fill: #6e7781 } rect.theirs { fill: #afb8c1 }
path { fill: none; stroke-width: 2 } path.ours { stroke: #0969da } path.psql { stroke: #6e7781 }
circle.ours { fill: #0969da } circle.psql { fill: #6e7781 } .again { stroke-dasharray: 5 4 }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc } .faint { fill: #9198a1 } .warning { fill: #d29922 } .grid { stroke: #3d444d }
rect.ours { fill: #4493f8 } rect.psql { fill: #9198a1 } rect.theirs { fill: #656c76 }
path.ours { stroke: #4493f8 } path.psql { stroke: #9198a1 }
circle.ours { fill: #4493f8 } circle.psql { fill: #9198a1 }
}
"""


def main() -> None:
    """Draw, and say where it is."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.picture", description=__doc__)
    parser.add_argument("results", type=Path)
    parser.add_argument("svg", type=Path, nargs="?", default=_HERE / "speed.svg")
    asked = parser.parse_args()
    asked.svg.write_text(picture(Results.load(asked.results)), "utf-8")
    print(asked.svg)


def picture(results: Results) -> str:
    """The picture as SVG."""
    busy = results.processors.get("others", 0.0) + results.processors.get("stolen", 0.0)
    origin = f"Commit {results.commit}, {results.command}; {'; '.join(results.facts[:3])}"
    parts = [
        *_rows_a_second(results.runs),
        *_time_against_size(results.runs),
        *(
            _text(16, 354 + 16 * at, line, "small faint")
            for at, line in enumerate(wrap(origin, 150))
        ),
    ]
    if busy > _QUIET:
        words = f"Measured beside other work, {busy:.0f} % of the processors: these are no figures."
        parts.append(_text(16, 336, words, "warning"))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {_WIDTH} {_HEIGHT}">',
            "<title>Rows a second, and time against size, of Rollbook and others</title>",
            f"<style>{_STYLE}</style>",
            *parts,
            "</svg>\n",
        ]
    )


def _rows_a_second(runs: Sequence[Run]) -> Iterable[str]:
    """A bar for each who loaded the file of the peers; of all first loads where there were none."""
    sizes = {run.rows for run in runs if run.peer} or {run.rows for run in runs}
    rows = min(sizes, default=0)
    loads = [run for run in runs if run.rows == rows and run.work == FIRST]
    bars: list[tuple[str, str, list[float]]] = [
        ("psql: COPY and one upsert", "psql", [rows / run.psql for run in loads if run.psql]),
        ("Rollbook: every row answered", "ours", [rows / run.ours for run in loads]),
    ]
    others = defaultdict(list)
    for run in runs:
        if run.peer and run.rows == rows:
            others[run.work.removeprefix(f"{FIRST}, ")].append(rows / run.peer)
    bars += [(name, "theirs", speeds) for name, speeds in others.items()]
    known = [(name, kind, median(speeds)) for name, kind, speeds in bars if speeds]
    most = max((speed for *_, speed in known), default=1.0)
    yield _text(16, 28, "Rows a second", "title")
    yield _text(16, 46, f"First load of {rows:,} rows; more is better", "small faint")
    for at, (name, kind, speed) in enumerate(sorted(known, key=lambda bar: -bar[2])):
        top = _TOP + at * _STEP
        width = max(1.0, _BARS * speed / most)
        yield _text(16, top + 15, name)
        where = f'x="{16 + _LABELS}" y="{top}" width="{width:.1f}" height="{_BAR}"'
        yield f'<rect class="{kind}" {where}/>'
        yield _text(16 + _LABELS + width + 8, top + 15, f"{speed:,.0f}")


def _time_against_size(runs: Sequence[Run]) -> Iterable[str]:
    """Lines for the first load and the same file again, by psql and by us, on two log scales."""
    lines: dict[tuple[str, str], dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for run in runs:
        if run.work in {FIRST, AGAIN} and not run.peer:
            lines[run.work, "ours"][run.rows].append(run.ours)
            if run.psql:
                lines[run.work, "psql"][run.rows].append(run.psql)
    points = {key: {n: median(s) for n, s in line.items()} for key, line in lines.items()}
    sizes = sorted({rows for line in points.values() for rows in line})
    times = [seconds for line in points.values() for seconds in line.values()]
    yield _text(_LEFT - 44, 28, "Time against size", "title")
    yield _text(_LEFT - 44, 46, "Seconds, by rows; both scales are of powers of ten", "small faint")
    if not times:
        return
    low, high = floor(log10(min(times))), ceil(log10(max(times)))
    x = _scale(log10(sizes[0]), log10(sizes[-1]), _LEFT, _RIGHT)
    y = _scale(low, high, _DOWN, _UP)
    for power in range(low, high + 1):
        at = y(10.0**power)
        yield f'<line class="grid" x1="{_LEFT}" x2="{_RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>'
        yield _text(_LEFT - 8, at + 4, f"{10.0**power:g} s", "small faint", "end")
    for rows in sizes:
        yield _text(x(rows), _DOWN + 18, f"{rows:,}", "small faint", "middle")
    for (work, who), line in points.items():
        kind = f"{who} again" if work == AGAIN else who
        ends = [(x(rows), y(seconds)) for rows, seconds in sorted(line.items())]
        yield f'<path class="{kind}" d="M{" L".join(f"{px:.1f},{py:.1f}" for px, py in ends)}"/>'
        yield from (f'<circle class="{who}" cx="{px:.1f}" cy="{py:.1f}" r="3"/>' for px, py in ends)
    yield from _names(points, y)


def _names(points: Mapping[tuple[str, str], Mapping[int, float]], y: Scale) -> Iterable[str]:
    """What each line is, beside its end, and none over another."""
    lowest = 0.0
    ends = {key: y(line[max(line)]) for key, line in points.items()}
    for work, who in sorted(ends, key=lambda key: ends[key]):
        lowest = max(ends[work, who] + 4, lowest + 14)
        name = "Rollbook" if who == "ours" else "psql"
        yield _text(_RIGHT + 10, lowest, f"{name}, {work}", "small")


def _scale(low: float, high: float, start: float, end: float) -> Scale:
    """Where a value stands of which the logarithm is between two others."""
    return lambda value: start + (log10(value) - low) / ((high - low) or 1) * (end - start)


def _text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    ends = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}"{ends}>{escape(words)}</text>'


if __name__ == "__main__":
    main()
