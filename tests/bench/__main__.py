"""Runs the benchmark: `python -m tests.bench`, or `make bench`.

The floor is psql: `copy` into a temporary table and one `INSERT … ON CONFLICT DO UPDATE`
(`floor.sql`). Ours is the whole way: a client process, gRPC, a server process, the same PostgreSQL,
every row's answer back. Both work in one cluster with fsync on, in databases made in the same way
for each run; before each timing the dead rows and unwritten pages of the last are removed.
"""

import argparse
import shlex
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.bench import plugged, works
from tests.bench.bench import Bench
from tests.bench.client import Seen
from tests.bench.cluster import Cluster
from tests.bench.compared import compared
from tests.bench.figures import Run, spread, table
from tests.bench.goals import goals
from tests.bench.machine import Processors, facts, said_of
from tests.bench.results import Results, commit
from tests.bench.together import together

_SINGLE_ROWS = 50
_KNOWN_BESIDE_SINGLE_ROWS = 10_000

_KINDS: Mapping[str, Callable[[Bench, int, int], Iterable[Run]]] = {
    "loads": works.loads,
    "odd": works.odd,
    "conflicts": works.conflicts,
    "previews": works.previews,
    "plugins": plugged.plugged,
    "mails": works.mails,
}
_OTHERS = ("peers", "single", "clients")
_MOST = {"clients": 100_000, "peers": 10_000}
"""Rows up to which a kind is measured."""


class Part(NamedTuple):
    """A kind of work, with files of so many rows, so many times."""

    kind: str
    rows: int
    runs: int


_SHORT = (
    Part("peers", 10_000, 1),
    *(Part(kind, 100_000, 3) for kind in ("loads", "odd", "conflicts", "previews")),
    Part("plugins", 100_000, 2),
    Part("mails", 10_000, 1),
    Part("single", 1, 1),
    Part("clients", 100_000, 1),
    Part("loads", 1_000_000, 1),
)
"""What takes eight minutes on a quiet machine with two processors: see README.md."""
_SIZES, _RUNS = (10_000, 100_000, 1_000_000), 3
"""Of the full benchmark."""


def main() -> None:
    """Measure, report progress on stderr, and print the tables with the facts they depend on."""
    asked = _arguments()
    parts = _parts(asked)
    with (
        tempfile.TemporaryDirectory(prefix="rollbook-bench-", dir=asked.folder) as folder,
        Cluster(Path(folder, "state")) as cluster,
    ):
        results = Results(
            commit=commit(),
            command=shlex.join(["python", "-m", "tests.bench", *sys.argv[1:]]),
            facts=facts(cluster.version),
        )
        print(results.command, f"commit {results.commit}", *results.facts, sep="\n", flush=True)
        busy = Processors()
        bench = Bench(cluster, Path(folder))
        bench.prepare()
        for part in parts:
            _measure(bench, part, results)
    results.processors = busy.shares()
    print(said_of(results.processors), end="\n\n")
    print("\n\n".join(filter(None, _told(results))))
    if asked.results:
        results.save(asked.results)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    kinds = [*_KINDS, *_OTHERS]
    parser.add_argument("--only", choices=kinds, nargs="+", default=kinds)
    parser.add_argument("--full", action="store_true", help="every kind at every size; an hour")
    parser.add_argument("--rows", type=int, nargs="+", help="sizes of files, instead of either's")
    parser.add_argument("--runs", type=int, help="times that each is measured, instead of either's")
    parser.add_argument("--folder", help="where the cluster and the files lie; about 3 GiB")
    parser.add_argument("--results", type=Path, help="a file that gets the figures, as JSON")
    return parser.parse_args()


def _parts(asked: argparse.Namespace) -> Sequence[Part]:
    """What is measured: the short list, or each kind at each size."""
    if not (asked.full or asked.rows or asked.runs):
        return [part for part in _SHORT if part.kind in asked.only]
    runs = asked.runs or _RUNS
    sized = [
        Part(kind, rows, runs)
        for rows in asked.rows or _SIZES
        for kind in asked.only
        if kind != "single" and rows <= _MOST.get(kind, rows)
    ]
    return [*sized, *(Part("single", 1, runs) for kind in asked.only if kind == "single")]


def _measure(bench: Bench, part: Part, results: Results) -> None:
    for turn in range(part.runs):
        print(f"{part.kind}, {part.rows:,} rows, {turn + 1} of {part.runs}", file=sys.stderr)
        match part.kind:
            case "peers":
                results.runs += compared(bench, part.rows, turn, results.missing)
            case "single":
                known = _KNOWN_BESIDE_SINGLE_ROWS
                results.single += works.single_rows(bench, known, _SINGLE_ROWS)
            case "clients":
                results.together += together(bench, part.rows)
            case kind:
                results.runs += _KINDS[kind](bench, part.rows, turn)


def _told(results: Results) -> list[str]:
    """The goals, the table, and a line for each thing that is in neither."""
    missing = [f"NOT MEASURED, for it is not installed: {one}" for one in results.missing]
    return [
        goals(results),
        table(results.runs) if results.runs else "",
        _said_of_single(results.single) if results.single else "",
        *map(str, results.together),
        "\n".join(dict.fromkeys(missing)),
    ]


def _said_of_single(seen: list[Seen]) -> str:
    answered = spread((one["first_answer"] * 1e3 for one in seen), ".1f")
    ended = spread((one["seconds"] * 1e3 for one in seen), ".1f")
    return (
        f"One row, one import, {len(seen)} of them: its answer after {answered} ms, "
        f"the end of the call after {ended} ms."
    )


if __name__ == "__main__":
    main()
