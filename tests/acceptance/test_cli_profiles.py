"""The commands for profiles: list, show, sample; a wrong profile stops the start."""

import json
from pathlib import Path

import pytest

from tests.acceptance.command import at, environment, rollbook
from tests.acceptance.conftest import BY_USERNAME
from tests.environment import Server

_SHIPPED = ("claromentis", "default", "evidence", "ocasta", "secureai")


@pytest.fixture
def env(server: Server) -> dict[str, str]:
    """Which server, and whose token."""
    return at(server)


def test_profiles_say_what_they_stand_for(env: dict[str, str]) -> None:
    listed = rollbook("profiles", "list", "--output", "ndjson", env=env)
    shown = rollbook("profiles", "show", "default", env=env)
    unknown = rollbook("profiles", "show", "nobody", env=env)
    assert "default" in [json.loads(line)["name"] for line in listed.out.splitlines()]
    assert "required  employee_number, email, first_name, last_name" in shown.out
    assert unknown.code == 2
    assert "known:" in unknown.err
    assert "default" in unknown.err


def test_the_profiles_shipped_are_those_that_are_told(env: dict[str, str]) -> None:
    listed = rollbook("profiles", "list", "--output", "ndjson", env=env)
    assert [json.loads(line)["name"] for line in listed.out.splitlines()] == list(_SHIPPED)


@pytest.mark.parametrize("profile", _SHIPPED)
@pytest.mark.few(2)
def test_the_sample_of_each_profile_is_imported_without_an_error(
    env: dict[str, str], directory: str, tmp_path: Path, profile: str
) -> None:
    """S06, S22: into a new directory, by its own rules; what must exist before is added twice."""
    for _ in range(2):
        made = rollbook(
            *("profiles", "sample", profile, "--make-places", "--directory", directory), env=env
        )
        assert (made.code, made.err) == (0, "")
    _imported(env, tmp_path, profile, "--directory", directory)


def test_a_sample_says_which_places_must_exist_first(env: dict[str, str], directory: str) -> None:
    """On stderr, so that the file is whole; each place once, however it is spelled."""
    where = ("--directory", directory)
    said = rollbook("profiles", "sample", "ocasta", *where, env=env)
    assert said.code == 0
    assert said.err.startswith("location Head Office: must exist before this file is imported")
    assert said.err.endswith("with --make-places this command adds what is missing\n")
    assert said.err.count("\n") == 1
    assert rollbook("locations", "list", *where, "--output", "csv", env=env).out.count("\n") == 1
    rollbook("profiles", "sample", "ocasta", "--make-places", *where, env=env)
    listed = rollbook("locations", "list", *where, "--output", "csv", env=env)
    assert listed.out.splitlines()[1:] == ["Head Office,,"]


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        ("default", ["number from the column employee_number", "the e-mail, unless a column"]),
        ("evidence", ["username from the column username", "location must exist first"]),
        (
            "claromentis",
            [
                "location an unknown one is added",
                "password a new user's is generated when it is mailed; nobody is mailed",
            ],
        ),
        ("ocasta", ["username employee_number location", "rollbook locations add NAME"]),
        (
            "secureai",
            [
                "number from the column email",
                "username the e-mail password a new user has none yet",
                "a mail invites to set one",
            ],
        ),
    ],
)
def test_a_profile_says_where_names_come_from_and_what_must_exist(
    env: dict[str, str], profile: str, words: list[str]
) -> None:
    shown = " ".join(rollbook("profiles", "show", profile, env=env).out.split())
    assert [word for word in words if word not in shown] == []


def test_an_operator_s_own_profile_is_listed_shown_and_imported_by(
    configured_server: Server, tmp_path: Path
) -> None:
    """S06: the server knows it from its folder; a command needs its name alone."""
    env = at(configured_server)
    name = f"d-{tmp_path.name.replace('_', '-')}"[:60].lower()
    assert rollbook("directories", "add", name, env=env).code == 0
    listed = rollbook("profiles", "list", "--output", "csv", env=env)
    shown = rollbook("profiles", "show", "by-username", "--output", "ndjson", env=env)
    assert "by-username,By username,The number is the username." in listed.out.splitlines()
    told = json.loads(shown.out)
    assert told["requiredFields"] == ["username", "email", "first_name", "last_name"]
    assert told["options"] == {"unknown_columns": "REJECT", "identity": "USERNAME"}
    page = rollbook("profiles", "show", "by-username", env=env)
    assert "The number is the username." in page.out
    _imported(env, tmp_path, "by-username", "--directory", name)


def _imported(env: dict[str, str], folder: Path, profile: str, *where: str) -> None:
    """Its sample, through the command: every row is fine."""
    sample = rollbook("profiles", "sample", profile, *where, env=env)
    assert (sample.code, sample.out.count("\n") > 1) == (0, True)
    given = ("--profile", profile, "--output", "ndjson", *where)
    said = rollbook("import", "-", *given, env=env, cwd=folder, stdin=sample.out.encode())
    assert (said.code, said.err) == (0, ""), said.out + said.err
    assert said.out.count("CREATED") >= len(sample.out.splitlines()) - 1


@pytest.mark.parametrize(
    ("given", "instead", "says"),
    [
        ("title =", "titel =", "title: Field required"),
        ('"REJECT"', '"DROP"', "options: unknown_columns is 'DROP', but must be one of WARN,"),
        ('unknown_columns = "REJECT"', 'encoding = "klingon"', "options.encoding: "),
    ],
    ids=["unknown key", "unknown choice", "unknown encoding"],
)
@pytest.mark.few(1)
def test_a_wrong_profile_stops_the_start_in_one_line(
    server: Server, tmp_path: Path, given: str, instead: str, says: str
) -> None:
    """It names file and key; `doctor` reports the same."""
    (tmp_path / "by-username.toml").write_text(BY_USERNAME.replace(given, instead))
    env = environment(
        ROLLBOOK_DATABASE_URL=server.database_url,
        ROLLBOOK_TOKEN_FILES=f"admin={server.token_file}",
        ROLLBOOK_PROFILES=str(tmp_path),
    )
    served = rollbook("serve", "--listen", "127.0.0.1:0", env=env)
    assert (served.code, served.out) == (2, "")
    assert f"by-username.toml: {says}" in served.err
    assert served.err.count("\n") == 1
    looked = rollbook("doctor", env=env)
    assert looked.code == 1
    assert "by-username.toml: " in " ".join(looked.out.split())


def test_a_folder_of_profiles_that_is_not_there_stops_the_start(
    server: Server, tmp_path: Path
) -> None:
    env = environment(
        ROLLBOOK_DATABASE_URL=server.database_url, ROLLBOOK_PROFILES=str(tmp_path / "none")
    )
    served = rollbook("serve", "--listen", "127.0.0.1:0", env=env)
    assert (served.code, served.out, served.err.count("\n")) == (2, "", 1)
    assert "ROLLBOOK_PROFILES" in served.err
