"""Random changes of a directory, also at once with imports, leave no user dangling."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable
from typing import NamedTuple

import asyncpg
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from rollbook.client import Client
from rollbook.errors import Reason, RollbookError
from rollbook.v1.directories_pb2 import Directory, Location, OrganizationalUnit, Role
from tests.environment import Server
from tests.model.examples import examples
from tests.rpc.imported import imported, person

_NAMES = ("Standard", "a", "b", "A", "c")
_NOUNS = ("roles", "locations", "units")
_MAKES = {"roles": Role, "locations": Location, "units": OrganizationalUnit}
_REFUSED = {
    Reason.RESOURCE_EXISTS,
    Reason.RESOURCE_IN_USE,
    Reason.RESOURCE_NOT_FOUND,
    Reason.INVALID_OPTIONS,
}


class Step(NamedTuple):
    """What is asked: of the noun, by name; `other` is the new name, an alias or the unit."""

    verb: str
    noun: str
    name: str
    other: str


_STEPS = st.builds(
    Step,
    st.sampled_from(
        ["create", "update", "update", "delete", "delete", "load", "default", "import"]
    ),
    st.sampled_from(_NOUNS),
    st.sampled_from(_NAMES),
    st.sampled_from(_NAMES),
)


@pytest_asyncio.fixture(scope="session")
async def database(server: Server) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    """To look into."""
    opened = await asyncpg.connect(server.database_url)
    yield opened
    await opened.close()


def _ask(client: Client, directory: str, step: Step) -> Awaitable[object]:
    shelf, make = getattr(client, step.noun), _MAKES[step.noun]
    match step.verb:
        case "create":
            more = {} if step.noun == "units" else {"aliases": [step.other]}
            made: Awaitable[object] = shelf.create(directory, make(name=step.name, **more))
            return made
        case "update":
            renamed: Awaitable[object] = shelf.update(directory, step.name, make(name=step.other))
            return renamed
        case "delete":
            removed: Awaitable[object] = shelf.delete(directory, step.name)
            return removed
        case "load":
            loaded: Awaitable[object] = shelf.load(
                directory, f"name\n{step.name}\n{step.other}\n".encode()
            )
            return loaded
        case "default":
            said = Directory(name=directory, default_role=step.name)
            return client.directories.update(said, ["default_role"])
    # Some name a role, or none and get the default; unknown places are made.
    rows = [
        person(f"{step.name}-{at}", role=role, location=step.name, organizational_unit=step.other)
        for at, role in enumerate(("", step.name, step.other))
    ]
    options = {"unknown_location": "CREATE", "unknown_unit": "WARN"}
    return imported(client, directory, rows, **options)


@examples(40)
@given(rounds=st.lists(st.lists(_STEPS, min_size=1, max_size=4), min_size=1, max_size=12))
async def test_every_user_s_role_location_and_unit_is_there(
    server: Server,
    database: "asyncpg.Connection[asyncpg.Record]",
    rounds: list[list[Step]],
) -> None:
    """The steps of a round are asked at once. Each is done or refused by name, none breaks."""
    directory = f"d-{uuid.uuid4().hex[:12]}"
    async with Client(server.address, server.token) as client:
        await client.directories.create(directory)
        for steps in rounds:
            asked = [_ask(client, directory, step) for step in steps]
            for said in await asyncio.gather(*asked, return_exceptions=True):
                if isinstance(said, BaseException):
                    assert isinstance(said, RollbookError), said
                    assert said.reason in _REFUSED, said
            found = await database.fetchrow(_AMISS, directory)
            assert found is not None
            assert not any(found.values()), dict(found)


_AMISS = """
select
    (
        select count(*) from users as u
        left join roles as r on r.directory_id = u.directory_id and r.id = u.role_id
        where u.directory_id = d.id and r.id is null
    ) as without_role,
    (
        select count(*) from users as u
        left join locations as l on l.directory_id = u.directory_id and l.id = u.location_id
        where u.directory_id = d.id and u.location_id <> 0 and l.id is null
    ) as without_location,
    (
        select count(*) from users as u
        left join organizational_units as o
            on o.directory_id = u.directory_id and o.id = u.unit_id
        where u.directory_id = d.id and u.unit_id <> 0 and o.id is null
    ) as without_unit,
    (
        select 1 - count(*) from roles as r where r.directory_id = d.id and r.is_default
    ) as defaults_amiss,
    (
        select count(*) from roles as r
        where r.directory_id = d.id and not exists (
            select from role_names as n
            where n.directory_id = d.id and n.role_id = r.id
                and n.name_key = r.name_key and n.name = r.name
        )
    ) as roles_without_their_name,
    (
        select count(*) from locations as l
        where l.directory_id = d.id and not exists (
            select from location_names as n
            where n.directory_id = d.id and n.location_id = l.id
                and n.name_key = l.name_key and n.name = l.name and not n.is_alias
        )
    ) as locations_without_their_name,
    (
        select d.active_users - count(*) from users as u
        where u.directory_id = d.id and u.status = 'active'
    ) as active_amiss
from directories as d
where d.name = $1
"""
