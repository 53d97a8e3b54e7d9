"""Times single pieces of work in a cluster and a folder."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.client import Seen
from tests.bench.cluster import Cluster
from tests.bench.figures import Run
from tests.bench.server import Measured, measured
from tests.bench.users import File

PREPARED = "prepared"
"""The database that all others are copied from: schema, directory, locations, no users."""


@dataclass(frozen=True, slots=True)
class Bench:
    """One cluster, and a folder for the files that are imported and the servers' logs."""

    cluster: Cluster
    folder: Path

    def prepare(self) -> None:
        """Make the database `PREPARED`, by a server as any operator would."""
        self.cluster.ask("postgres", f"create database {PREPARED}")
        subprocess.run(
            [sys.executable, "-m", "rollbook", "migrate"],
            env=os.environ | {"ROLLBOOK_DATABASE_URL": self.cluster.url(PREPARED)},
            stdout=subprocess.DEVNULL,
            check=True,
        )
        with self.server(PREPARED) as server:
            self.client(server, "prepare")

    def file(self, content: File) -> Path:
        """`content` on disk, written once."""
        path = self.folder / f"{abs(hash(content))}.csv"
        if not path.exists():
            with path.open("wb") as file:
                file.writelines(content.chunks())
        return path

    def server(self, database: str, **settings: object) -> AbstractContextManager[Measured]:
        """A server on a database, with further settings, to be entered."""
        folder = self.folder / database  # of its own: two servers may run beside each other
        folder.mkdir(exist_ok=True)
        return measured(self.cluster.url(database), folder, **settings)

    def client(self, server: Measured, *command: str) -> list[Seen]:
        """Run a client process, and answer what it saw of each import."""
        python = [sys.executable, "-m", "tests.bench.client"]
        said = subprocess.run(
            [*python, server.address, str(server.token_file), *command],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout
        return [json.loads(line) for line in said.splitlines()]

    def ours(self, work: str, server: Measured, content: File, *options: str) -> Run:
        """Import a file by a client process and a server; each row must be answered rightly.

        `options` are of the form `notify=WELCOME_NEW`.
        """
        file = self.file(content)
        server.forget_peak()
        cpu = server.cpu()
        (seen,) = self.client(server, "import", str(file), *options)
        failed = seen["outcomes"].get("OUTCOME_FAILED", 0)
        if sum(seen["outcomes"].values()) != content.rows or bool(failed) != bool(
            content.conflicting
        ):
            raise RuntimeError(f"these are no answers to {content}: {seen['outcomes']}")
        return Run(
            work=work,
            rows=content.rows,
            ours=seen["seconds"],
            cpu=server.cpu() - cpu,
            memory=server.peak_over_idle(),
            first_answer=seen["first_answer"],
        )

    def psql(self, database: str, content: File, *, compared: bool = False) -> float:
        """Seconds that psql alone takes to bring a file in."""
        file = self.file(content)
        return timed(lambda: self.cluster.load(database, file, compared=compared))


def timed(work: Callable[[], None]) -> float:
    """Seconds that `work` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
