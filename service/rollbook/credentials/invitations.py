"""Invites users days after an import made them: those who have never got in, each once a day."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

import structlog

from rollbook.access import Caller, Scope, denied
from rollbook.checking import echo
from rollbook.checking.cells import printable
from rollbook.checking.request_text import REQUEST
from rollbook.context import AppContext
from rollbook.credentials.sending import check_sent
from rollbook.errors import Reason, Refusal
from rollbook.model import FirstPassword, Mail
from rollbook.store import Connection, imports, invitations, staging
from rollbook.store.invitations import Invitee
from rollbook.store.name_lookup import DirectoryRow
from rollbook.store.staging import Room
from rollbook.store.users import Who
from rollbook.users.find import UserKey, who_of
from rollbook.users.policy import Deed, Way, refused, standing

MOST_NAMED = 1_000
_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


class Verdict(StrEnum):
    """What becomes of a user; the first that holds."""

    NOT_ACTIVE = "not_active"
    SIGNED_IN = "signed_in"
    NOT_PERMITTED = "not_permitted"
    TOO_SOON = "too_soon"
    INVITED = "invited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """Whom to invite: all that the import `import_id` created, or `users` if it is None.

    `mail` None: what fits the import, or a link.
    """

    import_id: UUID | None = None
    users: Sequence[UserKey] = ()
    mail: Mail | None = None


class Page(NamedTuple):
    """At most `most` users with ids behind `after`; `validate_only`: they are only counted."""

    after: int
    most: int
    validate_only: bool


@dataclass(slots=True)
class Invited:
    """What became of a page of users. `after`: where the next page begins; None: none."""

    counts: Counter[Verdict] = field(default_factory=Counter)
    after: int | None = None


async def invite(
    app: AppContext, directory: DirectoryRow, caller: Caller, wanted: Invite, page: Page
) -> Invited:
    """Write the notices of a page of invitations, in one transaction.

    Raises:
        Refusal: INVALID_OPTIONS, too many are named, or as `check_sent`; PERMISSION_DENIED, there
            is no such import, or the caller may mail no login details; RESOURCE_NOT_FOUND, naming
            the first user who is not there.
    """
    if len(wanted.users) > MOST_NAMED:
        raise REQUEST.wrong("users", f"Name at most {MOST_NAMED:,} users.")
    answer = Invited()
    async with app.database.within(directory.id).transaction() as connection:
        mail = await _mail(connection, directory, wanted)
        if mail is Mail.LOGIN_DETAILS and not caller.may(Scope.CREDENTIALS_WRITE):
            raise denied()
        check_sent(app.settings, app.plugins, mail)
        if not page.validate_only:
            await invitations.lock(connection, directory.id)
        ids = await _ids(connection, directory, wanted, page)
        room = await staging.room(connection, directory.id)
        found: dict[Verdict, list[Invitee]] = {verdict: [] for verdict in Verdict}
        for one in await invitations.invitees(connection, directory.id, ids):
            found[judge(one, mail, room, caller)].append(one)
        if found[Verdict.INVITED] and not page.validate_only:
            await invitations.write(
                connection, directory.id, wanted.import_id, mail, found[Verdict.INVITED]
            )
    answer.counts.update({verdict: len(those) for verdict, those in found.items() if those})
    if len(ids) == page.most:
        answer.after = ids[-1]
    if answer.counts[Verdict.INVITED] and not page.validate_only:
        _log.info(
            "users invited",
            directory=directory.name,
            principal=caller.principal,
            import_id=str(wanted.import_id or ""),
            mail=mail.value,
            users=answer.counts[Verdict.INVITED],
        )
        app.noticed.ring()
    return answer


def judge(one: Invitee, mail: Mail, room: Room, caller: Caller) -> Verdict:
    """What becomes of a user. Login details replace a password, as is done by hand."""
    privileged = caller.may(Scope.ROLES_PRIVILEGED)
    of = standing(one, room, caller)
    if not one.active:
        return Verdict.NOT_ACTIVE
    if one.signed_in:
        return Verdict.SIGNED_IN
    if mail is Mail.LOGIN_DETAILS and refused(Deed.PASSWORD, of, Way.HAND, privileged=privileged):
        return Verdict.NOT_PERMITTED
    return Verdict.TOO_SOON if one.soon else Verdict.INVITED


async def _mail(connection: Connection, directory: DirectoryRow, wanted: Invite) -> Mail:
    """The mail that is asked for, or that fits the import; of none: a link.

    Raises:
        Refusal: PERMISSION_DENIED, there is no such import.
    """
    if wanted.import_id is None:
        return wanted.mail or Mail.INVITATION
    row = await imports.get_import(connection, directory.id, wanted.import_id)
    if row is None:
        raise denied()
    if wanted.mail:
        return wanted.mail
    generates = row.options.get("first_password") == FirstPassword.GENERATE
    return Mail.LOGIN_DETAILS if generates else Mail.INVITATION


async def _ids(
    connection: Connection, directory: DirectoryRow, wanted: Invite, page: Page
) -> list[int]:
    """The ids of a page of users, rising."""
    if wanted.import_id is not None:
        return await invitations.of_import(
            connection, directory.id, wanted.import_id, after=page.after, most=page.most
        )
    if any(not key.kind or not key.text.strip() for key in wanted.users):
        raise REQUEST.wrong("users", "Name each user: user_id, employee_number, email or username.")
    whom = [who_of(key) or Who() for key in wanted.users]
    found = await invitations.named(connection, directory.id, whom)
    for key, user_id in zip(wanted.users, found, strict=True):
        if user_id is None:
            raise Refusal(
                Reason.RESOURCE_NOT_FOUND,
                f"There is no user with the {key.kind.replace('_', ' ')} {echo(key.text.strip())} "
                "in this directory; nobody was invited.",
                {"option": key.kind, "value": printable(key.text.strip())},
            )
    ids = sorted({user_id for user_id in found if user_id is not None})
    return [user_id for user_id in ids if user_id > page.after][: page.most]
