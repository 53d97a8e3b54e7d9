"""Reads a file again when it has changed, and keeps the last good content."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, TypeVar

import structlog

Held = TypeVar("Held")

_log = structlog.get_logger()


class ReloadedFile(Generic[Held]):
    """What `read` makes of the files, made again when one of them has changed.

    What is there and cannot be used, such as a half-written file, is logged once by `read`'s own
    words, and the last good one stays. May be asked by any thread.
    """

    def __init__(self, paths: Sequence[Path], read: Callable[[], Held]):
        """Read for the first time.

        Raises:
            ValueError: `read`'s; the message names setting and file, and never what is in it.
        """
        self._paths = tuple(paths)
        self._read = read
        self._lock = threading.Lock()
        self._seen = self._stamps()  # before reading: what changes meanwhile is read again
        self._held = read()

    def current(self) -> Held:
        """What the files hold, or held when they were last as they should be."""
        with self._lock:
            stamps = self._stamps()
            if stamps != self._seen:
                self._seen = stamps
                try:
                    self._held = self._read()
                except ValueError as wrong:
                    _log.warning("not_renewed", why=str(wrong), kept="what was read before")
                else:
                    _log.info("renewed", files=[str(path) for path in self._paths])
            return self._held

    def _stamps(self) -> tuple[tuple[int, ...] | None, ...]:
        return tuple(_stamp(path) for path in self._paths)


def content(setting: str, path: Path) -> bytes:
    """The file's bytes.

    Raises:
        ValueError: it cannot be read; names the setting and the file.
    """
    try:
        return path.read_bytes()
    except OSError as wrong:
        raise ValueError(f"{setting}: {path} cannot be read: {wrong.strerror}") from None


def _stamp(path: Path) -> tuple[int, ...] | None:
    """What changes when the file does, by whichever way; None where there is none."""
    try:
        seen = path.stat()
    except OSError:
        return None
    return seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns
