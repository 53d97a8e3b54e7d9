"""What the commands of directories, roles, locations and units share."""

import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from rollbook.cli.connection import ask, connection_options
from rollbook.cli.screen.formats import collect, directory_option, output_option, read_file, show
from rollbook.client import Client
from rollbook.client.directories import Named
from rollbook.errors import Reason, RollbookError

Decorated = TypeVar("Decorated", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Aliases:
    """What was typed of aliases: all of them, or some to add and some to take away."""

    whole: Sequence[str]
    added: Sequence[str]
    taken: Sequence[str]

    def __bool__(self) -> bool:
        """Whether anything was typed."""
        return bool(self.whole or self.added or self.taken)

    def of(self, stored: Sequence[str]) -> list[str]:
        """What the aliases are to be, where `stored` are those there are.

        Raises:
            click.UsageError: one is to be taken away that is not there.
        """
        if self.whole:
            return list(self.whole)
        kept = {_spelled(alias): alias for alias in stored}
        for alias in self.taken:
            if _spelled(alias) not in kept:
                known = ", ".join(kept.values()) or "none"
                raise click.UsageError(f"there is no alias {alias!r}; there are: {known}")
            del kept[_spelled(alias)]
        return [*kept.values(), *self.added]


def alias_options(command: Decorated) -> Decorated:
    """--alias, --add-alias and --remove-alias, for `aliases_typed`."""
    for option, what in (
        ("--remove-alias", "Remove this alias. Repeatable."),
        ("--add-alias", "Add this alias. Repeatable."),
        ("--alias", "Replace all aliases by these. Repeatable; '' for none."),
    ):
        command = click.option(option, multiple=True, metavar="ALIAS", help=what)(command)
    return command


def aliases_typed(whole: Sequence[str], added: Sequence[str], taken: Sequence[str]) -> Aliases:
    """What was typed.

    Raises:
        click.UsageError: `--alias` is given together with `--add-alias` or `--remove-alias`.
    """
    if whole and (added or taken):
        raise click.UsageError("--alias replaces all; give --add-alias, --remove-alias without it")
    return Aliases(whole, added, taken)


def need_something(given: object) -> None:
    """Refuse to set nothing.

    Raises:
        click.UsageError: nothing is given.
    """
    if not given:
        raise click.UsageError("there is nothing to set")


@contextmanager
def removing(option: str, name: str, directory: str) -> Iterator[None]:
    """If it is in use, add the command that lists its users: `users list` with that option.

    Raises:
        RollbookError: as the server did; if users hold it, with that command.
    """
    try:
        yield
    except RollbookError as refused:
        if refused.reason is not Reason.RESOURCE_IN_USE or refused.facts.get("users", "0") == "0":
            raise
        found = shlex.join(["rollbook", "users", "list", "--directory", directory])
        if option:
            found += f" {option} {shlex.quote(name)}"
        message = f"{refused.message.rstrip('.')}; {found} shows them"
        raise RollbookError(refused.reason, message, refused.facts) from None


def _spelled(alias: str) -> str:
    """An alias as two spellings of one are compared."""
    return " ".join(alias.split()).casefold()


def add_commands(
    group: click.Group,
    named: Callable[[Client], Named[Any]],
    *,
    one: str,
    many: str,
    columns: Sequence[str],
    csv_columns: str,
    filter_option: str,
) -> None:
    """Add `remove`, `list`, `show` and `load`, which differ in words alone, to a group.

    `named` is the client's part for them. `filter_option` is what `users list` finds users by.
    """

    @group.command("remove", help=f"Remove the {one} NAME, which must have no users, and print it.")
    @click.argument("name")
    @directory_option
    @output_option
    @connection_options
    def _remove(name: str, directory: str, output: str) -> None:
        with removing(filter_option, name, directory):
            removed = ask(lambda client: named(client).delete(directory, name))
        show([removed], columns, output)

    @group.command("list", help=f"List all {many}, by name.")
    @directory_option
    @output_option
    @connection_options
    def _list(directory: str, output: str) -> None:
        show(ask(lambda client: collect(named(client).list(directory))), columns, output)

    @group.command("show", help=f"Show the {one} NAME.")
    @click.argument("name")
    @directory_option
    @output_option
    @connection_options
    def _show(name: str, directory: str, output: str) -> None:
        show([ask(lambda client: named(client).get(directory, name))], columns, output)

    @group.command("load", help=f"Create the {many} of FILE, CSV with {csv_columns}.")
    @click.argument("file")
    @directory_option
    @connection_options
    def _load(file: str, directory: str) -> None:
        csv = read_file(file)
        loaded = ask(lambda client: named(client).load(directory, csv))
        click.echo(f"{loaded.created:,} created, {loaded.unchanged:,} unchanged")
