"""Users changed by hand: locks, suspension, and the history of both."""

import json

import asyncpg

from rollbook.client import Client
from rollbook.errors import Reason
from rollbook.v1.directories_pb2 import Directory
from rollbook.v1.users_pb2 import UserLocks, UserStatus
from tests.environment import Server
from tests.rpc.imported import as_listed, imported, person
from tests.rpc.refusals import refusal


async def _active(client: Client, directory: str) -> int:
    return (await client.directories.get(directory)).active_users


async def test_locks_are_set_one_by_one(client: Client, directory: str) -> None:
    """What is not given stays as it is."""
    await imported(client, directory, [person(1)])
    role = await client.users.set_locks(directory, role=True, employee_number="1")
    assert role.locks == UserLocks(role=True)
    both = await client.users.set_locks(
        directory, location=True, protected=True, employee_number="1"
    )
    assert both.locks == UserLocks(role=True, location=True, protected=True)
    less = await client.users.set_locks(directory, role=False, email="u1@example.org")
    assert less.locks == UserLocks(location=True, protected=True)
    assert less == await as_listed(client, directory, employee_number="1")


async def test_suspending_gives_a_seat_back_and_reactivating_takes_one(
    client: Client, directory: str
) -> None:
    """S43. The suspended keep number, e-mail and username."""
    await imported(client, directory, [person(1), person(2)])
    assert await _active(client, directory) == 2
    suspended = await client.users.suspend(directory, employee_number="1")
    assert suspended.status == UserStatus.USER_STATUS_SUSPENDED
    assert await _active(client, directory) == 1
    taken = await imported(client, directory, [person(3, email="u1@example.org")])
    assert taken.codes == {"duplicate_email": 1}
    active = await client.users.reactivate(directory, employee_number="1")
    assert active.status == UserStatus.USER_STATUS_ACTIVE
    assert await _active(client, directory) == 2


async def test_reactivating_needs_a_seat(client: Client, directory: str) -> None:
    """S43: `seat_limit_reached`, and the user stays suspended; with a seat free it goes."""
    await imported(client, directory, [person(1), person(2)])
    await client.users.suspend(directory, employee_number="1")
    await client.directories.update(_with_seats(directory, 1), ["seats"])
    error = await refusal(
        client.users.reactivate(directory, employee_number="1"), Reason.SEAT_LIMIT_REACHED
    )
    assert (error.verdict.status, error.facts) == ("INVALID_ARGUMENT", {"seats": "1"})
    stays = await client.users.get(directory, employee_number="1")
    assert stays.status == UserStatus.USER_STATUS_SUSPENDED
    await client.users.suspend(directory, employee_number="2")
    again = await client.users.reactivate(directory, employee_number="1")
    assert again.status == UserStatus.USER_STATUS_ACTIVE


async def test_saying_the_same_again_changes_nothing(client: Client, directory: str) -> None:
    """No version, no time, no history, no seat."""
    await imported(client, directory, [person(1)])
    once = await client.users.suspend(directory, employee_number="1")
    assert once.version == 2
    assert await client.users.suspend(directory, employee_number="1") == once
    assert await client.users.set_locks(directory, role=False, employee_number="1") == once
    assert await client.users.set_locks(directory, employee_number="1") == once
    assert await _active(client, directory) == 0


async def test_a_missing_user_is_not_found(client: Client, directory: str) -> None:
    for asked in (
        client.users.suspend(directory, employee_number="9"),
        client.users.reactivate(directory, employee_number="9"),
        client.users.set_locks(directory, role=True, employee_number="9"),
        client.users.set_sources(directory, ["hr"], employee_number="9"),
    ):
        await refusal(asked, Reason.RESOURCE_NOT_FOUND)


async def test_each_change_keeps_what_was_and_who_did_it(
    server: Server, client: Client, directory: str
) -> None:
    """What changed in each version, by the principal and no import; the import stays named."""
    summary = await imported(client, directory, [person(1)])
    await client.users.set_locks(directory, role=True, employee_number="1")
    user = await client.users.suspend(directory, employee_number="1")
    assert (user.version, user.updated_import) == (3, summary.import_id)
    assert user.update_time.ToNanoseconds() > user.create_time.ToNanoseconds()
    database = await asyncpg.connect(server.database_url)
    try:
        kept = await database.fetch(
            "select h.version, h.principal, h.import_id, h.changes from user_history h"
            " join directories d on d.id = h.directory_id where d.name = $1 order by h.version",
            directory,
        )
    finally:
        await database.close()
    assert [(row["version"], row["principal"], row["import_id"]) for row in kept] == [
        (1, "admin", None),
        (2, "admin", None),
    ]
    assert [json.loads(row["changes"]) for row in kept] == [
        {"role_locked": [False, True]},
        {"status": ["active", "suspended"]},
    ]


def _with_seats(directory: str, seats: int) -> Directory:
    return Directory(name=directory, seats=seats)
