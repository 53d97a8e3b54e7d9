"""Imports per batch agree with the oracle: files, options and directories of all kinds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model.comparing import check_answer, check_directory
from tests.model.conftest import BATCHES, RECORD_LIMIT, Bench
from tests.model.examples import examples
from tests.model.files import File, files, options
from tests.model.oracle import Directory, Options, replay
from tests.model.people import ROLES, directories
from tests.model.trial import importing, put, versions_in

Case = tuple[Directory, File, Options, int]


@st.composite
def _cases(draw: st.DrawFn, *, guarded: bool = False) -> Case:
    directory = draw(directories(guarded=guarded))
    file, told = draw(files(directory, draw(options(chosen=guarded))))
    return directory, file, told, draw(st.sampled_from(BATCHES))


CASES = _cases()


@examples(40)
@given(case=CASES)
async def test_rows_end_as_the_rules_say(bench: Bench, case: Case) -> None:
    """Users, answers and summary are the oracle's, whatever the chunks and batches.

    S30, S31, S32, S33, S34, S35, S36, S44; B183, B184, B185, B186, B187.
    """
    await try_case(bench, case)


@pytest.mark.long
@examples(150)
@given(case=CASES)
async def test_rows_end_as_the_rules_say_at_length(bench: Bench, case: Case) -> None:
    """As above, at length: S30 to S36, S44; B183 to B187."""
    await try_case(bench, case)


async def try_case(bench: Bench, case: Case) -> None:
    """Import once, compare; import again, and see that what is as it should be stays untouched."""
    before, file, told, batch = case
    verdict = replay(file.content, told, before, record_limit=RECORD_LIMIT)
    name = await put(bench.connection, before)
    answer = await importing(bench.clients[batch], name, file, told)
    check_answer(answer, verdict)
    await check_directory(bench.connection, name, before, verdict.directory)


AGAIN = _cases(guarded=True)


@examples(20)
@given(case=AGAIN)
async def test_an_unchanged_file_writes_nothing_again(bench: Bench, case: Case) -> None:
    """What was applied is UNCHANGED the next time, and not one row version is written for it.

    P08; S37, S38, S40, S42, S43; B188, B190, B193, B201, B206, B207: directories with locks,
    suspended and protected users and few seats; choices of lines and outcomes, `max_failed_rows`.
    """
    await try_again(bench, case)


@pytest.mark.long
@examples(80)
@given(case=AGAIN)
async def test_an_unchanged_file_writes_nothing_again_at_length(bench: Bench, case: Case) -> None:
    """As above, at length: P08."""
    await try_again(bench, case)


async def try_again(bench: Bench, case: Case) -> None:
    """Import twice under two ids."""
    before, file, told, batch = case
    await try_case(bench, case)
    name = await put(bench.connection, before)
    await importing(bench.clients[batch], name, file, told)
    between = replay(file.content, told, before, record_limit=RECORD_LIMIT).directory
    versions = await versions_in(bench.connection, name)
    verdict = replay(file.content, told, between, record_limit=RECORD_LIMIT)
    answer = await importing(bench.clients[batch], name, file, told)
    check_answer(answer, verdict)
    await check_directory(bench.connection, name, between, verdict.directory)
    after = await versions_in(bench.connection, name)
    for key, user in between.users.items():
        if verdict.directory.users[key] == user:
            assert after[key] == versions[key], f"{key} was written for nothing"


async def test_no_row_is_answered_with_more_than_32_issues(bench: Bench) -> None:
    """Errors first, in the order of the columns; also if the directory finds the last of them."""
    header = ["employee_number", "email", "first_name", "last_name", "role"]
    more = [f"extra {n}" for n in range(40)]
    names = ",".join([*header, *more])
    odd = ",".join(["1", "a@corp.example", " A ", "B", "nobody knows", *([" x "] * 40)])
    content = f"{names}\n{odd}\n".encode()
    file = File(content=content, chunks=(content,), pauses=frozenset())
    told = Options(unknown_columns="STORE")
    before = Directory(users={}, roles=ROLES, default_role="Standard")
    await try_case(bench, (before, file, told, 100))
