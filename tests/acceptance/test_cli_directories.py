"""What a directory holds beside users, by command: made, listed, shown, loaded."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.acceptance.command import at, rollbook
from tests.house import Server


@pytest.fixture
def env(server: Server) -> dict[str, str]:
    """Which server, and whose token."""
    return at(server)


def test_a_directory_is_made_once_and_found(env: dict[str, str], directory: str) -> None:
    name = f"{directory}-b"
    made = rollbook("directories", "add", name, "--display-name", "Báze", env=env)
    again = rollbook("directories", "add", name, env=env)
    listed = rollbook("directories", "list", "--output", "ndjson", env=env)
    shown = rollbook("directories", "show", name, env=env)
    assert (made.code, again.code) == (0, 6)
    assert again.err.count("\n") == 1
    found = {one["name"]: one for one in map(json.loads, listed.out.splitlines())}
    assert (found[name]["displayName"], found[name]["defaultRole"]) == ("Báze", "Standard")
    assert directory in found
    assert "Báze" in shown.out


@pytest.mark.parametrize(
    ("noun", "options"),
    [
        ("roles", ("--alias", "boss", "--alias", "head", "--privileged")),
        ("locations", ("--code", "LHR", "--alias", "Heathrow")),
        ("units", ()),
    ],
    ids=["roles", "locations", "units"],
)
def test_one_is_added_listed_and_shown(
    env: dict[str, str], directory: str, noun: str, options: tuple[str, ...]
) -> None:
    where = ("--directory", directory)
    added = rollbook(noun, "add", "London Office", *options, *where, env=env)
    again = rollbook(noun, "add", "london  office", *options, *where, env=env)
    shown = rollbook(noun, "show", "LONDON OFFICE", *where, "--output", "ndjson", env=env)
    listed = rollbook(noun, "list", *where, env=env)
    assert (added.code, again.code, shown.code) == (0, 6, 0)
    assert json.loads(shown.out)["name"] == "London Office"
    assert "London Office" in listed.out


@pytest.mark.parametrize(
    ("noun", "content"),
    [
        ("roles", "name,aliases,privileged\nBoss,chief|head,true\nClerk,,false\n"),
        ("locations", "name,code,aliases\nLisbon,LIS,Lisboa|Lissabon\nNairobi,,\n"),
        ("units", "name\nSales\nStaff & Co.\n"),
    ],
    ids=["roles", "locations", "units"],
)
def test_what_is_listed_as_csv_can_be_loaded_elsewhere(
    env: dict[str, str], directory: str, tmp_path: Path, noun: str, content: str
) -> None:
    """Loaded from a file, listed, and loaded again from what was listed: nothing is new."""
    file = tmp_path / "names.csv"
    file.write_text(content)
    where = ("--directory", directory)
    first = rollbook(noun, "load", str(file), *where, env=env)
    listed = rollbook(noun, "list", *where, "--output", "csv", env=env)
    again = rollbook(noun, "load", "-", *where, env=env, stdin=listed.out.encode())
    assert (first.code, first.out) == (0, "2 created, 0 unchanged\n")
    assert again.code == 0
    assert again.out.startswith("0 created, ")
    wanted = list(csv.DictReader(io.StringIO(content)))
    assert [row for row in csv.DictReader(io.StringIO(listed.out)) if row in wanted] == wanted


def test_a_file_that_cannot_be_loaded_says_why(env: dict[str, str], directory: str) -> None:
    said = rollbook(
        "locations", "load", "-", "--directory", directory, env=env, stdin=b"nome\nLisbon\n"
    )
    assert said.code in {2, 3}
    assert said.err.count("\n") == 1
    assert "name" in said.err


def test_the_sample_of_a_profile_can_be_imported(
    env: dict[str, str], directory: str, tmp_path: Path
) -> None:
    """S06."""
    sample = rollbook("profiles", "sample", "--directory", directory, env=env)
    assert sample.code == 0
    said = rollbook(
        "import", "-", "--directory", directory, env=env, stdin=sample.out.encode(), cwd=tmp_path
    )
    assert (said.code, said.err) == (0, "")


def test_profiles_say_what_they_stand_for(env: dict[str, str]) -> None:
    listed = rollbook("profiles", "list", "--output", "ndjson", env=env)
    shown = rollbook("profiles", "show", "default", env=env)
    unknown = rollbook("profiles", "show", "nobody", env=env)
    assert "default" in [json.loads(line)["name"] for line in listed.out.splitlines()]
    assert "required  employee_number, email, first_name, last_name" in shown.out
    assert unknown.code == 2
    assert "known:" in unknown.err
    assert "default" in unknown.err
