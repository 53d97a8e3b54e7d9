"""Clean rows in columns: an import is answered alike in both forms, whatever its options are."""

from collections.abc import Iterator, Mapping
from uuid import uuid4

import pytest
import pytest_asyncio

from rollbook.model.options import CHOICES
from rollbook.v1.imports_pb2 import ImportUsersRequest
from rollbook.v1.results_pb2 import OUTCOME_FAILED, RowResult
from tests.acceptance.wire import HEADER, Answer, Peer, csv, end, start, user, users

_STORED = HEADER + user(1) + user(2) + user(3, email="c@x.org") + user(4, email="d@x.org")
_CONTENT = (
    HEADER
    + user(1)
    + user(2, first_name="Grace")
    + user(3, email="d@x.org")  # they swap their addresses, and are answered last
    + user(4, email="c@x.org")
    + users(*range(5, 25))
    + user(25, first_name='"Ada\nMaria"')
    + user(26, first_name=" Ada ")
    + user(27, email="?")
    + user(28, email="u5@example.org")
    + user(29, role="conjurer")
    + user(30, location="Atlantis")
    + user(31, last_name="")
    + users(*range(32, 52))
    + user(5)
)
_NEEDED: Mapping[str, Mapping[str, object]] = {
    "missing_users=SUSPEND": {"commit": "WHOLE_FILE"},
    "notify=LOGIN_DETAILS": {"first_password": "GENERATE"},
}
"""What an option goes with."""
_FURTHER: tuple[Mapping[str, object], ...] = (
    {"include_changes": True},
    {"include_changes": True, "commit": "WHOLE_FILE"},
    {"include_changes": True, "commit": "NONE"},
    {"include_changes": True, "results": "WITH_ISSUES"},
    {"only_lines": "2-9,20"},
    {"only_outcomes": "CREATED", "commit": "WHOLE_FILE"},
    {"max_failed_rows": 1},
    {"single_names": True},
    {"columns": {"role": "job_title"}},
    {"delimiter": ","},
    {"encoding": "utf-8", "encoding_certain": True},
)
_SYNC: Mapping[str, object] = {
    "missing_users": "SUSPEND",
    "commit": "NONE",
    "include_changes": True,
}


def _options() -> Iterator[Mapping[str, object]]:
    """Each choice of each option, and the options that are no choice."""
    for name, choices in CHOICES.items():
        for choice in choices:
            yield {name: choice.value, **_NEEDED.get(f"{name}={choice.value}", {})}
    yield from _FURTHER
    yield _SYNC


def _named(options: Mapping[str, object]) -> str:
    return " ".join(f"{name}={value}" for name, value in options.items())


def _by_line(answer: Answer, *, ids: bool) -> list[RowResult]:
    """The results by line; users' ids differ from directory to directory."""
    found = sorted(answer.results, key=lambda result: (result.line, result.employee_number))
    for result in () if ids else found:
        result.user_id = "some" if result.user_id else ""
    return found


def _clean(answer: Answer) -> int:
    """How many rows are clean."""
    return sum(
        not (row.issues or row.changes) and row.outcome != OUTCOME_FAILED and row.row > 0
        for row in answer.results
    )


@pytest.mark.parametrize("options", [*_options()], ids=_named)
@pytest.mark.few(16)
async def test_both_forms_answer_alike(peer: Peer, options: Mapping[str, object]) -> None:
    """S44: each row, its issues and changes, the summary and its digest; clean ones in columns."""
    said: list[Answer] = []
    import_id = str(uuid4())
    for compact in (False, True):
        directory = await peer.new_directory()
        assert (await peer.send_file(directory, _STORED)).ending == "OK"
        opening = start(
            directory, import_id=import_id, compact_results=compact, options=dict(options)
        )
        said.append(await peer.send([opening, *csv(_CONTENT), end()]))
    plain, compact_ones = said
    assert compact_ones.judged() == plain.judged()
    assert _by_line(compact_ones, ids=False) == _by_line(plain, ids=False)
    assert plain.in_columns == 0
    assert compact_ones.in_columns == _clean(plain)


@pytest_asyncio.fixture
async def imported(peer: Peer) -> tuple[ImportUsersRequest, Answer]:
    """An import that has ended, and what it answered one by one."""
    directory = await peer.new_directory()
    await peer.send_file(directory, _STORED)
    opening = start(directory, options={"include_changes": True})
    return opening, await peer.send([opening, *csv(_CONTENT), end()])


async def test_an_import_is_answered_again_in_either_form(
    peer: Peer, imported: tuple[ImportUsersRequest, Answer]
) -> None:
    """P04: the form is no part of an import: the same ids, marked as sent again, in both."""
    opening, first = imported
    again = {}
    for compact in (False, True):
        opening.start.compact_results = compact
        again[compact] = await peer.send([opening, *csv(_CONTENT), end()])
        assert again[compact].ending == "OK", again[compact].message
        assert all(result.replayed for result in again[compact].results)
        assert again[compact].summary == first.summary
    assert _by_line(again[True], ids=True) == _by_line(again[False], ids=True)
    assert (again[False].in_columns, again[True].in_columns) == (0, _clean(first))
    for result in again[True].results:
        result.replayed = False
    assert _by_line(again[True], ids=True) == _by_line(first, ids=True)


@pytest.mark.parametrize("line", [0, 2, 30, 60, 2**64 - 1])
async def test_what_a_client_has_is_left_out_in_either_form(
    peer: Peer, imported: tuple[ImportUsersRequest, Answer], line: int
) -> None:
    """S07: `results_after_line` and `skip_results` mean the same."""
    opening, _ = imported
    opening.start.results_after_line = line
    for skip in (False, True):
        opening.start.skip_results = skip
        said = []
        for compact in (False, True):
            opening.start.compact_results = compact
            said.append(await peer.send([opening, *csv(_CONTENT), end()]))
        one, other = said
        assert _by_line(other, ids=True) == _by_line(one, ids=True)
        assert other.groups == one.groups
        assert other.summary == one.summary
        assert not (skip and one.results)


@pytest.mark.parametrize("first", [False, True])
async def test_an_import_may_go_on_in_another_form(peer: Peer, first: bool) -> None:
    """P03: cut off in one form, taken up in the other, as by a client that was renewed."""
    cut = HEADER + users(*range(1, 30))
    whole = cut + users(*range(30, 40))
    opening = start(await peer.new_directory(), compact_results=first)
    broken = await peer.send([opening, *csv(cut)])
    assert broken.ending == "ABORTED/TRUNCATED_STREAM"
    opening.start.compact_results = not first
    answer = await peer.send([opening, *csv(whole), end()])
    assert answer.ending == "OK", answer.message
    assert answer.rows == dict.fromkeys(range(2, 41), "CREATED")
    assert (broken.in_columns, answer.in_columns) == ((29, 0) if first else (0, 39))
    known = {result.line: result.user_id for result in broken.results}
    assert {r.line: r.user_id for r in answer.results if r.line in known} == known
