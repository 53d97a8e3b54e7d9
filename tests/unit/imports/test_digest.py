"""Two plans of the same rows: the same digest or not, and the users that differ."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from rollbook.imports.planning.digest import Digest, Expected
from rollbook.model import Answers, Change, Outcome
from tests.unit.imports.people import Row, staged_rows

_ROWS = [Row(2, "1", "ada@x.org"), Row(3, "2", "alan@x.org")]
_ANSWERS = Answers(
    lines=[2, 3],
    rows=[1, 2],
    outcomes=[Outcome.UPDATED, Outcome.CREATED],
    employee_numbers=["1", "2"],
    user_ids=[7, 8],
    changes={0: [Change("email", "old@x.org", "ada@x.org")]},
)


def digest(answers: Answers, rows: list[Row]) -> bytes:
    """The digest of one batch."""
    made = Digest()
    made.add(answers, staged_rows(rows))
    return made.bytes()


def test_it_does_not_depend_on_order_batches_or_ids() -> None:
    """S04: cuts of batches decide nothing, and a new user's id is not known before."""
    whole = digest(_ANSWERS, _ROWS)
    cut = Digest()
    for at in (1, 0):
        one = Answers(
            lines=[_ANSWERS.lines[at]],
            rows=[_ANSWERS.rows[at]],
            outcomes=[_ANSWERS.outcomes[at]],
            employee_numbers=[_ANSWERS.employee_numbers[at]],
            user_ids=[0],
            changes={0: _ANSWERS.changes[at]} if at in _ANSWERS.changes else {},
        )
        cut.add(one, staged_rows([_ROWS[at]]))
    assert cut.bytes() == whole


@pytest.mark.parametrize(
    "other",
    [
        replace(_ANSWERS, lines=[2, 4]),
        replace(_ANSWERS, outcomes=[Outcome.UPDATED, Outcome.UNCHANGED]),
        replace(_ANSWERS, changes={0: [Change("email", "older@x.org", "ada@x.org")]}),
        replace(_ANSWERS, changes={}),
    ],
    ids=["line", "outcome", "old value", "changes"],
)
def test_s04_another_line_outcome_or_change_is_another_plan(other: Answers) -> None:
    """S04: what was looked at is what is applied."""
    rows = [row._replace(line=line) for row, line in zip(_ROWS, other.lines, strict=True)]
    assert digest(other, rows) != digest(_ANSWERS, _ROWS)


def test_s04_another_employee_number_is_another_plan() -> None:
    """S04: the same outcome on the same line, for another user."""
    somebody_else = [_ROWS[0], _ROWS[1]._replace(number="3")]
    assert digest(_ANSWERS, somebody_else) != digest(_ANSWERS, _ROWS)


async def _plan(*batches: Answers) -> AsyncIterator[Answers]:
    for answers in batches:
        yield answers


async def test_who_differs_is_named_by_number() -> None:
    """S04: a stale plan names the users whose rows would do something else now."""
    expected = await Expected.of(_plan(_ANSWERS))
    now = replace(_ANSWERS, outcomes=[Outcome.UNCHANGED, Outcome.CREATED], changes={})
    assert list(expected.differing(now)) == ["1"]


async def test_a_line_that_was_not_chosen_is_not_compared() -> None:
    """S04: of a preview only some lines may be applied."""
    expected = await Expected.of(_plan(_ANSWERS))
    now = replace(_ANSWERS, outcomes=[Outcome.NOT_APPLIED, Outcome.CREATED], changes={})
    assert list(expected.differing(now)) == []


def _answers(*lines: tuple[int, str, Outcome]) -> Answers:
    """Answers without changes, by line, number and outcome; line 0: suspended by a full sync."""
    return Answers(
        lines=[line for line, _, _ in lines],
        rows=[max(line - 1, 0) for line, _, _ in lines],
        outcomes=[outcome for _, _, outcome in lines],
        employee_numbers=[number for _, number, _ in lines],
        user_ids=[0] * len(lines),
    )


async def test_who_was_to_be_suspended_and_who_is_are_compared_by_number() -> None:
    """S04: each who is suspended now and was not to be; and who was to be, and is not."""
    gone = [(0, number, Outcome.SUSPENDED) for number in ("a", "b", "c")]
    expected = await Expected.of(_plan(_answers(*gone[:2], (2, "1", Outcome.CREATED))))
    now = _answers(gone[0], gone[2], (2, "1", Outcome.CREATED))
    assert list(expected.differing(now)) == ["c"]
    assert expected.left() == ["b"]


async def test_every_line_is_compared_in_whatever_batches_the_plan_was_stored() -> None:
    """S04: late rows come behind others, and lines beyond the plan's last one are new."""
    ends = [Outcome.CREATED, Outcome.UNCHANGED, Outcome.FAILED, Outcome.UPDATED]
    lines = [(line, str(line), ends[line % 4]) for line in range(2, 40)]
    expected = await Expected.of(_plan(_answers(*lines[20:]), _answers(*lines[:20])))
    assert list(expected.differing(_answers(*lines))) == []
    others = [(line, number, ends[(line + 1) % 4]) for line, number, _ in lines]
    assert list(expected.differing(_answers(*others))) == [number for _, number, _ in lines]
    beyond = _answers((40, "40", Outcome.UNCHANGED), (400, "400", Outcome.FAILED))
    assert list(expected.differing(beyond)) == ["40", "400"]
