"""Who a row is: the options `identity` and `single_names`, for every way in."""

from pathlib import Path
from typing import Any

import pytest

from rollbook.v1 import imports_pb2
from rollbook.v1.options_pb2 import ImportOptions
from tests.acceptance.command import at, rollbook
from tests.acceptance.wire import Answer, Peer, csv, end, rows, start
from tests.environment import Server

NUMBERLESS = "username,email,first_name,last_name\n"
PEOPLE = "grace,grace@example.org,Grace,Hopper\nAda,ada@example.org,Ada,Byron\n"
COMMITS = ("PER_BATCH", "WHOLE_FILE")


@pytest.mark.parametrize("commit", COMMITS)
@pytest.mark.parametrize(
    ("identity", "numbers"),
    [("USERNAME", {"grace", "Ada"}), ("EMAIL", {"grace@example.org", "ada@example.org"})],
)
async def test_another_column_gives_the_number(
    peer: Peer, identity: str, numbers: set[str], commit: str
) -> None:
    """The same file again changes nothing, also in another case: the key is that column's."""
    directory = await peer.new_directory()
    said = {"options": {"identity": identity, "commit": commit}}
    answer = await peer.send_file(directory, NUMBERLESS + PEOPLE, **said)
    assert answer.rows == {2: "CREATED", 3: "CREATED"}
    assert answer.accepted
    assert (
        answer.accepted.options.identity == ImportOptions(identity=f"IDENTITY_{identity}").identity
    )
    stored = await peer.stored(directory)
    assert set(stored) == numbers
    assert {one["username"] for one in stored.values()} == {"grace", "Ada"}
    again = await peer.send_file(directory, NUMBERLESS + PEOPLE, **said)
    assert again.rows == {2: "UNCHANGED", 3: "UNCHANGED"}
    moved = PEOPLE.replace("Hopper", "Murray")
    changed = await peer.send_file(directory, NUMBERLESS + moved, **said)
    assert changed.rows == {2: "UPDATED", 3: "UNCHANGED"}
    assert len(await peer.stored(directory)) == 2


async def test_issues_name_the_column_that_gives_the_number(peer: Peer) -> None:
    """A blank one, one that comes twice and one of a known user are answered as that column's."""
    directory = await peer.new_directory()
    content = NUMBERLESS + PEOPLE + ",x@example.org,X,Y\nGRACE,g2@example.org,Grace,Two\n"
    answer = await peer.send_file(directory, content, options={"identity": "USERNAME"})
    assert answer.rows[4] == "FAILED missing_required_field(username)"
    assert answer.rows[5] == "FAILED duplicate_username(username)"
    only = {"identity": "USERNAME", "mode": "CREATE_ONLY"}
    known = await peer.send_file(directory, NUMBERLESS + PEOPLE, options=only)
    assert known.rows == dict.fromkeys((2, 3), "FAILED duplicate_username(username)")


async def test_a_number_of_its_own_is_then_an_unknown_column(peer: Peer) -> None:
    """As in a profile that takes the number from another column."""
    header = "employee_number," + NUMBERLESS
    answer = await peer.send_file(
        await peer.new_directory(),
        header + "7,grace,grace@example.org,Grace,Hopper\n",
        options={"identity": "USERNAME"},
    )
    assert answer.rows == {2: "CREATED"}
    assert answer.understood
    assert list(answer.understood.ignored_columns) == ["employee_number"]
    assert answer.results[0].employee_number == "grace"


async def test_a_profile_s_identity_may_be_set_back(peer: Peer) -> None:
    """Evidence identifies by username; a file of it that has numbers may be read by those."""
    header = "employee_number;first_name;last_name;email;username\n"
    directory = await peer.new_directory()
    answer = await peer.send_file(
        directory,
        header + "0042;Grace;Hopper;grace@example.org;grace\n",
        profile="evidence",
        options={"identity": "EMPLOYEE_NUMBER"},
    )
    assert answer.rows == {2: "CREATED"}
    assert set(await peer.stored(directory)) == {"0042"}


async def test_a_file_without_numbers_learns_of_the_option(peer: Peer) -> None:
    """Both where the column is missing and where its cells are blank."""
    directory = await peer.new_directory()
    missing = await peer.send_file(directory, NUMBERLESS + PEOPLE)
    assert missing.ending == "INVALID_ARGUMENT/HEADER_MISSING_COLUMN"
    assert "--identity username" in missing.message
    blank = await peer.send_file(directory, "employee_number," + NUMBERLESS + "," + PEOPLE[:36])
    assert "identity=USERNAME" in blank.issue(2, "missing_required_field").message
    assert "identity" not in (await peer.send_file(directory, "employee_number\n7\n")).message


async def test_typed_rows_and_previews_have_it_too(peer: Peer) -> None:
    """Rows that are fields, and a preview that is applied later, by another call."""
    directory = await peer.new_directory()
    options = {"identity": "USERNAME"}
    typed = {"username": "grace", "email": "g@example.org", "first_name": "G", "last_name": "H"}
    answer = await peer.send([start(directory, options=options), rows(typed), end()])
    assert answer.rows == {1: "CREATED"}

    preview = start(directory, options={**options, "commit": "NONE"})
    shown = await peer.send([preview, *csv(NUMBERLESS + PEOPLE), end()])
    assert shown.rows == {2: "UPDATED", 3: "CREATED"}
    assert set(await peer.stored(directory)) == {"grace"}
    request = imports_pb2.ApplyImportRequest(directory=directory, import_id=preview.start.import_id)
    applied = Answer()
    async for response in peer.imports.ApplyImport(request, metadata=peer.metadata):
        if response.WhichOneof("part") == "summary":
            applied.summary = response.summary
    assert applied.summary
    assert (applied.summary.created, applied.summary.updated) == (1, 1)
    assert set(await peer.stored(directory)) == {"grace", "Ada"}


SINGLE: list[tuple[str, str, str]] = [
    ("Suharto,", "CREATED", "FAILED missing_required_field(last_name)"),
    (",Teller", "CREATED", "FAILED missing_required_field(first_name)"),
    (" ,Björk", "CREATED", "FAILED missing_required_field(first_name)"),
    ("Ada,Byron", "CREATED", "CREATED"),
    (
        ", ",
        "FAILED missing_required_field(first_name) missing_required_field(last_name)",
        "FAILED missing_required_field(first_name) missing_required_field(last_name)",
    ),
    ("!!!,", "FAILED invalid_name(first_name)", ""),
]


@pytest.mark.parametrize("commit", COMMITS)
async def test_a_single_name_may_be_allowed(peer: Peer, commit: str) -> None:
    """Without the option the row fails, and its message names the option."""
    header = "employee_number,email,first_name,last_name\n"
    content = header + "".join(
        f"{n},u{n}@example.org,{names}\n" for n, (names, _, _) in enumerate(SINGLE, 1)
    )
    options: dict[str, Any] = {"commit": commit, "single_names": True}
    allowed = await peer.send_file(await peer.new_directory(), content, options=options)
    assert list(allowed.rows.values()) == [told for _, told, _ in SINGLE]
    strict = await peer.send_file(await peer.new_directory(), content)
    for line, (_, _, told) in enumerate(SINGLE, 2):
        assert not told or strict.rows[line] == told
    assert "single_names=true" in strict.issue(2, "missing_required_field").message


async def test_a_single_name_is_cleared_only_beside_another(peer: Peer) -> None:
    """With CLEAR a blank name empties the stored one where the row has the other one."""
    header = "employee_number,email,first_name,last_name\n"
    directory = await peer.new_directory()
    await peer.send_file(directory, header + "1,u1@example.org,Ada,Byron\n")
    options: dict[str, Any] = {"single_names": True, "blanks": "CLEAR"}
    line = header + "1,u1@example.org,Ada,\n"
    strict = await peer.send_file(directory, line, options={"blanks": "CLEAR"})
    assert strict.rows == {2: "FAILED missing_required_field(last_name)"}
    kept = await peer.send_file(directory, line, options={"single_names": True})
    assert kept.rows == {2: "UNCHANGED"}
    alone = "employee_number,last_name\n1,\n"
    only = await peer.send_file(directory, alone, options={**options, "mode": "UPDATE_ONLY"})
    assert only.rows == {2: "UNCHANGED"}
    cleared = await peer.send_file(directory, line, options=options)
    assert cleared.rows == {2: "UPDATED"}
    stored = (await peer.stored(directory))["1"]
    assert (stored["first_name"], stored["last_name"]) == ("Ada", "")


def test_the_command_has_the_options(server: Server, directory: str, tmp_path: Path) -> None:
    """`--identity`, `--set single_names=true`, and `profiles show` with the identity of each."""
    env = at(server)
    staff = tmp_path / "staff.csv"
    staff.write_text(f"{NUMBERLESS}{PEOPLE}suharto,s@example.org,Suharto,\n", "utf-8")
    command = ("import", str(staff), "--directory", directory)
    refused = rollbook(*command, env=env)
    assert refused.code == 3
    assert "--identity username" in refused.err
    first = rollbook(*command, "--identity", "username", env=env)
    assert "2 created" in first.out
    assert "single_names=true" in first.out
    both = ("--identity", "username", "--set", "single_names=true")
    second = rollbook(*command, *both, env=env)
    assert (second.code, "1 created" in second.out) == (0, True)
    for profile, column in (("default", "EMPLOYEE_NUMBER"), ("secureai", "EMAIL")):
        shown = rollbook("profiles", "show", profile, env=env)
        assert f"identity={column}" in shown.out
