"""The operator's page lists what is logged at `info`: the record of who did what."""

import ast
import re
from collections.abc import Iterator

from tests.docs.pages import ROOT, between, table

PAGE = ROOT / "deploy/README.md"


def logged() -> Iterator[str]:
    """The events that the service logs at `info`, but those whose name has a noun put in."""
    for path in (ROOT / "service/rollbook").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(func=ast.Attribute(ast.Name("_log"), "info"), args=[event, *_]):
                    if isinstance(event, ast.Constant):
                        yield str(event.value)


def test_every_event_at_info_stands_in_the_table() -> None:
    listed = {
        event for row in table(between(PAGE, "log")) for event in re.findall("`(.+?)`", row[0])
    }
    found = set(logged())
    assert "import began" in found
    assert found - listed == set()
