"""The clients of `proto/examples` are those of the page, and repeat what the contract says."""

import re
from pathlib import Path

import pytest

from rollbook.errors import VERDICTS, Reason
from tests.docs.pages import ROOT, blocks, links
from tests.example_clients import CLIENTS

PAGE = ROOT / "proto/README.md"
SOURCES = {
    "node": ROOT / "proto/examples/node/import-users.js",
    "python": ROOT / "proto/examples/python/import_users.py",
    "go": ROOT / "proto/examples/go/main.go",
}
_WAITS = {Reason.IMPORT_ALREADY_RUNNING, Reason.QUOTA_EXCEEDED, Reason.RATE_LIMITED}
"""Reasons that bring google.rpc.RetryInfo: not of the import, but of the moment."""


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_a_client_sends_again_after_the_reasons_that_the_page_marks(source: Path) -> None:
    named = set(re.findall(r"\b[A-Z]+_[A-Z_]+\b", source.read_text()))
    expected = {reason for reason, verdict in VERDICTS.items() if verdict.resumable} | _WAITS
    assert named & {reason.upper() for reason in Reason} == {reason.upper() for reason in expected}


def test_the_page_links_to_every_client() -> None:
    assert set(CLIENTS) == set(SOURCES)
    linked = {PAGE.parent / link for link in links(PAGE) if link.startswith("examples/")}
    assert linked == set(SOURCES.values())


def test_the_loop_on_the_page_is_that_of_the_client() -> None:
    """Line by line, apart from what is left out where it says so."""
    (loop,) = [block for block in blocks(PAGE, "js") if "for (;;)" in block]
    source = SOURCES["node"].read_text()
    assert "\n".join(f"  {line}" if line else "" for line in loop.splitlines()) in source


def test_the_contract_has_a_package_for_go_in_every_file() -> None:
    """One, so that messages of one file can be used in another."""
    files = list((ROOT / "proto/rollbook/v1").glob("*.proto"))
    named = {
        package
        for file in files
        for package in re.findall(r"^option go_package = (.*);$", file.read_text(), re.MULTILINE)
    }
    assert files
    assert named == {'"rollbook/v1;rollbookv1"'}
    assert all("\noption go_package = " in file.read_text() for file in files)
