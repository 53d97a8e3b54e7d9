"""Who may change what of whom: the table of rights, deed by deed."""

from itertools import product

import pytest

from rollbook.access import Caller, Ceiling, Scope
from rollbook.errors import Reason, Refusal
from rollbook.model import Code, Field
from rollbook.users.policy import (
    ANYBODY,
    DEEDS,
    Deed,
    Standing,
    Way,
    beyond,
    check_by_hand,
    refused,
)

_PRIVILEGED, _PROTECTED, _CALLER = Standing.HOLDS_PRIVILEGED, Standing.PROTECTED, Standing.CALLER
_ALWAYS, _NEVER, _WITH_THE_RIGHT = "always", "never", "with roles:privileged"

_ALLOWED = {
    # (way, standing): what each deed is permitted with. Deeds that a way cannot do are left out.
    (Way.IMPORT, ANYBODY): {
        Deed.OTHER: _ALWAYS,
        Deed.EMAIL: _ALWAYS,
        Deed.USERNAME: _ALWAYS,
        Deed.PASSWORD: _ALWAYS,
        Deed.ROLE: _ALWAYS,
        Deed.GRANT: _WITH_THE_RIGHT,
        Deed.SUSPEND: _ALWAYS,
        Deed.REACTIVATE: _ALWAYS,
    },
    (Way.IMPORT, _PRIVILEGED): {
        Deed.OTHER: _WITH_THE_RIGHT,
        Deed.EMAIL: _WITH_THE_RIGHT,
        Deed.USERNAME: _WITH_THE_RIGHT,
        Deed.PASSWORD: _WITH_THE_RIGHT,
        Deed.ROLE: _WITH_THE_RIGHT,
        Deed.GRANT: _WITH_THE_RIGHT,
        Deed.SUSPEND: _WITH_THE_RIGHT,
        Deed.REACTIVATE: _WITH_THE_RIGHT,
    },
    (Way.IMPORT, _PROTECTED): {
        Deed.OTHER: _ALWAYS,
        Deed.EMAIL: _NEVER,
        Deed.USERNAME: _NEVER,
        Deed.PASSWORD: _NEVER,
        Deed.ROLE: _NEVER,
        Deed.GRANT: _WITH_THE_RIGHT,
        Deed.SUSPEND: _NEVER,
        Deed.REACTIVATE: _WITH_THE_RIGHT,
    },
    (Way.IMPORT, _CALLER): {
        Deed.OTHER: _ALWAYS,
        Deed.EMAIL: _ALWAYS,
        Deed.USERNAME: _ALWAYS,
        Deed.PASSWORD: _ALWAYS,
        Deed.ROLE: _NEVER,
        Deed.GRANT: _WITH_THE_RIGHT,
        Deed.SUSPEND: _NEVER,
        Deed.REACTIVATE: _NEVER,
    },
    (Way.HAND, ANYBODY): {
        Deed.PASSWORD: _ALWAYS,
        Deed.SUSPEND: _ALWAYS,
        Deed.REACTIVATE: _ALWAYS,
        Deed.LOCKS: _ALWAYS,
        Deed.PROTECTION: _WITH_THE_RIGHT,
        Deed.SOURCES: _ALWAYS,
    },
    (Way.HAND, _PRIVILEGED): {
        Deed.PASSWORD: _WITH_THE_RIGHT,
        Deed.SUSPEND: _WITH_THE_RIGHT,
        Deed.REACTIVATE: _WITH_THE_RIGHT,
        Deed.LOCKS: _WITH_THE_RIGHT,
        Deed.PROTECTION: _WITH_THE_RIGHT,
        Deed.SOURCES: _WITH_THE_RIGHT,
    },
    (Way.HAND, _PROTECTED): {
        Deed.PASSWORD: _WITH_THE_RIGHT,
        Deed.SUSPEND: _WITH_THE_RIGHT,
        Deed.REACTIVATE: _WITH_THE_RIGHT,
        Deed.LOCKS: _WITH_THE_RIGHT,
        Deed.PROTECTION: _WITH_THE_RIGHT,
        Deed.SOURCES: _WITH_THE_RIGHT,
    },
    (Way.HAND, _CALLER): {
        Deed.PASSWORD: _ALWAYS,
        Deed.SUSPEND: _NEVER,
        Deed.REACTIVATE: _NEVER,
        Deed.LOCKS: _ALWAYS,
        Deed.PROTECTION: _WITH_THE_RIGHT,
        Deed.SOURCES: _ALWAYS,
    },
}

_CASES = [
    pytest.param(way, of, deed, allowed, id=f"{way.name}-{of.name or 'ANYBODY'}-{deed.name}")
    for (way, of), deeds in _ALLOWED.items()
    for deed, allowed in deeds.items()
]


def _caller(*scopes: Scope) -> Caller:
    return Caller(principal="p", scopes=frozenset(scopes), directories=None)


def _permitted(way: Way, of: Standing, deed: Deed, *, privileged: bool) -> bool:
    if way is Way.IMPORT:
        return not refused(deed, of, way, privileged=privileged)
    try:
        check_by_hand(deed, of, _caller(*[Scope.ROLES_PRIVILEGED] if privileged else []))
    except Refusal:
        return False
    return True


@pytest.mark.parametrize(("way", "of", "deed", "allowed"), _CASES)
def test_each_deed_is_permitted_as_the_table_says(
    way: Way, of: Standing, deed: Deed, allowed: str
) -> None:
    """P52, B188, B194, B200, B208."""
    without = _permitted(way, of, deed, privileged=False)
    with_right = _permitted(way, of, deed, privileged=True)
    assert (without, with_right) == {
        _ALWAYS: (True, True),
        _WITH_THE_RIGHT: (False, True),
        _NEVER: (False, False),
    }[allowed]


def test_every_deed_stands_in_the_table_for_every_standing() -> None:
    """A deed or a standing that is added has to be classified here."""
    for of in (ANYBODY, *Standing):
        assert _ALLOWED[Way.IMPORT, of].keys() | _ALLOWED[Way.HAND, of].keys() == set(Deed)


def test_every_field_that_is_protected_is_a_deed_of_its_own() -> None:
    """B188: as in the table of fields."""
    assert DEEDS.keys() == {field for field in Field if field.traits.protected}


def test_whoever_is_two_things_is_guarded_as_both() -> None:
    """Of a user with two standings a deed is permitted only if each of them permits it."""
    pairs = [one | other for one, other in product(Standing, Standing) if one is not other]
    for way, of, deed, privileged in product(Way, pairs, Deed, (False, True)):
        if deed not in _ALLOWED[way, ANYBODY]:
            continue
        each = [_permitted(way, one, deed, privileged=privileged) for one in Standing if one in of]
        assert _permitted(way, of, deed, privileged=privileged) == all(each), (way, of, deed)


def test_an_issue_names_each_field_that_may_not_change() -> None:
    issues = refused(
        Deed.OTHER | Deed.EMAIL | Deed.ROLE, Standing.PROTECTED, Way.IMPORT, privileged=True
    )
    assert [(issue.code, issue.field) for issue in issues] == [
        (Code.TARGET_PROTECTED, "email"),
        (Code.TARGET_PROTECTED, "role"),
    ]
    (whole,) = refused(
        Deed.EMAIL | Deed.ROLE, Standing.HOLDS_PRIVILEGED, Way.IMPORT, privileged=False
    )
    assert (whole.code, whole.field) == (Code.TARGET_PROTECTED, "")
    (grant,) = refused(Deed.GRANT, ANYBODY, Way.IMPORT, privileged=False)
    assert (grant.code, grant.field) == (Code.ROLE_NOT_PERMITTED, "role")


def test_the_protection_itself_is_denied_and_not_explained() -> None:
    """Only the scope changes the flag; other changes by hand are refused with what they need."""
    with pytest.raises(Refusal) as protection:
        check_by_hand(Deed.PROTECTION, ANYBODY, _caller(Scope.USERS_WRITE))
    assert protection.value.reason is Reason.PERMISSION_DENIED
    with pytest.raises(Refusal) as locks:
        check_by_hand(Deed.LOCKS, Standing.PROTECTED, _caller(Scope.USERS_WRITE))
    assert locks.value.reason is Reason.TARGET_PROTECTED


def test_an_import_is_kept_from_privileged_roles_and_from_its_own_callers() -> None:
    low = Ceiling(privileged=False, passwords=False, users=frozenset({9, 4}))
    high = Ceiling(privileged=True, passwords=False, users=frozenset())
    assert beyond(low, [7]) == ([7], [4, 9])
    assert beyond(high, [7]) == ((), [])
