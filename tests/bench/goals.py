"""The goals of the benchmark, and a table of what was reached of them."""

from collections.abc import Callable, Iterable, Sequence
from statistics import median
from typing import NamedTuple

from tests.bench.figures import NOTHING, Run, markdown
from tests.bench.results import Results
from tests.bench.works import AGAIN, CHANGED, CONFLICT, FIRST, NIGHTLY, ODD, PREVIEW

_MANY, _MOST = 100_000, 1_000_000


class Goal(NamedTuple):
    """A figure of some work that is to be at most, or at least, so much; `shape` shows it."""

    work: str
    rows: int | None
    measure: str
    bound: float
    reached: Callable[[Results], Iterable[float]]
    shape: str = ".2f"
    at_least: bool = False

    def line(self, results: Results) -> list[str]:
        """Work, size, measure, the goal, the median of what was reached, and whether it is met."""
        figures = sorted(self.reached(results))
        rows = f"{self.rows:,}" if self.rows else NOTHING
        goal = f"{'≥' if self.at_least else '≤'} {self.bound:{self.shape}}"
        if not figures:
            return [rows, self.work, self.measure, goal, "not measured", NOTHING]
        found = median(figures)
        met = found >= self.bound if self.at_least else found <= self.bound
        return [
            rows,
            self.work,
            self.measure,
            goal,
            f"{found:{self.shape}}",
            "yes" if met else "no",
        ]


def _of(work: str, rows: int, figure: Callable[[Run], float | None]) -> Callable[..., list[float]]:
    """A figure of each run of a work."""

    def reached(results: Results) -> list[float]:
        runs = [run for run in results.runs if run.work == work and run.rows == rows]
        return [found for run in runs if (found := figure(run)) is not None]

    return reached


def _to_psql(run: Run) -> float | None:
    return run.ours / run.psql if run.psql else None


def _to_plain(run: Run) -> float | None:
    return run.ours / run.beside if run.beside else None


def _plugged(work: str) -> Callable[[Results], list[float]]:
    """What plugins add to the server's processor time, in microseconds a row, of each such run."""

    def reached(results: Results) -> list[float]:
        return [
            (run.cpu - run.unplugged.cpu) / run.rows * 1e6
            for run in results.runs
            if run.rows == _MANY and run.work.startswith(f"{work}, ")
            if run.unplugged and run.cpu is not None and run.unplugged.cpu is not None
        ]

    return reached


def _scaled(figure: float | None, factor: float) -> float | None:
    return None if figure is None else figure * factor


def _fairness(results: Results) -> list[float]:
    return [one.fairness for one in results.together if one.directories == 1]


def _of_one(results: Results) -> list[float]:
    return [one.of_one for one in results.together if one.directories == 1]


def _memory_together(results: Results) -> list[float]:
    return [one.memory for one in results.together]


def _answered(results: Results) -> list[float]:
    return [one["first_answer"] * 1e3 for one in results.single]


_PSQL, _PLAIN = "time ÷ psql's", "time ÷ the plain file's"
_LOADS = (FIRST, AGAIN, CHANGED)

GOALS: Sequence[Goal] = (
    *(
        Goal(work, rows, _PSQL, bound, _of(work, rows, _to_psql))
        for rows, bounds in ((_MANY, (1.0, 0.9, 1.1)), (_MOST, (0.85, 0.7, 0.9)))
        for work, bound in zip(_LOADS, bounds, strict=True)
    ),
    Goal(ODD, _MANY, _PLAIN, 1.1, _of(ODD, _MANY, _to_plain)),
    Goal(CONFLICT, _MANY, _PLAIN, 1.3, _of(CONFLICT, _MANY, _to_plain)),
    Goal(PREVIEW, _MANY, "time ÷ that of writing it", 1.1, _of(PREVIEW, _MANY, _to_plain)),
    Goal(
        NIGHTLY,
        _MOST,
        "rows a second",
        250_000,
        _of(NIGHTLY, _MOST, lambda run: run.rows / run.ours),
        ",.0f",
        at_least=True,
    ),
    *(
        Goal(
            work,
            _MOST,
            "server's processor time, µs a row",
            5,
            _of(work, _MOST, lambda run: _scaled(run.cpu, 1e6 / run.rows)),
            ".1f",
        )
        for work in _LOADS
    ),
    *(
        Goal(work, _MOST, "memory over idle, MiB", 64, _of(work, _MOST, lambda r: r.memory), ".0f")
        for work in _LOADS
    ),
    Goal(
        FIRST,
        _MANY,
        "first answer, ms",
        150,
        _of(FIRST, _MANY, lambda run: _scaled(run.first_answer, 1e3)),
        ".0f",
    ),
    *(
        Goal(
            f"{work}, with plugins",
            _MANY,
            "added to the server's processor time, µs a row",
            1.0,
            _plugged(work),
            ".1f",
        )
        for work in (FIRST, AGAIN)
    ),
    Goal("one row, one import", None, "answer, ms", 10, _answered, ".1f"),
    Goal(
        "8 clients, one directory",
        None,
        "rows a second ÷ one client's",
        0.9,
        _of_one,
        at_least=True,
    ),
    Goal("8 clients, one directory", None, "slowest ÷ fastest", 1.3, _fairness),
    Goal("8 clients", None, "memory over idle, MiB", 110, _memory_together, ".0f"),
)


def goals(results: Results) -> str:
    """A line for each goal of which something was measured."""
    lines = [goal.line(results) for goal in GOALS]
    told = [line for line in lines if line[-1] != NOTHING]
    return markdown(("rows", "work", "measure", "goal", "reached", "met"), told) if told else ""
