"""What is printed is visible on a screen, and is not computed by a spreadsheet."""

import pytest

from rollbook.cli.screen.streams import printable


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Þóra 美咲 O’Neil", "Þóra 美咲 O’Neil"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("a\r\nb\tc", "a\\r\\nb\\tc"),
        ("abc\u202egnp.exe", "abc\\u202egnp.exe"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\ud800", "\\ud800"),
    ],
)
def test_a_terminal_is_told_nothing_by_a_file(text: str, seen: str) -> None:
    """Escapes, bidi overrides and hidden letters of a file's cells are shown, never obeyed."""
    assert printable(text) == seen
