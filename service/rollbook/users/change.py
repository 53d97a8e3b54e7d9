"""Changes a user by hand: locks, protection, sources, suspension; with rights, seats, notices."""

from dataclasses import asdict

import structlog

from rollbook.access import Caller
from rollbook.context import AppContext
from rollbook.errors import Reason, Refusal
from rollbook.model import Event, Mail
from rollbook.store import notices, staging, users
from rollbook.store.name_lookup import DirectoryRow
from rollbook.store.notices import NewNotice
from rollbook.store.staging import Room
from rollbook.store.users import ByHand, UserRow
from rollbook.users.find import UserKey, find_user
from rollbook.users.policy import NO_DEED, Deed, check_by_hand, standing

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()
NO_SEAT = "Every seat of this directory is taken; suspend users or add seats."


async def change_by_hand(
    app: AppContext, directory: DirectoryRow, key: UserKey, by_hand: ByHand, caller: Caller
) -> UserRow:
    """Change a user in one transaction, during the directory's turn; answers the user as stored.

    The history keeps the old values. A change to the stored values writes nothing. A user that a
    sync has suspended counts as suspended by hand from then on.

    Raises:
        Refusal: as `find_user` and `policy.check_by_hand`; SEAT_LIMIT_REACHED, there is no seat
            for the user who would become active.
    """
    written: list[NewNotice] = []
    async with app.database.within(directory.id).turn() as connection:
        await staging.take_turn(connection, directory.id)
        row = await find_user(connection, directory.id, key)
        changed = by_hand.changes(row)
        if changed:
            room = await staging.room(connection, directory.id)
            check_by_hand(_deeds(row, by_hand), standing(row, room, caller), caller)
            _check_seats(row, by_hand, room)
            await users.change(connection, directory.id, row, by_hand, caller.principal)
            written = _notices(row, by_hand, room)
            await notices.write(connection, directory.id, None, written)
            row = await find_user(connection, directory.id, key)
    if changed:
        _log.info(
            "user changed by hand",
            directory=directory.name,
            user_id=row.id,
            principal=caller.principal,
            **{name: value for name, value in asdict(by_hand).items() if value is not None},
        )
    if written:
        app.noticed.ring()
    return row


def _deeds(row: UserRow, by_hand: ByHand) -> Deed:
    """What differs from what is stored."""
    deeds = NO_DEED
    if by_hand.status not in (None, row.status):
        deeds |= Deed.REACTIVATE if by_hand.status == users.ACTIVE else Deed.SUSPEND
    if by_hand.role_locked not in (None, row.role_locked) or by_hand.location_locked not in (
        None,
        row.location_locked,
    ):
        deeds |= Deed.LOCKS
    if by_hand.protected not in (None, row.protected):
        deeds |= Deed.PROTECTION
    if by_hand.sources is not None and set(by_hand.sources) != set(row.sources):
        deeds |= Deed.SOURCES
    return deeds


def _check_seats(row: UserRow, by_hand: ByHand, room: Room) -> None:
    if by_hand.status != users.ACTIVE or row.status == users.ACTIVE:
        return
    if room.seats is not None and room.active_users >= room.seats:
        raise Refusal(Reason.SEAT_LIMIT_REACHED, NO_SEAT, {"seats": str(room.seats)})


def _notices(row: UserRow, by_hand: ByHand, room: Room) -> list[NewNotice]:
    """The notice of a suspension that begins or ends, if the directory has it sent."""
    before, after = row.status == users.ACTIVE, (by_hand.status or row.status) == users.ACTIVE
    event = Event.REACTIVATED if after else Event.SUSPENDED
    if before == after or event not in room.notices:
        return []
    return [NewNotice(0, row.id, event, Mail.NONE)]
