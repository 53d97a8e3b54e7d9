"""The bytes of a file: marks, encodings, and what is no CSV."""

import hashlib
import tracemalloc

import pytest

from rollbook.errors import FileFault, Refusal
from rollbook.model import Options
from rollbook.reading import Reader
from rollbook.settings import Settings
from tests.unit.reading.reads import DEFAULT, HEADER, a_row, csv_of, read, told_of

FILE = csv_of(a_row(1), a_row(2, first_name="Inês"))


@pytest.mark.parametrize(
    "content",
    [b"", b"\xef\xbb\xbf", b"\r\n\r\n", b"   ", b" \r  \n", b"\n" * 5000, b"sep=;\n"],
    ids=["B063", "B064", "B065", "spaces", "spaces and CR", "many lines", "sep only"],
)
def test_empty(content: bytes) -> None:
    """B063 B064 B065 A file without a header, however it has none, is `empty_file`."""
    assert told_of(content).reason == "empty_file"


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\r", b"\n\n  \n"])
def test_header_only(end: bytes) -> None:
    """B066 A header alone, with or without line end, is a file of no rows."""
    told = told_of(csv_of().strip() + end)
    assert (told.reason, told.lines) == ("", [])
    assert told.understood


def test_utf16_with_mark() -> None:
    """B069 S23 UTF-16 is detected by its mark, named, and not read unless asked for."""
    for codec, name in (("utf-16-le", "utf-16le"), ("utf-16-be", "utf-16be")):
        content = "\ufeff".encode(codec) + FILE.decode().encode(codec)
        told = told_of(content)
        assert (told.reason, told.line) == ("encoding_error", 1)
        assert told.facts["detected"] == name
        asked = told_of(content, encoding="utf-16")
        assert asked.raw == told_of(FILE).raw
        assert asked.understood
        assert asked.understood.encoding == name


def test_utf16_without_mark() -> None:
    """B070 A NUL in every second byte is UTF-16 without its mark: refused, asked for or not."""
    content = FILE.decode().encode("utf-16-le")
    for encoding in ("", "utf-8", "utf-16", "windows-1252"):
        told = told_of(content, encoding=encoding)
        assert (told.reason, told.facts["detected"]) == ("encoding_error", "utf-16le")


def test_mark_of_utf8() -> None:
    """S23 The mark of UTF-8 changes nothing, not even the digest; another encoding is refused."""
    marked = b"\xef\xbb\xbf" + FILE
    assert told_of(marked) == told_of(FILE)
    assert read(marked)[1] == read(FILE)[1]
    assert told_of(marked, encoding="windows-1252").facts["detected"] == "utf-8"


@pytest.mark.parametrize("name", ["José", "Müller, Jürgen", "“Anna”", "Garçon – né"])
def test_windows_1252(name: str) -> None:
    """B073 S23 Windows-1252 is `encoding_error` before any row: byte, line, likely encoding."""
    content = csv_of(a_row(1), a_row(2)).decode().replace("Ines", f'"{name}"').encode("cp1252")
    told = told_of(content)
    wrong = next(i for i, byte in enumerate(content) if byte > 0x7F)
    assert (told.reason, told.line, told.lines) == ("encoding_error", 2, [])
    assert told.facts["likely"] == "windows-1252"
    assert told.facts["byte"] == f"0x{content[wrong]:02x}"
    assert told.facts["offset"] == str(wrong)
    asked = told_of(content, encoding="cp1252")
    assert [row["first_name"] for row in asked.cells] == [name, name]


def test_invalid_in_header() -> None:
    """B074 Invalid UTF-8 in the header is `encoding_error` in line 1, and nothing is understood."""
    told = told_of(csv_of(a_row()).replace(b"role", b"r\xf4le"))
    assert (told.reason, told.line, told.understood) == ("encoding_error", 1, None)


@pytest.mark.parametrize("end", [b"", b"\n", b",x\n"])
def test_truncated_sequence(end: bytes) -> None:
    """B076 A sequence cut short is `encoding_error`; every whole row before it is read."""
    content = csv_of(a_row(1), a_row(2)) + b"E3,e3@example.com,\xe2\x82" + end
    told = told_of(content)
    assert (told.reason, told.line, told.lines) == ("encoding_error", 4, [2, 3])
    assert told.facts["offset"] == str(content.index(b"\xe2"))


def test_wrong_after_cr() -> None:
    """A row ended by CR is whole although a wrong byte follows at once."""
    told = told_of(csv_of(a_row(1), end="\r") + b"\xff")
    assert (told.reason, told.line, told.lines) == ("encoding_error", 3, [2])


@pytest.mark.parametrize(
    ("codec", "name", "text"),
    [
        ("cp1250", "windows-1250", "Łukasz"),
        ("cp1251", "cp1251", "Ольга"),
        ("cp1253", "windows-1253", "Γιώργος"),
        ("cp932", "Shift_JIS", "太郎"),
        ("cp949", "euc-kr", "서연"),
        ("gb18030", "GB18030", "小明"),
        ("cp950", "big5", "小明"),
        ("mac-roman", "macintosh", "Zoë"),
        ("cp850", "cp850", "Zoë"),
        ("iso8859-15", "ISO-8859-15", "Zoë"),
        ("utf-32", "utf-32", "Zoë"),
    ],
)
def test_other_encodings(codec: str, name: str, text: str) -> None:
    """S23 An encoding chosen by name is read; the digest is that of the same file in UTF-8."""
    plain = csv_of(a_row(1, first_name=text), a_row(2, first_name=text))
    content = plain.decode().encode(codec)
    told = told_of(content, encoding=name)
    assert [row["first_name"] for row in told.cells] == [text, text]
    assert read(content, encoding=name)[1] == read(plain)[1]


ONE_BYTE = [
    *(f"windows-{page}" for page in range(1250, 1259)),
    *(f"iso-8859-{part}" for part in range(1, 17) if part != 12),
    *("macintosh", "cp437", "cp850"),
]


@pytest.mark.parametrize("encoding", ONE_BYTE)
@pytest.mark.parametrize("rows", [1, 40])
def test_utf_8_is_not_read_as_one_byte_a_character(encoding: str, rows: int) -> None:
    """S23 It is `encoding_error` with `hint=is_utf8`; rows of ASCII before it are read."""
    names = [a_row(1)] + [
        a_row(n, first_name="Zoë", last_name="Müller") for n in range(2, rows + 2)
    ]
    content = csv_of(*names)
    told = told_of(content, encoding=encoding)
    assert (told.reason, told.line, told.lines) == ("encoding_error", 3, [2])
    assert (told.facts["hint"], told.facts["likely"]) == ("is_utf8", "utf-8")
    assert told.facts["offset"] == str(content.index("ë".encode()))
    assert "encoding_certain=true" in told.message


@pytest.mark.parametrize("encoding", ["windows-1252", "iso-8859-1", "macintosh"])
def test_an_encoding_that_is_certain_holds(encoding: str) -> None:
    """S23 So it is read that way, whatever it looks like; ASCII needs no such word."""
    codec = {"macintosh": "mac-roman"}.get(encoding, encoding)
    content = csv_of(a_row(1, first_name="Zoë"))
    told = told_of(content, encoding=encoding, encoding_certain=True)
    assert told.cells[0]["first_name"] == "Zoë".encode().decode(codec)
    assert told_of(csv_of(a_row(1)), encoding=encoding).lines == [2]


@pytest.mark.parametrize(
    "first",
    ["Пётр", "Зё Фёдор", "a" * 600 + "Пё" + "b" * 511 + "ж"],
)
def test_text_that_begins_like_utf_8_is_read(first: str) -> None:
    """`Пё` in windows-1251 is a letter of UTF-8, and what follows it is not; up to 512 bytes."""
    content = csv_of(a_row(1, first_name=first)).decode().encode("cp1251")
    told = told_of(content, encoding="windows-1251")
    if "b" in first:
        assert told.facts["hint"] == "is_utf8"
    else:
        assert told.lines == [2]


def test_utf_8_that_is_cut_off_is_not_utf_8() -> None:
    """At the end of a file the last letter must be whole, so that this is windows-1252."""
    content = csv_of(a_row(1, location="Ã")).rstrip().decode().encode("cp1252")
    assert told_of(content, encoding="windows-1252").cells[0]["location"] == "Ã"


def test_wrong_byte_of_other_encoding() -> None:
    """A byte that the chosen encoding does not have is found wherever chunks are cut."""
    content = csv_of(a_row(1, first_name="太郎")).decode().encode("cp932") + b"E2,\x81\x20,\n"
    told = told_of(content, encoding="shift_jis")
    assert (told.reason, told.line, told.lines) == ("encoding_error", 3, [2])
    assert told.facts["offset"] == str(content.index(b"\x81\x20"))


@pytest.mark.parametrize("name", ["rot13", "zlib", "idna", "utf-7", "unicode_escape", "hex", "x"])
def test_encoding_not_listed(name: str) -> None:
    """Encodings come from our list: Python's registry is never asked for a name."""
    with pytest.raises(Refusal) as refused:
        Reader(DEFAULT, Options(encoding=name), Settings())
    assert refused.value.reason.value == "invalid_options"
    assert refused.value.facts["option"] == "encoding"


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04\x14\x00\x06\x00",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"\x1f\x8b\x08\x00",
        b"%PDF-1.7\n",
        b"\n<!DOCTYPE html>\n<html>",
        b"<html><body>",
        b'<?xml version="1.0"?>',
        b'[{"email": "a@example.com"}]',
    ],
)
def test_no_csv(content: bytes) -> None:
    """A workbook, an archive, a PDF or a web page is named as what it is."""
    told = told_of(content + b"\x00\xff" * 20 if content[0] < 0x20 else content)
    assert told.reason == "unsupported_content"
    assert "not CSV: " in told.message


@pytest.mark.parametrize("start", [b"A", b" ", b'"', b'"\n'])
def test_no_line_end(start: bytes) -> None:
    """B080 A gigabyte without a line end is refused after 64 KiB, and memory stays flat."""
    reader = Reader(DEFAULT, Options(), Settings())
    reader.feed(start)
    chunk = start[:1] * 262_144 if start[:1] != b'"' else b"x" * 262_144
    tracemalloc.start()
    for _ in range(4 * 1024):
        reader.feed(chunk)
    with pytest.raises(FileFault, match="65536") as raised:
        reader.take(1)
    assert raised.value.reason.value == "header_too_long"
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


def test_header_limit() -> None:
    """A header of 64 KiB is read; with a byte more it is `header_too_long`."""
    pad = 65_536 - len(csv_of()) + 1
    limits = {"max_column_name_bytes": 70_000}
    for extra, reason in ((0, ""), (1, "header_too_long")):
        told = told_of(csv_of(header="x" * (pad - 1 + extra) + "," + HEADER), limits=limits)
        assert told.reason == reason


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;"])
def test_sep_line(line: str, mark: bytes) -> None:
    """B081 `sep=;` as the first line is the delimiter, and is line 1."""
    told = told_of(mark + csv_of(HEADER.replace(",", ";"), "E1;a@b.example;A;B;;", header=line))
    assert told.understood
    assert (told.understood.delimiter, told.lines, told.reason) == (";", [3], "")


def test_wrong_sep_line() -> None:
    """A `sep=` that is no delimiter, or not the one declared, is `delimiter_mismatch`."""
    assert told_of(b"sep=:\na:b\n").reason == "delimiter_mismatch"
    told = told_of(b"sep=;\na;b\n", delimiter=",")
    assert (told.reason, told.facts["suggested"]) == ("delimiter_mismatch", ";")


def test_row_limit() -> None:
    """B083 The row beyond the limit stops the file, after every row before it; the limit passes."""
    content = csv_of(*map(a_row, range(1, 13)))
    assert told_of(content, limits={"max_rows": 12}).reason == ""
    for limit in (1, 5, 11):
        told = told_of(content, limits={"max_rows": limit})
        assert (told.reason, told.line) == ("too_many_rows", limit + 2)
        assert told.lines == list(range(2, limit + 2))


def test_mark_is_of_the_content() -> None:
    """The mark after a row is the digest of the file's bytes up to the end of that row."""
    rows = [a_row(1), "", a_row(2, first_name='"a\r\nb"'), "  ", "short", a_row(3, first_name="é")]
    content = csv_of(*rows, end="\r\n")
    _, marks = read(content, most=1)
    ends = [content.index(b"\r\n" + after) + 2 for after in (b"\r\nE2", b"  \r\nsh", b"E3")]
    for row, end in zip((1, 2, 3), ends, strict=True):
        assert marks[row].offset == end
        assert marks[row].digest == hashlib.sha256(content[:end]).digest()
    assert marks[4].digest == hashlib.sha256(content).digest()


def test_cut_off() -> None:
    """A file that is cut off, not ended, gives its whole rows and nothing of the last one."""
    content = csv_of(a_row(1), a_row(2, first_name='"a\nb"'), a_row(3))
    whole, marks = read(content, most=1)
    ends = [mark.offset for mark in marks.values()]
    for cut in range(len(content)):
        told = told_of(content[:cut], end=False, chunks=(7, 262_144))
        assert told.reason == ""
        assert told.raw == whole.raw[: sum(end <= cut for end in ends)]


def test_read_when_asked() -> None:
    """Feeding is free while little waits; what is asked is answered from what was fed."""
    reader = Reader(DEFAULT, Options(), Settings().model_copy(update={"batch_rows": 100}))
    reader.feed(csv_of(*map(a_row, range(1, 3_000))))
    understood = reader.understood
    assert understood
    assert understood.delimiter == ","
    assert 100 <= reader.ready < 1_000
    rows = reader.take(2_500)
    assert rows
    assert len(rows) == 2_500
