"""What the cells of a file mean in a directory."""

from collections.abc import AsyncIterator

import pytest

from rollbook.client import Client, import_options, new_import
from rollbook.v1.directories_pb2 import Location, OrganizationalUnit, Role
from rollbook.v1.imports_pb2 import RowResults
from rollbook.v1.results_pb2 import OUTCOME_CREATED, OUTCOME_FAILED, RowResult


async def _answer(client: Client, directory: str, column: str, cell: str) -> RowResult:
    """The answer to one new user with that cell."""
    content = (
        f"employee_number,email,first_name,last_name,{column}\n"
        f'1,ada@example.com,Ada,Byron,"{cell}"\n'
    )

    async def chunks() -> AsyncIterator[bytes]:
        yield content.encode()

    results: list[RowResult] = []
    async for event in client.upload_stream(chunks(), new_import(directory)):
        if isinstance(event, RowResults):
            results += event.results
    (answer,) = results
    return answer


@pytest.mark.parametrize(
    "cell", ["London HQ", "LONDON  hq", " london hq ", "LHR", "lhr", "Heathrow", "HEATHROW ", ""]
)
async def test_a_location_is_meant_by_name_alias_or_code(
    client: Client, directory: str, cell: str
) -> None:
    """S39: ignoring case and spaces; blank is none."""
    await client.locations.load(
        directory, b"name,code,aliases\nLondon HQ,LHR,Heathrow|City\nLeeds,,\n"
    )
    answer = await _answer(client, directory, "location", cell)
    assert answer.outcome == OUTCOME_CREATED
    assert not [issue for issue in answer.issues if issue.code != "whitespace_trimmed"]


@pytest.mark.parametrize(
    ("cell", "reason"), [("North", "ambiguous"), ("LDS", "ambiguous"), ("Lon", "unknown")]
)
async def test_a_location_is_never_guessed(
    client: Client, directory: str, cell: str, reason: str
) -> None:
    """S39, B204: an alias of two, a code that is another's alias, and half a name mean none."""
    await client.locations.load(
        directory, b"name,code,aliases\nLondon HQ,LHR,North\nLeeds,LDS,north\nYork,,lds\n"
    )
    answer = await _answer(client, directory, "location", cell)
    assert answer.outcome == OUTCOME_FAILED
    (issue,) = answer.issues
    assert (issue.code, issue.params["reason"]) == ("invalid_location", reason)


async def test_a_unit_must_exist_beforehand(client: Client, directory: str) -> None:
    """S40: else unknown_organizational_unit; blank is none."""
    answer = await _answer(client, directory, "unit", "Forensics")
    assert [issue.code for issue in answer.issues] == ["unknown_organizational_unit"]
    assert answer.outcome == OUTCOME_FAILED
    await client.units.create(directory, OrganizationalUnit(name="Forensics"))
    assert (await _answer(client, directory, "unit", "forensics")).outcome == OUTCOME_CREATED
    assert not (await _answer(client, directory, "unit", "")).issues


async def test_a_role_is_meant_by_name_or_alias(client: Client, directory: str) -> None:
    await client.roles.create(directory, Role(name="Manager", aliases=["Team Lead"]))
    for cell in ("manager", "TEAM  LEAD", "user", "default user", "Standard", ""):
        assert not (await _answer(client, directory, "role", cell)).issues
    answer = await _answer(client, directory, "role", "Boss")
    assert [issue.code for issue in answer.issues] == ["invalid_role"]


async def test_a_location_that_an_import_made_is_one_like_any_other(
    client: Client, directory: str
) -> None:
    """`unknown_location=CREATE` makes it under its name alone; a load finds it there."""
    content = b"employee_number,email,first_name,last_name,location\n1,a@b.example,A,B,New York\n"

    async def chunks() -> AsyncIterator[bytes]:
        yield content

    start = new_import(directory, options=import_options(unknown_location="CREATE"))
    async for _ in client.upload_stream(chunks(), start):
        pass
    assert await client.locations.get(directory, "new york") == Location(name="New York")
    assert await client.locations.load(directory, b"name\nNew York\n") == (0, 1)
