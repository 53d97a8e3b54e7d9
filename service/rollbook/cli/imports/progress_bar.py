"""Draws a progress bar on stderr, if stderr is a terminal."""

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
    """Shows the bar while an import runs, and removes it at the end.

    `size` is the bytes of the file, None if unknown.
    """

    def __init__(self, size: int | None):
        console = stderr_console()
        self._shown = console.is_terminal
        # Results go to stdout; only on the same screen must the bar make room.
        self._same_screen = self._shown and sys.stdout.isatty()
        self._bar = Progress(
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
        self._task = self._bar.add_task("sending", total=size, rows=0)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        wrong: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def update(self, *, bytes_received: int, rows: int, end_received: bool) -> None:
        """Show what the server has received and answered."""
        self._bar.update(
            self._task,
            completed=bytes_received,
            rows=rows,
            description="finishing" if end_received else "sending",
        )

    def print_line(self, text: str) -> None:
        """Print a line above the bar."""
        with self.paused():
            stderr_console().print(printable(text), soft_wrap=True)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Take the bar away while results are written to the same screen."""
        if not self._same_screen:
            yield
            return
        self._bar.stop()
        try:
            yield
        finally:
            self._bar.start()
