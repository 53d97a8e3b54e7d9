"""Default limits: of a message, a file, a batch, a stream, and of imports at once."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

KIB = 1024
MIB = 1024 * KIB

Bytes = Annotated[int, Field(gt=0)]
Count = Annotated[int, Field(gt=0)]
Seconds = Annotated[float, Field(gt=0, le=1_000_000)]
"""PostgreSQL takes its time-outs in milliseconds, as 32 bits."""


class Limits(BaseSettings):
    """The limits among the `Settings`. The docstring under each is its line for operators."""

    model_config = SettingsConfigDict(use_attribute_docstrings=True)

    # a message
    max_message_bytes: Bytes = 1 * MIB
    """Largest gRPC message received, judged with a reason."""
    max_message_bytes_hard: Bytes = 4 * MIB
    """Largest gRPC message received at all; the gRPC core refuses beyond it, without a reason."""
    max_sent_bytes: Bytes = 1 * MIB
    """Largest gRPC message sent; results are split over several."""
    max_chunk_bytes: Bytes = 256 * KIB
    """Largest chunk of CSV in one message."""
    max_typed_rows: Count = 1_000
    """Most typed rows in one message."""
    max_metadata_bytes: Bytes = 8 * KIB
    """Largest request metadata."""

    # a file
    max_rows: Count = 10_000_000
    """Most data rows of one import."""
    max_record_bytes: Bytes = 1 * MIB
    """Largest data record, in bytes."""
    max_header_bytes: Bytes = 64 * KIB
    """Largest header record, in bytes."""
    max_columns: Count = 256
    """Most columns of a file."""
    max_column_name_bytes: Bytes = 64
    """Longest column name, in bytes."""

    # a batch
    batch_rows: Count = 5_000
    """Most rows of a batch, which is one transaction."""
    batch_bytes: Bytes = 4 * MIB
    """Most bytes of cells of a batch."""
    batch_wait: Seconds = 0.005
    """Seconds that the reader waits for bytes before a batch is cut short."""
    batch_wait_busy: Seconds = 0.020
    """The same while another batch is being written."""

    # a stream
    first_message_wait: Seconds = 10
    """Seconds until the first message of a stream must have come."""
    message_gap: Seconds = 60
    """Longest gap between two messages of a stream, in seconds."""
    least_rate: Annotated[int, Field(ge=0)] = 1 * KIB
    """Least bytes a second that a file must come at, once begun; 0 for any."""
    least_rate_over: Seconds = 30
    """Seconds of reading over which that rate is measured."""
    unread_bytes: Bytes = 16 * MIB
    """Most bytes of results held for a client that does not read."""
    unread_wait: Seconds = 60
    """Seconds that the server waits for such a client before it cuts the call."""
    drain_delay: Annotated[float, Field(ge=0)] = 5
    """Seconds after SIGTERM in which health reports NOT_SERVING and calls are still accepted."""
    shutdown_grace: Seconds = 8
    """Seconds that running batches and calls are given at shutdown."""

    # imports
    imports_per_principal: Count = 8
    """Imports that one principal may run at once."""
    imports_per_process: Count = 32
    """Imports that one server runs at once, without those of callers with `server:read`."""
    import_queue_wait: Seconds = 10
    """Seconds that an import beyond those waits for a slot."""
    new_imports_per_hour: Count = 600
    """New imports an hour that a principal may start; resumes are not counted."""
    max_import_passwords: Count = 1_000
    """Most first passwords that one import sets from its file."""
    lease: Annotated[float, Field(ge=1, le=86_400)] = 30
    """Seconds after which an import of a silent server may be taken over."""
