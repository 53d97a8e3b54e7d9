"""Parses the text after the header into blocks of whole rows.

A record that spans two pieces is collected in `OpenRecord`. All whole records between are parsed
together, which is what makes the reader fast.
"""

from collections import deque

from rollbook.errors import FileFault, Reason
from rollbook.reading.blocks import Block
from rollbook.reading.content_digest import ContentDigest
from rollbook.reading.file_start import unterminated_quote
from rollbook.reading.header import Header
from rollbook.reading.record_parser import ParsedRecords, RecordParser, too_large
from rollbook.reading.record_splitter import OpenRecord
from rollbook.settings import KIB, Settings

_LITTLE = 4 * KIB
"""Bytes of an open record that may be read again. More would take long if they came one by one."""


class Body:
    """Turns text into `blocks`, which hold `waiting` rows. The text begins at `line`."""

    def __init__(
        self, header: Header, delimiter: str, line: int, digest: ContentDigest, settings: Settings
    ) -> None:
        self.header = header
        self.blocks: deque[Block] = deque()
        self.waiting = 0
        self.trailing = 0  # end marks after the last record, skipped
        self._settings = settings
        self._line = line
        self._digest = digest
        self._found = 0
        self._open = OpenRecord(delimiter, settings.max_record_bytes)
        self._before_large: ContentDigest | None = (
            None  # before a record that is dropped as too large
        )
        fields = [""] * header.width
        for position, field in zip(header.kept, header.fed, strict=True):
            fields[position] = field
        self._parser = RecordParser(
            delimiter,
            header.names,
            fields,
            settings.max_record_bytes,
            most_cells=settings.max_columns,
            together=settings.read_in_columns,
        )

    @property
    def last_line(self) -> int:
        """The line of the last text that was read."""
        return self._line + self._open.breaks

    def read(self, text: str) -> None:
        """Read the next piece of text.

        Raises:
            FileFault: TOO_MANY_ROWS; the rows before are in `blocks`.
        """
        at = 0
        if self._open.size and len(self._open.content) == self._open.size <= _LITTLE:
            # Read it again with what follows: its end is then a plain line like all others.
            text = self._open.release().decode() + text
            self._open.restart()
        if self._open.size:
            at = self._read_open(text, 0)
            if at < 0:
                return
            self._close(final=False)
        whole = max(text.rfind("\n", at), text.rfind("\r", at)) + 1
        if whole > at:
            at += self._parse(text[at:whole], final=False)
        if at < len(text):
            self._read_open(text, at)

    def finish(self) -> None:
        """The file ends here.

        Raises:
            FileFault: UNTERMINATED_QUOTE or TOO_MANY_ROWS; the rows before are in `blocks`.
        """
        if self._open.open_quote is not None:
            raise unterminated_quote(self._line + self._open.open_quote)
        self.trailing = self._open.strip_end_marks()
        if self._open.size:
            self._close(final=True)

    def _read_open(self, text: str, at: int) -> int:
        end = self._open.read(text, at)
        if self._open.too_large:
            if self._before_large is None:
                self._before_large = self._digest.copy()
            self._digest.add(self._open.release())
        return end

    def _close(self, *, final: bool) -> None:
        size, breaks, content = self._open.size, self._open.breaks, self._open.release()
        self._open.restart()
        if self._before_large is None:
            self._parse(content.decode(), final=final)
            return
        issue = too_large(size, self._settings.max_record_bytes)
        cut = ParsedRecords(rows=[[]], lines=[self._line], ends=[0], faults={0: issue})
        self._add(Block("", cut, self._before_large, self._digest.copy()))
        self._before_large = None
        self._line += breaks

    def _parse(self, text: str, *, final: bool) -> int:
        """ParsedRecords the whole rows of `text`; how much of it they are."""
        cut = self._parser.parse(text, self._line, final=final)
        self._line += cut.breaks
        before = self._digest.copy()
        if cut.content:
            self._digest.add(cut.content)
            after = self._digest.copy()
            self._add(Block(cut.content, cut, before, after))
            return cut.used
        rows_end = cut.used if cut.ends is None else [0, *cut.ends][-1]
        self._digest.add(text[:rows_end].encode())
        after = self._digest.copy()
        # Blank lines after a row belong to the next row, so that the mark after a row does not
        # depend on whether they have arrived yet.
        self._digest.add(text[rows_end : cut.used].encode())
        if len(cut):
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
