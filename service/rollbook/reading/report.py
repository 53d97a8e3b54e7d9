"""A failure report that comes back as a file → the rows it was made of.

The report writes five columns of its own after those of the file, and a quote before every cell
that a spreadsheet would take for a formula, or that begins with such a quote already.
"""

REPORT_COLUMNS = (
    "rollbook_line",
    "rollbook_codes",
    "rollbook_fields",
    "rollbook_message",
    "rollbook_report",
)

_QUOTE = "'"
_DANGEROUS = frozenset("=+-@\t\r＝＋－＠'")


def undefused(cell: str) -> str:
    """`cell` without the quote that the report put before it, if it did."""
    if cell.startswith(_QUOTE) and cell[1:2] in _DANGEROUS and len(cell) > 1:
        return cell[1:]
    return cell
