"""Errors of PostgreSQL become our classes, raised by a real backend."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from rollbook.store import Conflict, Gone, StoreError, StoreFull, Unavailable
from rollbook.store.errors import SQLSTATES, meaning, translated

_RAISE = "do $$ begin raise exception using errcode = '{}', message = 'a value of a row'; end $$"
_KNOWN = sorted(
    {
        str(error.sqlstate)
        for error in vars(asyncpg.exceptions).values()
        if isinstance(error, type)
        and issubclass(error, asyncpg.PostgresError)
        and len(str(error.sqlstate)) == 5
        and not str(error.sqlstate).startswith(("00", "01", "02"))  # these are no errors
    }
)


@pytest_asyncio.fixture(scope="module")
async def connection(
    database_url: str,
) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    opened = await asyncpg.connect(database_url)
    yield opened
    await opened.close()


@pytest.mark.parametrize(
    ("sqlstate", "expected"),
    [
        *((state, Unavailable) for state in ("08000", "08003", "08006", "08001", "08004", "08P01")),
        *((state, Unavailable) for state in ("25006", "25P03", "25P04", "28P01", "28000", "3D000")),
        *((state, Unavailable) for state in ("40001", "40003", "40P01", "53000", "53200", "53300")),
        *((state, Unavailable) for state in ("55P03", "57014", "57P01", "57P02", "57P03", "57P04")),
        *((state, Unavailable) for state in ("55000", "57P05", "58000", "58030")),
        *((state, StoreFull) for state in ("53100", "53400")),
        ("23505", Conflict),
        ("23503", Gone),
        *((state, StoreError) for state in ("22003", "22021", "23502", "23514", "25001", "40002")),
        *((state, StoreError) for state in ("42501", "42P01", "42601", "54000", "55006", "P0001")),
        *((state, StoreError) for state in ("XX000", "XX001", "0A000", "F0000", "HV000")),
    ],
)
async def test_each_class_of_errors_means_one_thing(
    connection: "asyncpg.Connection[asyncpg.Record]", sqlstate: str, expected: type[StoreError]
) -> None:
    """P11: what passes by itself is waited for, a full disk is reported, and the rest is ours."""
    with pytest.raises(StoreError) as caught, translated():
        await connection.execute(_RAISE.format(sqlstate))
    assert type(caught.value) is expected


@pytest.mark.parametrize("sqlstate", _KNOWN)
async def test_no_error_shows_a_value_of_a_row(
    connection: "asyncpg.Connection[asyncpg.Record]", sqlstate: str
) -> None:
    """Each error that the driver knows becomes the one of the table, without PostgreSQL's text.

    Class 42 alone is about statements, and keeps it: it names the missing right or table.
    """
    with pytest.raises(StoreError) as caught, translated():
        await connection.execute(_RAISE.format(sqlstate))
    assert type(caught.value) is meaning(sqlstate)
    assert ("value of a row" in str(caught.value)) is sqlstate.startswith("42")


def test_every_entry_has_a_reason_and_names_something() -> None:
    """No entry repeats the shorter one above it, and each is a code that is raised."""
    for state, (kind, why) in SQLSTATES.items():
        assert why
        assert any(known.startswith(state) for known in _KNOWN), state
        shorter = SQLSTATES.get(state[:2]) if len(state) == 5 else None
        assert shorter is None or shorter[0] is not kind, state


async def test_an_argument_that_does_not_fit_is_a_bug_and_not_an_absence(
    connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    """The driver calls both an interface error; waiting would not help."""
    with pytest.raises(StoreError) as caught, translated():
        await connection.fetchval("select $1::integer", "seven")
    assert type(caught.value) is StoreError
