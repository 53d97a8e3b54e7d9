"""Writes results to stdout and everything else to stderr, on terminals and pipes."""

import contextlib
import os
import sys
import unicodedata
from collections.abc import Iterator
from typing import Any, TextIO

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment


class PipeTolerantStdout:
    """A text stream that ignores that its reader has closed the pipe.

    After `rollbook import staff.csv | head` the import still has to be finished.
    """

    def __init__(self, stream: TextIO):
        self._stream = stream

    @classmethod
    @contextlib.contextmanager
    def installed(cls) -> Iterator[None]:
        """Replace stdout. A letter that its encoding lacks is escaped."""
        stdout = sys.stdout
        for stream in (sys.stdout, sys.stderr):
            if reconfigure := getattr(stream, "reconfigure", None):
                reconfigure(errors="backslashreplace")
        tolerant: Any = cls(stdout)
        sys.stdout = tolerant
        try:
            yield
        finally:
            tolerant.flush()
            sys.stdout = stdout

    def write(self, text: str) -> int:
        """Write; a closed pipe is no error."""
        try:
            return self._stream.write(text)
        except BrokenPipeError:
            self._discard_the_rest()
            return len(text)

    def flush(self) -> None:
        """Flush; a closed pipe is no error."""
        try:
            self._stream.flush()
        except BrokenPipeError:
            self._discard_the_rest()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _discard_the_rest(self) -> None:
        # What is still buffered has to go somewhere, or the interpreter complains when it ends.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)


def stdout_console() -> Console:
    """Stdout, for results: as wide as the terminal, 80 columns where there is none."""
    return Console(highlight=False, markup=False, emoji=False)


def print_block(page: Console, block: RenderableType) -> None:
    """Print a block without the spaces that rich would fill its lines up with."""
    page.print(_Trimmed(block), end="")


def stderr_console() -> Console:
    """Stderr, for progress, hints and errors."""
    return Console(stderr=True, highlight=False, markup=False, emoji=False)


def print_error(text: str) -> None:
    """One line on stderr."""
    with contextlib.suppress(OSError):
        print(printable(" ".join(text.split())), file=sys.stderr, flush=True)  # noqa: T201


def printable(text: str) -> str:
    """The text with everything escaped that a terminal obeys or a reader cannot see."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(letter) for letter in text)


def _escape(letter: str) -> str:
    # Controls, and the formats that turn or hide text; the joiners that scripts are written with
    # stay as they are.
    kind = unicodedata.category(letter)
    if kind in {"Cc", "Cs", "Zl", "Zp"} or (kind == "Cf" and letter not in "\u200c\u200d"):
        return letter.encode("unicode_escape", "surrogatepass").decode("ascii")
    return letter


class _Trimmed:
    def __init__(self, block: RenderableType):
        self._block = block

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in console.render_lines(self._block, options, pad=False):
            while line and not line[-1].text.strip():
                line.pop()
            if line:
                last = line[-1]
                line[-1] = Segment(last.text.rstrip(), last.style, last.control)
            yield from line
            yield Segment.line()
