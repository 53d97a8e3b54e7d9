"""The Python client: imports users, and manages what a directory has.

    async with Client("127.0.0.1:50051", token) as client:
        start = new_import("main", options=import_options(commit="NONE"))
        async for event in client.upload_file(Path("users.csv"), start):
            match event:
                case RowResults(): ...  # its `results` are keyed by line
                case ImportSummary(): ...  # last

Over a network, `Client(address, token, tls=Tls(ca=…))`, or `Tls()` for the system's authorities.
What comes back are the messages of the contract (`rollbook.v1`), so that a newer server's codes
pass through an older client. Whatever a server refuses is a `rollbook.errors.RollbookError`.
Results are unfolded when they are looked at: who only counts them asks `outcome_counts(event)`.
"""

from google.protobuf.message import Message

from rollbook.client.client import Client
from rollbook.client.content import (
    CHUNK_BYTES,
    Content,
    FileContent,
    RowsContent,
    StreamContent,
    read_chunks,
)
from rollbook.client.import_start import import_options, new_import, option_values
from rollbook.client.json_values import filled, json_schemas, plain
from rollbook.client.resume import Interrupted, Waits
from rollbook.client.row_results import not_clean, outcome_counts
from rollbook.client.tls import Tls, is_local
from rollbook.client.upload import Event
from rollbook.client.workbook import AS_CSV, WORKBOOK_SUFFIXES, workbook_to_csv

__all__ = [
    "AS_CSV",
    "CHUNK_BYTES",
    "WORKBOOK_SUFFIXES",
    "Client",
    "Content",
    "Event",
    "FileContent",
    "Interrupted",
    "Message",
    "RowsContent",
    "StreamContent",
    "Tls",
    "Waits",
    "filled",
    "import_options",
    "is_local",
    "json_schemas",
    "new_import",
    "not_clean",
    "option_values",
    "outcome_counts",
    "plain",
    "read_chunks",
    "workbook_to_csv",
]
