"""Who may change what of whom: one table of rules. Pure.

The planner of imports asks it for each row that touches a guarded user, and `users.change` for each
change by hand. A full sync asks the same of many users at once, in `staging/suspend_missing.sql`;
a test holds the two together.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Flag, auto
from typing import Protocol

from rollbook.access import Caller, Ceiling, Scope, denied
from rollbook.errors import Reason, Refusal
from rollbook.model import Code, Field, Issue
from rollbook.store.staging import Room


class Deed(Flag):
    """What a change does to a user. OTHER: it changes any other field. SOURCES: by hand.

    GRANT: it gives a privileged role. PROTECTION: it sets or removes the flag `protected`.
    """

    OTHER = auto()
    EMAIL = auto()
    USERNAME = auto()
    PASSWORD = auto()
    ROLE = auto()
    GRANT = auto()
    SUSPEND = auto()
    REACTIVATE = auto()
    LOCKS = auto()
    PROTECTION = auto()
    SOURCES = auto()


class Standing(Flag):
    """What a user is to the caller. CALLER: the user that the caller's token is linked to."""

    HOLDS_PRIVILEGED = auto()
    PROTECTED = auto()
    CALLER = auto()


class Way(Flag):
    """How the change comes: by a row of a file, its plugins included, or by hand."""

    IMPORT = auto()
    HAND = auto()


NO_DEED = Deed(0)
ANYBODY = Standing(0)

DEEDS = {
    Field.EMAIL: Deed.EMAIL,
    Field.USERNAME: Deed.USERNAME,
    Field.PASSWORD: Deed.PASSWORD,
    Field.ROLE: Deed.ROLE,
}
"""The fields that no import changes of a protected user, as deeds."""

_FIELDS = {deed: field for field, deed in DEEDS.items()} | {Deed.GRANT: Field.ROLE}
_STATUS = Deed.SUSPEND | Deed.REACTIVATE
_EITHER = Way.IMPORT | Way.HAND


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """These deeds are refused for users of that standing.

    `lifted`: the scope `roles:privileged` lifts the rule. `whole`: the issue is about the row and
    not about a field. `{field}` in the message is the field's name.
    """

    deeds: Deed
    of: Standing
    way: Way
    lifted: bool
    code: Code
    message: str
    whole: bool = False


_RULES = (
    _Rule(
        deeds=~NO_DEED,
        of=Standing.HOLDS_PRIVILEGED,
        way=_EITHER,
        lifted=True,
        code=Code.TARGET_PROTECTED,
        message="This user holds a privileged role: changing them needs the right "
        "roles:privileged.",
        whole=True,
    ),
    _Rule(
        deeds=Deed.ROLE | _STATUS,
        of=Standing.CALLER,
        way=_EITHER,
        lifted=False,
        code=Code.TARGET_PROTECTED,
        message="This user is you: callers cannot change their own role, nor suspend or "
        "reactivate themselves.",
    ),
    _Rule(
        deeds=Deed.GRANT,
        of=ANYBODY,
        way=_EITHER,
        lifted=True,
        code=Code.ROLE_NOT_PERMITTED,
        message="This role is privileged: granting it needs the right roles:privileged.",
    ),
    _Rule(
        deeds=Deed.EMAIL | Deed.USERNAME | Deed.PASSWORD | Deed.ROLE,
        of=Standing.PROTECTED,
        way=Way.IMPORT,
        lifted=False,
        code=Code.TARGET_PROTECTED,
        message="This user is protected: no import changes their {field}.",
    ),
    _Rule(
        deeds=Deed.SUSPEND,
        of=Standing.PROTECTED,
        way=Way.IMPORT,
        lifted=False,
        code=Code.TARGET_PROTECTED,
        message="This user is protected: no import suspends them.",
    ),
    _Rule(
        deeds=Deed.REACTIVATE,
        of=Standing.PROTECTED,
        way=Way.IMPORT,
        lifted=True,
        code=Code.TARGET_PROTECTED,
        message="This user is protected: reactivating them needs the right roles:privileged.",
    ),
    _Rule(
        deeds=Deed.PASSWORD,
        of=Standing.PROTECTED,
        way=Way.HAND,
        lifted=True,
        code=Code.TARGET_PROTECTED,
        message="This user is protected: setting their password needs the right roles:privileged.",
    ),
    _Rule(
        deeds=_STATUS | Deed.LOCKS | Deed.SOURCES,
        of=Standing.PROTECTED,
        way=Way.HAND,
        lifted=True,
        code=Code.TARGET_PROTECTED,
        message="This user is protected: changing their status, locks or sources needs the right "
        "roles:privileged.",
    ),
)
"""In order: the first rule that refuses a change gives the reason."""


def refused(deeds: Deed, of: Standing, way: Way, *, privileged: bool) -> list[Issue]:
    """Why the change is not permitted, an issue for each field; empty: it is permitted.

    `privileged`: the caller has the scope `roles:privileged`.
    """
    for rule in _RULES:
        broken = deeds & rule.deeds
        if broken and way in rule.way and rule.of in of and not (rule.lifted and privileged):
            return list(_issues(rule, broken))
    return []


class Held(Protocol):
    """A user as far as the policy looks at one."""

    @property
    def id(self) -> int:
        """The stored id."""

    @property
    def role_id(self) -> int:
        """The id of the role."""

    @property
    def protected(self) -> bool:
        """Whether the user is protected."""


def standing(row: Held, room: Room, caller: Caller) -> Standing:
    """What a user is to the caller, as both are stored."""
    of = ANYBODY
    if row.role_id in room.privileged_roles:
        of |= Standing.HOLDS_PRIVILEGED
    if row.protected:
        of |= Standing.PROTECTED
    if row.id == caller.user_id:
        of |= Standing.CALLER
    return of


def check_by_hand(deeds: Deed, of: Standing, caller: Caller) -> None:
    """Permit a change by hand, or refuse it.

    Raises:
        Refusal: PERMISSION_DENIED, only the scope `roles:privileged` changes the protection;
            TARGET_PROTECTED, a rule of the table.
    """
    privileged = caller.may(Scope.ROLES_PRIVILEGED)
    if Deed.PROTECTION in deeds and not privileged:
        raise denied()
    for issue in refused(deeds, of, Way.HAND, privileged=privileged):
        raise Refusal(Reason(issue.code.value), issue.message)


def beyond(
    ceiling: Ceiling, privileged_roles: Sequence[int]
) -> tuple[Sequence[int], Sequence[int]]:
    """The roles that an import may neither grant nor touch the holders of, and its callers' users.

    `privileged_roles` are those of the directory. Both are ids.
    """
    return () if ceiling.privileged else privileged_roles, sorted(ceiling.users)


def _issues(rule: _Rule, broken: Deed) -> Iterator[Issue]:
    names = [""] if rule.whole else [_FIELDS.get(deed, "") for deed in Deed if deed in broken]
    for name in dict.fromkeys(names):
        yield Issue(rule.code, name, rule.message.format(field=name))
