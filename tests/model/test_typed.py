"""Typed rows agree with the oracle: the same checks and codes as for a file."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.model.comparing import check_answer, check_directory
from tests.model.conftest import BATCHES, RECORD_LIMIT, Bench
from tests.model.examples import examples
from tests.model.files import options, typed_rows
from tests.model.oracle import Directory, Options, replay_rows
from tests.model.people import directories
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


@examples(40)
@given(case=CASES)
async def test_typed_rows_end_as_rows_of_a_file_do(bench: Bench, case: Case) -> None:
    """An unset field is an absent column of its row, '' a blank cell; S08, S30, S36."""
    await try_case(bench, case)


@pytest.mark.long
@examples(400)
@given(case=CASES)
async def test_typed_rows_end_as_rows_of_a_file_do_at_length(bench: Bench, case: Case) -> None:
    """As above, ten times as often: S08."""
    await try_case(bench, case)


async def try_case(bench: Bench, case: Case) -> None:
    """Import the rows, and compare."""
    before, rows, told, batch = case
    verdict = replay_rows(rows, told, before, record_limit=RECORD_LIMIT)
    name = await put(bench.connection, before)
    answer = await importing_rows(bench.clients[batch], name, rows, told)
    check_answer(answer, verdict)
    await check_directory(bench.connection, name, before, verdict.directory)
