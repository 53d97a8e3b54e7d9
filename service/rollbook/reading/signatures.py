"""Recognises a byte-order mark, and files that are not CSV, by their first bytes."""

from types import MappingProxyType

_SHEET = 'It is {what}, not CSV: open it in the spreadsheet and save it as "CSV UTF-8".'
_PACKED = "It is {what}, not CSV: unpack it and send the CSV file that is in it."
_OTHER = "It is {what}, not CSV: export the users as CSV."

_FOREIGN = MappingProxyType(
    {
        b"PK\x03\x04": _SHEET.format(
            what="an Excel or OpenDocument workbook (or another ZIP file)"
        ),
        b"PK\x05\x06": _PACKED.format(what="an empty ZIP file"),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": _SHEET.format(what="an old Excel workbook"),
        b"\x1f\x8b": _PACKED.format(what="a gzip file"),
        b"BZh": _PACKED.format(what="a bzip2 file"),
        b"\xfd7zXZ\x00": _PACKED.format(what="an xz file"),
        b"7z\xbc\xaf\x27\x1c": _PACKED.format(what="a 7-Zip file"),
        b"\x28\xb5\x2f\xfd": _PACKED.format(what="a zstd file"),
        b"%PDF-": _OTHER.format(what="a PDF document"),
        b"{\\rtf": _OTHER.format(what="an RTF document"),
    }
)
_MARKUP = ("<!doctype", "<html", "<?xml", "<table", "<head", "<body", "<!--")

_MARKS = MappingProxyType(
    {
        b"\xef\xbb\xbf": "utf-8",
        b"\xff\xfe\x00\x00": "utf-32le",
        b"\x00\x00\xfe\xff": "utf-32be",
        b"\xff\xfe": "utf-16le",
        b"\xfe\xff": "utf-16be",
        b"\x84\x31\x95\x33": "gb18030",
    }
)
_LOOKED_AT = (*_FOREIGN, *_MARKS)
_AT_LEAST = 4  # what `unmarked_utf` looks at


def undecided(head: bytes) -> bool:
    """Whether `head` is too short to decide: more bytes could complete a mark or a signature."""
    return len(head) < _AT_LEAST or any(
        len(known) > len(head) and known.startswith(head) for known in _LOOKED_AT
    )


def foreign(head: bytes) -> str:
    """Why a file that begins with `head` is not CSV, as a sentence; '' if it may be CSV."""
    return next((why for magic, why in _FOREIGN.items() if head.startswith(magic)), "")


def markup(text: str) -> str:
    """Why a file whose first line is `text` is not CSV, as a sentence; '' if it may be CSV."""
    start = text.lstrip()[:16].lower()
    if start.startswith(_MARKUP):
        return _OTHER.format(what="a web page or XML document")
    if start.startswith(('{"', "[{")):
        return _OTHER.format(what="a JSON document")
    return ""


def mark(head: bytes) -> tuple[bytes, str]:
    """The byte-order mark that `head` begins with, and its encoding; (b'', '') without one."""
    return next(((m, name) for m, name in _MARKS.items() if head.startswith(m)), (b"", ""))


def unmarked_utf(head: bytes) -> str:
    """The UTF-16 or UTF-32 variant of a file without a mark that begins with ASCII text; or ''."""
    return {
        "x0x0": "utf-16le",
        "0x0x": "utf-16be",
        "x000": "utf-32le",
        "000x": "utf-32be",
    }.get("".join("x" if byte else "0" for byte in head[:_AT_LEAST]), "")
