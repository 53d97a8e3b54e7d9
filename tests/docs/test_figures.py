"""What a run of long tests leaves behind, and how long each of them may take."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import ROOT

MARKS = "<!-- figures:begin -->\n{}<!-- figures:end -->\n"


@pytest.mark.timeout(60)
@pytest.mark.parametrize("own", [60, pytest.param(77, marks=pytest.mark.timeout(77))])
def test_the_timeout_of_a_case_wins_over_that_of_its_test(
    request: pytest.FixtureRequest, own: int
) -> None:
    """A long case of a test may take longer than its short one."""
    mark = request.node.get_closest_marker("timeout")
    assert mark
    assert mark.args == (own,)


def test_a_run_writes_the_figures_of_its_promises_into_a_page(tmp_path: Path) -> None:
    """P34, of which the tests print nothing; what stood between the marks is gone."""
    page = tmp_path / "page.md"
    page.write_text("before\n" + MARKS.format("old\n") + "after\n")
    words = ("-n", "0", "-q", "--figures", str(page), "tests/unit/notifications")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", *words], cwd=ROOT, capture_output=True, check=False
    )
    assert ran.returncode == 0, ran.stdout.decode()
    before, _, commit, *table, _, after = page.read_text().replace("\n\n", "\n").splitlines()
    assert (before, after) == ("before", "after")
    assert commit.startswith("Commit `")
    assert table[0] == "| promise | test | seconds | figure |"
    assert [line for line in table[2:] if line.startswith("| P") and line.endswith("| passed |")]


def test_the_page_of_tests_has_a_place_for_figures() -> None:
    assert MARKS.partition("{}")[0] in (ROOT / "tests/README.md").read_text()
