"""The shipped plugins, loaded by name into a real server, decide in imports."""

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from rollbook.v1 import directories_pb2 as directories
from tests.acceptance.wire import Peer
from tests.environment import serving

_RULES = """\
default = "Standard"

[[rules]]
directory = "d-*"
department = ["IT", "Engineering*"]
give = "admin"

[[rules]]
role = "*trainee*"
refuse = "Trainees get no account."
"""
_HEADER = "employee_number,email,first_name,last_name,role,location,department\n"


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The operator's file of rules."""
    path = tmp_path_factory.mktemp("rules") / "roles.toml"
    path.write_text(_RULES)
    return path


@pytest_asyncio.fixture(scope="module")
async def mapped(
    database_url: str, rules: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Peer]:
    """A server with both plugins, by the names of their entry points."""
    with serving(
        database_url,
        tmp_path_factory.mktemp("shipped"),
        plugins="rollbook-roles,rollbook-locations",
        roles_file=rules,
    ) as running:
        async with Peer.of(running) as peer:
            yield peer


def _row(number: int, role: str = "", location: str = "", department: str = "") -> str:
    return f"{number},u{number}@example.org,Ada,Byron,{role},{location},{department}\n"


async def _directory(peer: Peer, *locations: directories.Location) -> str:
    name = await peer.new_directory()
    for location in locations:
        request = directories.CreateLocationRequest(directory=name, location=location)
        await peer.ask(peer.directories.CreateLocation, request)
    return name


async def _kept(peer: Peer, directory: str) -> dict[str, tuple[str, str]]:
    """Role and location of each user, by number."""
    there = await peer.stored(directory)
    return {number: (user["role"], user["location"]) for number, user in there.items()}


async def test_a_role_is_mapped_by_department(mapped: Peer) -> None:
    """The first rule that fits decides, whatever the role's cell is; then the rules' default.

    A row that a rule refuses carries its sentence and its number.
    """
    directory = await _directory(mapped)
    answer = await mapped.send_file(
        directory,
        _HEADER
        + _row(1, department="engineering  South")
        + _row(2, role="no such role", department="it")
        + _row(3, role="admin", department="Sales")
        + _row(4, role="Sales Trainee"),
    )
    assert answer.rows == {
        2: "CREATED",
        3: "CREATED",
        4: "CREATED",
        5: "FAILED invalid_role(role)",
    }
    issue = answer.issue(5, "invalid_role")
    assert issue.message == "Trainees get no account."
    assert dict(issue.params) == {"rule": "2", "plugin": "rollbook-roles"}
    roles = {number: role for number, (role, _) in (await _kept(mapped, directory)).items()}
    assert roles == {"1": "admin", "2": "admin", "3": "Standard"}


async def test_a_file_that_says_nothing_of_roles_changes_none(mapped: Peer) -> None:
    """S36: without any column that a rule looks at, not even the default counts."""
    directory = await _directory(mapped)
    await mapped.send_file(directory, _HEADER + _row(1, department="IT"))
    phones = "employee_number,email,first_name,last_name,phone\n1,u1@example.org,Ada,Byron,123\n"
    answer = await mapped.send_file(directory, phones)
    assert answer.rows == {2: "UPDATED"}
    assert await _kept(mapped, directory) == {"1": ("admin", "")}


async def test_a_location_is_known_however_it_is_written(mapped: Peer) -> None:
    """S39: by name, code or alias, whatever its case, accents and spaces."""
    directory = await _directory(
        mapped,
        directories.Location(name="São Paulo", code="GRU"),
        directories.Location(name="København", aliases=["Head Office"]),
    )
    cells = ["SAO PAULO", "saopaulo", "gru", "Kobenhavn", "head-office", "São Paulo", ""]
    answer = await mapped.send_file(
        directory, _HEADER + "".join(_row(n, location=cell) for n, cell in enumerate(cells))
    )
    assert set(answer.rows.values()) == {"CREATED"}
    stored = await _kept(mapped, directory)
    assert [stored[str(n)][1] for n in range(len(cells))] == [
        "São Paulo",
        "São Paulo",
        "São Paulo",
        "København",
        "København",
        "São Paulo",
        "",
    ]


async def test_an_unknown_location_is_refused_with_a_suggestion(mapped: Peer) -> None:
    """S39: the name that was probably meant, in the sentence and among the facts."""
    directory = await _directory(mapped, directories.Location(name="London"))
    rows = _HEADER + _row(1, location="Lodnon") + _row(2, location="Atlantis")
    answer = await mapped.send_file(directory, rows)
    assert answer.rows == dict.fromkeys((2, 3), "FAILED invalid_location(location)")
    near, far = (answer.issue(line, "invalid_location") for line in (2, 3))
    assert "did you mean 'London'?" in near.message
    assert dict(near.params) == {
        "value": "Lodnon",
        "reason": "unknown",
        "suggestion": "London",
        "plugin": "rollbook-locations",
    }
    assert "suggestion" not in far.params
    found = await mapped.get_import(directory, answer.summary.import_id if answer.summary else "")
    assert [(one.name, one.rows, one.suggestion) for one in found.missing_names] == [
        ("Atlantis", 1, ""),
        ("Lodnon", 1, "London"),
    ]
    assert await _kept(mapped, directory) == {}


@pytest.mark.parametrize(
    ("option", "said", "kept"),
    [
        ("WARN", "CREATED location_unknown_ignored(location)", ""),
        ("CREATE", "CREATED", "Lodnon"),
    ],
)
async def test_what_the_import_would_take_is_not_refused(
    mapped: Peer, option: str, said: str, kept: str
) -> None:
    """S39: by the option, an unknown location is passed over or made."""
    directory = await _directory(mapped, directories.Location(name="London"))
    answer = await mapped.send_file(
        directory,
        _HEADER + _row(1, location="Lodnon") + _row(2, location="LONDON."),
        options={"unknown_location": option},
    )
    assert answer.rows == {2: said, 3: "CREATED"}
    stored = await _kept(mapped, directory)
    assert {number: location for number, (_, location) in stored.items()} == {
        "1": kept,
        "2": "London",
    }


@pytest.mark.parametrize("option", ["REJECT", "WARN", "CREATE"])
async def test_what_two_locations_share_is_never_guessed(mapped: Peer, option: str) -> None:
    """B204: an alias of two, however it is written, is refused under every option."""
    directory = await _directory(
        mapped,
        directories.Location(name="Zürich", aliases=["HQ"]),
        directories.Location(name="Oslo", aliases=["H.Q."]),
        directories.Location(name="Bergen", aliases=["hq"]),
    )
    rows = "".join(_row(n, location=cell) for n, cell in enumerate(["HQ", "h q", "H.Q."], 1))
    answer = await mapped.send_file(directory, _HEADER + rows, options={"unknown_location": option})
    refused = "FAILED invalid_location(location)"
    assert answer.rows == {2: refused, 3: refused, 4: "CREATED"}
    for line in (2, 3):
        assert answer.issue(line, "invalid_location").params["reason"] == "ambiguous"
    assert {place for _, place in (await _kept(mapped, directory)).values()} == {"Oslo"}


async def test_a_wrong_file_of_rules_stops_the_start(database_url: str, tmp_path: Path) -> None:
    """The plugin is named; the log names the file, the rule and the key."""
    path = tmp_path / "roles.toml"
    path.write_text('[[rules]]\ndepartmnt = "IT"\ngive = "admin"\n')
    with (
        pytest.raises(AssertionError) as refused,
        serving(database_url, tmp_path, plugins="rollbook-roles", roles_file=path),
    ):
        pytest.fail("it started")
    said = str(refused.value)
    assert "rollbook-roles failed to start" in said
    assert f"{path}, rule 1: there is no key " in said
    assert "did you mean department?" in said


def test_the_command_says_which_rule_decides(rules: Path) -> None:
    """And why the earlier ones do not, as the plugin would answer."""
    command = Path(sys.executable).with_name("rollbook-roles")
    told = subprocess.run(
        [command, "explain", "--file", rules, "--role", "Trainee", "--department", "IT"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.splitlines() == [
        'rule 1 (line 3) does not: directory "main" is not like "d-*"',
        'rule 2 (line 8) fits: role "trainee"',
        "refused: Trainees get no account.",
    ]
    assert told.stderr == ""
