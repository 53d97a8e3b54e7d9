"""Roles, locations and units are renamed and changed: their users keep them."""

import asyncio

import pytest

from rollbook.client import Client
from rollbook.errors import Reason
from rollbook.v1.directories_pb2 import Directory, Location, OrganizationalUnit, Role
from rollbook.v1.users_pb2 import ListUsersRequest
from tests.rpc.imported import imported, person
from tests.rpc.refusals import refusal


async def _listed(client: Client, directory: str, **asked: str) -> list[str]:
    wanted = ListUsersRequest(**asked)  # type: ignore[arg-type]
    return [user.employee_number async for user in client.users.list(directory, wanted)]


async def test_a_renamed_role_location_and_unit_keep_their_users(
    client: Client, directory: str
) -> None:
    """S39, S40: users show the new name, are listed by it, and the old one means nothing more."""
    await client.roles.create(directory, Role(name="Nurse", aliases=["RN"]))
    await client.locations.create(directory, Location(name="Leeds", code="LDS", aliases=["North"]))
    await client.units.create(directory, OrganizationalUnit(name="Ward 1"))
    row = person(1, role="Nurse", location="Leeds", organizational_unit="Ward 1")
    await imported(client, directory, [row])
    before = await client.users.get(directory, employee_number="1")
    role = await client.roles.update(directory, " NURSE ", Role(name="Sister"))
    location = await client.locations.update(directory, "leeds", Location(name="York"))
    unit = await client.units.update(directory, "ward  1", OrganizationalUnit(name="Ward 2"))
    assert role == Role(name="Sister", aliases=["RN"])
    assert location == Location(name="York", code="LDS", aliases=["North"])
    assert unit == OrganizationalUnit(name="Ward 2")
    after = await client.users.get(directory, employee_number="1")
    assert (after.role, after.location, after.organizational_unit) == ("Sister", "York", "Ward 2")
    assert after.version == before.version
    new = {"role": "Sister", "location": "York", "organizational_unit": "Ward 2"}
    old = {"role": "Nurse", "location": "Leeds", "organizational_unit": "Ward 1"}
    for column, text in new.items():
        assert await _listed(client, directory, **{column: text}) == ["1"]
        await refusal(
            _listed(client, directory, **{column: old[column]}), Reason.RESOURCE_NOT_FOUND
        )
    assert await _listed(client, directory, role="RN") == ["1"]
    assert await _listed(client, directory, location="lds") == ["1"]
    again = await imported(client, directory, [person(1, **new)])
    assert (again.unchanged, again.failed) == (1, 0)
    failed = await imported(client, directory, [person(2, **old)])
    assert failed.failed == 1


async def test_what_is_named_changes_and_the_rest_stays(client: Client, directory: str) -> None:
    """With a mask, what it names; what is unset there is taken away. Without, what is set."""
    await client.roles.create(directory, Role(name="Boss", aliases=["a", "b"], privileged=True))
    changed = await client.roles.update(directory, "Boss", Role(aliases=["c"]))
    assert changed == Role(name="Boss", aliases=["c"], privileged=True)
    changed = await client.roles.update(directory, "boss", Role(name="X"), ["privileged"])
    assert changed == Role(name="Boss", aliases=["c"])
    changed = await client.roles.update(directory, "boss", Role(), ["aliases"])
    assert changed == Role(name="Boss")
    await client.locations.create(directory, Location(name="Leeds", code="LDS", aliases=["N"]))
    moved = await client.locations.update(directory, "Leeds", Location(), ["code"])
    assert moved == Location(name="Leeds", aliases=["N"])
    moved = await client.locations.update(directory, "Leeds", Location(code="lds", aliases=["LDS"]))
    assert moved == Location(name="Leeds", code="lds")
    for stored, asked in (
        (changed, client.roles.get(directory, "Boss")),
        (moved, client.locations.get(directory, "Leeds")),
    ):
        assert stored == await asked
    assert await client.locations.update(directory, "Leeds", Location()) == moved


async def test_a_name_may_change_its_case_or_become_its_alias(
    client: Client, directory: str
) -> None:
    """A text that is its own already is free for it; the old name is free from then on."""
    await client.roles.create(directory, Role(name="nurse", aliases=["RN"]))
    assert await client.roles.update(directory, "nurse", Role(name="Nurse")) == Role(
        name="Nurse", aliases=["RN"]
    )
    assert await client.roles.update(directory, "Nurse", Role(name="rn")) == Role(name="rn")
    await client.roles.create(directory, Role(name="Nurse"))
    await client.locations.create(directory, Location(name="Leeds", code="LDS"))
    swapped = await client.locations.update(
        directory, "Leeds", Location(name="LDS", code="Leeds", aliases=["L"])
    )
    assert swapped == await client.locations.get(directory, "lds")


@pytest.mark.parametrize(
    ("role", "option"),
    [
        (Role(name="USER"), "name"),  # an alias of Standard
        (Role(name="Admin"), "name"),
        (Role(aliases=["x", "standard"]), "aliases"),
        (Role(aliases=["default  user"]), "aliases"),
    ],
    ids=["name is an alias", "name is a name", "alias is a name", "alias is an alias"],
)
async def test_a_changed_role_takes_no_text_of_another(
    client: Client, directory: str, role: Role, option: str
) -> None:
    """A text means one role; what was refused changes nothing."""
    made = await client.roles.create(directory, Role(name="Clerk", aliases=["c"]))
    error = await refusal(client.roles.update(directory, "Clerk", role), Reason.RESOURCE_EXISTS)
    assert error.facts["option"] == option
    assert await client.roles.get(directory, "Clerk") == made


async def test_a_changed_location_takes_no_name_or_code_and_may_share_an_alias(
    client: Client, directory: str
) -> None:
    """B204."""
    await client.locations.create(directory, Location(name="London", code="LHR", aliases=["City"]))
    made = await client.locations.create(directory, Location(name="Leeds", code="LDS"))
    for location, option in (
        (Location(name="lhr"), "name"),
        (Location(name="LONDON"), "name"),
        (Location(code="lhr"), "code"),
        (Location(code="London"), "code"),
    ):
        asked = client.locations.update(directory, "Leeds", location)
        assert (await refusal(asked, Reason.RESOURCE_EXISTS)).facts["option"] == option
    assert await client.locations.get(directory, "Leeds") == made
    shared = await client.locations.update(directory, "Leeds", Location(aliases=["city", "LHR"]))
    assert list(shared.aliases) == ["city", "LHR"]
    await client.units.create(directory, OrganizationalUnit(name="a"))
    await client.units.create(directory, OrganizationalUnit(name="b"))
    taken = client.units.update(directory, "a", OrganizationalUnit(name="B"))
    assert (await refusal(taken, Reason.RESOURCE_EXISTS)).facts["option"] == "name"


async def test_what_cannot_be_changed_is_refused_by_name(client: Client, directory: str) -> None:
    missing = client.roles.update(directory, "user", Role(name="x"))  # an alias is no name
    assert (await refusal(missing, Reason.RESOURCE_NOT_FOUND)).facts["value"] == "user"
    for said, paths, option in (
        (Role(), ["name"], "name"),
        (Role(name="x" * 201), [], "name"),
        (Role(name="a\0b"), [], "name"),
        (Role(aliases=["a\nb"]), [], "aliases"),
        (Role(), ["code"], "update_mask"),
        (Role(), ["id"], "update_mask"),
    ):
        asked = client.roles.update(directory, "Standard", said, paths)
        assert (await refusal(asked, Reason.INVALID_OPTIONS)).facts["option"] == option
    nameless = client.units.update(directory, " ", OrganizationalUnit(name="x"))
    assert (await refusal(nameless, Reason.INVALID_OPTIONS)).facts["option"] == "name"


async def test_a_unit_s_name_is_all_that_can_be_changed(client: Client, directory: str) -> None:
    """By a mask or without; a mask that names nothing else changes nothing else."""
    await client.units.create(directory, OrganizationalUnit(name="a"))
    for mask, name in ((["name"], "b"), ([], "c")):
        made = await client.units.update(
            directory, chr(ord(name) - 1), OrganizationalUnit(name=name), mask
        )
        assert made == await client.units.get(directory, name)
    asked = client.units.update(directory, "c", OrganizationalUnit(name="d"), ["code"])
    assert (await refusal(asked, Reason.INVALID_OPTIONS)).facts["value"] == "code"
    assert [unit.name async for unit in client.units.list(directory)] == ["c"]


async def test_the_default_role_is_what_new_users_get(client: Client, directory: str) -> None:
    """S37: from then on; existing users keep theirs. It must be a role of the directory."""
    await client.roles.create(directory, Role(name="Guest"))
    await imported(client, directory, [person(1)])
    changed = await client.directories.update(Directory(name=directory, default_role="guest"))
    assert changed.default_role == "Guest"
    assert (await client.directories.get(directory)).default_role == "Guest"
    await imported(client, directory, [person(1), person(2), person(3, role="Standard")])
    roles = {user.employee_number: user.role async for user in client.users.list(directory)}
    assert roles == {"1": "Standard", "2": "Guest", "3": "Standard"}
    error = await refusal(
        client.directories.update(Directory(name=directory, default_role="nobody", seats=3)),
        Reason.RESOURCE_NOT_FOUND,
    )
    assert error.facts["option"] == "default_role"
    error = await refusal(
        client.directories.update(Directory(name=directory), ["default_role"]),
        Reason.INVALID_OPTIONS,
    )
    assert error.facts["option"] == "default_role"
    stays = await client.directories.get(directory)
    assert (stays.default_role, stays.HasField("seats")) == ("Guest", False)


async def test_changes_at_once_follow_one_another(client: Client, directory: str) -> None:
    """Two that want one name: one gets it, the other is refused; nothing is left half."""
    for name in ("a", "b"):
        await client.roles.create(directory, Role(name=name, aliases=[f"{name}1"]))
    asked = [client.roles.update(directory, name, Role(name="c")) for name in ("a", "b")]
    done = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(one, Role) for one in done) == 1
    names = {role.name async for role in client.roles.list(directory)}
    assert names in ({"Standard", "admin", "a", "c"}, {"Standard", "admin", "b", "c"})
