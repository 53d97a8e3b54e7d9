"""Shows what a row costs by step, and who waits for whom: `python -m tests.bench.profile`.

One import by a client process, a server process and PostgreSQL, as the benchmark times it, while
py-spy samples both processes and PostgreSQL logs its statements. That slows them: a profile says
what to look at, the benchmark how fast it is.
"""

import argparse
import json
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path

from tests.bench.bench import PREPARED, Bench
from tests.bench.client import Seen
from tests.bench.cluster import Cluster
from tests.bench.machine import Processors, facts
from tests.bench.sampled import Span, Thread, by_step, processor_time, sampled, threads_of, within
from tests.bench.server import Measured
from tests.bench.statements import COMMIT, LOGGED, statements
from tests.bench.steps import CLIENT, COUNT, STEPS
from tests.bench.timeline import WIDTH, Lane, drawn, waits
from tests.bench.users import File
from tests.bench.works import copies

_WORKS = ("first", "again", "changed", "conflicts")
_DATABASE = "profiled"
_LABEL, _BAR = 36, 24
_SMALL_US, _NAMED_US = 0.05, 0.1
"""Microseconds a row below which a module, and a statement, is not named."""

Costs = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What was seen of an import of `rows` rows. Times of spans are those of the clock.

    `server` and `client` are seconds of processor time by step and module, `database_cpu` those of
    PostgreSQL's backends.
    """

    rows: int
    seen: Seen
    server: Costs
    threads: Sequence[Thread]
    client: Costs
    sending: Sequence[Thread]
    backends: Mapping[int, Sequence[Span]]
    database_cpu: float


def main() -> None:
    """Profile one import, and print what a row costs and the timeline of a batch."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.profile", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--work", choices=_WORKS, default="first", help="see README.md")
    asked = parser.parse_args()
    print(shlex.join(["python", "-m", "tests.bench.profile", *sys.argv[1:]]))
    with (
        tempfile.TemporaryDirectory(prefix="rollbook-profile-") as folder,
        Cluster(Path(folder, "state"), LOGGED) as cluster,
    ):
        print("\n".join(facts(cluster.version)), flush=True)
        busy = Processors()
        bench = Bench(cluster, Path(folder))
        bench.prepare()
        found = profiled(bench, asked.rows, asked.work)
    print(busy.summary(), end="\n\n")
    print("\n".join([*_costs(found), "", *_batch(found)]))


def profiled(bench: Bench, rows: int, work: str) -> Profile:
    """Import a file of `rows` rows under the eyes of the profilers."""
    content = {
        "changed": File(rows=rows, changed=0.1),
        "conflicts": File(rows=rows, first=rows, conflicting=0.01),
    }.get(work, File(rows=rows))
    with copies(bench, PREPARED, _DATABASE):
        if work != "first":
            bench.psql(_DATABASE, File(rows=rows))
        bench.cluster.rest(_DATABASE)
        with bench.server(_DATABASE) as server:
            return _import(bench, server, content)


def _import(bench: Bench, server: Measured, content: File) -> Profile:
    command = [
        *(sys.executable, "-m", "tests.bench.client", server.address, str(server.token_file)),
        *("import-when-told", str(bench.file(content)), "main"),
    ]
    pipe = subprocess.PIPE
    taken, sent = (bench.folder / f"{name}.json" for name in ("server", "client"))
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as client:
        assert client.stdin
        assert client.stdout
        client.stdout.readline()  # it is ready
        with sampled(server.pid, taken) as taken_since, sampled(client.pid, sent) as sent_since:
            before = processor_time(server.pid)
            logged = bench.cluster.log.stat().st_size
            client.stdin.write("\n")
            client.stdin.flush()
            seen: Seen = json.loads(client.stdout.readline())
            used = {tid: s - before.get(tid, 0.0) for tid, s in processor_time(server.pid).items()}
    backends = statements(bench.cluster.log.read_bytes()[logged:].decode(errors="replace"))
    began, ended = seen["began"], seen["began"] + seen["seconds"]
    threads = threads_of(taken, taken_since)
    sending = threads_of(sent, sent_since)
    return Profile(
        rows=content.rows,
        seen=seen,
        server=by_step(threads, used, began, ended),
        threads=threads,
        client=by_step(sending, _shared(sending, seen), began, ended),
        sending=sending,
        backends=backends,
        database_cpu=sum(sum(processor_time(pid).values()) for pid in backends),
    )


def _shared(threads: Sequence[Thread], seen: Seen) -> dict[int, float]:
    """The client's processor time by thread, which has ended: by what was seen of each."""
    until = seen["began"] + seen["seconds"]
    worked = {
        thread.tid: sum(s.end - s.begin for s in within(thread.worked, seen["began"], until))
        for thread in threads
    }
    whole = sum(worked.values()) or 1.0
    return {tid: seen["cpu"] * seconds / whole for tid, seconds in worked.items()}


def _costs(found: Profile) -> list[str]:
    """What a row costs in microseconds, by step of the server, the client and PostgreSQL."""
    database: dict[str, dict[str, float]] = {}
    for span in chain.from_iterable(found.backends.values()):
        phases = database.setdefault(span.what, {})
        phases[span.detail] = phases.get(span.detail, 0.0) + span.end - span.begin
    by_cost = sorted(database, key=lambda name: -_whole(database[name]))
    dear = [name for name in by_cost if _whole(database[name]) / found.rows * 1e6 >= _NAMED_US]
    known = [step for step in STEPS if step not in (CLIENT, COUNT)]
    new = [step for step, its in found.server.items() if _whole(its) / found.rows * 1e6 > _SMALL_US]
    groups: list[tuple[str, Costs, Iterable[str]]] = [
        ("Server, its processor time", found.server, dict.fromkeys([*known, *new])),
        ("Client, its processor time", found.client, [s for s in STEPS if s in found.client]),
        ("PostgreSQL, time in statements", database, dear),
    ]
    lines = ["µs a row"]
    for title, costs, steps in groups:
        most = sum(map(_whole, costs.values()))
        lines += ["", _cost(title, most, most, found.rows)]
        for step in steps:
            told = _details(costs.get(step, {}), found.rows)
            lines.append(_cost(f"  {step}", _whole(costs.get(step, {})), most, found.rows, told))
    cpu = found.database_cpu / found.rows * 1e6
    few = sum(_whole(database[name]) for name in by_cost[len(dear) :])
    lines.append(_cost(f"  {len(by_cost) - len(dear)} others", few, most, found.rows))
    return [*lines, "", f"PostgreSQL, processor time of its backends: {cpu:.2f}"]


def _whole(details: Mapping[str, float]) -> float:
    return sum(details.values())


def _details(details: Mapping[str, float], rows: int) -> list[str]:
    """The modules or phases that a step's time was spent in, the dearest first."""
    named = sorted(((s / rows * 1e6, name) for name, s in details.items()), reverse=True)
    return [f"{name} {us:.1f}" for us, name in named if name and us >= _SMALL_US]


def _cost(label: str, seconds: float, most: float, rows: int, details: Sequence[str] = ()) -> str:
    """A line: what, how much, a bar, and as many of the details as fit behind it."""
    bar = "█" * round(_BAR * seconds / (most or 1))
    line = f"{label:{_LABEL}} {seconds / rows * 1e6:6.2f}  {bar}"
    for detail in details:
        if len(line) + len(detail) + 2 <= WIDTH:
            line = f"{line}{'  ' if detail is details[0] else ', '}{detail}"
    return line.rstrip()


def _batch(found: Profile) -> list[str]:
    """The timeline of the batch in the middle of the import."""
    begin, end = _middle(found)
    began = found.seen["began"]
    lanes: list[Lane] = [("Client", _together(found.sending))]
    lanes += [
        (f"Server, {thread.name or thread.tid}", spans)
        for thread in found.threads
        if (spans := within(thread.worked, begin, end))
    ]
    lanes += [
        (f"PostgreSQL, backend {pid}", spans)
        for pid, all_ in found.backends.items()
        if (spans := within(all_, begin, end))
    ]
    return [
        f"A batch, from COMMIT to COMMIT: {(end - begin) * 1e3:.1f} ms, "
        f"{(begin - began) * 1e3:,.0f} ms after the call was opened",
        "",
        *drawn(lanes, begin, end),
        "",
        *waits(
            _together(found.threads),
            list(chain.from_iterable(found.backends.values())),
            begin,
            end,
        ),
        "",
        "A COPY lasts as long as the server sends. The bars of client and server are right to some",
        "milliseconds, those of PostgreSQL to one.",
    ]


def _together(threads: Iterable[Thread]) -> list[Span]:
    return [span for thread in threads for span in thread.worked]


def _middle(found: Profile) -> tuple[float, float]:
    """From when to when the batch in the middle of the file lasted; of one batch, the import."""
    began, ended = found.seen["began"], found.seen["began"] + found.seen["seconds"]
    batches = [
        pair
        for spans in found.backends.values()
        for pair in pairwise(s.end for s in spans if s.what == COMMIT and s.detail == "statement")
    ]
    middle = (began + ended) / 2
    return min(batches, key=lambda pair: abs(sum(pair) / 2 - middle), default=(began, ended))


if __name__ == "__main__":
    main()
