"""The commands for directories, roles, locations and units, against a real server."""

import csv
import io
import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.command import Said, at, rollbook
from tests.environment import Server


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


def _one(said: Said) -> Any:
    """The one that a command printed as JSON."""
    assert (said.code, said.err) == (0, ""), said.err
    return json.loads(said.out)


def test_a_role_is_set_bit_by_bit(env: dict[str, str], directory: str) -> None:
    """Only what is given changes; `--default` makes it what new users get."""
    where = ("--directory", directory, "--output", "ndjson")
    rollbook("roles", "add", "Boss", "--alias", "a", "--alias", "b", *where, env=env)
    name = "Boss"
    for given, now in (
        (("--privileged",), {"aliases": ["a", "b"], "privileged": True}),
        (("--add-alias", "c", "--remove-alias", "A"), {"aliases": ["b", "c"]}),
        (("--not-privileged", "--alias", "x"), {"aliases": ["x"], "privileged": False}),
        (("--alias", ""), {"aliases": [], "privileged": False}),
        (("--name", "Chief", "--default"), {"name": "Chief", "aliases": []}),
        (("--add-alias", "Boss"), {"name": "Chief", "aliases": ["Boss"]}),
    ):
        said = _one(rollbook("roles", "set", name, *given, *where, env=env))
        assert {key: said[key] for key in now} == now
        name = said["name"]
    shown = _one(rollbook("directories", "show", directory, "--output", "ndjson", env=env))
    assert shown["defaultRole"] == "Chief"


def test_a_location_and_a_unit_are_set(env: dict[str, str], directory: str) -> None:
    where = ("--directory", directory, "--output", "ndjson")
    rollbook("locations", "add", "Leeds", "--code", "LDS", *where, env=env)
    changed = _one(rollbook("locations", "set", "leeds", "--alias", "N", *where, env=env))
    assert (changed["code"], changed["aliases"]) == ("LDS", ["N"])
    changed = _one(
        rollbook("locations", "set", "Leeds", "--name", "York", "--code", "", *where, env=env)
    )
    assert (changed["name"], changed["code"], changed["aliases"]) == ("York", "", ["N"])
    rollbook("units", "add", "Ward 1", *where, env=env)
    assert _one(rollbook("units", "set", "Ward 1", "--name", "Ward 2", *where, env=env)) == {
        "name": "Ward 2"
    }
    listed = rollbook("units", "list", "--directory", directory, "--output", "csv", env=env)
    assert listed.out == "name\nWard 2\n"


def test_a_directory_is_set_and_removed(env: dict[str, str], directory: str) -> None:
    """It prints what was removed; for one with users, it prints how to find them."""
    name = f"{directory}-b"
    made = rollbook("directories", "add", name, "--default-role", "admin", env=env)
    assert made.code == 0
    where = ("--output", "ndjson")
    changed = _one(
        rollbook("directories", "set", name, "--default-role", "standard", *where, env=env)
    )
    assert changed["defaultRole"] == "Standard"
    removed = rollbook("directories", "remove", name, "--output", "csv", env=env)
    assert removed.code == 0
    assert removed.out.splitlines()[1].startswith(f"{name},")
    assert rollbook("directories", "show", name, env=env).code == 5
    rollbook("users", "add", *_ADA, "--directory", directory, env=env)
    kept = rollbook("directories", "remove", directory, env=env)
    assert (kept.code, kept.out, kept.err.count("\n")) == (6, "", 1)
    assert "1 user" in kept.err
    assert f"rollbook users list --directory {directory} shows them" in kept.err


def test_a_directory_is_shown_in_words(env: dict[str, str], directory: str) -> None:
    """To a person; programs get all of it."""
    shown = rollbook("directories", "show", directory, env=env).out
    assert "0 active, no limit of seats" in shown
    assert "suspended by a full sync: at most 20 % of the users" in shown
    assert "notices    none" in shown
    given = ("--seats", "5000", "--max-suspended", "off", "--source", "hr=alice")
    notices = ("--notice", "created", "--notice", "suspended", "--notices-per-minute", "60")
    rollbook("users", "add", *_ADA, "--directory", directory, env=env)
    changed = rollbook("directories", "set", directory, *given, *notices, env=env).out
    assert "1 active, of 5,000 seats" in changed
    assert "suspended by a full sync: no limit" in changed
    assert "users who are created, suspended, at most 60 a minute" in changed
    assert "full syncs  hr by alice only" in changed
    assert "{" not in shown + changed


_ADA = ("1", "--email", "ada@example.org", "--first-name", "Ada", "--last-name", "Byron")


@pytest.mark.parametrize(
    ("noun", "option"),
    [
        ("roles", "--role"),
        ("locations", "--location"),
        ("units", "--unit"),
    ],
    ids=["roles", "locations", "units"],
)
@pytest.mark.few(1)
def test_what_users_hold_is_not_removed_and_they_are_found_as_it_says(
    env: dict[str, str], directory: str, noun: str, option: str
) -> None:
    """Exit 6 and one line, with a command that lists them; without them it goes."""
    where = ("--directory", directory)
    rollbook(noun, "add", "Night Ward", *where, env=env)
    rollbook("users", "add", *_ADA, option, "Night Ward", *where, env=env)
    kept = rollbook(noun, "remove", "night ward", *where, env=env)
    assert (kept.code, kept.out, kept.err.count("\n")) == (6, "", 1)
    assert "1 user holds the" in kept.err
    command = f"rollbook users list --directory {directory} {option} 'night ward'"
    assert f"; {command} shows them" in kept.err
    found = rollbook(*shlex.split(command)[1:], "--output", "csv", env=env)
    assert "ada@example.org" in found.out
    rollbook(noun, "add", "Empty", *where, env=env)
    removed = rollbook(noun, "remove", "EMPTY", *where, "--output", "ndjson", env=env)
    assert _one(removed)["name"] == "Empty"
    assert rollbook(noun, "remove", "Empty", *where, env=env).code == 6


def test_the_default_role_is_not_removed(env: dict[str, str], directory: str) -> None:
    said = rollbook("roles", "remove", "Standard", "--directory", directory, env=env)
    assert (said.code, said.err.count("\n")) == (6, 1)
    assert "make another the default first" in said.err
    assert "users list" not in said.err


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (("roles", "set", "Standard"), "nothing to set"),
        (("locations", "set", "X"), "nothing to set"),
        (("units", "set", "X"), "--name"),
        (("directories", "set", "X"), "nothing to set"),
        (("roles", "set", "Standard", "--alias", "a", "--add-alias", "b"), "--alias replaces all"),
        (("roles", "set", "Standard", "--remove-alias", "zzz"), "there are: Default User, user"),
    ],
    ids=["role", "location", "unit", "directory", "aliases twice", "no such alias"],
)
def test_what_cannot_be_set_is_a_usage_error(
    env: dict[str, str], directory: str, given: tuple[str, ...], says: str
) -> None:
    where = () if given[0] == "directories" else ("--directory", directory)
    said = rollbook(*given, *where, env=env)
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert says in said.err
