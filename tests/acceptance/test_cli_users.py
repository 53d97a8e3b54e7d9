"""The commands for users: find, add, lock, suspend; and a directory's seats."""

import csv
import io
import json
import re

import pytest

from tests.acceptance.command import HEADER, Said, at, rollbook
from tests.environment import Server


@pytest.fixture
def env(server: Server) -> dict[str, str]:
    """Which server, and whose token."""
    return at(server)


def _import(env: dict[str, str], directory: str, *numbers: int) -> Said:
    rows = "".join(f"{n},u{n}@example.org,Ada,Byron\n" for n in numbers)
    content = f"{HEADER}\n{rows}".encode()
    return rollbook(
        "import", "-", "--directory", directory, "--output", "ndjson", env=env, stdin=content
    )


def _users(env: dict[str, str], directory: str, *arguments: str) -> list[str]:
    said = rollbook(
        "users", "list", *arguments, "--directory", directory, "--output", "ndjson", env=env
    )
    assert said.code == 0, said.err
    return [json.loads(line)["employeeNumber"] for line in said.out.splitlines()]


def test_users_are_listed_by_what_is_asked_for(env: dict[str, str], directory: str) -> None:
    """S75, S76: by import, date, text, role and status."""
    summary = json.loads(_import(env, directory, 1, 2).out.splitlines()[-1])
    _import(env, directory, 3)
    assert _users(env, directory) == ["1", "2", "3"]
    assert _users(env, directory, "--import", summary["importId"]) == ["1", "2"]
    assert _users(env, directory, "u3@") == ["3"]
    assert _users(env, directory, "--created-from", "2000-01-01", "--role", "user") == [
        "1",
        "2",
        "3",
    ]
    assert _users(env, directory, "--created-until", "2000-01-01T00:00Z") == []
    assert _users(env, directory, "--status", "suspended") == []
    assert _users(env, directory, "--most", "2") == ["1", "2"]
    listed = rollbook(
        "users", "list", "--most", "1", "--directory", directory, "--output", "csv", env=env
    )
    (row,) = csv.DictReader(io.StringIO(listed.out))
    assert (row["employeeNumber"], row["source"]) == ("1", "default")


def test_a_long_table_says_that_there_is_more(env: dict[str, str], directory: str) -> None:
    _import(env, directory, *range(101))
    said = rollbook("users", "list", "--directory", directory, env=env)
    assert (said.code, said.out.count("\n")) == (0, 101)
    assert said.err.startswith("the first 100;")
    alone = rollbook("users", "list", "--most", "101", "--directory", directory, env=env)
    assert alone.err == ""


def test_a_user_is_added_by_hand(env: dict[str, str], directory: str) -> None:
    """S78: 0 when it was, 1 with the reason when a rule is against it."""
    who = ("--email", "ada@example.org", "--first-name", "Ada", "--last-name", "Byron")
    where = ("--directory", directory)
    added = rollbook("users", "add", "7", *who, "--set", "job_title=Analyst", *where, env=env)
    again = rollbook("users", "add", "7", *who, *where, env=env)
    wrong = rollbook("users", "add", "8", *who, "--set", "shoe=9", *where, env=env)
    shown = rollbook(
        "users", "show", "ada@example.org", "--by", "email", *where, "--output", "ndjson", env=env
    )
    assert (added.code, added.out.split()[:2]) == (0, ["CREATED", "7"])
    assert (again.code, "already_exists" in again.out) == (1, True)
    assert (wrong.code, wrong.err.count("\n")) == (2, 1)
    assert json.loads(shown.out)["jobTitle"] == "Analyst"
    emptied = ("--update", "--set", "job_title=", *where)
    for clear, outcome in (((), "UNCHANGED"), (("--clear",), "UPDATED")):
        done = rollbook("users", "add", "7", *who, *emptied, *clear, env=env)
        assert (done.code, done.out.split()[0]) == (0, outcome)


def test_a_person_is_shown_all_that_is_known_of_a_user(env: dict[str, str], directory: str) -> None:
    """Names above all, also where the file had the first and the last one by themselves."""
    who = ("--email", "ada@example.org", "--first-name", "Ada", "--last-name", "Byron")
    where = ("--directory", directory)
    further = ("--set", "job_title=Analyst", *where)
    assert rollbook("users", "add", "7", *who, *further, env=env).code == 0
    rollbook("users", "lock", "7", "--role", *where, env=env)
    listed = rollbook("users", "list", *where, env=env)
    shown = rollbook("users", "show", "7", *where, env=env)
    facts = {tuple(line.split()) for line in shown.out.splitlines()}
    assert "Ada Byron" in listed.out
    assert {("first", "name", "Ada"), ("job", "title", "Analyst"), ("locks", "role")} <= facts
    assert ("status", "active") in facts
    assert "location" not in shown.out


def test_a_user_is_locked_suspended_and_reactivated(env: dict[str, str], directory: str) -> None:
    """S42, S43: exit code 6 if no seat is left, and if there is no such user."""
    _import(env, directory, 1, 2)
    where = ("--directory", directory, "--output", "ndjson")
    locked = rollbook("users", "lock", "1", "--role", "--protected", *where, env=env)
    nothing = rollbook("users", "lock", "1", *where, env=env)
    suspended = rollbook("users", "suspend", "1", *where, env=env)
    seats = rollbook("directories", "set", directory, "--seats", "1", "--output", "ndjson", env=env)
    full = rollbook("users", "reactivate", "1", *where, env=env)
    rollbook("directories", "set", directory, "--seats", "off", env=env)
    back = rollbook("users", "reactivate", "1", *where, env=env)
    nobody = rollbook("users", "suspend", "9", *where, env=env)
    locks = {"role": True, "location": False, "protected": True}
    assert json.loads(locked.out)["locks"] == locks
    assert nothing.code == 2
    assert json.loads(suspended.out)["status"] == "USER_STATUS_SUSPENDED"
    told = json.loads(seats.out)
    assert (told["seats"], told["activeUsers"]) == (1, 1)
    assert (full.code, full.err.count("\n")) == (6, 1)
    assert json.loads(back.out)["status"] == "USER_STATUS_ACTIVE"
    assert nobody.code == 6


def test_a_change_of_a_user_answers_with_name_and_locks(
    env: dict[str, str], directory: str
) -> None:
    """For a person; a wide screen also lists location and locks of all."""
    _import(env, directory, 1, 2)
    where = ("--directory", directory)
    locked = rollbook("users", "lock", "1", "--role", "--protected", *where, env=env)
    assert re.search(r"^ 1 .* Ada Byron .* active +role, protected$", locked.out, re.MULTILINE)
    suspended = rollbook("users", "suspend", "2", *where, env=env)
    assert re.search(r"^ 2 .* suspended$", suspended.out, re.MULTILINE)
    for columns, shown in (("80", False), ("120", True)):
        listed = rollbook("users", "list", *where, env=env | {"COLUMNS": columns})
        assert ("locks" in listed.out, "role, protected" in listed.out) == (shown, shown)


def test_safeguards_are_set_switched_off_and_put_back(env: dict[str, str], directory: str) -> None:
    def limits(*given: str) -> dict[str, object]:
        said = rollbook("directories", "set", directory, *given, "--output", "ndjson", env=env)
        assert said.code == 0, said.err
        told: dict[str, object] = json.loads(said.out)["safeguards"]
        return told

    assert limits("--max-email-percent", "off")["maxEmailPercent"] == {"off": True}
    assert limits("--max-suspended", "7")["maxSuspended"] == {"atMost": 7}
    back = limits("--max-email-percent", "default")
    assert (back["maxEmailPercent"], back["maxSuspended"]) == ({"atMost": 10}, {"atMost": 7})
    for wrong in (("--max-email-percent", "many"), ("--seats", "-3"), ()):
        said = rollbook("directories", "set", directory, *wrong, env=env)
        assert (said.code, said.err.count("\n")) == (2, 1)


def test_a_user_s_history_is_shown_newest_first(env: dict[str, str], directory: str) -> None:
    """A block a change for a person, a line a change as JSON, and a line a field as CSV."""
    summary = json.loads(_import(env, directory, 1).out.splitlines()[-1])
    where = ("--directory", directory)
    for verb in ("suspend", "reactivate"):
        assert rollbook("users", verb, "1", *where, env=env).code == 0
    asked = ("users", "history", "u1@example.org", "--by", "email", *where)
    shown = rollbook(*asked, env=env)
    assert (shown.code, shown.err) == (0, "")
    heads = [line for line in shown.out.splitlines() if not line.startswith(" ")]
    assert [re.sub(r"^\S+ \S+  ", "", head) for head in heads] == [
        "reactivated by admin",
        "suspended by admin",
        f"created by admin, import {summary['importId']} of default",
    ]
    assert shown.out.splitlines()[1] == "  status: “suspended” → “active”"
    assert "  email: “u1@example.org”" in shown.out.splitlines()
    first = rollbook(*asked, "--most", "1", "--field", "status", env=env)
    assert len(first.out.splitlines()) == 2
    assert first.err == "the last 1; --most N shows more\n"
    lines = rollbook(*asked, "--output", "ndjson", env=env).out.splitlines()
    assert [json.loads(line)["version"] for line in lines] == [3, 2, 1]
    assert json.loads(lines[0])["changes"] == [
        {"field": "status", "oldValue": "suspended", "newValue": "active"}
    ]
    rows = list(csv.DictReader(io.StringIO(rollbook(*asked, "--output", "csv", env=env).out)))
    fields = [(row["version"], row["field"], row["newValue"]) for row in rows]
    assert fields[:3] == [
        ("3", "status", "active"),
        ("2", "status", "suspended"),
        ("1", "employee_number", "1"),
    ]
    assert rollbook("users", "history", "9", *where, env=env).code == 6
