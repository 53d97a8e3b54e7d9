"""The page of an import that was stopped."""

import pytest

from rollbook.cli.imports.page import show_import
from rollbook.v1.imports_pb2 import Import


@pytest.mark.parametrize(("line", "said"), [(5, "stopped at line 5 by"), (0, "stopped by")])
def test_a_stop_that_is_of_no_line_names_none(
    capsys: pytest.CaptureFixture[str], line: int, said: str
) -> None:
    """A plugin that is not there stops the whole import, and no file has a line 0."""
    found = Import(import_id="i", directory="main")
    found.summary.stopped_by.code = "plugin_unavailable"
    found.summary.stopped_by.line = line
    show_import(found, "table")
    assert f"{said} plugin_unavailable" in " ".join(capsys.readouterr().out.split())
