"""What a plugin sees: one user of the batch, as text, and what is stored of that user so far."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

_NO_ATTRIBUTES: Mapping[str, str] = MappingProxyType({})


class Current(NamedTuple):
    """The stored user's names as text, read before the batch is planned; None: has none."""

    role: str | None = None
    location: str | None = None
    organizational_unit: str | None = None
    department: str | None = None


class User(NamedTuple):
    """One row, checked and normalised, for a plugin to look at. Read it by name.

    `line` is the physical line of the file (header = 1) and the key of every answer. A text is
    None where the file has no such column and '' where its cell is blank. `attributes` are the
    file's further columns, read-only. `current` is the user as stored; None: a new one.

    There is no password here, and no place for one.
    """

    # A named tuple and no dataclass: no trick of Python's writes to it, and one is made of a
    # batch's columns in 0.4 µs instead of 2, for every row of every import that has plugins.
    line: int
    employee_number: str | None = None
    email: str | None = None
    username: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    name: str | None = None
    role: str | None = None
    location: str | None = None
    organizational_unit: str | None = None
    job_title: str | None = None
    department: str | None = None
    phone: str | None = None
    attributes: Mapping[str, str] = _NO_ATTRIBUTES
    current: Current | None = None
