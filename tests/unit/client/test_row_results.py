"""What a client gets of results in columns: the messages of the contract, made when looked at."""

import re
from collections.abc import Sequence
from operator import attrgetter
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.json_format import MessageToDict
from hypothesis import given
from hypothesis import strategies as st

from rollbook.client import Client, Event, StreamContent, Waits, new_import, outcome_counts
from rollbook.client.clean_rows import at_once, one_by_one, row_results
from rollbook.client.resume import Seen
from rollbook.client.row_results import CleanRun, parts, received
from rollbook.errors import Reason
from rollbook.v1.imports_pb2 import (
    CleanResults,
    ImportStart,
    ImportUsersResponse,
    RowResults,
)
from rollbook.v1.results_pb2 import Issue, Outcome, RowResult
from tests.unit.client.peer import (
    ACCEPTED,
    SUMMARY,
    columns,
    created,
    one_byte,
    rows_of,
    serving,
    taken,
)

_WRONG = RowResult(
    line=4,
    row=3,
    outcome=Outcome.OUTCOME_FAILED,
    employee_number="?",
    issues=[Issue(code="invalid_email", field="email")],
)
_CLEAN = CleanResults(
    lines=[2, 5],
    rows=[1, 4],
    outcomes=[Outcome.OUTCOME_CREATED, Outcome.OUTCOME_UNCHANGED],
    counts=[2, 1],
    employee_numbers="a\nb\nd",
    user_ids=[0x9E3779B97F4A7C15, 0, 1],
    replayed=True,
)
_ROWS = [
    RowResult(
        line=2,
        row=1,
        outcome=Outcome.OUTCOME_CREATED,
        employee_number="a",
        user_id="u9e3779b97f4a7c15",
        replayed=True,
    ),
    RowResult(line=3, row=2, outcome=Outcome.OUTCOME_CREATED, employee_number="b", replayed=True),
    _WRONG,
    RowResult(
        line=5,
        row=4,
        outcome=Outcome.OUTCOME_UNCHANGED,
        employee_number="d",
        user_id="u0000000000000001",
        replayed=True,
    ),
]


_row = attrgetter("row")


def _event() -> RowResults:
    return received(RowResults(results=[_WRONG], clean=_CLEAN))


def test_each_row_is_there_in_order_and_is_the_message_of_the_contract() -> None:
    """Whoever has read `RowResults` before reads on as before."""
    event, whole = _event(), RowResults(results=_ROWS)
    assert isinstance(event, RowResults)
    match event:
        case RowResults():
            assert len(event.results) == 4
    assert list(event.results) == _ROWS
    assert event.results == _ROWS
    assert (event.results[2], event.results[-1], event.results[1:3]) == (
        _WRONG,
        _ROWS[3],
        _ROWS[1:3],
    )
    assert [*reversed(event.results)] == _ROWS[::-1]
    assert event == whole
    assert whole == event
    assert event == _event()
    assert event != created(1).results
    assert str(event) == str(whole)
    assert event.SerializeToString() == whole.SerializeToString()
    assert MessageToDict(event) == MessageToDict(whole)


def test_what_has_no_columns_is_handed_on_as_it_came() -> None:
    """From a server that knows of no columns, or has nothing to put into them."""
    whole = RowResults(results=_ROWS)
    assert received(whole) is whole
    assert parts(whole) == _ROWS


def test_rows_are_made_at_the_first_look_alone() -> None:
    """Runs and counts need none of them."""
    event = _event()
    assert parts(event) == [
        CleanRun(2, 1, Outcome.OUTCOME_CREATED, 2),
        _WRONG,
        CleanRun(5, 4, Outcome.OUTCOME_UNCHANGED, 1),
    ]
    assert outcome_counts(event) == {
        Outcome.OUTCOME_CREATED: 2,
        Outcome.OUTCOME_FAILED: 1,
        Outcome.OUTCOME_UNCHANGED: 1,
    }
    assert "rows" not in vars(event)
    assert event.results[0] is event.results[0]
    assert "rows" in vars(event)


@st.composite
def _columns(draw: st.DrawFn, *, odd: bool) -> CleanResults:
    """Columns that fit together; `odd`: also such as our server hardly sends, or never."""
    counts = draw(st.lists(st.sampled_from([1, 1, 2, 3, 130, 300]), min_size=1, max_size=6))
    size = sum(counts)

    def some(usual: Sequence[Any], more: Sequence[Any], length: int) -> list[Any]:
        one = st.sampled_from([*usual, *more] if odd else [*usual])
        return (draw(st.lists(one, min_size=1, max_size=9)) * length)[:length]

    def firsts() -> list[int]:
        gaps = some([0, 0, 1, 5], [1 << 40, -7], len(counts))
        first = draw(st.sampled_from([0, 1, 126, 16_383, 4_990_000, 1 << 40, (1 << 61) + 77]))
        return [max(0, first + sum(counts[:at]) + sum(gaps[:at])) for at in range(len(counts))]

    return CleanResults(
        lines=firsts(),
        rows=firsts(),
        outcomes=some([1, 2, 3, 127], [128, 300, -1], len(counts)),
        counts=counts,
        employee_numbers="\n".join(some(["", "1", "E0000001", "ü" * 32], ["x" * 65], size)),
        user_ids=some([1, 0x9E3779B97F4A7C15, 2**64 - 1], [0], draw(st.sampled_from([0, size]))),
        replayed=draw(st.booleans()),
    )


@given(_columns(odd=False))
def test_rows_made_at_once_are_those_made_one_by_one(clean: CleanResults) -> None:
    """S44: what is usual in columns takes the quick way, and each byte of it is the same."""
    rows = at_once(clean)
    assert rows is not None
    assert [row.SerializeToString() for row in rows] == [
        row.SerializeToString() for row in one_by_one(clean)
    ]


@given(_columns(odd=True))
def test_what_is_odd_in_columns_is_made_one_by_one(clean: CleanResults) -> None:
    """Long numbers, unknown outcomes, far lines, some users without an id: the same rows."""
    assert [*row_results(clean)] == [*one_by_one(clean)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"counts": [2]},
        {"counts": [2, 2]},
        {"counts": [3, 0]},
        {"counts": [4, -1]},
        {"employee_numbers": "a\nb"},
        {"employee_numbers": "a\nb\nc\n"},
        {"user_ids": [1, 2]},
        {"lines": [2, -5]},
        {"rows": [1, 2**63 - 1]},
        {"lines": [], "rows": [], "outcomes": [], "counts": []},
    ],
    ids=str,
)
async def test_columns_that_do_not_fit_together_end_the_import(wrong: dict[str, object]) -> None:
    """A server that is out of its mind is no traceback, and no row is made up."""
    clean = CleanResults()
    clean.CopyFrom(_CLEAN)
    for name, value in wrong.items():
        clean.ClearField(name)
        clean.MergeFrom(CleanResults(**{name: value}))  # type: ignore[arg-type]
    message = ImportUsersResponse(results=RowResults(clean=clean))
    async with (
        serving([ACCEPTED, message, SUMMARY]) as peer,
        Client(peer.address, "t") as client,
    ):
        events = client.upload(StreamContent(one_byte()), new_import())
        seen, ended = await taken(events)
    assert ended
    assert (rows_of(seen), ended.reason) == ([], Reason.INTERNAL_ERROR)


def test_the_page_s_example_reads_columns() -> None:
    """What the contract's page shows to authors of other clients gives the same rows."""
    page = (Path(__file__).parents[3] / "proto/README.md").read_text()
    (example,) = re.findall(r"```python\n(def each_row.*?)```", page, re.DOTALL)
    space: dict[str, Any] = {"RowResult": RowResult}
    exec(example, space)
    told = sorted(space["each_row"](RowResults(results=[_WRONG], clean=_CLEAN)), key=_row)
    assert told == _ROWS
    assert [*space["each_row"](RowResults(results=_ROWS))] == _ROWS


async def test_the_client_asks_for_columns_and_leaves_the_start_as_it_is() -> None:
    """What it was given may be used again, by a client that does not ask."""
    start = new_import()
    async with (
        serving([ACCEPTED, columns(1, 2), created(3), SUMMARY]) as peer,
        Client(peer.address, "t") as client,
    ):
        seen, ended = await taken(client.upload_stream(one_byte(), start))
    assert ended is None
    assert rows_of(seen) == [1, 2, 3]
    assert peer.calls[0].start.compact_results
    assert not start.compact_results


async def test_each_row_is_yielded_once_however_it_is_sent_again() -> None:
    """A run of which some rows came before is cut; the next call leaves out what has come."""
    lost = grpc.StatusCode.UNAVAILABLE
    rows = [{"employee_number": "1"}]
    async with (
        serving(
            [ACCEPTED, columns(1, 2, 3), lost],
            [ACCEPTED, columns(2, 3, 4, 5, 7), columns(8), lost],
            [ACCEPTED, created(6, 7), columns(6, 7, 8, 9), SUMMARY],
        ) as peer,
        Client(peer.address, "t", waits=Waits(0.001, 0.002)) as client,
    ):
        seen, ended = await taken(client.upload_rows(rows, new_import()))
    assert ended is None
    assert rows_of(seen) == [1, 2, 3, 4, 5, 7, 8, 6, 9]
    assert [call.start.results_after_line for call in peer.calls] == [0, 4, 6]


@given(
    st.lists(st.sets(st.integers(1, 40), min_size=1).map(sorted), max_size=8),
    st.lists(st.booleans(), min_size=8, max_size=8),
)
def test_what_was_seen_does_not_depend_on_the_form(
    messages: list[list[int]], forms: list[bool]
) -> None:
    """The same rows are new, and the next call begins at the same line."""
    one, other = Seen(), Seen()
    for rows, in_columns in zip(messages, forms, strict=False):
        plain = one.fresh(created(*rows).results)
        sent = columns(*rows) if in_columns else created(*rows)
        assert _numbers(other.fresh(received(sent.results))) == _numbers(plain)
        assert one.onwards(ImportStart()) == other.onwards(ImportStart())


def _numbers(event: Event | None) -> list[int]:
    return rows_of([event]) if event is not None else []
