"""Sends failed notices again, by request: one, a user's, an import's or a directory's.

A notice that is sent again is a new one. Its mail has a Message-ID and a date of its own: a person
asked for it, and a mailbox that drops what it knows already must not drop it. A repeat after a
doubt is the same mail, because nobody asked for that.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import structlog

from rollbook.access import Caller
from rollbook.checking.request_text import REQUEST
from rollbook.context import AppContext
from rollbook.credentials.sending import check_sent
from rollbook.model import FAILED, NoticeState
from rollbook.store import failed_notices, invitations
from rollbook.store.failed_notices import RESENT, Resend
from rollbook.store.name_lookup import DirectoryRow

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


@dataclass(slots=True)
class Resent:
    """What became of a page of failed notices. `place`: where the next page begins; None: none.

    `left_out`: how many are not sent again, by why: `too_soon`, `has_password`, `not_active` or
    `user_gone`.
    """

    resent: Counter[NoticeState] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    place: "Place | None" = None


class Place(NamedTuple):
    """A page begins behind the id `after`; `until` is the last id that there was at the first."""

    after: int
    until: int


class Page(NamedTuple):
    """At most `most` failed notices, from `place` on; `validate_only`: they are only counted."""

    place: Place | None
    most: int
    validate_only: bool


def states_to_resend(asked: Sequence[NoticeState]) -> tuple[NoticeState, ...]:
    """The states that are asked for, each once; without any, all that can be sent again.

    Raises:
        Refusal: INVALID_OPTIONS, notices of a state are not sent again.
    """
    for state in asked:
        if state not in FAILED:
            known = ", ".join(sorted(failed.value for failed in FAILED))
            message = f"Notices that are {state.value} are not sent again; known: {known}."
            raise REQUEST.wrong("states", message, value=state.value)
    return tuple(state for state in NoticeState if state in (set(asked) or FAILED))


async def resend(
    app: AppContext,
    directory: DirectoryRow,
    caller: Caller,
    wanted: Resend,
    page: Page,
) -> Resent:
    """Send a page of what is wanted again, in one transaction.

    A notice whose mail would come too soon stays as it is. One after another with invitations, and
    with other calls of this, so that no two of them mail a user.

    Raises:
        Refusal: INVALID_OPTIONS, as `check_sent`: some would be sent by nobody, and would not be
            failed any more.
    """
    place, most, validate_only = page
    answer = Resent()
    async with app.database.within(directory.id).transaction() as connection:
        if not validate_only:
            await invitations.lock(connection, directory.id)
        if place is None:
            place = Place(0, await failed_notices.latest_id(connection, directory.id))
        found = await failed_notices.failed(
            connection,
            directory.id,
            wanted,
            after=place.after,
            until=place.until,
            most=most,
        )
        ids = [*found]
        for mail in sorted({*found.values()}):
            check_sent(app.settings, app.plugins, mail)
        ask = failed_notices.count if validate_only else failed_notices.resend
        judged = await ask(connection, directory.id, ids)
    for state, verdict, count in judged:
        if verdict == RESENT:
            answer.resent[state] += count
        else:
            answer.left_out[verdict] += count
    if len(ids) == most:
        answer.place = place._replace(after=ids[-1])
    if answer.resent and not validate_only:
        _log.info(
            "notices sent again",
            directory=directory.name,
            principal=caller.principal,
            import_id=str(wanted.import_id or ""),
            too_soon=answer.left_out["too_soon"],
            **{state.value: count for state, count in answer.resent.items()},
        )
        app.noticed.ring()
    return answer
