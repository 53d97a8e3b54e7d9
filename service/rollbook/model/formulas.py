"""Cells that a spreadsheet would compute → cells that it shows as text, and back.

Every CSV that is written for people is defused; every reader of such a file takes it back.
"""

import re

_QUOTE = "'"
_DANGEROUS = re.compile(r"['\t\r\n]|[\s\u200b-\u200f\u2060\ufeff]*[=+\-@＝＋－＠]")
"""The start of such a cell. Some spreadsheets skip white space before the sign. A cell that begins
with the quote counts as well, so that `undefused` is the exact inverse of `defused`."""


def defused(cell: str) -> str:
    """`cell`, with a quote before it if a spreadsheet would take it for a formula."""
    return _QUOTE + cell if _DANGEROUS.match(cell) else cell


def undefused(cell: str) -> str:
    """`cell` without the quote that `defused` put before it; other cells as they are."""
    return cell[1:] if cell.startswith(_QUOTE) and _DANGEROUS.match(cell[1:]) else cell
