"""Cells for a spreadsheet are not computed by it, and read back unchanged."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as some

from rollbook.model.formulas import defused, undefused

_CELLS = some.text(some.sampled_from("'=+-@\t\r\n＝ \u00a0\u200b\ufeffab1"), max_size=6)


@pytest.mark.parametrize(
    "cell",
    [
        *("=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "'x", "＝1", "＋1", "－1"),
        *(" =1", "\u00a0=1", "\u200b+1", "\ufeff@x", " \u3000-1"),
    ],
)
def test_a_dangerous_cell_is_defused(cell: str) -> None:
    """Also with white space, or what has no width, before the sign."""
    assert defused(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "1001", "a=b", "Inês", " x"])
def test_any_other_is_left_alone(cell: str) -> None:
    assert defused(cell) == cell


@given(_CELLS)
def test_undefusing_gives_the_cell_back(cell: str) -> None:
    """For every text, and what was not defused stays."""
    assert undefused(defused(cell)) == cell


_UNSEEN = [
    char
    for char in map(chr, range(sys.maxunicode + 1))
    if unicodedata.category(char) in ("Cc", "Cf", "Zs", "Zl", "Zp")
]

_STRIPPED = "".join(_UNSEEN)


@pytest.mark.parametrize("sign", "=+-@＝＋－＠")
def test_nothing_unseen_hides_a_sign(sign: str) -> None:
    """Every control, format and space character of Unicode, alone and twice."""
    found = [char for char in _UNSEEN if defused(f"{char}{sign}1") == f"{char}{sign}1"]
    assert found == []
    assert all(defused(f"{char}{char}{sign}1")[0] == "'" for char in _UNSEEN)


@given(some.text(max_size=8))
def test_no_defused_cell_begins_as_a_formula_does(cell: str) -> None:
    """P56: whatever a spreadsheet strips before it looks; and it comes back as it was."""
    shown = defused(cell).lstrip(_STRIPPED)
    assert not shown.startswith(tuple("=+-@＝＋－＠"))
    assert undefused(defused(cell)) == cell
