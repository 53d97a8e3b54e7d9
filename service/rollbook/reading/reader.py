"""Reads one CSV file, in any chunks, as batches of rows.

    bytes → Decoder → text → FileStart → the header
                           → Body      → blocks of rows → take → FileRows

The result depends on the file alone: not on its chunks, and not on the sizes of the batches.
"""

from collections import deque
from collections.abc import Callable

from rollbook.errors import FileFault
from rollbook.model import Code, FileRows, Issue, Options, Understood
from rollbook.profiles import Profile
from rollbook.reading.blocks import Portion
from rollbook.reading.body import Body
from rollbook.reading.content_digest import ContentDigest
from rollbook.reading.decoder import Decoder
from rollbook.reading.delimiter import delimiter_named
from rollbook.reading.encodings import encoding_named
from rollbook.reading.file_start import FileStart
from rollbook.reading.header import Header, HeaderParser
from rollbook.reading.header_errors import ignored
from rollbook.settings import KIB, Settings

_PIECE = 256 * KIB
"""Bytes that are read at once, about 2,000 rows: a piece of 64 KiB costs a tenth more a row."""

_SMALL_PIECE = 8 * KIB
"""The same for rows of less than 16 bytes, each of which may be wrong. A piece should not hold
the event loop for more than 50 ms, whatever a file holds."""

_MOST_VALUES = 6
"""Values of an ignored column of a status that are noted; its warning repeats one fewer."""

_MOST_UNREAD = 256 * KIB
"""Bytes that may wait unread. Memory stays flat even if a caller feeds a file and takes nothing."""


class Reader:
    """The reader of one CSV file.

    `feed` and `end` never raise for what a file holds. A fault is raised by `take`, after the rows
    before it; nothing is read after a fault. Bytes are read only when a caller asks for rows, a
    batch at a time, so that no call takes long.

    Raises:
        Refusal: INVALID_OPTIONS, for an unknown encoding or delimiter, or a column that is mapped
            to no field.
    """

    def __init__(self, profile: Profile, options: Options, settings: Settings) -> None:
        self._settings = settings
        self._decoder = Decoder(encoding_named(options.encoding), certain=options.encoding_certain)
        self._digest = ContentDigest()
        self._start = FileStart(
            delimiter_named(options.delimiter),
            HeaderParser(profile, options, settings),
            self._digest,
            settings.max_header_bytes,
        )
        self._body: Body | None = None
        self._understood: Understood | None = None
        self._unread: deque[bytes] = deque()
        self._unread_bytes = 0
        self._unread_at = 0  # in the first of them
        self._piece = _SMALL_PIECE
        self._held = ""  # a CR at the end of a piece, until it is known whether an LF follows
        self._taken = 0
        self._status: dict[int, dict[str, None]] = {}  # by position: values of status columns
        self._fault: FileFault | None = None
        self._ended = False
        self._finished = False

    @property
    def understood(self) -> Understood | None:
        """What was understood of the header; None until it is complete, or if it is wrong."""
        while self._body is None and self._read_on():
            pass
        return self._understood

    @property
    def late_warnings(self) -> tuple[Issue, ...]:
        """What is known only at the end of the file.

        That is: end marks that were skipped, and what ignored columns of a status held.
        """
        if not self._body:
            return ()
        columns = self._body.header.columns
        found = [ignored(columns[at].header, seen) for at, seen in self._status.items()]
        if skipped := self._body.trailing:
            message = f"The file ends with {skipped} Ctrl-Z or NUL characters, which were skipped."
            params = {"count": str(skipped)}
            found.append(Issue(Code.TRAILING_BYTES_SKIPPED, "", message, params))
        return tuple(found)

    @property
    def ready(self) -> int:
        """How many rows may be taken now, counted up to a batch; 1 if a fault is next."""
        self._read_up_to(self._settings.batch_rows)
        return (self._body.waiting if self._body else 0) or int(self._fault is not None)

    def feed(self, chunk: bytes) -> None:
        """Give the reader the next bytes, of any size."""
        if chunk and not self._fault and not self._ended:
            self._unread.append(chunk)
            self._unread_bytes += len(chunk)
            while self._unread_bytes > _MOST_UNREAD and self._read_on():
                pass

    def end(self) -> None:
        """The file is complete. Without this call, a last row without a line end is not read."""
        self._ended = True

    def take(self, most: int, most_bytes: int | None = None) -> FileRows | None:
        """The next rows: at most `most` rows and `most_bytes` bytes, but at least one row.

        `most_bytes` is by default the setting `batch_bytes`. None: no whole row has arrived yet
        or, after `end`, all rows were taken.

        Raises:
            FileFault: the file cannot be read further; every row before the fault was taken.
        """
        self._read_up_to(most)
        body = self._body
        if body is None or not body.blocks:
            if self._fault:
                raise self._fault
            return None
        room = self._settings.batch_bytes if most_bytes is None else most_bytes
        portion = Portion()
        while body.blocks and len(portion) < most:
            block = body.blocks[0]
            before = block.size
            count = block.fitting(most - len(portion), room)
            if count == 0 and len(portion):
                break
            portion.add(block.take(count or 1))
            room -= before - block.size
            if not len(block):
                body.blocks.popleft()
        first, self._taken = self._taken + 1, self._taken + len(portion)
        body.waiting -= len(portion)
        rows = portion.rows(body.header, first, block.mark())
        self._look_at_status(body.header, rows)
        return rows

    def _look_at_status(self, header: Header, rows: FileRows) -> None:
        for at in header.status:
            seen = self._status.setdefault(at, {})
            for row in rows.raw if len(seen) < _MOST_VALUES else ():
                if at < len(row) and (value := row[at].strip()):
                    seen[value] = None
            self._status[at] = dict.fromkeys(list(seen)[:_MOST_VALUES])

    def _read_up_to(self, rows: int) -> None:
        while (self._body is None or self._body.waiting < rows) and self._read_on():
            pass

    def _read_on(self) -> bool:
        """Read a piece of what was fed, or the end. Returns whether there was anything to read."""
        if self._fault:
            self._unread.clear()
            self._unread_bytes = 0
            return False
        if self._unread:
            self._read(self._decoder.feed(self._next_piece()))
            return True
        if self._ended and not self._finished:
            self._finished = True
            self._read(self._decoder.end())
            if not self._fault:
                self._until_fault(self._finish)
            return True
        return False

    def _next_piece(self) -> bytes:
        chunk, at = self._unread[0], self._unread_at
        piece = chunk[at : at + self._piece]
        self._unread_at += len(piece)
        self._unread_bytes -= len(piece)
        if self._unread_at == len(chunk):
            self._unread.popleft()
            self._unread_at = 0
        return piece

    def _read(self, text: str) -> None:
        text, self._held = self._held + text, ""
        if text.endswith("\r") and not self._finished and not self._decoder.broken:
            text, self._held = text[:-1], "\r"
        before = self._body.waiting if self._body else 0
        self._until_fault(lambda: self._read_text(text))
        found = self._body.waiting - before if self._body else 0
        self._piece = _PIECE if found * 16 <= self._piece else _SMALL_PIECE
        if self._decoder.broken and not self._fault:
            self._fault = self._decoder.fault((self._body or self._start).last_line)

    def _until_fault(self, step: Callable[[], None]) -> None:
        try:
            step()
        except FileFault as fault:
            self._fault = fault

    def _read_text(self, text: str) -> None:
        if self._body:
            self._body.read(text)
            return
        rest = self._start.read(text)
        if self._start.header:
            self._body = self._understood_as(self._start.header)
            self._body.read(rest)

    def _finish(self) -> None:
        if self._body is None:
            self._body = self._understood_as(self._start.finish())
        self._body.finish()

    def _understood_as(self, header: Header) -> Body:
        start = self._start
        self._understood = Understood(
            encoding=self._decoder.encoding,
            delimiter=start.delimiter,
            columns=header.columns,
            warnings=(*start.preamble, *header.warnings),
            listing=header.defused and not header.reported,
        )
        return Body(header, start.delimiter, start.line, self._digest, self._settings)
