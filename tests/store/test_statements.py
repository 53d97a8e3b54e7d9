"""Every statement is valid SQL for this schema, and is used."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from rollbook.store.statements import sql

_HOUSE = Path(__file__).parents[2] / "service/rollbook"
STATEMENTS = {
    path.relative_to(_HOUSE / "store/sql").with_suffix("").as_posix(): path
    for path in sorted((_HOUSE / "store/sql").rglob("*.sql"))
    if not path.name.endswith(".part.sql")
}
_PARTS = {
    path.relative_to(_HOUSE / "store/sql").as_posix().removesuffix(".part.sql"): path
    for path in (_HOUSE / "store/sql").rglob("*.part.sql")
}
_USED = {
    name
    for path in _HOUSE.rglob("*.py")
    for name in re.findall(r'\bsql\("([\w/]+)"\)', path.read_text("utf-8"))
}


@pytest_asyncio.fixture(scope="module")
async def connection(
    database_url: str,
) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection to a migrated database that has the temporary tables of an import."""
    opened = await asyncpg.connect(database_url)
    for name, path in STATEMENTS.items():
        if "create temporary table" in path.read_text("utf-8"):
            await opened.execute(sql(name))
    yield opened
    await opened.close()


@pytest.mark.parametrize("name", STATEMENTS)
async def test_a_statement_is_one_that_the_schema_knows(
    connection: "asyncpg.Connection[asyncpg.Record]", name: str
) -> None:
    """PostgreSQL prepares it: every table, column and type is there, and it is one statement."""
    await connection.prepare(sql(name))


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_says_first_what_it_answers(name: str) -> None:
    """In a comment on top."""
    text = STATEMENTS[name].read_text("utf-8")
    assert re.match(r"(-- .*\n)+(?!--|\n)", text)


def test_every_statement_is_used_and_every_used_one_is_there() -> None:
    """By its name, in Python."""
    assert set(STATEMENTS) == _USED


@pytest.mark.parametrize("name", _PARTS)
def test_a_part_says_what_it_is_and_stands_in_a_statement(name: str) -> None:
    """In a comment on top; a part that no statement has is left over."""
    assert re.match(r"(-- .*\n)+(?!--|\n)", _PARTS[name].read_text("utf-8"))
    named = f"{{{{{name}}}}}"
    assert [other for other, path in STATEMENTS.items() if named in path.read_text("utf-8")]


def test_python_holds_no_sql() -> None:
    """Every call to the database takes its text from `sql(…)`, alone or first of several."""
    calls = [
        (path.name, call)
        for path in (_HOUSE / "store").glob("*.py")
        for call in re.findall(
            r"\.(?:execute|executemany|fetch|fetchrow|fetchval)\(\s*((?:script\(\s*sql\()?[^\s,)]+)",
            path.read_text("utf-8"),
        )
    ]
    assert calls
    assert sorted(call for call in calls if not re.match(r"(script\(\s*)?sql\(", call[1])) == [
        ("connection.py", "begin"),
        ("connection.py", "end"),
        *[("connection.py", "query")] * 4,
        ("migrate.py", "unseen[0].up"),
        ("users.py", "statement"),
    ]
