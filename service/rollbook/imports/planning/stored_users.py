"""Finds what is wrong with a row for the stored user: refusals and warnings.

A refusal comes from the policy of users, or from what is stored with the user already; locks and
suspensions only warn, and the rest of the row is applied.
"""

from rollbook.imports import issue_messages
from rollbook.model import Code, Field, Issue
from rollbook.store.staging import (
    FIELD_CHANGES,
    GRANTS_PRIVILEGED,
    HOLDS_PRIVILEGED,
    IS_CALLER,
    LOCATION_LOCKED,
    PROTECTED,
    REACTIVATES,
    ROLE_LOCKED,
    SUSPENDED,
    SUSPENDED_BY_SYNC,
    TOO_MANY_ATTRIBUTES,
)
from rollbook.users.policy import ANYBODY, DEEDS, NO_DEED, Deed, Standing, Way, refused

_GUARDED = GRANTS_PRIVILEGED | HOLDS_PRIVILEGED | IS_CALLER | PROTECTED


def issues_of_stored_user(
    bit: int, *, changed: bool, gives_username: bool, privileged: bool
) -> list[Issue]:
    """The issues of one row.

    `bit` are its bits of `staging/match.sql`; `changed` is whether the row changes anything.
    """
    if bit & TOO_MANY_ATTRIBUTES:
        return [issue_messages.TOO_MANY_ATTRIBUTES]
    if bit & _GUARDED:
        deeds = _deeds(bit, changed=changed, named=gives_username)
        if issues := refused(deeds, _standing(bit), Way.IMPORT, privileged=privileged):
            return list(issues)
    warnings = []
    if bit & ROLE_LOCKED:
        warnings.append(issue_messages.locked(Code.ROLE_LOCKED, Field.ROLE))
    if bit & LOCATION_LOCKED:
        warnings.append(issue_messages.locked(Code.LOCATION_LOCKED, Field.LOCATION))
    if bit & (SUSPENDED | SUSPENDED_BY_SYNC) and not bit & REACTIVATES:
        warnings.append(issue_messages.USER_SUSPENDED)
    return warnings


def _deeds(bit: int, *, changed: bool, named: bool) -> Deed:
    """What the row would do to its user, in the words of the policy.

    A username that only follows the e-mail is no deed of its own: the row does not name it.
    """
    deeds = Deed.OTHER if changed else NO_DEED
    for name, change in FIELD_CHANGES.items():
        follows = name is Field.USERNAME and not named and bit & FIELD_CHANGES[Field.EMAIL]
        if bit & change and not follows:
            deeds |= DEEDS[name]
    if bit & GRANTS_PRIVILEGED:
        deeds |= Deed.GRANT
    if bit & REACTIVATES:
        deeds |= Deed.REACTIVATE
    return deeds


def _standing(bit: int) -> Standing:
    """What the row's user is to the caller."""
    of = ANYBODY
    if bit & HOLDS_PRIVILEGED:
        of |= Standing.HOLDS_PRIVILEGED
    if bit & PROTECTED:
        of |= Standing.PROTECTED
    if bit & IS_CALLER:
        of |= Standing.CALLER
    return of
