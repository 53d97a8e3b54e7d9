"""Replays a file on a directory. Begin here."""

from collections.abc import Mapping, Sequence

from tests.model.oracle.ending import File, batch_by_batch, staged
from tests.model.oracle.header import FIELDS, heading
from tests.model.oracle.reader import FileFault, Record, decoded, records
from tests.model.oracle.rows import row_of, typed_row
from tests.model.oracle.values import Directory, Issue, Options, Verdict

RECORD_LIMIT = 1024 * 1024


def replay(
    content: bytes,
    options: Options,
    directory: Directory,
    *,
    source: str = "default",
    record_limit: int = RECORD_LIMIT,
) -> Verdict:
    """What must come of importing the file."""
    try:
        file = _read(content, options, record_limit)
    except FileFault as fault:
        return _nothing(directory, fault)
    if file.fault and not file.rows:
        return _nothing(directory, file.fault)
    return _ended(file, options, directory, source)


def replay_rows(
    rows: Sequence[Mapping[str, str]],
    options: Options,
    directory: Directory,
    *,
    source: str = "default",
    record_limit: int = RECORD_LIMIT,
) -> Verdict:
    """What must come of importing typed rows."""
    checked = [
        typed_row(cells, number, options, record_limit) for number, cells in enumerate(rows, 1)
    ]
    attributes = sorted({field for cells in rows for field in cells if field not in FIELDS})
    file = File(fields=[*FIELDS, *attributes], warnings=(), rows=checked, fault=None)
    return _ended(file, options, directory, source)


def _ended(file: File, options: Options, directory: Directory, source: str) -> Verdict:
    if options.commit == "PER_BATCH":
        return batch_by_batch(file, options, directory, source)
    return staged(file, options, directory, source)


def _read(content: bytes, options: Options, record_limit: int) -> File:
    """Raises: FileFault, where not even the header can be read."""
    text, broken = decoded(content, options.encoding, certain=options.encoding_certain)
    end_marks = 0
    if broken is None:  # a broken copy pads the end with NULs, and DOS ends it with Ctrl-Z
        end_marks = len(text) - len(text.rstrip("\0\x1a"))
        text = text[: len(text) - end_marks]
    understood = heading(text, options, complete=broken is None)
    if understood is None:
        assert broken
        raise broken
    found: list[Record] = []
    fault: FileFault | None = broken
    for record in records(text, understood.end, understood.line, understood.delimiter):
        if broken and not record.ended:
            break  # the wrong byte may stand in this one
        if record.opened:
            fault = FileFault("unterminated_quote", record.opened)
            break
        found.append(record)
    return File(
        fields=[field for field in understood.fields if field],
        warnings=(*understood.warnings, *_skipped(end_marks)),
        rows=[
            row_of(record, number, understood.fields, options, record_limit)
            for number, record in enumerate(found, 1)
        ],
        fault=fault,
    )


def _skipped(end_marks: int) -> list[Issue]:
    count = (("count", str(end_marks)),)
    return [Issue("trailing_bytes_skipped", "", count)] if end_marks else []


def _nothing(directory: Directory, fault: FileFault) -> Verdict:
    """A fault at or before the first data row: nothing is applied, only the reason is answered."""
    return Verdict(
        directory=directory,
        results=(),
        state="STOPPED",
        stopped_by=(fault.code, fault.line),
        answered=False,
    )
