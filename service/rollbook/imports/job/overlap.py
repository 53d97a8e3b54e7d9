"""Whether a batch is being written while the next one is read."""

from collections.abc import Iterator
from contextlib import contextmanager


class Overlap:
    """Shared by the two ends of one pipeline. `writing`: a batch is with the writer."""

    def __init__(self) -> None:
        self.writing = False

    @contextmanager
    def saving(self) -> Iterator[None]:
        """Within it a batch is with the writer: the reader has time to fill the next one."""
        self.writing = True
        try:
            yield
        finally:
            self.writing = False
