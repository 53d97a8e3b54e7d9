"""The steps of the demo: starts real parts, imports, explains, and removes everything."""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from email.message import EmailMessage
from importlib import resources
from importlib.metadata import entry_points
from pathlib import Path

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from rollbook.cli.demo import getting_in
from rollbook.cli.demo.postbox import Postbox, postbox
from rollbook.cli.demo.served import Served, served
from rollbook.cli.exit_codes import FINE
from rollbook.cli.imports.page import counts
from rollbook.cli.imports.table_writer import TableWriter
from rollbook.cli.screen.formats import labelled
from rollbook.cli.screen.streams import print_block, stdout_console
from rollbook.client import Client, import_options, new_import
from rollbook.v1.directories_pb2 import Role
from rollbook.v1.imports_pb2 import ImportStart, ImportSummary, ImportUnderstood, RowResults
from rollbook.v1.results_pb2 import Outcome
from rollbook.v1.server_pb2 import PLUGIN_STATE_RUNNING
from rollbook.v1.users_pb2 import ListUsersRequest

_LOCATIONS = "name,code,aliases\nLisbon,LIS,Lisboa\nNairobi,NBO,\nReykjavík,RKV,\n"
_BEFORE, _AFTER = "Engineer", "Lead Engineer"
_ROLE = "Technician"
_RULES = f"""[[rules]]
job_title = "*Engineer*"
give = "{_ROLE}"
"""
_MAIL = "rollbook-mail"
_SHIPPED = ("rollbook-roles", "rollbook-locations", _MAIL)
_HEAD = ("From", "To", "Subject")
_WELCOMED = 7
_MAIL_WITHIN_S = 10.0

_HOW_TO_GO_ON = [
    ("serve --embedded", "a service that stays; its link opens the web console"),
    ("profiles sample > staff.csv", "in a second terminal, in this folder"),
    ("import staff.csv", "every row answered"),
    ("import staff.csv --output ndjson", "for a program"),
    ("locations add Lisbon --code LIS", "also roles, units, directories"),
    ("import --help", "all its options"),
]


def run_demo() -> int:
    """Run the demo and return its exit code."""
    page = stdout_console()
    page.print(Text("\n Rollbook  users in, answers out", "bold"))
    with tempfile.TemporaryDirectory(prefix="rollbook-demo-") as folder:
        _step(page, 1, "A database and a service, for these few seconds")
        with (
            postbox(Path(folder)) as mails,
            served(Path(folder) / "state", _plugins(Path(folder), mails)) as service,
        ):
            _story(page, service, Path(folder) / "staff.csv", mails)
    _step(page, 8, "Your turn: the demo's server has stopped, and its folder is gone")
    page.print()
    print_block(page, _commands())
    return FINE


def _plugins(folder: Path, mails: Postbox) -> dict[str, str]:
    """The settings of a server with the shipped plugins, those that are installed."""
    rules = folder / "roles.toml"
    rules.write_text(_RULES, "utf-8")
    installed = {entry.name for entry in entry_points(group="rollbook")}
    return {
        "ROLLBOOK_PLUGINS": ",".join(name for name in _SHIPPED if name in installed),
        "ROLLBOOK_ROLES_FILE": str(rules),
        **mails.settings,
        **(getting_in.SETTINGS if _MAIL in installed else {}),
    }


def _story(page: Console, service: Served, file: Path, mails: Postbox) -> None:
    text = resources.files("rollbook.cli.demo").joinpath("staff.csv").read_text("utf-8")
    file.write_text(text, "utf-8")
    locations, plugins = asyncio.run(_prepare(service))
    print_block(page, _facts(service, file, locations, plugins))

    _step(page, 2, f"A file, as people write them: {file.name}")
    print_block(page, _lines(text))

    _step(page, 3, "Every row is answered, the wrong ones with line, column and reason")
    suggested = asyncio.run(_import(page, service, file))

    _step(page, 4, "Plugins were at work: a role, a place that was meant, a welcome by mail")
    print_block(page, asyncio.run(_at_work(service, mails, suggested)))

    _step(page, 5, "The same file again: nothing is written, and no mail is sent")
    asyncio.run(_import_again(page, service, file))

    _step(page, 6, f"One cell changed: in line 3, {_BEFORE} is now {_AFTER}")
    file.write_text(text.replace(_BEFORE, _AFTER, 1), "utf-8")
    asyncio.run(_import_again(page, service, file))

    _step(page, 7, "Somebody gets in: invited by mail, a password, and a forgotten one")
    lines: list[tuple[str, RenderableType]] = [("mail", f"{_MAIL} is not installed")]
    if _MAIL in plugins:
        lines = asyncio.run(getting_in.get_in(service, file.parent, mails))
    print_block(page, Padding(labelled(lines), (0, 0, 0, 3)))


def _facts(service: Served, file: Path, locations: int, plugins: list[str]) -> RenderableType:
    lines: list[tuple[str, RenderableType]] = [
        ("database", f"a PostgreSQL of its own, in {file.parent}"),
        ("service", f"listening on {service.address}, {service.seconds:.1f} s after it was called"),
        ("holds", f"the directory main, in it {locations} locations and the role {_ROLE}"),
        ("plugins", ", ".join(plugins) or "none of them is installed: see plugins/README.md"),
    ]
    return Padding(labelled(lines), (0, 0, 0, 3))


async def _prepare(service: Served) -> tuple[int, list[str]]:
    """Make the locations and the role; answers how many locations, and the plugins that run."""
    async with Client(service.address, service.token) as client:
        await client.roles.create("main", Role(name=_ROLE))
        loaded = await client.locations.load("main", _LOCATIONS.encode())
        plugins = await client.list_plugins()
    running = [plugin.name for plugin in plugins if plugin.state == PLUGIN_STATE_RUNNING]
    return loaded.created, running


async def _at_work(
    service: Served, mails: Postbox, suggested: Sequence[tuple[int, str, str]]
) -> RenderableType:
    """What the plugins did to this file: roles, places that were meant, mails that arrived."""
    lines: list[tuple[str, RenderableType]] = []
    async with Client(service.address, service.token) as client:
        found = client.users.list("main", ListUsersRequest(role=_ROLE))
        mapped = [f"{user.first_name}, {user.job_title}" async for user in found]
    lines += [("role", f"{who}: {_ROLE}, by a rule") for who in mapped]
    lines += [
        ("place", f"line {n}: {in_file} is unknown, {meant} is suggested")
        for n, in_file, meant in suggested
    ]
    arrived = await asyncio.to_thread(mails.wait_for, _WELCOMED, _MAIL_WITHIN_S)
    if arrived:
        lines.append(("mail", f"{len(arrived)} arrived, over TLS, after the commit. One of them:"))
        lines += [("", line) for line in _opened(min(arrived, key=lambda mail: str(mail["To"])))]
    return Padding(labelled(lines), (0, 0, 0, 3))


def _opened(mail: EmailMessage) -> list[Text]:
    """The head of a mail, and how its text begins."""
    body = mail.get_body(("plain",))
    text = body.get_content().splitlines() if body else []
    head = [Text.assemble((f"{name}: ", "dim"), str(mail[name])) for name in _HEAD]
    return head + [Text(line.strip(), "italic") for line in text if line.strip()][:3]


async def _import(page: Console, service: Served, file: Path) -> list[tuple[int, str, str]]:
    """Import and print. Returns the plugins' suggestions: line, text given, text suggested."""
    suggested: list[tuple[int, str, str]] = []
    table = TableWriter(page, file.name)
    async with Client(service.address, service.token) as client:
        async for event in client.upload_file(file, _start()):
            match event:
                case ImportUnderstood():
                    table.understood(event)
                case RowResults():
                    table.results(event)
                    suggested += _suggestions(event)
                case ImportSummary():
                    table.summary(event)
    return suggested


def _suggestions(event: RowResults) -> Iterator[tuple[int, str, str]]:
    for row in event.results:
        for issue in row.issues:
            if meant := issue.params.get("suggestion"):
                yield row.line, issue.params.get("value", ""), meant


async def _import_again(page: Console, service: Served, file: Path) -> None:
    """The same, and only what is new of it: users who changed, and the counts."""
    async with Client(service.address, service.token) as client:
        async for event in client.upload_file(file, _start()):
            match event:
                case RowResults():
                    for row in event.results:
                        if row.outcome == Outcome.OUTCOME_UPDATED:
                            _say(page, f"line {row.line}: {row.employee_number} UPDATED")
                case ImportSummary():
                    print_block(page, Padding(counts(event), (0, 0, 0, 4)))


def _start() -> ImportStart:
    return new_import("main", options=import_options(notify="WELCOME_NEW"))


def _step(page: Console, number: int, title: str) -> None:
    page.print()
    page.print(Text.assemble((f" {number}  ", "cyan"), (title, "bold")))


def _say(page: Console, text: str) -> None:
    print_block(page, Padding(text, (0, 0, 0, 4)))


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
