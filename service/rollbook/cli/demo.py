"""`rollbook demo` → the whole job once, on real parts, told as a story and then taken away."""

import asyncio
import shutil
import sys
import tempfile
from importlib import resources
from pathlib import Path

import click
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from rollbook.cli.exits import FINE
from rollbook.cli.output import paper, put
from rollbook.cli.served import Served, served
from rollbook.cli.table import TablePaper, counts, facts
from rollbook.client import Client, new_import
from rollbook.v1.imports_pb2 import ImportSummary, ImportUnderstood, RowResults
from rollbook.v1.results_pb2 import Outcome

_LOCATIONS = "name,code,aliases\nLisbon,LIS,Lisboa\nNairobi,NBO,\nReykjavík,RKV,\n"
_BEFORE, _AFTER = "Engineer", "Lead Engineer"

_HOW_TO_GO_ON = [
    ("serve --embedded", "a service that stays"),
    ("profiles sample > staff.csv", "beside it: a correct file"),
    ("import staff.csv", "every row answered"),
    ("import staff.csv --output ndjson", "for a program"),
    ("locations add Lisbon --code LIS", "and roles, units"),
    ("import --help", "all it can be told"),
]


@click.command()
def demo() -> int:
    """Show the whole job once.

    A database, the service, a file with wrong rows, every row answered, the file again.
    Everything is real, runs on this machine alone, and is gone when it ends.
    """
    page = paper()
    page.print(Text("\n Rollbook  users in, answers out", "bold"))
    with tempfile.TemporaryDirectory(prefix="rollbook-demo-") as folder:
        _step(page, 1, "A database and a service, for these few seconds")
        with served(Path(folder) / "state") as service:
            _story(page, service, Path(folder) / "staff.csv")
    _step(page, 6, "Your turn: the demo's server has stopped, and its folder is gone")
    page.print()
    put(page, _commands())
    return FINE


def _story(page: Console, service: Served, file: Path) -> None:
    text = resources.files("rollbook.cli").joinpath("demo.csv").read_text("utf-8")
    file.write_text(text, "utf-8")
    put(page, _facts(service, file, asyncio.run(_load_locations(service))))

    _step(page, 2, f"A file, as people write them: {file.name}")
    put(page, _lines(text))

    _step(page, 3, "Every row is answered, the wrong ones with line, column and reason")
    asyncio.run(_import(page, service, file))

    _step(page, 4, "The same file again: nobody is made twice, and nothing is written")
    asyncio.run(_import_again(page, service, file))

    _step(page, 5, f"One cell changed: in line 3, {_BEFORE} is now {_AFTER}")
    file.write_text(text.replace(_BEFORE, _AFTER, 1), "utf-8")
    asyncio.run(_import_again(page, service, file))


def _facts(service: Served, file: Path, locations: int) -> RenderableType:
    lines: list[tuple[str, RenderableType]] = [
        ("database", f"a PostgreSQL of its own, in {file.parent}"),
        ("service", f"listening on {service.address}, {service.seconds:.1f} s after it was called"),
        ("holds", f"the directory main, and in it {locations} locations"),
    ]
    return Padding(facts(lines), (0, 0, 0, 3))


async def _load_locations(service: Served) -> int:
    async with Client(service.address, service.token) as client:
        return (await client.locations.load("main", _LOCATIONS.encode())).created


async def _import(page: Console, service: Served, file: Path) -> None:
    table = TablePaper(page, file.name)
    async with Client(service.address, service.token) as client:
        async for event in client.upload_file(file, new_import("main")):
            match event:
                case ImportUnderstood():
                    table.understood(event)
                case RowResults():
                    table.results(event)
                case ImportSummary():
                    table.summary(event)


async def _import_again(page: Console, service: Served, file: Path) -> None:
    """The same, and only what is new of it: users who changed, and the counts."""
    async with Client(service.address, service.token) as client:
        async for event in client.upload_file(file, new_import("main")):
            match event:
                case RowResults():
                    for row in event.results:
                        if row.outcome == Outcome.OUTCOME_UPDATED:
                            _say(page, f"line {row.line}: {row.employee_number} UPDATED")
                case ImportSummary():
                    put(page, Padding(counts(event), (0, 0, 0, 4)))


def _step(page: Console, number: int, title: str) -> None:
    page.print()
    page.print(Text.assemble((f" {number}  ", "cyan"), (title, "bold")))


def _say(page: Console, text: str) -> None:
    put(page, Padding(text, (0, 0, 0, 4)))


def _lines(text: str) -> Table:
    """The file, each line with its number: the numbers that the answers speak of."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", style="dim", width=5)
    table.add_column(no_wrap=True, overflow="ellipsis")
    for number, line in enumerate(text.splitlines(), start=1):
        table.add_row(str(number), Text(line, "bold" if number == 1 else ""))
    return table


def _commands() -> Table:
    command = "rollbook" if shutil.which("rollbook") else _shortest(Path(sys.argv[0]))
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(style="dim")
    for arguments, what in _HOW_TO_GO_ON:
        table.add_row(f"    {command} {arguments}", what)
    return table


def _shortest(program: Path) -> str:
    """How this very program can be called from here."""
    if program.name == "__main__.py":
        return f"{Path(sys.executable).name} -m rollbook"
    path = program.absolute()
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
