"""Bulk load from CSV: read like any file, and applied as a whole or not at all."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from rollbook.client import Client
from rollbook.client.directories import Loaded
from rollbook.errors import Reason
from rollbook.v1.directories_pb2 import Location, OrganizationalUnit, Role
from tests.environment import Server, serving
from tests.rpc.refusals import refusal


async def _names(listed: AsyncIterator[Location]) -> list[str]:
    return [one.name async for one in listed]


async def test_roles_locations_and_units_are_made_as_the_file_says(
    client: Client, directory: str
) -> None:
    """Columns in any order and spelling; aliases joined by `|`; privileged in any of its words."""
    roles = "Privileged;NAME;aliases\n1;Manager;Boss| Chief |\nno;Clerk;\n;Guest;\nYES;Root;su\n"
    assert await client.roles.load(directory, roles.encode()) == Loaded(4, 0)
    assert [role async for role in client.roles.list(directory) if role.name != "Standard"] == [
        Role(name="admin", privileged=True),
        Role(name="Clerk"),
        Role(name="Guest"),
        Role(name="Manager", aliases=["Boss", "Chief"], privileged=True),
        Role(name="Root", aliases=["su"], privileged=True),
    ]
    locations = '\ufeffname,code,aliases\r\n"Kings Cross, North",KGX,KX\r\n\r\nLeeds,,\r\n'
    assert await client.locations.load(directory, locations.encode()) == Loaded(2, 0)
    assert [location async for location in client.locations.list(directory)] == [
        Location(name="Kings Cross, North", code="KGX", aliases=["KX"]),
        Location(name="Leeds"),
    ]
    assert await client.units.load(directory, b"sep=;\nname\nForensics\n\nRoads") == Loaded(2, 0)
    assert await client.units.get(directory, "roads") == OrganizationalUnit(name="Roads")


async def test_what_is_there_as_the_file_says_is_unchanged(client: Client, directory: str) -> None:
    """Also within the file. An absent column changes nothing, as in any file of users."""
    locations = b"name,code,aliases\nLeeds,LDS,b|a\nLondon HQ,LHR,\nLeeds,LDS,a|b\n"
    assert await client.locations.load(directory, locations) == Loaded(2, 1)
    assert await client.locations.load(directory, locations) == Loaded(0, 3)
    assert await client.locations.load(directory, b"name\nLeeds\nYork\n") == Loaded(1, 1)
    assert await client.roles.load(directory, b"name\nStandard\nadmin\n") == Loaded(0, 2)
    assert await client.units.load(directory, b"name\na\na\n") == Loaded(1, 1)


async def test_a_list_as_csv_loads_as_unchanged(client: Client, directory: str) -> None:
    """What `rollbook roles list --output csv` writes is what `load` reads."""
    await client.roles.create(directory, Role(name="A, B", aliases=["x", "y"], privileged=True))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("name", "aliases", "privileged"))
    async for role in client.roles.list(directory):
        writer.writerow((role.name, "|".join(role.aliases), str(role.privileged).lower()))
    assert await client.roles.load(directory, out.getvalue().encode()) == Loaded(0, 3)


@pytest.mark.parametrize(
    ("line", "column", "said"),
    [
        ("leeds,LDS,", "name", "'Leeds'"),  # another spelling would be a change
        ("Leeds,LEE,", "code", "'LDS'"),
        ("Leeds,,", "code", "'LDS'"),
        ("Leeds,LDS,Tykes", "aliases", "none"),
        ("LDS,,", "name", "'Leeds'"),
        ("York,lds,", "code", "'Leeds'"),
        ("York,LEEDS,", "code", "'Leeds'"),
        (",YRK,", "name", "blank"),
        ("York,Y\u202eRK,", "code", "U+202E"),
        (f"York,{'x' * 201},", "code", "201"),
        (f"York,,a|{'x' * 201}", "aliases", "201"),
        ("Yo\0rk,,", "name", "NUL"),
        ("Aa,,", "name", "'aA'"),  # earlier in this file
        ("York,,,", "", "4 cells"),
        ("York", "", "1 cells"),
        ('"York"shire,,', "", "closing quote"),
    ],
    ids=str,
)
async def test_a_faulty_row_refuses_the_whole_file(
    client: Client, directory: str, line: str, column: str, said: str
) -> None:
    """The refusal names line and column, the lines as an editor counts them; nothing is made."""
    await client.locations.create(directory, Location(name="Leeds", code="LDS"))
    content = f"name,code,aliases\naA,,\n\n{line}\nZ,,\n"
    error = await refusal(
        client.locations.load(directory, content.encode()), Reason.INVALID_OPTIONS
    )
    assert error.facts["option"] == "csv"
    assert error.facts["line"] == "4"
    assert error.facts.get("column", "") == column
    assert said in error.message
    assert await _names(client.locations.list(directory)) == ["Leeds"]


async def test_lines_are_physical_across_quotes(client: Client, directory: str) -> None:
    content = b'name,aliases\n"a","x\n|y"\n,\n'
    error = await refusal(client.roles.load(directory, content), Reason.INVALID_OPTIONS)
    assert (error.facts["line"], error.facts["column"]) == ("4", "name")
    content = b'name,aliases\r\n"a",x\r\n"b\r\n,c",d\r\n'
    error = await refusal(client.roles.load(directory, content), Reason.INVALID_OPTIONS)
    assert (error.facts["line"], error.facts["column"]) == ("3", "name")


async def test_a_role_that_grants_otherwise_is_no_unchanged_one(
    client: Client, directory: str
) -> None:
    for content, column in (
        (b"name,privileged\nadmin,0\n", "privileged"),
        (b"name,privileged\nadmin,\n", "privileged"),
        (b"name,privileged\nStandard,1\n", "privileged"),
        (b"name,privileged\nClerk,maybe\n", "privileged"),
        (b"name,aliases\nClerk,USER\n", "aliases"),
        (b"name,aliases\nClerk,x\nGuest,X\n", "aliases"),
        (b"name\nuser\n", "name"),
    ):
        error = await refusal(client.roles.load(directory, content), Reason.INVALID_OPTIONS)
        assert error.facts["column"] == column, content
    assert len([role async for role in client.roles.list(directory)]) == 2


@pytest.mark.parametrize(
    ("content", "reason", "line"),
    [
        (b"", Reason.EMPTY_FILE, 1),
        (b"\xef\xbb\xbf\r\n \r\n", Reason.EMPTY_FILE, 1),
        (b"sep=,\n", Reason.EMPTY_FILE, 1),
        (b"\n\nLeeds\nYork\n", Reason.HEADER_UNKNOWN_COLUMN, 3),
        (b"name,city\nLeeds,x\n", Reason.HEADER_UNKNOWN_COLUMN, 1),
        (b"name,privileged\nLeeds,1\n", Reason.HEADER_UNKNOWN_COLUMN, 1),  # a column of roles
        (b'name,"code"x\n', Reason.HEADER_UNKNOWN_COLUMN, 1),
        (b"code\nLDS\n", Reason.HEADER_MISSING_COLUMN, 1),
        (b"name,code,Name\nLeeds,LDS,x\n", Reason.HEADER_DUPLICATE_COLUMN, 1),
        (b"name;code,aliases\n", Reason.DELIMITER_MISMATCH, 1),
        (b"sep=;\nname,code\n", Reason.DELIMITER_MISMATCH, 2),
        (b"name\nLeeds\nK\xf6ln\n", Reason.ENCODING_ERROR, 3),
        ("name\nLeeds\n".encode("utf-16"), Reason.ENCODING_ERROR, 1),
        (b"PK\x03\x04....", Reason.UNSUPPORTED_CONTENT, 1),
        (b"\n<html><body>name</body></html>", Reason.UNSUPPORTED_CONTENT, 2),
        (b'name,"code\nLeeds,LDS\n', Reason.UNTERMINATED_QUOTE, 1),
        (b'name,code\nYork,\n"Leeds\n",\n"L\n\n', Reason.UNTERMINATED_QUOTE, 5),
    ],
    ids=repr,
)
async def test_what_is_no_such_file_is_refused_as_any_file_is(
    client: Client, directory: str, content: bytes, reason: Reason, line: int
) -> None:
    error = await refusal(client.locations.load(directory, content), reason)
    assert error.facts["line"] == str(line)
    assert await _names(client.locations.list(directory)) == []


async def test_a_file_of_a_header_alone_makes_nothing(client: Client, directory: str) -> None:
    assert await client.units.load(directory, b"name") == Loaded(0, 0)


async def test_a_file_of_a_mebibyte_is_loaded_and_one_byte_more_is_refused(
    database_url: str, tmp_path: Path
) -> None:
    """The message is a little larger than the file in it, and must be let in first."""
    line = b"x" * 199
    content = (b"name\n" + b"".join(line[:190] + b"%09d\n" % n for n in range(6_000)))[: 1 << 20]
    with serving(database_url, tmp_path, max_message_bytes=(1 << 20) + 100) as server:
        async with Client(server.address, server.token) as client:
            await client.directories.create("main")
            assert (await client.units.load("main", content)).created == 5_243
            error = await refusal(client.units.load("main", content + b"x"), Reason.INVALID_OPTIONS)
            assert error.facts["option"] == "csv"


async def test_loads_and_imports_take_turns(server: Server, client: Client, directory: str) -> None:
    """While an import holds the directory's lock nothing is made in it; in another it is."""
    other = f"{directory}-b"
    await client.directories.create(other)
    connection = await asyncpg.connect(server.database_url)
    find = "select id from directories where name = $1"
    try:
        async with connection.transaction():
            directory_id = await connection.fetchval(find, directory)
            lock = "select pg_advisory_xact_lock(1380930635, $1::integer)"
            await connection.execute(lock, directory_id)
            waiting = asyncio.create_task(client.units.load(directory, b"name\na\n"))
            assert await client.units.load(other, b"name\na\n") == Loaded(1, 0)
            await connection.execute(
                "insert into organizational_units (directory_id, name, name_key)"
                " values ($1, 'a', 'a')",
                directory_id,
            )
            assert not waiting.done()
        assert await waiting == Loaded(0, 1)  # it saw what the import had made
    finally:
        await connection.close()


async def test_two_that_make_the_same_at_once_make_it_once(client: Client, directory: str) -> None:
    content = b"name,code\n" + b"".join(b"L%d,C%d\n" % (n, n) for n in range(200))
    loaded = await asyncio.gather(*(client.locations.load(directory, content) for _ in range(6)))
    assert sorted(loaded) == [Loaded(0, 200)] * 5 + [Loaded(200, 0)]
