"""Imports a file, or rows one by one, and prints what it saw as JSON lines.

A process of its own, as a client is: what it costs is part of the whole way.

    python -m tests.bench.client ADDRESS TOKEN_FILE prepare [DIRECTORY]
    python -m tests.bench.client ADDRESS TOKEN_FILE furnish COUNT
    python -m tests.bench.client ADDRESS TOKEN_FILE import FILE [OPTION=VALUE …]
    python -m tests.bench.client ADDRESS TOKEN_FILE import-when-told FILE DIRECTORY
    python -m tests.bench.client ADDRESS TOKEN_FILE rows COUNT
"""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TypedDict

from rollbook.client import (
    Client,
    Content,
    FileContent,
    StreamContent,
    import_options,
    new_import,
    outcome_counts,
)
from rollbook.v1.imports_pb2 import RowResults
from rollbook.v1.results_pb2 import Outcome
from tests.bench.names import LOCATIONS, ROLES
from tests.bench.users import File

_SINGLE_ROWS_FROM = 50_000_000
"""Number of the first of the users that are imported one by one."""


class Seen(TypedDict):
    """What a client saw of one import. Times in seconds since it opened the call.

    `began` is the clock's time then, `cpu` its own processor time from then to the end.
    """

    began: float
    cpu: float
    first_answer: float
    seconds: float
    outcomes: dict[str, int]


async def prepare(client: Client, directory: str = "main") -> None:
    """Make a directory, and the locations that made-up users work at."""
    await client.directories.create(directory)
    csv = "name,code,aliases\n" + "".join(f"{name},,\n" for name in LOCATIONS)
    await client.locations.load(directory, csv.encode())


async def furnish(client: Client, count: int) -> None:
    """Make the roles that made-up users have, and locations until there are `count`."""
    roles = "name\n" + "".join(f"{name}\n" for name in ROLES if name != "Standard")
    await client.roles.load("main", roles.encode())
    further = range(count - len(LOCATIONS))
    csv = "name,code,aliases\n" + "".join(f"Site {n},S{n},Plant {n}\n" for n in further)
    await client.locations.load("main", csv.encode())


async def send(client: Client, content: Content, directory: str = "main", **options: str) -> Seen:
    """Import, counting every row's outcome."""
    first = 0.0
    outcomes: Counter[int] = Counter()
    opened, cpu = time.time(), time.process_time()
    began = time.perf_counter()
    start = new_import(directory, options=import_options(**options))
    async for event in client.upload(content, start):
        if isinstance(event, RowResults):
            first = first or time.perf_counter() - began
            outcomes.update(outcome_counts(event))
    seconds = time.perf_counter() - began
    counts = {Outcome.Name(outcome): count for outcome, count in sorted(outcomes.items())}
    return {
        "began": opened,
        "cpu": time.process_time() - cpu,
        "first_answer": first,
        "seconds": seconds,
        "outcomes": counts,
    }


async def _once(csv: bytes) -> AsyncIterator[bytes]:
    yield csv


async def main(address: str, token: str, command: str, *arguments: str) -> None:
    """Run the command line."""
    async with Client(address, token) as client:
        await client.get_server_info()  # opens the connection before anything is timed
        match (command, *arguments):
            case ("prepare", *directory):
                await prepare(client, *directory)
            case ("furnish", count):
                await furnish(client, int(count))
            case ("import", file, *pairs):
                options = dict(pair.split("=") for pair in pairs)
                print(json.dumps(await send(client, FileContent(Path(file)), **options)))
            case ("import-when-told", file, directory):
                print("ready", flush=True)
                sys.stdin.readline()
                print(json.dumps(await send(client, FileContent(Path(file)), directory)))
            case ("rows", count):
                files = [File(rows=1, first=_SINGLE_ROWS_FROM + n) for n in range(int(count))]
                for csv in [file.read() for file in files]:
                    print(json.dumps(await send(client, StreamContent(_once(csv)))))
            case _:
                raise SystemExit(__doc__)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]).read_text("utf-8").strip(), *sys.argv[3:]))
