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
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from tests.bench import plugged, works
from tests.bench.bench import Bench
from tests.bench.client import Seen
from tests.bench.cluster import Cluster
from tests.bench.figures import Run, spread, table
from tests.bench.machine import Processors, facts
from tests.bench.together import Together, together

_KINDS = ("loads", "conflicts", "plugins", "mails", "single", "clients")
_SINGLE_ROWS = 50
_KNOWN_BESIDE_SINGLE_ROWS = 10_000
_MOST_OF_A_CLIENT = 100_000


def main() -> None:
    """Measure, report progress on stderr, and print the table with the facts it depends on."""
    asked = _arguments()
    with (
        tempfile.TemporaryDirectory(prefix="rollbook-bench-", dir=asked.folder) as folder,
        Cluster(Path(folder, "state")) as cluster,
    ):
        print(shlex.join(["python", "-m", "tests.bench", *sys.argv[1:]]))
        print("\n".join(facts(cluster.version)), flush=True)
        busy = Processors()
        bench = Bench(cluster, Path(folder))
        bench.prepare()
        runs = list(_runs(bench, asked))
        single = list(_single_rows(bench, asked))
        at_once = list(_clients(bench, asked))
    print(busy.summary(), end="\n\n")
    if runs:
        print(table(runs))
    if single:
        print(_said_of_single(single))
    for said in at_once:
        print(f"\n{said}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000], help="sizes of files"
    )
    parser.add_argument("--runs", type=int, default=3, help="times that each is measured")
    parser.add_argument("--only", choices=_KINDS, nargs="+", default=_KINDS)
    parser.add_argument("--folder", help="where the cluster and the files lie; about 3 GiB")
    return parser.parse_args()


def _runs(bench: Bench, asked: argparse.Namespace) -> Iterator[Run]:
    """Every size, as often as asked: the kinds of work in turn, not each by itself."""
    measured: Mapping[str, Callable[[Bench, int, int], Iterable[Run]]]
    measured = {
        "loads": works.loads,
        "conflicts": works.conflicts,
        "plugins": plugged.plugged,
        "mails": works.mails,
    }
    for rows in asked.rows:
        for turn in range(asked.runs):
            for kind in asked.only:
                if kind in measured:
                    print(f"{kind}, {rows:,} rows, {turn + 1} of {asked.runs}", file=sys.stderr)
                    yield from measured[kind](bench, rows, turn)


def _single_rows(bench: Bench, asked: argparse.Namespace) -> Iterator[Seen]:
    if "single" in asked.only:
        for turn in range(asked.runs):
            print(f"single rows, {turn + 1} of {asked.runs}", file=sys.stderr)
            yield from works.single_rows(bench, _KNOWN_BESIDE_SINGLE_ROWS, _SINGLE_ROWS)


def _clients(bench: Bench, asked: argparse.Namespace) -> Iterator[Together]:
    """Every size up to that of a client of many, as often as asked."""
    if "clients" in asked.only:
        for rows in asked.rows:
            for turn in range(asked.runs if rows <= _MOST_OF_A_CLIENT else 0):
                print(f"clients, {rows:,} rows, {turn + 1} of {asked.runs}", file=sys.stderr)
                yield from together(bench, rows)


def _said_of_single(seen: list[Seen]) -> str:
    answered = spread((one["first_answer"] * 1e3 for one in seen), ".1f")
    ended = spread((one["seconds"] * 1e3 for one in seen), ".1f")
    return (
        f"\nOne row, one import, {len(seen)} of them: its answer after {answered} ms, "
        f"the end of the call after {ended} ms."
    )


if __name__ == "__main__":
    main()
