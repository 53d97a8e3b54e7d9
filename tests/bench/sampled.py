"""Samples what the threads of a running Python process do, by py-spy, and reads its trace."""

import json
import re
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from pathlib import Path

from tests.acceptance.memory import children
from tests.bench.steps import OTHERS, WAITS, place_of

_PY_SPY = Path(sys.executable).with_name("py-spy")
_A_SECOND = 1000
_READY_WITHIN_S, _WRITTEN_WITHIN_S = 30, 120
_UNTIL_IT_COUNTS_S = 0.003
"""What py-spy needs from its start until its clock begins, before it looks at anything."""
_THREAD = re.compile(r"thread \((\w+)\)(?:: (.*))?")


_Number = tuple[int, int]
"""A process, and a thread of it."""


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when something was done, in seconds; `detail` says what of it."""

    begin: float
    end: float
    what: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Thread:
    """What a thread did, or waited for. `tid` is the kernel's number of it."""

    tid: int
    name: str
    spans: list[Span] = field(default_factory=list)

    @property
    def worked(self) -> list[Span]:
        """What it did."""
        return [span for span in self.spans if span.what != WAITS]


@contextmanager
def sampled(pid: int, trace: Path) -> Iterator[float]:
    """Within it a process is sampled, and not stopped for it; then `trace` has what was seen.

    It is entered with the time by the clock at which the trace begins, right to some milliseconds.

    Raises:
        RuntimeError: py-spy may not look into the process, or is not there; has what it said.
    """
    log = trace.with_suffix(".log")
    command = [
        *(str(_PY_SPY), "record", "--pid", str(pid), "--rate", str(_A_SECOND), "--nonblocking"),
        *("--idle", "--threads", "--subprocesses"),
        *("--format", "chrometrace", "--output", str(trace)),
    ]
    with log.open("w") as said:
        spy = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
        since = time.time() + _UNTIL_IT_COUNTS_S
    try:
        until = time.monotonic() + _READY_WITHIN_S
        while "Sampling process" not in log.read_text():
            if spy.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"py-spy cannot look into process {pid}: {log.read_text()}")
            time.sleep(0.01)
        yield since
        spy.send_signal(signal.SIGINT)
        spy.wait(_WRITTEN_WITHIN_S)
    finally:
        if spy.poll() is None:
            spy.kill()
            spy.wait()


def threads_of(trace: Path, since: float) -> list[Thread]:
    """The threads of a trace that began at that time by the clock."""
    stacks: dict[_Number, list[dict[str, str]]] = defaultdict(list)
    threads: dict[_Number, Thread] = {}
    seen: dict[_Number, float] = {}
    for event in json.loads(trace.read_text("utf-8")):
        if event["name"].startswith("process "):
            continue
        number = event["pid"], event["tid"]  # a process that is forked has its parent's tid
        stack = stacks[number]
        when = since + event["ts"] / 1e6
        if event["ph"] not in "BE":
            continue
        if stack and when > seen[number]:
            _went_on(threads, number, stack, seen[number], when)
        seen[number] = when
        if event["ph"] == "B":
            stack.append({"name": event["name"], "file": event["args"]["filename"]})
        elif stack:
            stack.pop()
    end = max((thread.spans[-1].end for thread in threads.values()), default=0.0)
    for thread in threads.values():
        # Of a thread that has ended py-spy shows the last stack until the trace's end.
        if thread.spans[-1].end == end and thread.spans[-1].what != WAITS:
            thread.spans.pop()
    return list(threads.values())


def _went_on(
    threads: dict[_Number, Thread],
    number: _Number,
    stack: Sequence[Mapping[str, str]],
    begin: float,
    end: float,
) -> None:
    """Note that a thread had this stack for a while; the outermost frame is its name."""
    outermost = _THREAD.fullmatch(stack[0]["name"])
    if outermost and len(stack) > 1:
        thread = threads.setdefault(
            number, Thread(int(outermost[1], 0), outermost[2] or "worker process")
        )
        place = place_of([frame["file"] for frame in stack[1:]])
        thread.spans.append(Span(begin, end, place.step, place.module))


def processor_time(pid: int) -> dict[int, float]:
    """Seconds of processor time that each thread of a process has used, and of those it forked.

    None: it has ended.
    """
    used = {}
    with suppress(OSError):
        tasks = [Path("/proc", str(one), "task").iterdir() for one in (pid, *children(pid))]
        for task in chain.from_iterable(tasks):
            with suppress(OSError):
                used[int(task.name)] = int((task / "schedstat").read_text().split()[0]) / 1e9
    return used


def by_step(
    threads: Sequence[Thread], used: Mapping[int, float], begin: float, end: float
) -> dict[str, dict[str, float]]:
    """Seconds of processor time by step and module, between two times.

    The kernel knows exactly what each thread `used`; the samples say what for. What is used by
    threads without Python is one step more.
    """
    found: dict[str, dict[str, float]] = defaultdict(partial(defaultdict, float))
    left = dict(used)
    for thread in threads:
        spans = within(thread.worked, begin, end)
        if spans:
            each = left.pop(thread.tid, 0.0) / sum(s.end - s.begin for s in spans)
            for span in spans:
                found[span.what][span.detail] += each * (span.end - span.begin)
    found[OTHERS][""] = sum(left.values())
    return found


def within(spans: Sequence[Span], begin: float, end: float) -> list[Span]:
    """What of them is between two times."""
    return [
        replace(span, begin=max(begin, span.begin), end=min(end, span.end))
        for span in spans
        if span.end > begin and span.begin < end
    ]
