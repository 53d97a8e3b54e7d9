"""Names of roles, locations and units: which are allowed, and what they mean."""

from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from rollbook.client import Client
from rollbook.errors import Reason
from rollbook.v1.directories_pb2 import Location, OrganizationalUnit, Role
from tests.environment import Server
from tests.rpc.refusals import refusal

Make = Callable[[Client, str, str], Awaitable[object]]


async def _role(client: Client, directory: str, name: str) -> Role:
    return await client.roles.create(directory, Role(name=name))


async def _location(client: Client, directory: str, name: str) -> Location:
    return await client.locations.create(directory, Location(name=name))


async def _unit(client: Client, directory: str, name: str) -> OrganizationalUnit:
    return await client.units.create(directory, OrganizationalUnit(name=name))


each = pytest.mark.parametrize("make", [_role, _location, _unit])


@each
async def test_names_are_kept_trimmed_and_in_nfc(
    client: Client, directory: str, make: Make
) -> None:
    made = await make(client, directory, "\u200b  Cafe\u0301  Room\u00a0")
    assert made.name == "Café  Room"  # type: ignore[attr-defined]


@each
async def test_a_name_has_1_to_200_characters(client: Client, directory: str, make: Make) -> None:
    await make(client, directory, "é" * 200)
    for wrong in ("", " \u200b ", "é" * 201, "e\u0301" * 2_000):
        error = await refusal(make(client, directory, wrong), Reason.INVALID_OPTIONS)
        assert error.facts["option"] == "name"


@each
@pytest.mark.parametrize("wrong", ["a\0b", "a\nb", "a\x7fb", "a\u2028b", "a\u202eb"])
async def test_control_characters_are_refused(
    client: Client, directory: str, make: Make, wrong: str
) -> None:
    error = await refusal(make(client, directory, wrong), Reason.INVALID_OPTIONS)
    assert error.facts["option"] == "name"


@each
@pytest.mark.parametrize("again", ["Straße", "STRASSE", "  strasse ", "strasse"])
async def test_a_name_is_there_however_it_is_spelled(
    client: Client, directory: str, make: Make, again: str
) -> None:
    """S39: case and spaces make no other name; the refusal has its spelling."""
    await make(client, directory, "Straße")
    error = await refusal(make(client, directory, again), Reason.RESOURCE_EXISTS)
    assert "'Straße'" in error.message
    assert error.facts == {"option": "name", "value": again.strip()}


async def test_each_is_found_by_its_name_however_it_is_spelled(
    client: Client, directory: str
) -> None:
    role = await client.roles.create(directory, Role(name="Night  Nurse", aliases=["NN"]))
    location = await client.locations.create(directory, Location(name="London HQ", code="LHR"))
    unit = await client.units.create(directory, OrganizationalUnit(name="Forensics"))
    assert await client.roles.get(directory, " NIGHT nurse") == role
    assert await client.locations.get(directory, "london  hq") == location
    assert await client.units.get(directory, "ＦＯＲＥＮＳＩＣＳ") == unit


async def test_what_is_not_there_is_not_found_and_an_alias_or_code_is_no_name(
    client: Client, directory: str
) -> None:
    await client.locations.create(directory, Location(name="London HQ", code="LHR"))
    for asked in (
        client.roles.get(directory, "user"),  # an alias of Standard
        client.locations.get(directory, "LHR"),
        client.units.get(directory, "Forensics"),
    ):
        error = await refusal(asked, Reason.RESOURCE_NOT_FOUND)
        assert error.facts["option"] == "name"
    error = await refusal(client.units.get(directory, "a\0b"), Reason.INVALID_OPTIONS)
    assert error.facts["option"] == "name"


async def test_aliases_are_kept_once_and_in_one_order(client: Client, directory: str) -> None:
    """An alias equal to another, to the name or to the code adds nothing; nor does a blank one."""
    made = await client.locations.create(
        directory,
        Location(name="Leeds", code="LDS", aliases=["Zone 2", "lds", "a", " LEEDS", "A", "", " "]),
    )
    assert list(made.aliases) == ["A", "Zone 2"]
    assert await client.locations.get(directory, "Leeds") == made


@pytest.mark.parametrize(
    ("role", "option"),
    [
        (Role(name="USER"), "name"),  # an alias of Standard
        (Role(name="Clerk", aliases=["default  user"]), "aliases"),
        (Role(name="Clerk", aliases=["ADMIN"]), "aliases"),  # a name
    ],
    ids=["name is an alias", "alias is an alias", "alias is a name"],
)
async def test_a_text_means_one_role(
    client: Client, directory: str, role: Role, option: str
) -> None:
    error = await refusal(client.roles.create(directory, role), Reason.RESOURCE_EXISTS)
    assert error.facts["option"] == option
    assert "the role '" in error.message
    assert len([one async for one in client.roles.list(directory)]) == 2


@pytest.mark.parametrize(
    ("location", "option"),
    [
        (Location(name="lhr"), "name"),  # a code
        (Location(name="Leeds", code="lhr"), "code"),
        (Location(name="Leeds", code="LONDON HQ"), "code"),  # a name
    ],
    ids=["name is a code", "code is a code", "code is a name"],
)
async def test_names_and_codes_mean_one_location(
    client: Client, directory: str, location: Location, option: str
) -> None:
    await client.locations.create(directory, Location(name="London HQ", code="LHR"))
    error = await refusal(client.locations.create(directory, location), Reason.RESOURCE_EXISTS)
    assert error.facts["option"] == option
    assert "'London HQ'" in error.message


async def test_an_alias_may_name_two_locations(client: Client, directory: str) -> None:
    """B204: that is allowed here; a file's cell with it is ambiguous."""
    for name in ("Leeds", "London"):
        await client.locations.create(directory, Location(name=name, aliases=["Office", "North"]))
    made = await client.locations.create(directory, Location(name="North", code="Office"))
    assert (made.name, made.code) == ("North", "Office")


async def test_a_location_may_be_called_by_its_code(client: Client, directory: str) -> None:
    made = await client.locations.create(directory, Location(name="LHR", code="lhr"))
    assert (made.name, made.code) == ("LHR", "lhr")
    assert await client.locations.get(directory, "lhr") == made


async def test_directories_are_walls(client: Client, directory: str) -> None:
    """The same name in another directory is another's, and is not found from here."""
    other = f"{directory}-b"
    await client.directories.create(other)
    await client.units.create(other, OrganizationalUnit(name="Forensics"))
    await refusal(client.units.get(directory, "Forensics"), Reason.RESOURCE_NOT_FOUND)
    await client.units.create(directory, OrganizationalUnit(name="forensics"))


async def test_statements_in_texts_are_texts(
    server: Server, client: Client, directory: str
) -> None:
    """B062: a name that would end a statement is stored, found and listed as it is."""
    name = "'; drop table users;--"
    unit = await client.units.create(directory, OrganizationalUnit(name=name))
    role = await client.roles.create(directory, Role(name=name, aliases=["$1", "\\'; --"]))
    await client.locations.load(directory, f'name,code\n"{name}","{{1,2}}"\n'.encode())
    assert await client.units.get(directory, name) == unit
    assert await client.roles.get(directory, name) == role
    assert [one.code async for one in client.locations.list(directory)] == ["{1,2}"]
    await refusal(client.units.get(name, name), Reason.PERMISSION_DENIED)
    connection = await asyncpg.connect(server.database_url)
    assert await connection.fetchval("select to_regclass('users') is not null")
    await connection.close()
