"""Clients that import at once, in one directory or each in its own → how fast, how fair, how large.

All have other users, and are told to start together. One client alone, just before, is the measure.
"""

import json
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass

from tests.bench.bench import PREPARED, Bench
from tests.bench.client import Seen
from tests.bench.server import Measured
from tests.bench.users import File
from tests.bench.works import copies

CLIENTS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """What was seen of `CLIENTS` imports of `rows` rows; `alone`: seconds of one by itself.

    `memory` is MiB of the server's peak over idle.
    """

    directories: int
    rows: int
    alone: float
    seen: list[Seen]
    memory: float

    @property
    def total(self) -> float:
        """Rows a second of all, from their start until the last one has ended."""
        return len(self.seen) * self.rows / max(one["seconds"] for one in self.seen)

    @property
    def of_one(self) -> float:
        """`total`, over the rows a second of one client by itself."""
        return self.total * self.alone / self.rows

    @property
    def fairness(self) -> float:
        """The slowest's time over the fastest's."""
        times = [one["seconds"] for one in self.seen]
        return max(times) / min(times)

    def __str__(self) -> str:
        """One line."""
        where = "one directory" if self.directories == 1 else f"{self.directories} directories"
        return (
            f"{len(self.seen)} clients × {self.rows:,} rows in {where}: {self.total:,.0f} rows/s, "
            f"{self.of_one:.2f} of one client's, slowest ÷ fastest {self.fairness:.2f}, "
            f"memory over idle {self.memory:.0f} MiB"
        )


def together(bench: Bench, rows: int) -> list[Together]:
    """In one directory, then in one each."""
    return [_measured(bench, rows, directories) for directories in (1, CLIENTS)]


def _measured(bench: Bench, rows: int, directories: int) -> Together:
    names = [f"d{number % directories}" for number in range(CLIENTS)]
    database = "together"
    with copies(bench, PREPARED, database), bench.server(database) as server:
        for name in ("alone", *dict.fromkeys(names)):
            bench.client(server, "prepare", name)
        (alone,) = _at_once(bench, server, ["alone"], rows)
        server.forget_peak()
        seen = _at_once(bench, server, names, rows)
        memory = server.peak_over_idle()
    return Together(
        directories=directories, rows=rows, alone=alone["seconds"], seen=seen, memory=memory
    )


def _at_once(bench: Bench, server: Measured, names: list[str], rows: int) -> list[Seen]:
    """A client for each name, of a directory; each begins when all are connected."""
    with ExitStack() as stack:
        clients = [
            stack.enter_context(
                subprocess.Popen(
                    [
                        *(sys.executable, "-m", "tests.bench.client"),
                        *(server.address, str(server.token_file), "import-when-told"),
                        *(str(bench.file(File(rows=rows, first=number * rows))), name),
                    ],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for number, name in enumerate(names)
        ]
        for client in clients:
            assert client.stdout
            client.stdout.readline()
        for client in clients:
            assert client.stdin
            client.stdin.write("\n")
            client.stdin.flush()
        seen: list[Seen] = [json.loads(client.communicate()[0]) for client in clients]
    if any(one["outcomes"] != {"OUTCOME_CREATED": rows} for one in seen):
        raise RuntimeError(f"these are no answers to {rows} new users: {seen}")
    return seen
