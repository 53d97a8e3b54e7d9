"""Imports whose employee number is another column agree with the oracle."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model.conftest import BATCHES, Bench
from tests.model.examples import examples
from tests.model.files import files, options
from tests.model.people import directories, identified
from tests.model.test_per_batch import Case, try_case


@st.composite
def _cases(draw: st.DrawFn) -> Case:
    identity = draw(st.sampled_from(["USERNAME", "EMAIL"]))
    commit = draw(st.sampled_from(["PER_BATCH", "WHOLE_FILE"]))
    directory = identified(draw(directories(guarded=True)), identity)
    file, told = draw(files(directory, draw(options(identity=identity, commit=commit))))
    return directory, file, told, draw(st.sampled_from(BATCHES))


CASES = _cases()


@examples(40)
@given(case=CASES)
async def test_another_column_may_be_the_number(bench: Bench, case: Case) -> None:
    """Users, answers and summary are the oracle's; issues name the column. S35."""
    await try_case(bench, case)


@pytest.mark.long
@examples(120)
@given(case=CASES)
async def test_another_column_may_be_the_number_at_length(bench: Bench, case: Case) -> None:
    """As above, at length: S35."""
    await try_case(bench, case)
