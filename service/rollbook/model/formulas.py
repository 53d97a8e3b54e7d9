"""Defuses cells that a spreadsheet would compute as formulas, and restores them.

Every CSV that is written for people is defused; every reader of such a file takes it back.
"""

_QUOTE = "'"
_SIGNS = frozenset("=+-@＝＋－＠")
_AT_ONCE = frozenset(f"{_QUOTE}\t\r\n")


def _is_dangerous(cell: str) -> bool:
    """Whether a spreadsheet would take the cell for a formula.

    Some skip white space and what cannot be seen before the sign; which of it differs, so all of
    it counts. A cell that begins with the quote counts too, so that `undefused` is the exact
    inverse of `defused`.
    """
    if cell[:1] in _AT_ONCE:
        return True
    first = next((char for char in cell if char.isprintable() and not char.isspace()), "")
    return first in _SIGNS


def defused(cell: str) -> str:
    """`cell`, with a quote before it if a spreadsheet would take it for a formula."""
    return _QUOTE + cell if _is_dangerous(cell) else cell


def undefused(cell: str) -> str:
    """`cell` without the quote that `defused` put before it; other cells as they are."""
    return cell[1:] if cell.startswith(_QUOTE) and _is_dangerous(cell[1:]) else cell
