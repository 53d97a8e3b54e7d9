"""A directory's seats and safeguards are set, changed and switched off."""

import asyncpg
import pytest

from rollbook.client import Client
from rollbook.errors import Reason
from rollbook.v1.directories_pb2 import Directory, SafeguardLimit, Safeguards
from tests.environment import Server
from tests.rpc.refusals import refusal

_USUAL = Safeguards(
    max_suspended_percent=SafeguardLimit(at_most=20),
    max_suspended=SafeguardLimit(at_most=500),
    max_email_percent=SafeguardLimit(at_most=10),
    max_role_percent=SafeguardLimit(at_most=5),
)
_OFF = SafeguardLimit(off=True)


async def test_a_new_directory_has_no_limit_of_seats_and_the_usual_safeguards(
    client: Client, directory: str
) -> None:
    """The same whether the client made it or the table's defaults did."""
    made = await client.directories.create(f"{directory}-b")
    there = await client.directories.get(directory)
    for found in (made, there):
        assert not found.HasField("seats")
        assert (found.active_users, found.safeguards) == (0, _USUAL)


async def test_seats_and_safeguards_can_be_said_at_once(client: Client, directory: str) -> None:
    given = Safeguards(max_suspended=SafeguardLimit(at_most=0), max_role_percent=_OFF)
    made = await client.directories.create(f"{directory}-b", seats=7, safeguards=given)
    wanted = Safeguards()
    wanted.CopyFrom(_USUAL)
    wanted.MergeFrom(given)
    assert (made.seats, made.safeguards) == (7, wanted)
    assert made == await client.directories.get(made.name)


async def test_what_is_set_changes_and_the_rest_stays(client: Client, directory: str) -> None:
    """Without a mask: whatever is set in the message. With one: what it names, or its default."""
    first = await client.directories.update(Directory(name=directory, seats=5))
    assert (first.seats, first.display_name, first.safeguards) == (5, directory, _USUAL)
    off = Directory(name=directory, safeguards=Safeguards(max_email_percent=_OFF))
    second = await client.directories.update(off)
    assert (second.seats, second.safeguards.max_email_percent) == (5, _OFF)
    bare = Directory(name=directory)
    third = await client.directories.update(bare, ["safeguards.max_email_percent", "seats"])
    assert not third.HasField("seats")
    assert (third.safeguards, third.display_name) == (_USUAL, directory)
    named = await client.directories.update(
        Directory(name=directory, display_name="Main", seats=9), ["display_name"]
    )
    assert (named.display_name, named.HasField("seats")) == ("Main", False)
    await client.directories.update(off)
    whole = await client.directories.update(bare, ["safeguards"])
    assert whole.safeguards == _USUAL
    assert await client.directories.update(bare) == whole


async def test_what_is_for_answers_alone_is_not_changed(client: Client, directory: str) -> None:
    """A directory that was read can be sent back."""
    found = await client.directories.get(directory)
    found.active_users = 99
    changed = await client.directories.update(found)
    assert (changed.active_users, changed.default_role) == (0, "Standard")


@pytest.mark.parametrize(
    ("said", "paths", "option"),
    [
        (Directory(seats=-1), [], "seats"),
        (Directory(seats=2**62), [], "seats"),
        (
            Directory(safeguards=Safeguards(max_email_percent=SafeguardLimit(at_most=101))),
            [],
            "safeguards.max_email_percent",
        ),
        (
            Directory(safeguards=Safeguards(max_suspended=SafeguardLimit(at_most=-1))),
            [],
            "safeguards.max_suspended",
        ),
        (Directory(), ["active_users"], "update_mask"),
        (Directory(), ["name"], "update_mask"),
        (Directory(), ["safeguards.nonsense"], "update_mask"),
        (Directory(display_name="x" * 201), [], "display_name"),
    ],
    ids=str,
)
async def test_what_cannot_be_is_refused_by_name_and_nothing_changes(
    client: Client, directory: str, said: Directory, paths: list[str], option: str
) -> None:
    before = await client.directories.get(directory)
    asked = Directory()
    asked.CopyFrom(said)
    asked.name = directory
    error = await refusal(client.directories.update(asked, paths), Reason.INVALID_OPTIONS)
    assert error.facts["option"] == option
    assert await client.directories.get(directory) == before


async def test_the_defaults_are_the_table_s(server: Server) -> None:
    """The contract, the table and the code have the same defaults."""
    database = await asyncpg.connect(server.database_url)
    try:
        told = await database.fetch(
            "select column_name, column_default from information_schema.columns"
            " where table_name = 'directories' and column_name like 'max_%'"
        )
    finally:
        await database.close()
    stored = {row["column_name"]: int(row["column_default"]) for row in told}
    assert stored == {field.name: limit.at_most for field, limit in _USUAL.ListFields()}


async def test_s57_the_least_length_of_a_password_is_the_directorys(
    client: Client, directory: str
) -> None:
    """S57: 15 unless it says otherwise, from 8 to 128; unset under a mask it is 15 again."""
    name = f"{directory}-b"
    made = await client.directories.create(name)
    assert made.password_min_length == 15
    changed = await client.directories.update(Directory(name=name, password_min_length=8))
    assert changed.password_min_length == 8
    for wrong in (7, 129, 0, -1):
        given = client.directories.update(Directory(name=name, password_min_length=wrong))
        refused = await refusal(given, Reason.INVALID_OPTIONS)
        assert refused.facts["option"] == "password_min_length"
    again = await client.directories.update(Directory(name=name), ["password_min_length"])
    assert again.password_min_length == 15
