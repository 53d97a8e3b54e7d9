"""Where Chromium is missing, its tests are skipped, and whoever runs them cannot miss that."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests import chromium
from tests.docs.pages import ROOT

_HIDING = """
import shutil

_which = shutil.which
shutil.which = lambda name, *a, **k: None if name == "chromium" else _which(name, *a, **k)
"""
_ONE = "tests/browser/test_cookies.py"


def test_a_run_without_chromium_skips_and_ends_with_what_it_could_not_show(tmp_path: Path) -> None:
    """As if it were not installed: nothing fails, and the last lines name the package."""
    (tmp_path / "hiding_chromium.py").write_text(_HIDING)
    words = ("-p", "hiding_chromium", "-p", "no:cacheprovider", "-n", "0", "-q", _ONE)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    *_, before, last = done.stdout.strip().splitlines()
    assert "1 skipped" in last
    assert "passed" not in last
    assert chromium.MISSING in done.stdout.splitlines()[-12:]
    assert "apt-get install chromium" in chromium.MISSING
    assert before


def test_ci_goes_on_where_it_cannot_install_chromium_and_says_so(tmp_path: Path) -> None:
    """The rest of its checks run all the same, and have the last word."""
    for name in ("bash", "dirname", "timeout"):
        found = shutil.which(name)
        assert found
        (tmp_path / name).symlink_to(found)
    for name, does in (("apt-get", "exit 100"), ("make", 'echo "make $*"')):
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / name).chmod(0o755)
    done = subprocess.run(
        [tmp_path / "bash", ROOT / ".ci/run"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "make check\nmake test\n"), done.stderr
    assert "chromium could not be installed" in done.stderr.splitlines()
