"""The planner asks the policy about each bit of a row, and whose row it is."""

import pytest

from rollbook.imports.planning.plan import Rules, plan_freely
from rollbook.imports.rows.staged_rows import StagedRows
from rollbook.model import Field, Mode, Outcome
from rollbook.store.staging import (
    CHANGED,
    EMAIL_CHANGES,
    GRANTS_PRIVILEGED,
    HOLDS_PRIVILEGED,
    IS_CALLER,
    PROTECTED,
    REACTIVATES,
    ROLE_CHANGES,
    USERNAME_CHANGES,
    Match,
)

_ROLE = CHANGED | ROLE_CHANGES
_EMAIL = CHANGED | EMAIL_CHANGES
_FAILED, _UPDATED = Outcome.FAILED, Outcome.UPDATED


def _planned(
    bits: int, *, user: int = 7, privileged: bool = False, username: str | None = None
) -> tuple[Outcome, list[str]]:
    staged = StagedRows(
        lines=[2], rows=[1], columns={"employee_number": ["1"], "username": [username]}
    )
    rules = Rules(Mode.UPSERT, Field.EMPLOYEE_NUMBER, privileged=privileged)
    plan = plan_freely(staged, Match([0], [user], [bits]), rules)
    said = [f"{issue.code}({issue.field})" for issue in plan.issues.get(0, ())]
    return plan.outcomes[0], said


@pytest.mark.parametrize(
    ("bits", "outcome", "said"),
    [
        (CHANGED | IS_CALLER, _UPDATED, []),
        (_EMAIL | IS_CALLER, _UPDATED, []),
        (_ROLE | IS_CALLER, _FAILED, ["target_protected(role)"]),
        (CHANGED | REACTIVATES | IS_CALLER, _FAILED, ["target_protected()"]),
        (CHANGED | PROTECTED, _UPDATED, []),
        (_EMAIL | PROTECTED, _FAILED, ["target_protected(email)"]),
        (_ROLE | PROTECTED, _FAILED, ["target_protected(role)"]),
        (CHANGED | USERNAME_CHANGES | PROTECTED, _FAILED, ["target_protected(username)"]),
        (_EMAIL | USERNAME_CHANGES | PROTECTED, _FAILED, ["target_protected(email)"]),
        (HOLDS_PRIVILEGED, Outcome.UNCHANGED, []),
    ],
)
@pytest.mark.parametrize("privileged", [False, True])
def test_what_no_right_permits(
    bits: int, outcome: Outcome, said: list[str], *, privileged: bool
) -> None:
    """B188, B200: one's own role and status; a protected user's e-mail, username and role."""
    assert _planned(bits, privileged=privileged) == (outcome, said)


@pytest.mark.parametrize(
    ("bits", "user", "said"),
    [
        (CHANGED | HOLDS_PRIVILEGED, 7, ["target_protected()"]),
        (CHANGED | REACTIVATES | PROTECTED, 7, ["target_protected()"]),
        (_ROLE | GRANTS_PRIVILEGED, 7, ["role_not_permitted(role)"]),
        (GRANTS_PRIVILEGED, 0, ["role_not_permitted(role)"]),
    ],
)
def test_what_the_right_permits(bits: int, user: int, said: list[str]) -> None:
    """B194, B208: privileged roles and who holds one; the status of a protected user."""
    assert _planned(bits, user=user) == (_FAILED, said)
    outcome, with_right = _planned(bits, user=user, privileged=True)
    # With the right the database is not asked for privileged roles at all: see `policy.beyond`.
    assert (outcome is _FAILED, with_right) == (False, [])


def test_a_username_that_the_row_names_is_a_change_of_its_own() -> None:
    assert _planned(_EMAIL | USERNAME_CHANGES | PROTECTED, username="countess") == (
        _FAILED,
        ["target_protected(email)", "target_protected(username)"],
    )
