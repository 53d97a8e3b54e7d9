"""A change to the contract that breaks a released client is noticed, without a network."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


def compatible(tree: Path) -> subprocess.CompletedProcess[str]:
    """What `make check` asks, about a copy."""
    environment = {"PATH": f"{BIN}:/usr/bin:/bin", "HOME": str(tree)}
    return subprocess.run(
        [tree / "proto/compatible"], env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the contract, not released."""
    shutil.copy(ROOT / "buf.yaml", tmp_path)
    shutil.copytree(ROOT / "proto", tmp_path / "proto", ignore=lambda *_: {"released.binpb"})
    return tmp_path


@pytest.fixture
def released(tree: Path) -> Path:
    """The same after a release."""
    subprocess.run([BIN / "buf", "build", "-o", "proto/released.binpb"], cwd=tree, check=True)
    return tree


def test_says_that_there_is_no_release_yet(tree: Path) -> None:
    """Without a baseline nothing is claimed."""
    answer = compatible(tree)
    assert (answer.returncode, answer.stdout) == (
        0,
        "proto/ has no release yet: there is nothing that it could break.\n",
    )


def test_accepts_what_only_adds(released: Path) -> None:
    """A new message breaks no client."""
    with next((released / "proto/rollbook/v1").glob("*.proto")).open("a") as proto:
        proto.write("\nmessage Added {}\n")
    answer = compatible(released)
    assert answer.returncode == 0, answer.stderr


def test_refuses_fields_of_another_type(released: Path) -> None:
    """Here every text becomes bytes, and each such field is named."""
    for proto in (released / "proto/rollbook/v1").glob("*.proto"):
        proto.write_text(re.sub(r"(\n +)string (\w+ = \d+;)", r"\1bytes \2", proto.read_text()))
    answer = compatible(released)
    assert answer.returncode != 0
    assert "changed type from" in answer.stdout
