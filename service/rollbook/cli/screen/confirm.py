"""Counts first, asks, and does: for commands that mail many people at once."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import click

from rollbook.cli.screen.formats import print_csv

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed(Generic[Answer]):
    """A deed that is counted, asked about, and done.

    `count` only counts, `act` does it, `size` is how many it is about. `page` shows an answer in
    sentences with a verb, `columns` are its counts in `plain` values. `verb` is the deed, such as
    `invite them`, and `undone` says that nothing was done.
    """

    count: Callable[[], Answer]
    act: Callable[[], Answer]
    size: Callable[[Answer], int]
    page: Callable[[Answer, str], str]
    plain: Callable[[Answer], Mapping[str, object]]
    columns: Sequence[str]
    verb: str
    undone: str

    def run(self, output: str, *, yes: bool) -> None:
        """Show how many it would be, ask, and do it; `yes`: without asking.

        Raises:
            click.UsageError: nobody can be asked, and `yes` is not given.
            RollbookError: the server refuses or does not answer.
        """
        if not yes and not self._confirmed(output):
            return
        answer = self.act()
        counts = {name: self.plain(answer)[name] for name in self.columns}
        match output:
            case "table":
                click.echo(self.page(answer, "are"))
            case "ndjson":
                click.echo(json.dumps(counts))
            case _:
                print_csv(self.columns, [*counts.values()])

    def _confirmed(self, output: str) -> bool:
        counted = self.count()
        click.echo(self.page(counted, "would be"), err=True)
        if not self.size(counted):
            return False
        if output != "table" or not sys.stdin.isatty():
            raise click.UsageError(f"add --yes to {self.verb}")
        if click.confirm(f"{self.verb.capitalize()}?", err=True):
            return True
        click.echo(self.undone, err=True)
        return False


def counted(thing: str, count: int, verb: str) -> str:
    """A count with its verb, such as `1 user is` and `2 users are`."""
    one = "is" if verb == "are" else verb
    return f"1 {thing} {one}" if count == 1 else f"{count:,} {thing}s {verb}"
