"""Dry runs and whole files agree with the oracle and with each other."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model.comparing import check_answer, check_directory, outcomes_of
from tests.model.conftest import BATCHES, RECORD_LIMIT, Bench
from tests.model.examples import examples
from tests.model.files import File, files, options
from tests.model.oracle import Directory, Options, replay
from tests.model.people import directories
from tests.model.trial import importing, put

Case = tuple[Directory, File, Options, int, int]


@st.composite
def _cases(draw: st.DrawFn) -> Case:
    directory = draw(directories(guarded=True))
    told = draw(options(chosen=True))
    if draw(st.integers(0, 2)) == 0:
        told = replace(told, missing_users="SUSPEND", only_lines=(), only_outcomes=())
    file, told = draw(files(directory, replace(told, commit="WHOLE_FILE")))
    batches = st.sampled_from(BATCHES)
    return directory, file, told, draw(batches), draw(batches)


CASES = _cases()


@examples(25)
@given(case=CASES)
async def test_a_dry_run_is_the_whole_file_rolled_back(bench: Bench, case: Case) -> None:
    """A dry run answers what a whole file then does, by row and by digest; it writes nothing.

    P09, S03; the answers of both are the oracle's, full syncs (their suspensions, and where they
    wait for approval) included.
    """
    await try_case(bench, case)


@pytest.mark.long
@examples(150)
@given(case=CASES)
async def test_a_dry_run_is_the_whole_file_rolled_back_at_length(bench: Bench, case: Case) -> None:
    """As above, over 150 generated files: P09."""
    await try_case(bench, case)


async def try_case(bench: Bench, case: Case) -> None:
    """Preview, compare; commit, compare with the oracle and with the preview."""
    before, file, told, batch, other = case
    name = await put(bench.connection, before)
    dry = replace(told, commit="NONE")
    preview = await importing(bench.clients[batch], name, file, dry)
    check_answer(preview, replay(file.content, dry, before, record_limit=RECORD_LIMIT), dry=True)
    await check_directory(bench.connection, name, before, before)

    verdict = replay(file.content, told, before, record_limit=RECORD_LIMIT)
    answer = await importing(bench.clients[other], name, file, told)
    check_answer(answer, verdict)
    await check_directory(bench.connection, name, before, verdict.directory)
    assert outcomes_of(preview) == outcomes_of(answer)
    if verdict.answered and preview.summary and answer.summary:
        assert preview.summary.digest == answer.summary.digest
