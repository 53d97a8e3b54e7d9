"""Typed rows agree with the oracle: the same checks and codes as for a file."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.model.comparing import check_answer, check_directory
from tests.model.conftest import BATCHES, RECORD_LIMIT, Bench
from tests.model.examples import examples
from tests.model.files import options, typed_rows
from tests.model.oracle import Directory, Options, replay_rows
from tests.model.people import ROLES, directories, user
from tests.model.trial import importing_rows, put

Case = tuple[Directory, list[dict[str, str]], Options, int]


@st.composite
def _cases(draw: st.DrawFn) -> Case:
    directory = draw(directories(guarded=True))
    told = draw(options(chosen=True))
    rows = draw(typed_rows(directory, told))
    assume(rows)  # nothing at all is an empty file
    return directory, rows, told, draw(st.sampled_from(BATCHES))


CASES = _cases()


@examples(25)
@given(case=CASES)
async def test_typed_rows_end_as_rows_of_a_file_do(bench: Bench, case: Case) -> None:
    """An unset field is an absent column of its row, '' a blank cell; S08, S30, S36."""
    await try_case(bench, case)


@pytest.mark.long
@examples(80)
@given(case=CASES)
async def test_typed_rows_end_as_rows_of_a_file_do_at_length(bench: Bench, case: Case) -> None:
    """As above, at length: S08."""
    await try_case(bench, case)


async def try_case(bench: Bench, case: Case) -> None:
    """Import the rows, and compare."""
    before, rows, told, batch = case
    verdict = replay_rows(rows, told, before, record_limit=RECORD_LIMIT)
    name = await put(bench.connection, before)
    answer = await importing_rows(bench.clients[batch], name, rows, told)
    check_answer(answer, verdict)
    await check_directory(bench.connection, name, before, verdict.directory)


async def test_attributes_are_counted_as_the_user_has_them(bench: Bench) -> None:
    """S36: in the row alone, and with those that are stored."""
    known = user("1", "a@corp.example", role="Standard", attributes=(("older", "y"),))
    before = Directory(users={known.number_key: known}, roles=ROLES, default_role="Standard")
    rows = [
        {"employee_number": number, "email": email, "first_name": "A", "last_name": "B"}
        | {f"attributes.a{at:02}": "x" for at in range(count)}
        for number, email, count in (
            ("1", "a@corp.example", 64),
            ("2", "b@corp.example", 64),
            ("3", "c@corp.example", 65),
        )
    ]
    verdict = replay_rows(rows, Options(), before)
    assert verdict.outcomes == {"FAILED": 2, "CREATED": 1}
    for batch in BATCHES:
        await try_case(bench, (before, rows, Options(), batch))
