"""What the command prints as CSV is safe to open in a spreadsheet, and reads back the same."""

import ast
import csv
import io
from pathlib import Path

import pytest

from rollbook import cli
from rollbook.cli.screen.formats import print_csv
from rollbook.model.formulas import defused, undefused

_DANGEROUS = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "'x", "＝1", " =1", "\u200b+1", "=1\n=2"]


def test_no_cell_is_a_formula(capsys: pytest.CaptureFixture[str]) -> None:
    """P56: 0 formula cells, wherever in the row they stand; read back, the same values."""
    print_csv(*([cell, "1", cell, [cell, cell], {"a": cell}] for cell in _DANGEROUS))
    printed = csv.reader(io.StringIO(capsys.readouterr().out, newline=""))
    for cells, cell in zip(printed, _DANGEROUS, strict=True):
        assert all(one == defused(undefused(one)) for one in cells)
        assert [undefused(one) for one in cells[:4]] == [cell, "1", cell, f"{cell}|{cell}"]


def test_all_csv_of_the_command_is_printed_there() -> None:
    """P56: a command that wrote CSV by itself could forget it."""
    folder = Path(cli.__file__).parent
    writers = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in {"writer", "DictWriter"}
        if isinstance(node.value, ast.Name) and node.value.id == "csv"
    }
    assert writers == {"screen/formats.py"}
