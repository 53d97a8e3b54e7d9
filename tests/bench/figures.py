"""Makes a table of medians, least and greatest times from interleaved runs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One piece of work, done once. Times in seconds; None: not done that way.

    `beside` is what the same took us without what makes this work hard. `cpu` are seconds of the
    server's Python; `memory` MiB of its peak over idle. `unplugged` is the same work, done at the
    same time of the benchmark by a server without plugins. `peer` is what others needed for it.
    """

    work: str
    rows: int
    ours: float
    cpu: float | None = None
    memory: float | None = None
    first_answer: float | None = None
    psql: float | None = None
    peer: float | None = None
    psql_compared: float | None = None
    beside: float | None = None
    unplugged: "Run | None" = None


NOTHING = "–"
COLUMNS = (
    "rows",
    "work",
    "psql, rows/s",
    "psql compared first, rows/s",
    "ours, rows/s",
    "theirs, rows/s",
    "time, theirs ÷ ours",
    "time, ours ÷ psql",
    "time, ours ÷ compared first",
    "time, ours ÷ ours of the plain file",
    "server's Python, µs a row",
    "plugins add, µs a row",
    "plugins add to server's Python, µs a row",
    "memory over idle, MiB",
    "first answer, ms",
)


def table(runs: Sequence[Run]) -> str:
    """The runs, those of the same work and size as one line: `median (least to greatest)`.

    A column that none of them has is left out.
    """
    kinds = dict.fromkeys((run.rows, run.work) for run in runs)
    lines = [_line([run for run in runs if (run.rows, run.work) == kind]) for kind in kinds]
    told = [at for at, cells in enumerate(zip(*lines, strict=True)) if set(cells) != {NOTHING}]
    return markdown([COLUMNS[at] for at in told], [[line[at] for at in told] for line in lines])


def markdown(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table; only what is called `work` or `measure` is not numbers."""
    rule = ["---" if column in {"work", "measure"} else "---:" for column in head]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, rule, *lines])


def _line(runs: Sequence[Run]) -> list[str]:
    rows = runs[0].rows
    plugged = [(run, run.unplugged) for run in runs if run.unplugged]
    return [
        f"{rows:,}",
        runs[0].work,
        spread((rows / run.psql for run in runs if run.psql), ",.0f"),
        spread((rows / run.psql_compared for run in runs if run.psql_compared), ",.0f"),
        spread((rows / run.ours for run in runs), ",.0f"),
        spread((rows / run.peer for run in runs if run.peer), ",.0f"),
        spread((run.peer / run.ours for run in runs if run.peer), ".2f"),
        spread((run.ours / run.psql for run in runs if run.psql), ".2f"),
        spread((run.ours / run.psql_compared for run in runs if run.psql_compared), ".2f"),
        spread((run.ours / run.beside for run in runs if run.beside), ".2f"),
        spread((run.cpu / rows * 1e6 for run in runs if run.cpu is not None), ".1f"),
        spread(_added(((run.ours, other.ours) for run, other in plugged), rows), "+.2f"),
        spread(_added(((run.cpu, other.cpu) for run, other in plugged), rows), "+.2f"),
        spread((run.memory for run in runs if run.memory is not None), ".0f"),
        spread((run.first_answer * 1e3 for run in runs if run.first_answer is not None), ".0f"),
    ]


def _added(pairs: Iterable[tuple[float | None, float | None]], rows: int) -> list[float]:
    """Microseconds a row that the first of each pair is above the second."""
    return [((more or 0.0) - (less or 0.0)) / rows * 1e6 for more, less in pairs]


def spread(values: Iterable[float], shape: str) -> str:
    """`median (least to greatest)` in the given format; `–` of nothing, one number of one."""
    found = sorted(values)
    if not found:
        return NOTHING
    middle = format(median(found), shape)
    if len(found) == 1:
        return middle
    return f"{middle} ({format(found[0], shape)} to {format(found[-1], shape)})"
