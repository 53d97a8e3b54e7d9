"""Seats, locks and protection limit what an import does, and its answers name them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest_asyncio

from rollbook.client import Client
from rollbook.v1.directories_pb2 import Directory
from rollbook.v1.options_pb2 import Mode
from tests.acceptance.wire import HEADER, Peer, user, users, whole
from tests.environment import Server


@pytest_asyncio.fixture
async def client(server: Server) -> AsyncIterator[Client]:
    """The administrator, for what is no import."""
    async with Client(server.address, server.token) as opened:
        yield opened


async def _seats(client: Client, directory: str, seats: int) -> None:
    await client.directories.update(Directory(name=directory, seats=seats), ["seats"])


async def _active(client: Client, directory: str) -> int:
    return (await client.directories.get(directory)).active_users


async def test_a_locked_role_stays_and_the_rest_is_applied(
    peer: Peer, narrow: Peer, client: Client
) -> None:
    """S42, B201: UPDATED with `role_locked`; where nothing else differs, UNCHANGED with it."""
    for one in (peer, narrow):
        directory = await one.new_directory()
        await one.send_file(directory, HEADER + users(1, 2, 3))
        for number in "12":
            await client.users.set_locks(directory, role=True, employee_number=number)
        answer = await one.send_file(
            directory,
            HEADER
            + user(1, role="admin", last_name="King")
            + user(2, role="admin")
            + user(3, role="admin"),
        )
        assert answer.rows == {
            2: "UPDATED role_locked(role)",
            3: "UNCHANGED role_locked(role)",
            4: "UPDATED",
        }
        stored = await one.stored(directory)
        assert [stored[n]["role"] for n in "123"] == ["Standard", "Standard", "admin"]
        assert stored["1"]["last_name"] == "King"


async def test_a_locked_role_that_the_row_leaves_says_nothing(peer: Peer, client: Client) -> None:
    """S42: blank, or the role that is there, would change nothing."""
    directory = await peer.new_directory()
    await peer.send_file(directory, HEADER + user(1, role="admin"))
    await client.users.set_locks(directory, role=True, location=True, employee_number="1")
    for role in ("", "Admin"):
        answer = await peer.send_file(directory, HEADER + user(1, role=role))
        assert answer.rows == {2: "UNCHANGED"}


async def test_a_locked_location_stays_also_where_one_would_be_made(
    peer: Peer, client: Client
) -> None:
    """S42: `location_locked`, whether the location named is there or would be made."""
    directory = await peer.new_directory()
    create = {"unknown_location": "CREATE"}
    await peer.send_file(directory, HEADER + user(1, location="Leeds"), options=create)
    await client.users.set_locks(directory, location=True, employee_number="1")
    answer = await peer.send_file(
        directory, HEADER + user(1, location="Paris", last_name="King"), options=create
    )
    assert answer.rows == {2: "UPDATED location_locked(location)"}
    again = await peer.send_file(
        directory, HEADER + user(1, location="Paris", last_name="King"), options=create
    )
    assert again.rows == {2: "UNCHANGED location_locked(location)"}
    known = await peer.send_file(
        directory, HEADER + user(2, location="Oslo") + user(1, location="Oslo"), options=create
    )
    assert known.rows[2] == "CREATED"
    assert known.rows[3].endswith("location_locked(location)")
    assert (await peer.stored(directory))["1"]["location"] == "Leeds"


async def test_a_lock_is_in_force_for_the_very_next_row(peer: Peer, client: Client) -> None:
    """S42: it is read under the directory's lock, in the transaction that writes."""
    directory = await peer.new_directory()
    await peer.send_file(directory, HEADER + user(1))
    preview = await peer.send_file(
        directory, HEADER + user(1, role="admin"), options={"commit": "NONE"}
    )
    assert preview.rows == {2: "UPDATED"}
    await client.users.set_locks(directory, role=True, employee_number="1")
    real = await peer.send_file(directory, HEADER + user(1, role="admin"))
    assert real.rows == {2: "UNCHANGED role_locked(role)"}


async def test_a_protected_user_keeps_e_mail_username_and_role(
    peer: Peer, narrow: Peer, client: Client
) -> None:
    """B188: `target_protected`, naming the field; what is not protected of them still changes."""
    named = "employee_number,email,first_name,last_name,role,username\n"
    cases = {
        "1,new@example.org,Ada,Byron,,ada": "FAILED target_protected(email)",
        "1,u1@example.org,Ada,Byron,,countess": "FAILED target_protected(username)",
        "1,u1@example.org,Ada,Byron,admin,ada": "FAILED target_protected(role)",
        "1,u1@example.org,Ada,King,,ada": "UPDATED",
        "1,u1@example.org,Ada,King,user,ADA": "FAILED target_protected(username)",
        "1,u1@example.org,Ada,King,user,ada": "UNCHANGED",
    }
    for one in (peer, narrow):
        directory = await one.new_directory()
        await one.send_file(directory, named + "1,u1@example.org,Ada,Byron,,ada\n")
        await client.users.set_locks(directory, protected=True, employee_number="1")
        for row, said in cases.items():
            answer = await one.send_file(directory, named + row + "\n")
            assert answer.rows == {2: said}, row
        stored = (await one.stored(directory))["1"]
        assert (stored["email"], stored["username"]) == ("u1@example.org", "ada")
        assert (stored["role"], stored["last_name"]) == ("Standard", "King")


async def test_nobody_gets_the_name_that_a_protected_user_keeps(
    peer: Peer, narrow: Peer, client: Client
) -> None:
    """B188, B187: a row that counts on the address that a protected user would have left."""
    for one in (peer, narrow):
        directory = await one.new_directory()
        await one.send_file(directory, HEADER + users(1, 2))
        await client.users.set_locks(directory, protected=True, employee_number="1")
        answer = await one.send_file(
            directory,
            HEADER + user(2, email="u1@example.org") + user(1, email="u9@example.org"),
        )
        assert answer.rows == {
            2: "FAILED duplicate_email(email)",
            3: "FAILED target_protected(email)",
        }


async def test_seats_run_out_at_a_row_and_updates_go_on(
    peer: Peer, narrow: Peer, client: Client
) -> None:
    """S43, B207: in the file's order, however it is cut; a failed row takes no seat."""
    content = (
        HEADER
        + user(1, last_name="King")
        + user(10)
        + user(11, email="broken")
        + user(12)
        + user(13)
        + user(2, last_name="King")
        + user(14)
    )
    rows = {
        2: "UPDATED",
        3: "CREATED",
        4: "FAILED invalid_email(email)",
        5: "CREATED",
        6: "FAILED seat_limit_reached",
        7: "UPDATED",
        8: "FAILED seat_limit_reached",
    }
    for one in (peer, narrow):
        for commit in ("NONE", "PER_BATCH", "WHOLE_FILE"):
            directory = await one.new_directory()
            await one.send_file(directory, HEADER + users(1, 2))
            await _seats(client, directory, 4)
            answer = await one.send_file(directory, content, options={"commit": commit})
            assert answer.rows == rows, commit
            assert await _active(client, directory) == (2 if commit == "NONE" else 4)


async def test_seats_on_both_sides_of_the_edge(peer: Peer, client: Client) -> None:
    """S43: exactly as many as there are; fewer seats than are taken suspend no user."""
    for seats, rows in (
        (3, {2: "CREATED", 3: "CREATED", 4: "CREATED"}),
        (2, {2: "CREATED", 3: "CREATED", 4: "FAILED seat_limit_reached"}),
        (0, dict.fromkeys((2, 3, 4), "FAILED seat_limit_reached")),
    ):
        directory = await peer.new_directory()
        await _seats(client, directory, seats)
        assert (await peer.send_file(directory, HEADER + users(1, 2, 3))).rows == rows
        assert await _active(client, directory) == seats
    directory = await peer.new_directory()
    await peer.send_file(directory, HEADER + users(1, 2, 3))
    await _seats(client, directory, 1)
    assert await _active(client, directory) == 3
    more = await peer.send_file(directory, HEADER + user(1, last_name="King") + user(4))
    assert more.rows == {2: "UPDATED", 3: "FAILED seat_limit_reached"}


async def test_parked_rows_take_their_seats_last(peer: Peer, narrow: Peer, client: Client) -> None:
    """S43: a row that waits for a name comes after all others, whichever its line."""
    for one in (peer, narrow):
        directory = await one.new_directory()
        await one.send_file(directory, HEADER + users(1))
        await _seats(client, directory, 2)
        answer = await one.send_file(
            directory,
            HEADER + user(2, email="u1@example.org") + user(1, email="new@example.org") + user(3),
        )
        assert answer.rows == {2: "FAILED seat_limit_reached", 3: "UPDATED", 4: "CREATED"}


async def test_a_seat_freed_by_hand_can_be_taken(peer: Peer, client: Client) -> None:
    """S43."""
    directory = await peer.new_directory()
    await _seats(client, directory, 1)
    await peer.send_file(directory, HEADER + users(1))
    assert (await peer.send_file(directory, HEADER + users(2))).rows == {
        2: "FAILED seat_limit_reached"
    }
    await client.users.suspend(directory, employee_number="1")
    assert (await peer.send_file(directory, HEADER + users(2))).rows == {2: "CREATED"}


async def test_seats_are_exact_with_two_imports_at_once_from_two_processes(
    peer: Peer, narrow: Peer, client: Client
) -> None:
    """S43: of 400 new users, 150 find a seat, whichever import sends them."""
    directory = await peer.new_directory()
    await _seats(client, directory, 150)
    answers = await asyncio.gather(
        peer.send(whole(directory, HEADER + users(*(f"a{n}" for n in range(200))), 512)),
        narrow.send(whole(directory, HEADER + users(*(f"b{n}" for n in range(200))), 512)),
    )
    assert [answer.ending for answer in answers] == ["OK", "OK"]
    said = [row for answer in answers for row in answer.rows.values()]
    assert said.count("CREATED") == 150
    assert said.count("FAILED seat_limit_reached") == 250
    assert len(await peer.stored(directory)) == 150
    assert await _active(client, directory) == 150


async def test_seats_are_exact_while_users_are_suspended_and_reactivated(
    narrow: Peer, client: Client
) -> None:
    """S43: `active_users` is the number of active users, also with concurrent changes."""
    directory = await narrow.new_directory()
    await narrow.send_file(directory, HEADER + users(*range(20)))
    await _seats(client, directory, 60)

    async def to_and_fro() -> None:
        for number in range(20):
            await client.users.suspend(directory, employee_number=str(number))
            with contextlib.suppress(Exception):
                await client.users.reactivate(directory, employee_number=str(number))

    sending = narrow.send_file(directory, HEADER + users(*range(100, 200)))
    answer, _ = await asyncio.gather(sending, to_and_fro())
    assert answer.ending == "OK"
    stored = await narrow.stored(directory)
    active = sum(record["status"] == "active" for record in stored.values())
    assert await _active(client, directory) == active <= 60


async def test_typed_rows_find_the_same_seats(peer: Peer, client: Client) -> None:
    """S08, S43: the same rules however users come."""
    directory = await peer.new_directory()
    await _seats(client, directory, 1)
    answer = await peer.send(whole(directory, HEADER + users(1)))
    written = await client.users.write(
        directory,
        {"employee_number": "2", "email": "b@x.org", "first_name": "Jo", "last_name": "Li"},
    )
    assert answer.rows == {2: "CREATED"}
    assert [issue.code for issue in written.result.issues] == ["seat_limit_reached"]


def _attributes(number: int, first: int, last: int, *, value: str = "x") -> str:
    """A file of one user with the attributes `a<first>` to `a<last>`, all of this value."""
    names = [f"a{n}" for n in range(first, last + 1)]
    header = HEADER.strip() + "".join(f",{name}" for name in names) + "\n"
    return header + user(number).strip() + f",{value}" * len(names) + "\n"


async def test_the_stored_attributes_count_with_those_of_a_file(peer: Peer) -> None:
    """64 attributes a user, the stored ones counted: the row fails, in every mode of committing."""
    store = {"unknown_columns": "STORE"}
    directory = await peer.new_directory()
    for first, last in ((1, 40), (41, 64), (30, 60)):
        answer = await peer.send_file(directory, _attributes(1, first, last), options=store)
        assert not answer.rows[2].startswith("FAILED")
    for commit in ("PER_BATCH", "WHOLE_FILE", "NONE"):
        answer = await peer.send_file(
            directory, _attributes(1, 64, 65), options=store | {"commit": commit}
        )
        assert answer.rows == {2: "FAILED too_many_attributes"}, commit
    async with Client(peer.server.address, peer.server.token) as by_hand:
        written = await by_hand.users.write(
            directory,
            {"employee_number": "1", "attributes.a65": "x"},
            mode=Mode.MODE_UPDATE_ONLY,
        )
    assert [issue.code for issue in written.result.issues] == ["too_many_attributes"]
    stored = (await peer.stored(directory))["1"]
    assert "a65" not in stored["attributes"]
    cleared = await peer.send_file(
        directory, _attributes(1, 1, 10, value=""), options=store | {"blanks": "CLEAR"}
    )
    assert cleared.rows == {2: "UPDATED"}
    room = await peer.send_file(directory, _attributes(1, 65, 74), options=store)
    assert room.rows == {2: "UPDATED"}
