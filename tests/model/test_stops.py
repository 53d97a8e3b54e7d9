"""Imports that a limit stops, cut into batches of every size: the cut decides nothing."""

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.model import WARNINGS, Code
from tests.model.comparing import check_answer, check_directory
from tests.model.conftest import RECORD_LIMIT, Bench
from tests.model.examples import examples
from tests.model.faulty import COLUMNS, KINDS, MANY, OLDER, header, record, spoiled
from tests.model.files import File, cut, never_closed, options, rows_of
from tests.model.oracle import Directory, Options, Safeguards, replay
from tests.model.people import HELD, LOCATIONS, ROLES, directories, user
from tests.model.trial import importing, put

Case = tuple[Directory, File, Options]

NOT_OF_A_CELL = frozenset(
    {
        Code.DUPLICATE_EMPLOYEE_NUMBER,  # of two rows
        Code.ALREADY_EXISTS,  # of the mode
        Code.NOT_FOUND,
        Code.SEAT_LIMIT_REACHED,  # of the directory
        Code.TARGET_PROTECTED,
        Code.CONFLICT_RETRY_EXHAUSTED,  # of other writers
        Code.ROLE_NOT_PERMITTED,  # of the caller's rights
        Code.PLUGIN_ERROR,
        Code.PLUGIN_TIMEOUT,
        Code.PLUGIN_BAD_OUTPUT,
        Code.PASSWORD_TOO_SHORT,  # no password is taken yet
        Code.PASSWORD_TOO_LONG,
        Code.PASSWORD_COMMON,
        Code.PASSWORD_CONTAINS_IDENTITY,
        Code.PASSWORD_QUOTA_EXCEEDED,
    }
)

_CROWD = {
    made.number_key: made
    for made in (
        user(f"f{n:03}", f"f{n}@filler.example", role="Standard", first_name="F", last_name="G")
        for n in range(105)
    )
}
"""Users whom no file names: with some of them a directory has 100 active ones, or just not."""


@st.composite
def _cases(draw: st.DrawFn) -> Case:
    moves = draw(st.integers(0, 2)) > 0
    small = draw(directories(guarded=True))
    crowd = dict(list(_CROWD.items())[: draw(st.sampled_from([len(_CROWD), 100, 95]))])
    percent = st.sampled_from([0, 1, 2, 3, 10])
    directory = replace(
        small,
        users=crowd | small.users,
        seats=None if small.seats is None else small.seats + len(crowd),
        safeguards=Safeguards(emails_percent=draw(percent), roles_percent=draw(percent)),
    )
    directory = _with_attributes(directory, draw(st.sampled_from([0, 1, 63, 64])))
    told = draw(
        options(
            chosen=not moves,
            commit=draw(st.sampled_from(["PER_BATCH"] * 4 + ["WHOLE_FILE"])),
            max_failed_rows=draw(st.sampled_from([None, None, None, 0, 1, 3])),
            mode=draw(st.sampled_from(["UPSERT"] * 6 + ["CREATE_ONLY", "UPDATE_ONLY"])),
            unknown_columns="STORE",
        )
    )
    rows = draw(_moves(directory) if moves else rows_of(small, COLUMNS, 20))
    at = st.integers(0, 19)
    kinds = draw(st.dictionaries(at, st.sampled_from(KINDS), max_size=1 if moves else 4))
    filled = draw(st.dictionaries(at, st.sampled_from([1, 2, 64]), max_size=3))
    lines = [
        spoiled(cells, kinds[at]) if at in kinds else record(cells, filled.get(at, 0))
        for at, cells in enumerate(rows)
    ]
    if lines and draw(st.integers(0, 15)) == 15:
        lines[-1] = never_closed(lines[-1], ",")
    return directory, draw(cut("\n".join([header(), *lines]).encode())), told


@st.composite
def _moves(draw: st.DrawFn, directory: Directory) -> list[list[str]]:
    """Rows about users who take each other's e-mails, or new ones, and other roles."""
    last = list(directory.users.values())[-14:]
    some = draw(st.permutations(last))[: draw(st.integers(6, len(last)))]
    step = draw(st.integers(0, 2))
    rows = []
    for at, one in enumerate(some):
        other = some[(at + step) % len(some)].email
        email = draw(st.sampled_from([other, other, other, one.email, f"new{at}@corp.example"]))
        role = draw(st.sampled_from(["", "", "", one.role, "Lead", "Gast"]))
        known = {"employee_number": one.employee_number, "email": email, "role": role}
        known |= {"first_name": "A", "last_name": "B"}
        rows.append([known.get(field, "") for field in COLUMNS])
    return rows


def _with_attributes(directory: Directory, stored: int) -> Directory:
    """The directory; each third of its users has so many attributes, one of them no column."""
    if not stored:
        return directory
    given = tuple(sorted((name, "y") for name in (OLDER, *MANY[len(MANY) - stored + 1 :])))
    users = {
        key: replace(one, attributes=given) if at % 3 == 0 else one
        for at, (key, one) in enumerate(directory.users.items())
    }
    return replace(directory, users=users)


CASES = _cases()
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")


@examples(12)
@given(case=CASES)
async def test_the_cut_into_batches_decides_nothing_about_a_stop(bench: Bench, case: Case) -> None:
    """Too many failed rows, seats and safeguards stop at the same row, the parked ones last.

    S30, S43; B185, B186, B207: at batches of 1, 2, 4, 7, 100 and 5,000 rows, with rows that fail
    for each reason that one cell can give.
    """
    await try_case(bench, case)


@pytest.mark.long
@examples(100)
@given(case=CASES)
async def test_the_cut_into_batches_decides_nothing_about_a_stop_at_length(
    bench: Bench, case: Case
) -> None:
    """As above, at length: S30, S43; B185, B186, B207."""
    await try_case(bench, case)


async def try_case(bench: Bench, case: Case) -> None:
    """Import with each batch size into a directory of its own, and compare each with the oracle."""
    before, file, told = case
    verdict = replay(file.content, told, before, record_limit=RECORD_LIMIT)
    names = [await put(bench.connection, before) for _ in bench.clients]
    answers = await asyncio.gather(
        *(
            importing(client, name, file, told)
            for client, name in zip(bench.clients.values(), names, strict=True)
        )
    )
    for batch, name, answer in zip(bench.clients, names, answers, strict=True):
        try:
            check_answer(answer, verdict)
            await check_directory(bench.connection, name, before, verdict.directory)
        except AssertionError as wrong:
            raise AssertionError(f"at batches of {batch}: {wrong}") from wrong


@pytest.mark.parametrize("most", [None, 0])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.few(14)
async def test_each_kind_of_fault_fails_its_row_alone(
    bench: Bench, kind: str, most: int | None
) -> None:
    """S30: one row of three, and what stops there is the same at every batch size."""
    known = user("1", "u1@corp.example", role="Standard", attributes=((OLDER, "y"),))
    keeper = user("keeper", HELD, "keeper", role="Lead", first_name="K", last_name="P")
    rows = [[str(n), f"u{n}@corp.example", "A", "B", *[""] * (len(COLUMNS) - 4)] for n in range(3)]
    lines = [header(), record(rows[0]), spoiled(rows[1], kind), record(rows[2])]
    content = "\n".join(lines).encode()
    directory = Directory(
        users={one.number_key: one for one in (keeper, known)},
        roles=ROLES,
        default_role="Standard",
        locations=LOCATIONS,
    )
    told = Options(unknown_columns="STORE", max_failed_rows=most)
    verdict = replay(content, told, directory, record_limit=RECORD_LIMIT)
    assert kind in verdict.codes
    assert verdict.outcomes["FAILED"] == 1
    file = File(content=content, chunks=(content,), pauses=frozenset())
    await try_case(bench, (directory, file, told))


def test_every_code_that_fails_a_row_has_its_case() -> None:
    """A new code is either one that a cell can cause, or said to be none."""
    assert {*KINDS} == set(Code) - WARNINGS - NOT_OF_A_CELL
