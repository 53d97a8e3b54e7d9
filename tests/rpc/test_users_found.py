"""Users are found by a key, and listed by conditions."""

import uuid
from datetime import UTC, datetime, timedelta

import asyncpg
import grpc.aio
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from rollbook.client import Client
from rollbook.client.users import Key
from rollbook.errors import Reason
from rollbook.v1 import directories_pb2, users_pb2
from rollbook.v1.users_pb2 import (
    PASSWORD_STATE_NONE,
    ListUsersRequest,
    User,
    UserKey,
    UserLocks,
    UserStatus,
)
from rollbook.v1.users_pb2_grpc import UserServiceStub
from tests.environment import Server, either_way
from tests.rpc.imported import imported, person
from tests.rpc.refusals import refusal

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_ROLE = {"role": "user"}


async def _numbers(client: Client, directory: str, **asked: object) -> list[str]:
    wanted = ListUsersRequest(**asked)  # type: ignore[arg-type]
    return [user.employee_number async for user in client.users.list(directory, wanted)]


async def test_a_user_is_found_at_once_by_whatever_they_are_called(
    client: Client, directory: str
) -> None:
    """S76: by number, e-mail, username and id, in any letters; a new user is there at once."""
    await imported(client, directory, [person("E7", email="Ada@Example.org", username="Countess")])
    found = await client.users.get(directory, employee_number="e7")
    assert (found.employee_number, found.email, found.username) == (
        "E7",
        "Ada@Example.org",
        "Countess",
    )
    assert found == await client.users.get(directory, email="ada@EXAMPLE.ORG")
    assert found == await client.users.get(directory, username="COUNTESS")
    assert found == await client.users.get(directory, user_id=found.user_id)


async def test_a_user_is_told_whole(client: Client, directory: str) -> None:
    await client.locations.create(directory, directories_pb2.Location(name="Leeds"))
    await client.units.create(directory, directories_pb2.OrganizationalUnit(name="Forensics"))
    cells = {
        "name": "Ada Byron",
        "location": "leeds",
        "organizational_unit": "forensics",
        "role": "user",
        "job_title": "Analyst",
        "department": "Engines",
        "phone": "+44 1",
        "change_password_next_time": "1",
        "attributes.badge": "9",
    }
    summary = await imported(client, directory, [person(1, **cells)])
    found = await client.users.get(directory, employee_number="1")
    assert abs(found.create_time.ToDatetime(tzinfo=UTC) - datetime.now(UTC)) < timedelta(minutes=1)
    assert found.update_time == found.create_time
    told = User()
    told.CopyFrom(found)
    for field in ("user_id", "create_time", "update_time"):
        told.ClearField(field)
    assert told == User(
        employee_number="1",
        email="u1@example.org",
        username="u1@example.org",
        first_name="Ada",
        last_name="Byron",
        name="Ada Byron",
        role="Standard",
        location="Leeds",
        organizational_unit="Forensics",
        job_title="Analyst",
        department="Engines",
        phone="+44 1",
        attributes={"badge": "9"},
        change_password_next_time=True,
        status=UserStatus.USER_STATUS_ACTIVE,
        locks=UserLocks(),
        source="default",
        sources=["default"],
        password_state=PASSWORD_STATE_NONE,
        created_import=summary.import_id,
        updated_import=summary.import_id,
        version=1,
    )


@pytest.mark.parametrize(
    "key",
    [
        UserKey(employee_number="2"),
        UserKey(email="nobody@example.org"),
        UserKey(email="no address"),
        UserKey(username="nobody"),
        UserKey(user_id="u0000000000000000"),
        UserKey(user_id="uffffffffffffffff"),
        UserKey(user_id="'; drop table users;--"),
        UserKey(employee_number="a\0b"),
        UserKey(username="x" * 100_000),
    ],
    ids=str,
)
async def test_nobody_is_found_where_nobody_is_called_so(
    client: Client, directory: str, key: UserKey
) -> None:
    await imported(client, directory, [person(1)])
    kind = str(key.WhichOneof("key"))
    asked = client.users.get(directory, **{kind: getattr(key, kind)})
    error = await refusal(asked, Reason.RESOURCE_NOT_FOUND)
    assert error.facts["option"] == kind


async def test_a_user_must_be_named(client: Client, directory: str) -> None:
    for asked in (client.users.get(directory), client.users.get(directory, email=" ")):
        error = await refusal(asked, Reason.INVALID_OPTIONS)
        assert error.facts["option"] == "user"


@either_way
async def test_a_user_of_another_directory_is_not_there(client: Client, directory: str) -> None:
    """An id of another directory finds no user."""
    await imported(client, directory, [person(1)])
    found = await client.users.get(directory, employee_number="1")
    other = (await client.directories.create(f"{directory}-b")).name
    await refusal(client.users.get(other, user_id=found.user_id), Reason.RESOURCE_NOT_FOUND)
    assert await _numbers(client, other) == []
    with pytest.raises(AssertionError):
        await refusal(client.users.get("no-such", employee_number="1"), Reason.RESOURCE_NOT_FOUND)


async def test_users_are_listed_by_the_import_that_brought_or_changed_them(
    client: Client, directory: str
) -> None:
    """S75: also one that a later import has changed again; unchanged ones it did not bring."""
    first = await imported(client, directory, [person(1), person(2), person(3)])
    second = await imported(client, directory, [person(2, last_name="King"), person(3), person(4)])
    third = await imported(client, directory, [person(2, last_name="Noel")])
    listed = [
        await _numbers(client, directory, import_id=summary.import_id)
        for summary in (first, second, third)
    ]
    assert listed == [["1", "2", "3"], ["2", "4"], ["2"]]
    assert await _numbers(client, directory, import_id=str(uuid.uuid4())) == []


async def test_users_are_listed_by_when_they_came_and_changed(
    client: Client, directory: str
) -> None:
    """S75: ranges hold their beginning and not their end."""
    await imported(client, directory, [person(1), person(2)])
    await imported(client, directory, [person(3)])
    await imported(client, directory, [person(1, last_name="King")])
    one = await client.users.get(directory, employee_number="1")
    three = await client.users.get(directory, employee_number="3")
    assert await _numbers(client, directory, created_until=three.create_time) == ["1", "2"]
    assert await _numbers(client, directory, created_from=three.create_time) == ["3"]
    assert await _numbers(client, directory, updated_from=one.update_time) == ["1"]
    assert await _numbers(client, directory, updated_until=one.update_time) == ["2", "3"]
    assert await _numbers(client, directory, created_until=_LONG_AGO) == []
    both = {"created_from": _LONG_AGO, "updated_from": one.update_time}
    assert await _numbers(client, directory, **both) == ["1"]


async def test_a_user_is_listed_by_the_time_of_the_last_change_of_any_kind(
    client: Client, directory: str
) -> None:
    """S75: by imports, by hand and by syncs; and nobody is by the time of a change before it."""
    sync = {"source": "hr", "commit": "WHOLE_FILE", "missing_users": "SUSPEND"}
    away: Key = {"employee_number": "1"}
    await imported(client, directory, [person(1), person(2)], **sync)
    one, two = [await client.users.get(directory, employee_number=n) for n in "12"]
    times = [one.update_time]
    for change in (
        lambda: imported(client, directory, [person(1, phone="1")]),
        lambda: client.users.write(directory, person(1, phone="2")),
        lambda: client.users.set_locks(directory, role=True, **away),
        lambda: client.users.suspend(directory, **away),
        lambda: client.users.reactivate(directory, **away),
        lambda: client.users.set_sources(directory, ["hr", "crm"], **away),
        lambda: imported(client, directory, [person(2)], **sync),
        lambda: client.users.set_sources(directory, ["hr"], **away),
        lambda: imported(client, directory, [person(2)], **sync),
        lambda: imported(client, directory, [person(1), person(2)], **sync),
    ):
        await change()
        user = await client.users.get(directory, **away)
        times.append(user.update_time)
        assert times[-2].ToMicroseconds() < times[-1].ToMicroseconds()
        assert await _numbers(client, directory, updated_from=times[-1]) == ["1"]
        assert await _numbers(client, directory, updated_from=_LONG_AGO) == ["2", "1"]
        assert await _numbers(client, directory, updated_until=times[-1]) == ["2"]
        assert await _numbers(client, directory, updated_until=times[-1], **_ROLE) == ["2"]
    assert user.version == len(times)
    for time in times[:-1]:
        until = Timestamp()
        until.FromMicroseconds(time.ToMicroseconds() + 1)
        found = await _numbers(client, directory, updated_from=time, updated_until=until)
        assert found == (["2"] if time == two.update_time else [])


async def test_users_are_listed_by_role_location_unit_and_status(
    client: Client, directory: str
) -> None:
    await client.locations.create(directory, directories_pb2.Location(name="Leeds", code="LBA"))
    await client.units.create(directory, directories_pb2.OrganizationalUnit(name="Forensics"))
    await imported(
        client,
        directory,
        [
            person(1, role="admin"),
            person(2, location="Leeds"),
            person(3, organizational_unit="Forensics"),
            person(4, role="admin", location="Leeds"),
        ],
    )
    await client.users.suspend(directory, employee_number="4")
    assert await _numbers(client, directory, role="ADMIN") == ["1", "4"]
    assert await _numbers(client, directory, role="user") == ["2", "3"]
    assert await _numbers(client, directory, location="lba") == ["2", "4"]
    assert await _numbers(client, directory, organizational_unit="forensics") == ["3"]
    assert await _numbers(client, directory, status=users_pb2.USER_STATUS_SUSPENDED) == ["4"]
    assert await _numbers(client, directory, status=users_pb2.USER_STATUS_ACTIVE) == ["1", "2", "3"]
    active_admin = {"role": "admin", "status": users_pb2.USER_STATUS_ACTIVE}
    assert await _numbers(client, directory, **active_admin) == ["1"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("E10", ["E10", "E100"]),
        ("e100", ["E100"]),
        ("lovelace@", ["E10"]),
        ("count", ["E10"]),
        ("ADA", ["E10"]),
        ("byr", ["E10"]),
        ("ada by", ["E10"]),
        ("ada  king", []),
        ("dr. ada", ["E10"]),
        ("gra", ["E3"]),
        ("GRACE", ["E3"]),
        ("grace.", ["E3"]),
        ("grace b", ["E3"]),
        ("hop", ["E3"]),
        ("östlund", ["E100"]),
        ("ÖSTL", ["E100"]),
        ("100%", []),
        ("_", []),
        ("\\", []),
        ("", ["E10", "E100", "E2", "E3"]),
        ("   ", ["E10", "E100", "E2", "E3"]),
    ],
)
async def test_a_text_is_how_a_user_s_name_or_number_begins(
    client: Client, directory: str, text: str, found: list[str]
) -> None:
    """S76: name, e-mail, username and number, in any letters; nothing in it is a pattern."""
    await imported(
        client,
        directory,
        [
            person("E10", email="lovelace@x.org", username="countess", name="Dr. Ada B."),
            person("E100", email="b@x.org", first_name="Åsa", last_name="Östlund"),
            person("E2", email="c@x.org", first_name="Jo", last_name="Li"),
            person("E3", email="grace.h@x.org", first_name="Grace", last_name="B.", name="Hopper"),
        ],
    )
    assert await _numbers(client, directory, text=text) == found


@either_way
async def test_pages_follow_one_another_under_the_same_conditions(
    client: Client, directory: str
) -> None:
    """A page begins after a user; a token of other conditions is refused."""
    await imported(client, directory, [person(n, last_name=f"N{n % 2}") for n in range(25)])
    odd = [str(n) for n in range(1, 25, 2)]
    wanted = ListUsersRequest(text="n1")
    listed = client.users.list(directory, wanted, most=5)
    assert [user.employee_number async for user in listed] == odd
    first = await client.users._calls.ListUsers(
        ListUsersRequest(directory=directory, page_size=5, text="n1"),
        metadata=client._channel.metadata,
    )
    assert len(first.users) == 5
    stray = ListUsersRequest(
        directory=directory, page_token=first.next_page_token, page_size=5, text="n0"
    )
    asked = client._channel.ask(client.users._calls.ListUsers, stray)
    error = await refusal(asked, Reason.INVALID_OPTIONS)
    assert error.facts["option"] == "page_token"


@pytest.mark.parametrize(
    ("wrong", "reason", "option"),
    [
        ({"import_id": "x"}, Reason.INVALID_OPTIONS, "import_id"),
        ({"role": "boss"}, Reason.RESOURCE_NOT_FOUND, "role"),
        ({"location": "Nowhere"}, Reason.RESOURCE_NOT_FOUND, "location"),
        ({"organizational_unit": "None"}, Reason.RESOURCE_NOT_FOUND, "organizational_unit"),
        ({"status": 9}, Reason.INVALID_OPTIONS, "status"),
        ({"text": "x" * 201}, Reason.INVALID_OPTIONS, "text"),
        ({"text": "a\0"}, Reason.INVALID_OPTIONS, "text"),
        ({"created_from": {"seconds": 2**60}}, Reason.INVALID_OPTIONS, "created_from"),
    ],
    ids=str,
)
async def test_a_condition_that_cannot_be_is_refused_by_name(
    client: Client, directory: str, wrong: dict[str, object], reason: Reason, option: str
) -> None:
    error = await refusal(_numbers(client, directory, **wrong), reason)
    assert error.facts["option"] == option


async def test_an_ambiguous_location_is_never_a_guess(client: Client, directory: str) -> None:
    for name in ("Leeds", "London"):
        await client.locations.create(
            directory, directories_pb2.Location(name=name, aliases=["HQ"])
        )
    error = await refusal(_numbers(client, directory, location="hq"), Reason.INVALID_OPTIONS)
    assert error.facts["option"] == "location"


async def test_whatever_is_stored_can_be_read(
    server: Server, client: Client, directory: str
) -> None:
    """A page is cut by bytes as well as by count, and one huge user is a page of its own."""
    await imported(client, directory, [person(number) for number in range(1, 41)])
    await _grow(server, directory, "38", 3 * 1024 * 1024)
    await _grow(server, directory, "", 100_000)
    channel = grpc.aio.insecure_channel(server.address)
    metadata = (("authorization", f"Bearer {server.token}"),)
    stub = UserServiceStub(channel)
    sizes, numbers, token = [], [], ""
    try:
        while True:
            asked = ListUsersRequest(directory=directory, page_size=1000, page_token=token)
            page = await stub.ListUsers(asked, metadata=metadata)
            sizes.append((len(page.users), page.ByteSize()))
            numbers += [one.employee_number for one in page.users]
            token = page.next_page_token
            if not token:
                break
    finally:
        await channel.close()
    assert numbers == [str(number) for number in range(1, 41)]
    assert max(size for users, size in sizes if users > 1) <= 512 * 1024
    assert [users for users, size in sizes if size > 512 * 1024] == [1]
    found = await client.users.get(directory, employee_number="38")
    assert len(found.attributes["note"]) == 3 * 1024 * 1024


async def _grow(server: Server, directory: str, number: str, size: int) -> None:
    """Give a user, or all who have none yet, an attribute of that size, as no import could."""
    database = await asyncpg.connect(server.database_url)
    try:
        await database.execute(
            "update users set attributes = jsonb_build_object('note', repeat('x', $3::integer))"
            " where directory_id = (select id from directories where name = $1)"
            " and ($2 = employee_number or ($2 = '' and attributes = '{}'))",
            directory,
            number,
            size,
        )
    finally:
        await database.close()
