"""What the reader understood of a file before its first row: delimiter, encoding, columns."""

from dataclasses import dataclass

from rollbook.model.issues import Issue


@dataclass(frozen=True, slots=True)
class Column:
    """A column as headed in the file, and the field that it feeds ('' if it is ignored)."""

    header: str
    field: str


@dataclass(frozen=True, slots=True)
class Understood:
    """Encoding, delimiter and columns of a file, and the warnings that its header earned."""

    encoding: str
    delimiter: str
    columns: tuple[Column, ...]
    warnings: tuple[Issue, ...]
