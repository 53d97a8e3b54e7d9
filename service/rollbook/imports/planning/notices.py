"""Makes the notices of a plan that was written, if the import or directory wants any.

One row is one notice, however much it did to its user; a source that is added is none. A
suspension that ends is `reactivated`; if the directory wants only updates, it counts as an update.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from rollbook.imports.planning.plan import Plan
from rollbook.imports.rows.staged_rows import StagedRows
from rollbook.model import Event, Mail, Notify
from rollbook.store.notices import NewNotice
from rollbook.store.staging import REACTIVATES

MAIL_OF = {
    Notify.NOBODY: Mail.NONE,
    Notify.WELCOME_NEW: Mail.WELCOME,
    Notify.INVITE_NEW: Mail.INVITATION,
    Notify.LOGIN_DETAILS: Mail.LOGIN_DETAILS,
}
"""The mail that an import asks for, for each user whom it makes."""


def notices_of_plan(
    staged: StagedRows,
    plan: Plan,
    created: Mapping[str, int],
    *,
    wanted: Collection[str],
    notify: Notify,
) -> list[NewNotice]:
    """The notices of a plan that was written, by line.

    `created` are the new users' ids by number key, `wanted` the events that the directory reports.
    """
    mail = MAIL_OF[notify]
    if not wanted and mail is Mail.NONE:
        return []
    found = list(_updated(staged, plan, wanted))
    if mail is not Mail.NONE or Event.CREATED in wanted:
        keys: Sequence[str] = staged.columns["number_key"]  # type: ignore[assignment]
        found += [
            NewNotice(staged.lines[p], created[keys[p]], Event.CREATED, mail) for p in plan.creates
        ]
    found.sort()
    return found


def _updated(staged: StagedRows, plan: Plan, wanted: Collection[str]) -> Iterator[NewNotice]:
    if not {Event.UPDATED, Event.REACTIVATED} & set(wanted):
        return
    for position in plan.updates:
        if position in plan.joining:  # no change of the user that causes a notice
            continue
        event = Event.REACTIVATED if plan.bits[position] & REACTIVATES else Event.UPDATED
        if event not in wanted:
            event = Event.UPDATED
        if event in wanted:
            yield NewNotice(staged.lines[position], plan.user_ids[position], event, Mail.NONE)


def notices_of_suspended(user_ids: Iterable[int], wanted: Collection[str]) -> list[NewNotice]:
    """The notices of users that a full sync has suspended; they have no line."""
    if Event.SUSPENDED not in wanted:
        return []
    return [NewNotice(0, user_id, Event.SUSPENDED, Mail.NONE) for user_id in user_ids]
