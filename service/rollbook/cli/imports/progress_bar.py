"""How far an import is → one moving line on stderr, where stderr is a terminal."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)

from rollbook.cli.screen.streams import printable, stderr_console


class ProgressBar:
    """Holds the line while an import runs, and leaves nothing behind.

    `size` is the bytes of the file, None where nobody knows.
    """

    def __init__(self, size: int | None):
        console = stderr_console()
        self._shown = console.is_terminal
        # Results go to stdout; only where that is the same screen must the line make room.
        self._in_the_way = self._shown and sys.stdout.isatty()
        self._line = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            DownloadColumn(binary_units=True),
            TextColumn("{task.fields[rows]:,} rows"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not self._shown,
            redirect_stdout=False,
            redirect_stderr=False,
            expand=True,
        )
        self._task = self._line.add_task("sending", total=size, rows=0)

    def __enter__(self) -> Self:
        self._line.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        wrong: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._line.stop()

    def at(self, *, bytes_received: int, rows: int, end_received: bool) -> None:
        """The server is here."""
        self._line.update(
            self._task,
            completed=bytes_received,
            rows=rows,
            description="finishing" if end_received else "sending",
        )

    def says(self, text: str) -> None:
        """A line of its own, above the moving one."""
        with self.aside():
            stderr_console().print(printable(text), soft_wrap=True)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Room for results on the same screen."""
        if not self._in_the_way:
            yield
            return
        self._line.stop()
        try:
            yield
        finally:
            self._line.start()
