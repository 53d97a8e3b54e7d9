"""Text after the header, in any pieces → blocks of whole rows.

Only the row that spans two pieces goes through `OpenRow`; all between is cut in one go.
"""

from collections import deque

from rollbook.errors import FileFault, Reason
from rollbook.reading import row_errors
from rollbook.reading.block import Block
from rollbook.reading.cells import Cut, Cutter
from rollbook.reading.content_digest import Tally
from rollbook.reading.file_start import unterminated_quote
from rollbook.reading.framing import OpenRow
from rollbook.reading.header import Heading
from rollbook.settings import Settings


class Body:
    """Cuts rows into `blocks`; `waiting` is how many rows are in them. Begins at `line`."""

    def __init__(
        self, heading: Heading, delimiter: str, line: int, tally: Tally, settings: Settings
    ) -> None:
        self.heading = heading
        self.blocks: deque[Block] = deque()
        self.waiting = 0
        self._settings = settings
        self._line = line
        self._tally = tally
        self._found = 0
        self._open = OpenRow(delimiter, settings.max_record_bytes)
        self._before_large: Tally | None = None  # at the start of a row that is let go of
        fields = [""] * heading.width
        for position, field in zip(heading.kept, heading.fed, strict=True):
            fields[position] = field
        self._cutter = Cutter(
            delimiter, fields, settings.max_record_bytes, most_cells=settings.max_columns
        )

    @property
    def last_line(self) -> int:
        """The line that the text has come to."""
        return self._line + self._open.breaks

    def read(self, text: str) -> None:
        """Read on by `text`.

        Raises:
            FileFault: TOO_MANY_ROWS; the rows before are in `blocks`.
        """
        at = 0
        if self._open.size:
            at = self._read_open(text, 0)
            if at < 0:
                return
            self._close(final=False)
        whole = max(text.rfind("\n", at), text.rfind("\r", at)) + 1
        if whole > at:
            at += self._cut(text[at:whole], final=False)
        if at < len(text):
            self._read_open(text, at)

    def finish(self) -> None:
        """The file ends here.

        Raises:
            FileFault: UNTERMINATED_QUOTE or TOO_MANY_ROWS; the rows before are in `blocks`.
        """
        if self._open.open_quote is not None:
            raise unterminated_quote(self._line + self._open.open_quote)
        if self._open.size:
            self._close(final=True)

    def _read_open(self, text: str, at: int) -> int:
        end = self._open.read(text, at)
        if self._open.too_large:
            if self._before_large is None:
                self._before_large = self._tally.copy()
            self._tally.add(self._open.let_go())
        return end

    def _close(self, *, final: bool) -> None:
        size, breaks, content = self._open.size, self._open.breaks, self._open.let_go()
        self._open.restart()
        if self._before_large is None:
            self._cut(content.decode(), final=final)
            return
        issue = row_errors.too_large(size, self._settings.max_record_bytes)
        cut = Cut(rows=[[]], lines=[self._line], ends=[0], faults={0: issue})
        self._add(Block("", cut, self._before_large, self._tally.copy()))
        self._before_large = None
        self._line += breaks

    def _cut(self, text: str, *, final: bool) -> int:
        """Cut the whole rows of `text`; how much of it they are."""
        cut = self._cutter.cut(text, self._line, final=final)
        self._line += cut.breaks
        rows_end = cut.used if cut.ends is None else (cut.ends or [0])[-1]
        before = self._tally.copy()
        self._tally.add(text[:rows_end].encode())
        after = self._tally.copy()
        # Blank lines belong to the row after them: a mark never depends on whether they came.
        self._tally.add(text[rows_end : cut.used].encode())
        if cut.rows:
            self._add(Block(text, cut, before, after))
        return cut.used

    def _add(self, block: Block) -> None:
        room = self._settings.max_rows - self._found
        line = block.shorten(room) if len(block) > room else 0
        if len(block):
            self.blocks.append(block)
            self.waiting += len(block)
            self._found += len(block)
        if line:
            raise FileFault(
                Reason.TOO_MANY_ROWS,
                f"The file has more than {self._settings.max_rows} rows; line {line} is one too "
                f"many: split the file.",
                line=line,
                facts={"limit": str(self._settings.max_rows)},
            )
