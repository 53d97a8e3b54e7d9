"""Safeguards agree with the oracle, for imports that change about as much as allowed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model.comparing import check_answer, check_directory
from tests.model.conftest import BATCHES, Bench
from tests.model.examples import examples
from tests.model.files import File
from tests.model.oracle import Directory, Options, replay
from tests.model.people import ROLES, user
from tests.model.trial import importing, put

_COMMITS = ["PER_BATCH", "WHOLE_FILE", "NONE"]

Case = tuple[Directory, File, Options, int]


@st.composite
def _cases(draw: st.DrawFn) -> Case:
    count = draw(st.integers(98, 130))
    numbers = [f"{n:03}" for n in range(count)]
    made = [
        user(number, f"u{number}@corp.example", role="Standard", first_name="A", last_name="B")
        for number in numbers
    ]
    near = st.sampled_from([-1, 0, 1])
    some = draw(st.permutations(numbers))
    moved = set(some[: max(0, count // 10 + draw(near)) if draw(st.booleans()) else 2])
    led = set(some[-(count // 20 + draw(near)) :] if draw(st.booleans()) else some[-1:])
    told = Options(commit=draw(st.sampled_from(_COMMITS)))
    missing: set[str] = set()
    if told.commit != "PER_BATCH" and draw(st.booleans()):
        told = Options(commit=told.commit, missing_users="SUSPEND")
        middle = count // 3
        missing = set(some[middle : middle + count // 5 + draw(near)])
    lines = [
        f"{number},{'new' if number in moved else 'u'}{number}@corp.example,A,B,"
        f"{'Lead' if number in led else ''}"
        for number in draw(st.permutations(numbers))
        if number not in missing
    ]
    content = "\n".join(["employee_number,email,first_name,last_name,role", *lines]).encode()
    file = File(content=content, chunks=(content,), pauses=frozenset())
    users = {one.number_key: one for one in made}
    directory = Directory(users=users, roles=ROLES, default_role="Standard")
    return directory, file, told, draw(st.sampled_from(BATCHES))


CASES = _cases()


@examples(8)
@given(case=CASES)
async def test_a_safeguard_stops_what_would_change_too_much(bench: Bench, case: Case) -> None:
    """On both sides of each limit, batch by batch, staged and in a full sync; B066."""
    await try_case(bench, case)


@pytest.mark.long
@examples(30)
@given(case=CASES)
async def test_a_safeguard_stops_what_would_change_too_much_at_length(
    bench: Bench, case: Case
) -> None:
    """As above, at length."""
    await try_case(bench, case)


async def try_case(bench: Bench, case: Case) -> None:
    """Import, and compare."""
    before, file, told, batch = case
    verdict = replay(file.content, told, before)
    name = await put(bench.connection, before)
    answer = await importing(bench.clients[batch], name, file, told)
    check_answer(answer, verdict, dry=told.commit == "NONE")
    await check_directory(bench.connection, name, before, verdict.directory)
