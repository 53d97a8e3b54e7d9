"""The lock files install the same versions anywhere, and do not show where they were made."""

import tomllib
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"), key=lambda lock: lock.name)


def pins(lock: Path) -> list[Requirement]:
    """Each `name==version ; marker` of a lock, without its hashes."""
    blocks = lock.read_text().replace("\\\n", " ").splitlines()
    return [Requirement(line.split("--hash")[0]) for line in blocks if not line.startswith("#")]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_names_no_place(lock: Path) -> None:
    """No address and no option: the person who installs chooses the index."""
    text = lock.read_text()
    assert "://" not in text
    assert not [line for line in text.splitlines() if line.startswith("-")]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_pins_and_hashes_everything(lock: Path) -> None:
    """One exact version each, and at least one hash to hold a download to."""
    for block in lock.read_text().replace("\\\n", " ").splitlines():
        if not block.startswith("#"):
            requirement, *hashes = block.split("--hash=sha256:")
            assert [spec.operator for spec in Requirement(requirement).specifier] == ["=="]
            assert hashes, f"{requirement} has no hash"


@pytest.mark.parametrize("name", ["build", "demo", "server"])
def test_what_runs_is_what_is_tested(name: str) -> None:
    """dev.txt holds every pin of the other locks; the Makefile leans on it too."""
    tested = {str(pin) for pin in pins(ROOT / "requirements/dev.txt")}
    assert {str(pin) for pin in pins(ROOT / f"requirements/{name}.txt")} - tested == set()


def test_is_made_from_todays_pyproject() -> None:
    """Every requirement in pyproject.toml is in its lock, in a version that it admits."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    extras = project["project"]["optional-dependencies"].values()
    declared = {
        "dev": [*project["project"]["dependencies"], *chain(*extras), *groups["dev"]],
        "bench": groups["bench"],
        "build": groups["build"],
        "stubs": groups["stubs"],
    }
    for lock, wanted in declared.items():
        locked = pins(ROOT / f"requirements/{lock}.txt")
        for requirement in (Requirement(text) for text in wanted if isinstance(text, str)):
            if requirement.name == project["project"]["name"]:
                continue  # one extra names the others
            name = canonicalize_name(requirement.name)
            found = [pin for pin in locked if canonicalize_name(pin.name) == name]
            assert found, f"{requirement} is not in {lock}.txt: run make lock"
            for pin in found:
                assert requirement.specifier.contains(next(iter(pin.specifier)).version)
