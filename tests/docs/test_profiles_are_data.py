"""A profile is data: no code of the service knows a shipped one by its name."""

import re
from pathlib import Path

import pytest

from rollbook.profiles import normal_header
from rollbook.server.profiles import checked_profiles
from rollbook.settings import Settings
from tests.docs.pages import ROOT, blocks

_SERVICE = ROOT / "service"
_SHIPPED = {path.stem: path for path in (_SERVICE / "rollbook/profiles").glob("*.toml")}
_DEFAULT = "default"
"""Also an ordinary word, and the contract's profile where none is named."""
_MEANS_THE_PROFILE = (
    "profiles/__init__.py",
    "cli/profiles.py",
    "cli/imports/next_steps.py",
    "web/console/upload.py",
)
_MEANS_THE_WORD = (
    "cli/directories/directories.py",  # a safeguard's limit, as usual
    "cli/server/commands.py",  # the terminal's colour
    "imports/planning/plan.py",  # which role a row got
)


def _texts() -> dict[Path, str]:
    """What is written by people in `service`, and the contract's stubs, by path from the top."""
    found = {}
    for path in sorted(_SERVICE.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts and ".egg-info" not in str(path):
            found[path.relative_to(ROOT)] = path.read_text("utf-8")
    return found


@pytest.mark.parametrize("name", sorted(set(_SHIPPED) - {_DEFAULT}))
def test_a_shipped_profile_is_named_nowhere_but_in_its_file(name: str) -> None:
    """So that an operator's own can do whatever it does. The file's name is its name."""
    there = [path for path, text in _texts().items() if re.search(name, text, re.IGNORECASE)]
    assert [path for path in there if path != _SHIPPED[name].relative_to(ROOT)] == []


def test_the_default_profile_is_named_where_nobody_names_one_and_nowhere_else() -> None:
    """As a text of its own in Python; the other places mean the ordinary word."""
    named = {
        path.relative_to("service/rollbook").as_posix()
        for path, text in _texts().items()
        if path.suffix == ".py" and "_pb2" not in path.name and f'"{_DEFAULT}"' in text
    }
    assert named == {*_MEANS_THE_PROFILE, *_MEANS_THE_WORD}


def test_each_shipped_profile_is_one_file() -> None:
    assert _DEFAULT in _SHIPPED
    assert len(_SHIPPED) >= 5


def test_the_profile_on_the_operator_s_page_is_one(tmp_path: Path) -> None:
    """As it stands there, under the name that the page gives it; its sample has its columns."""
    (written,) = blocks(ROOT / "deploy/README.md", "toml")
    (tmp_path / "wards.toml").write_text(written)
    profile = checked_profiles(Settings(profiles=tmp_path)).named("wards")
    known = profile.fields_by_header()
    fed = [known[normal_header(header)] for header in profile.sample[0].split(";")]
    assert fed == ["username", "email", "last_name", "location"]
    assert set(profile.required) <= set(fed)
