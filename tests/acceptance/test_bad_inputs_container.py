"""Bad inputs of the file as a whole: what is no file, and wrong encodings."""

from rollbook.v1.imports_pb2 import IMPORT_STATE_COMPLETED
from tests.acceptance.cases import Case, table
from tests.acceptance.wire import HEADER, Peer, user, users

_TYPED_IN_1252 = (HEADER + user(1, first_name="José") + user(2, first_name="Zoë")).encode("cp1252")
_CUT_SEQUENCE = b"3,u3@example.org,Ada\xe2\x82,Byron,,\n"


@table(
    Case(id="B063", what="no bytes at all", csv=b"", ends="INVALID_ARGUMENT/EMPTY_FILE"),
    Case(id="B064", what="only a mark", csv=b"\xef\xbb\xbf", ends="INVALID_ARGUMENT/EMPTY_FILE"),
    Case(id="B065", what="only line ends", csv="\r\n\r\n", ends="INVALID_ARGUMENT/EMPTY_FILE"),
    Case(id="B065", what="only spaces", csv="     ", ends="INVALID_ARGUMENT/EMPTY_FILE"),
    Case(id="B065", what="spaces and lines", csv="  \r \n\n ", ends="INVALID_ARGUMENT/EMPTY_FILE"),
)
async def test_a_file_with_nothing_in_it(case: Case, peer: Peer, narrow: Peer) -> None:
    """B063, B064, B065: EMPTY_FILE, nothing applied."""
    await case.run(peer, narrow)


@table(
    Case(id="B066", what="header with newline", csv=HEADER),
    Case(id="B066", what="header without newline", csv=HEADER.rstrip()),
    Case(id="B066", what="header and blank lines", csv=f"\n\n{HEADER}\r\n\n"),
)
async def test_a_header_alone_is_a_file_of_no_rows(case: Case, peer: Peer, narrow: Peer) -> None:
    """B066: COMPLETED with no rows (a full sync apart)."""
    answer = await case.run(peer, narrow)
    assert answer.summary
    assert answer.summary.rows == 0
    assert answer.summary.state == IMPORT_STATE_COMPLETED


@table(
    Case(
        id="B069",
        what="UTF-16LE with its mark",
        csv=b"\xff\xfe" + (HEADER + users(1)).encode("utf-16-le"),
        ends="INVALID_ARGUMENT/ENCODING_ERROR",
        facts={"detected": "utf-16le", "offset": "0", "line": "1"},
    ),
    Case(
        id="B070",
        what="UTF-16LE without a mark",
        csv=(HEADER + users(1)).encode("utf-16-le"),
        ends="INVALID_ARGUMENT/ENCODING_ERROR",
        facts={"detected": "utf-16le"},
    ),
    Case(
        id="B073",
        what="Windows-1252 in the first row",
        csv=_TYPED_IN_1252,
        ends="INVALID_ARGUMENT/ENCODING_ERROR",
        facts={
            "likely": "windows-1252",
            "line": "2",
            "byte": "0xe9",
            "offset": str(_TYPED_IN_1252.index(b"\xe9")),
        },
    ),
    Case(
        id="B074",
        what="invalid UTF-8 in the header",
        csv=HEADER.replace("role", "r\xf4le").encode("latin-1") + users(1).encode(),
        ends="INVALID_ARGUMENT/ENCODING_ERROR",
        facts={"line": "1", "byte": "0xf4"},
    ),
    Case(
        id="B076",
        what="cut sequence in the first row",
        csv=HEADER.encode() + _CUT_SEQUENCE + users(4).encode(),
        ends="INVALID_ARGUMENT/ENCODING_ERROR",
        facts={"line": "2"},
    ),
)
async def test_another_encoding_found_in_time(case: Case, peer: Peer, narrow: Peer) -> None:
    """B069, B070, B073, B074, B076, S23: refused at or before the first row, nothing applied.

    The byte, its line and the likely encoding are named.
    """
    await case.run(peer, narrow)


@table(
    Case(
        id="B076",
        what="cut sequence in the third row",
        csv=(HEADER + users(1, 2)).encode() + _CUT_SEQUENCE + users(4).encode(),
        ends="INVALID_ARGUMENT/ENCODING_ERROR",
        facts={"line": "4", "byte": "0xe2"},
        rows={2: "CREATED", 3: "CREATED"},
        stopped=("encoding_error", 4),
    ),
    Case(
        id="B076",
        what="cut sequence at the end of the file",
        csv=(HEADER + users(1, 2)).encode() + b"3,u3@example.org,Ada,Byron,,\xe2\x82",
        ends="INVALID_ARGUMENT/ENCODING_ERROR",
        facts={"line": "4", "byte": "0xe2"},
        rows={2: "CREATED", 3: "CREATED"},
        stopped=("encoding_error", 4),
    ),
)
async def test_another_encoding_found_late(case: Case, peer: Peer, narrow: Peer) -> None:
    """B076: every whole row before it is answered and applied, then the summary has the line."""
    await case.run(peer, narrow)


@table(
    Case(
        id="B081",
        what="sep= with a semicolon",
        csv="sep=;\n" + (HEADER + users(1)).replace(",", ";"),
        rows={3: "CREATED"},
        warnings=("preamble_skipped",),
    ),
    Case(
        id="B081",
        what="sep= behind a mark, CRLF",
        csv=b"\xef\xbb\xbfsep=|\r\n" + (HEADER + users(1)).replace(",", "|").encode(),
        rows={3: "CREATED"},
        warnings=("preamble_skipped",),
    ),
)
async def test_a_first_line_that_names_the_delimiter(case: Case, peer: Peer, narrow: Peer) -> None:
    """B081, S22: `sep=` is the delimiter, and it is line 1: the first row stands in line 3."""
    answer = await case.run(peer, narrow)
    assert answer.understood
    assert answer.understood.delimiter in ";|"
    assert answer.results[0].row == 1
