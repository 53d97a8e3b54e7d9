"""Answers become messages in either form, and both say the same."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from rollbook.client import not_clean, outcome_counts
from rollbook.client.row_results import received
from rollbook.model import Answers, Change, Code, Issue, Outcome, Results
from rollbook.rpc.imports.results import result_messages
from rollbook.store.ledger import pack_answers, unpack_answers
from rollbook.v1.imports_pb2 import ImportUsersResponse
from rollbook.v1.results_pb2 import OUTCOME_FAILED, OUTCOME_SUSPENDED, RowResult

_APPLIED = (Outcome.CREATED, Outcome.UPDATED, Outcome.UNCHANGED, Outcome.NOT_APPLIED)
_MOST = 700
"""Bytes of a message: so few that a batch takes several."""
_ROOM = 1 << 20

_numbers = st.one_of(
    st.integers(0, 10**9).map(str),
    st.text(max_size=64),
    st.just("ü" * 64),
    st.sampled_from(["", "\n", "a\nb", "\r", "\x1f"]),
)
_ids = st.sampled_from([0, 0, 1, 2, 7, 2**40, 2**63 - 1])
_texts = st.text(max_size=8)
_issues = st.builds(
    Issue,
    st.sampled_from([Code.INVALID_EMAIL, Code.WHITESPACE_TRIMMED]),
    st.sampled_from(["", "email"]),
    st.text(min_size=1, max_size=8),
    st.dictionaries(st.sampled_from(["value", "limit"]), _texts, max_size=2),
)
_changes = st.builds(Change, st.sampled_from(["email", "attributes.x"]), _texts, _texts)


@st.composite
def _answers(draw: st.DrawFn) -> Answers:
    """Any answers; mostly of consecutive rows, some of which are answered elsewhere."""
    size = draw(st.integers(0, 25))
    steps = draw(st.lists(st.sampled_from([1, 1, 1, 1, 2, 9]), min_size=size, max_size=size))
    longer = draw(st.lists(st.sampled_from([0, 0, 0, 0, 1, 30]), min_size=size, max_size=size))
    first = draw(st.sampled_from([1, 1, 4_990, 2**40]))
    rows = [first + sum(steps[:at]) for at in range(size)]
    lines = [row + 1 + sum(longer[:at]) for at, row in enumerate(rows)]
    if draw(st.integers(0, 9)) == 0:  # users whom a full sync suspended
        lines, rows, outcomes = [0] * size, [0] * size, [Outcome.SUSPENDED] * size
    else:
        some = st.one_of(st.just(draw(st.sampled_from(_APPLIED))), st.sampled_from(_APPLIED))
        outcomes = draw(st.lists(some, min_size=size, max_size=size))
    where = st.sets(st.integers(0, size - 1), max_size=5) if size else st.just(set[int]())
    issues = {at: draw(st.lists(_issues, min_size=1, max_size=3)) for at in draw(where)}
    for at in issues:
        if any(issue.fails for issue in issues[at]):
            outcomes[at] = Outcome.FAILED
    return Answers(
        lines=lines,
        rows=rows,
        outcomes=outcomes,
        employee_numbers=draw(st.lists(_numbers, min_size=size, max_size=size)),
        user_ids=draw(st.one_of(st.just([0] * size), st.lists(_ids, min_size=size, max_size=size))),
        issues=issues,
        changes={at: draw(st.lists(_changes, min_size=1, max_size=3)) for at in draw(where)},
        replayed=draw(st.booleans()),
        late=draw(st.booleans()),
    )


def _sent(
    answers: Answers, wanted: Results, most: int, *, compact: bool
) -> list[ImportUsersResponse]:
    """The messages, as they arrive."""
    return [
        ImportUsersResponse.FromString(message.SerializeToString())
        for message in result_messages(answers, wanted, most, compact=compact)
    ]


def _rows(messages: Sequence[ImportUsersResponse]) -> list[RowResult]:
    return [row for message in messages for row in received(message.results).results]


@given(answers=_answers(), wanted=st.sampled_from(Results), most=st.sampled_from([_MOST, _ROOM]))
def test_both_forms_say_the_same_in_the_same_order(
    answers: Answers, wanted: Results, most: int
) -> None:
    """S44: every row once, with outcome, number, id, issues and changes; within the limit."""
    plain = _sent(answers, wanted, most, compact=False)
    compact = _sent(answers, wanted, most, compact=True)
    assert _rows(compact) == _rows(plain)
    for messages in (plain, compact):
        for message in messages:
            alone = len(received(message.results).results) == 1
            assert alone or message.ByteSize() <= most
    assert len(compact) == len(plain)


@given(answers=_answers())
def test_who_only_counts_needs_no_message_a_row(answers: Answers) -> None:
    """Counts, and what is not clean, are known before a row is made; columns have clean rows."""
    (plain,) = _sent(answers, Results.ALL, _ROOM, compact=False) or [ImportUsersResponse()]
    (compact,) = _sent(answers, Results.ALL, _ROOM, compact=True) or [ImportUsersResponse()]
    rows = list(plain.results.results)
    event = received(compact.results)
    said = [row for row in rows if row.issues or row.changes]
    apart = [
        row
        for row in rows
        if row in said
        or row.outcome in {OUTCOME_FAILED, OUTCOME_SUSPENDED}
        or "\n" in row.employee_number
    ]
    assert outcome_counts(event) == outcome_counts(plain.results)
    assert len(event.results) == len(rows)
    assert list(not_clean(event)) == apart
    assert list(not_clean(plain.results)) == rows
    assert len(apart) == len(rows) or "rows" not in vars(event)
    assert sum(compact.results.clean.counts) == len(rows) - len(apart)


@given(answers=_answers())
def test_the_ledger_gives_back_what_it_keeps(answers: Answers) -> None:
    """Answers that are packed and unpacked are sent again as they were, and marked."""
    again = unpack_answers(pack_answers(answers))
    assert again.late == answers.late
    expected = _rows(_sent(replace(answers, replayed=True), Results.ALL, _ROOM, compact=False))
    for compact in (False, True):
        assert _rows(_sent(again, Results.ALL, _ROOM, compact=compact)) == expected


def test_a_file_s_clean_rows_are_one_run() -> None:
    """A batch of a first load, and one of which each third row has a line more."""
    size = 5_000
    lines = {
        1: range(2, size + 2),
        size // 3 + 1: [2 + at + (at + 1) // 3 for at in range(size)],
    }
    for runs, some in lines.items():
        answers = Answers(
            lines=some,
            rows=range(1, size + 1),
            outcomes=[Outcome.CREATED] * size,
            employee_numbers=[f"E{at:07}" for at in range(size)],
            user_ids=range(1, size + 1),
        )
        (message,) = _sent(answers, Results.ALL, _ROOM, compact=True)
        assert len(message.results.clean.counts) == runs
        assert message.ByteSize() < size * 22
