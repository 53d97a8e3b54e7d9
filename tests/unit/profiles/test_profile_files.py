"""Errors in an operator's profiles name the file and the key."""

from pathlib import Path

import pytest

from rollbook.errors import Reason, Refusal
from rollbook.model import Blanks, Mode
from rollbook.profiles import Profiles
from rollbook.server.profiles import checked_profiles
from rollbook.settings import Settings

_GOOD = """\
title = "Nurses"
description = "Whoever works on a ward."
required = ["employee_number", "email"]
sample = ["employee_number,email", "1,ada@example.org"]
[identity]
employee_number = "employee_number"
username = "email"
[options]
mode = "UPSERT"
[aliases]
email = ["mail"]
"""


def _wrong(folder: Path, text: str | bytes, name: str = "nurses.toml") -> str:
    """The error for a file with this text."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ValueError, match=r"\.toml: ") as caught:
        checked_profiles(Settings(profiles=folder))
    said = str(caught.value)
    assert said.startswith(f"{name}: ")
    assert "\n" not in said or "TOML" in said
    return said.removeprefix(f"{name}: ")


def test_a_right_file_is_a_profile_beside_those_shipped(tmp_path: Path) -> None:
    (tmp_path / "nurses.toml").write_text(
        _GOOD.replace('"UPSERT"', '"UPDATE_ONLY"\nblanks = "CLEAR"\nmax_failed_rows = 3')
    )
    profiles = checked_profiles(Settings(profiles=tmp_path))
    assert [profile.name for profile in profiles][-2:] == ["ocasta", "secureai"]
    options = profiles.named("nurses").defaults()
    assert (options.mode, options.blanks, options.max_failed_rows) == (
        Mode.UPDATE_ONLY,
        Blanks.CLEAR,
        3,
    )
    assert profiles.named("nurses").fields_by_header()["mail"] == "email"


def test_a_file_of_a_shipped_profile_s_name_takes_its_place(tmp_path: Path) -> None:
    (tmp_path / "default.toml").write_text(_GOOD)
    profiles = Profiles(tmp_path)
    assert profiles.named("").title == "Nurses"
    assert len(list(profiles)) == len(list(Profiles()))


@pytest.mark.parametrize(
    ("given", "instead", "says"),
    [
        ("title =", "titel =", "title: Field required"),
        ("[identity]", 'colour = "red"\n[identity]', "colour: Extra inputs"),
        ('username = "email"', 'user = "email"', "identity.user: Extra inputs"),
        ('title = "Nurses"', "title = 5", "title: Input should be a valid string"),
        ('["employee_number", "email"]', '"email"', "required: Input should be a valid tuple"),
        ('["mail"]', '"mail"', "aliases.email: Input should be a valid tuple"),
        ('["employee_number", "email"]', '["e_mail"]', "required.0: Input should be 'employee_n"),
        ("email = [", "e_mail = [", "aliases.e_mail: Input should be 'employee_number'"),
        ('username = "email"', 'username = "phone"', "identity.username: Input should be"),
        ('mode = "UPSERT"', 'modus = "UPSERT"', "options: there is no option 'modus'; known: "),
        ('mode = "UPSERT"', 'mode = "upsert"', "options: mode is 'upsert', but must be one of"),
        ('mode = "UPSERT"', "mode = 1", "options: mode is 1, but must be one of UPSERT, "),
        ('mode = "UPSERT"', "mode = []", "options: mode is [], but must be one of"),
        ('mode = "UPSERT"', 'columns = ["a"]', "options: there is no option 'columns'"),
        (
            'mode = "UPSERT"',
            "delimiter = 1",
            "options: delimiter is 1, but must be of the type str",
        ),
        ('mode = "UPSERT"', 'include_changes = "yes"', "but must be of the type bool"),
        ('mode = "UPSERT"', "max_failed_rows = true", "but must be of the type int"),
        ('mode = "UPSERT"', "max_failed_rows = -1", "options.max_failed_rows: "),
        ('mode = "UPSERT"', 'delimiter = "x"', "options.delimiter: "),
        ('mode = "UPSERT"', 'encoding = "klingon"', "options.encoding: "),
        ('mode = "UPSERT"', 'missing_users = "SUSPEND"', "options.missing_users: "),
        (
            'mode = "UPSERT"',
            'notify = "LOGIN_DETAILS"',
            "options.notify: first_password = NONE goes",
        ),
        ('["mail"]', '["Last_Name"]', "aliases.email: 'lastname' means last_name already"),
        ('["mail"]', '["x"]\nphone = ["X"]', "aliases.phone: 'x' means email already"),
        ('["mail"]', '[" "]', "aliases.email: an alias is blank"),
        ('["mail"]', '["Status"]', "aliases.email: no file may have a column 'status'"),
        ('["employee_number", "email"]', '["employee_number"]', "required: email must be among"),
        ('username = "email"', 'username = "username"', "required: username must be among"),
        ("[identity]", 'without = ["email"]\n[identity]', "without: email cannot be required"),
        ("title =", 'name = "doctors"\ntitle =', "name: a profile is called as its file is"),
        ("title =", "title", "not TOML: "),
        ("[options]", "[aliases]", "not TOML: "),
    ],
)
def test_what_is_wrong_is_said_with_its_key(
    tmp_path: Path, given: str, instead: str, says: str
) -> None:
    assert given in _GOOD
    assert says in _wrong(tmp_path, _GOOD.replace(given, instead, 1))


@pytest.mark.parametrize("name", ["Nurses.toml", "my nurses.toml", "9.toml", ".toml", "ä.toml"])
def test_a_profile_is_called_as_a_directory_is(tmp_path: Path, name: str) -> None:
    assert "a profile is called as its file is, which must be" in _wrong(tmp_path, _GOOD, name)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert "not UTF-8: byte 9" in _wrong(tmp_path, b'title = "\xff"')
    (tmp_path / "nurses.toml").unlink()
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(ValueError, match=r"folder\.toml: Is a directory"):
        Profiles(tmp_path)


def test_a_profile_that_nobody_made_is_refused_and_those_there_are_named() -> None:
    with pytest.raises(Refusal) as refused:
        Profiles().named("nurses")
    assert refused.value.reason is Reason.INVALID_OPTIONS
    assert "default" in refused.value.facts["known"]
