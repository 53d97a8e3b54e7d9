"""A row that cannot be taken apart → the issue that says so."""

from functools import lru_cache

from rollbook.model import Code, Issue


@lru_cache(maxsize=512)
def wrong_count(found: int, expected: int) -> Issue:
    """A row with fewer or more cells than the header."""
    few = found < expected
    hint = "a delimiter is missing" if few else "a cell with a delimiter in it needs quotes"
    return Issue(
        Code.TOO_FEW_FIELDS if few else Code.TOO_MANY_FIELDS,
        "",
        f"The row has {found} cells, the header {expected}: perhaps {hint}.",
        {"found": str(found), "expected": str(expected)},
    )


MALFORMED_QUOTING = Issue(
    Code.MALFORMED_QUOTING,
    "",
    "A quoted cell goes on after its closing quote: write a quote within a cell as two quotes.",
)
"""A closing quote that something other than a delimiter or the row's end follows."""


def too_large(size: int, most: int) -> Issue:
    """A row over its limit of bytes."""
    return Issue(
        Code.RECORD_TOO_LARGE,
        "",
        f"The row has {size} bytes, and {most} is the most: shorten its cells.",
        {"bytes": str(size), "limit": str(most)},
    )


@lru_cache(maxsize=512)
def nul_byte(field: str, column: int) -> Issue:
    """A NUL character in a cell; `field` is what the column feeds, `column` counts from 1."""
    return Issue(
        Code.NUL_BYTE,
        field,
        f"There is a NUL character in column {column}: take it out.",
        {"column": str(column)},
    )
