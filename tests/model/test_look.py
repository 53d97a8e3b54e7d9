"""A look before the turn changes no answer: imports with it and without it end alike."""

from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.client import Client
from tests.model.comparing import kept, said
from tests.model.conftest import BATCHES, Bench
from tests.model.examples import examples
from tests.model.files import File, files, options
from tests.model.oracle import Directory, Options
from tests.model.people import directories
from tests.model.trial import importing, put

_EDITS = (
    *("first_name = 'Zed'", "email = upper(email)", "username = upper(username)"),
    *("username = number_key || '-', username_key = number_key || '-'", "name = ''"),
    *("location_id = 0", "unit_id = 0", "phone = '1'", "job_title = first_name"),
    *("must_change_password = not must_change_password", "attributes = '{}'"),
    *('attributes = \'{"shoe size": "43", "hat": "7"}\'', "sources = '{hr}'"),
    *("role_locked = true", "location_locked = true", "protected = true"),
    *("status = 'suspended'", "status = 'suspended_by_sync'"),
)
"""What may have become of some users since their file was last imported."""

Edit = tuple[int, str]
Case = tuple[Directory, File, Options, Options, list[Edit], int]


@st.composite
def _cases(draw: st.DrawFn) -> Case:
    """A directory, a file, options for the first time and the second, edits, a batch's rows."""
    directory = draw(directories(guarded=draw(st.booleans())))
    file, first = draw(files(directory, draw(options())))
    again: dict[str, Any] = {
        "mode": draw(st.sampled_from([first.mode, first.mode, "UPDATE_ONLY"])),
        "blanks": draw(st.sampled_from(["KEEP", "CLEAR"])),
        "include_changes": draw(st.booleans()),
        "max_failed_rows": draw(st.sampled_from([None, None, 0, 1, 5])),
    }
    edits = draw(st.lists(st.tuples(st.integers(0, 30), st.sampled_from(_EDITS)), max_size=6))
    batch = draw(st.sampled_from([rows for rows in BATCHES if rows > 1]))
    return directory, file, first, Options(**(vars(first) | again)), edits, batch


CASES = _cases()


@examples(15)
@given(case=CASES)
async def test_a_look_before_the_turn_changes_no_answer(
    bench: Bench, exact: Client, case: Case
) -> None:
    """P08: the same answers, summary, counts, users, and writes of each user."""
    await _try(bench, exact, case)


@pytest.mark.long
@examples(100)
@given(case=CASES)
async def test_a_look_before_the_turn_changes_no_answer_at_length(
    bench: Bench, exact: Client, case: Case
) -> None:
    """As above, at length: P08."""
    await _try(bench, exact, case)


async def _try(bench: Bench, exact: Client, case: Case) -> None:
    """Import a file, change some users, import it again: in one directory with the look."""
    before, file, first, again, edits, batch = case
    ends = []
    for client in (bench.clients[batch], exact):
        name = await put(bench.connection, before)
        await importing(client, name, file, first)
        for place, edit in edits:
            await _change(bench.connection, name, place, edit)
        answer = await importing(client, name, file, again)
        ends.append((said(answer), await kept(bench.connection, name, answer, before)))
    assert ends[0] == ends[1]


async def _change(connection: asyncpg.Connection, name: str, place: int, edit: str) -> None:
    """Change one user, the same in both directories, by another way than an import."""
    id_ = await connection.fetchval("select id from directories where name = $1", name)
    await connection.execute(
        f"update users set {edit} where directory_id = $1 and number_key ="
        " (select number_key from users where directory_id = $1 order by number_key"
        "  offset $2 limit 1)",
        id_,
        place,
    )
    await connection.execute(
        "update directories set active_users = (select count(*) from users"
        " where directory_id = $1 and status = 'active') where id = $1",
        id_,
    )
