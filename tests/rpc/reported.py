"""Reads a failure report with `csv`."""

import csv
import io
from contextlib import aclosing

from rollbook.client import Client

OWN = [
    "rollbook_line",
    "rollbook_codes",
    "rollbook_fields",
    "rollbook_message",
    "rollbook_report",
]
"""The columns that a report adds."""


async def download(client: Client, directory: str, import_id: str) -> bytes:
    """The report as a file."""
    async with aclosing(client.imports.report(directory, import_id)) as pieces:
        return b"".join([piece async for piece in pieces])


def cells_of(report: bytes, delimiter: str = ",") -> list[list[str]]:
    """The cells, header first; the file must begin with a mark."""
    assert report.startswith(b"\xef\xbb\xbf")
    text = report.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
