"""The methods that decide of a user by hand what no row of a file may: locks and suspension."""

from rollbook.access import Caller, Scope, denied
from rollbook.errors import Reason, Refusal
from rollbook.imports.planning.contest import no_seat
from rollbook.model import Event, Mail
from rollbook.rpc.users import lookup
from rollbook.rpc.wire.caller import caller
from rollbook.rpc.wire.servicer import Part, directory_of
from rollbook.rpc.wire.status import Context
from rollbook.store import notices, staging, users
from rollbook.store.notices import ToldOf
from rollbook.store.staging import Room
from rollbook.store.users import ByHand, UserRow
from rollbook.v1 import users_pb2 as v1


class UsersChanged(Part):
    """See the contract. Each change is in the name of whom the call's token belongs to."""

    async def SetLocks(self, request: v1.SetLocksRequest, _context: Context) -> v1.SetLocksResponse:
        """See the contract."""
        by_hand = ByHand(
            role_locked=request.role if request.HasField("role") else None,
            location_locked=request.location if request.HasField("location") else None,
            protected=request.protected if request.HasField("protected") else None,
        )
        user = await self._change(request.directory, request.user, by_hand)
        return v1.SetLocksResponse(user=user)

    async def SuspendUser(
        self, request: v1.SuspendUserRequest, _context: Context
    ) -> v1.SuspendUserResponse:
        """See the contract. One whom a sync has suspended is from then on suspended by hand."""
        by_hand = ByHand(status=users.SUSPENDED)
        user = await self._change(request.directory, request.user, by_hand)
        return v1.SuspendUserResponse(user=user)

    async def ReactivateUser(
        self, request: v1.ReactivateUserRequest, _context: Context
    ) -> v1.ReactivateUserResponse:
        """See the contract."""
        by_hand = ByHand(status=users.ACTIVE)
        user = await self._change(request.directory, request.user, by_hand)
        return v1.ReactivateUserResponse(user=user)

    async def _change(self, directory: str, key: v1.UserKey, by_hand: ByHand) -> v1.User:
        found = await directory_of(self._app, directory)
        told: list[ToldOf] = []
        async with self._app.database.within(found.id).turn() as connection:
            await staging.take_turn(connection, found.id)
            row = await lookup.found(connection, found.id, key)
            if by_hand.changes(row):
                room = await staging.room(connection, found.id)
                _check_rights(row, by_hand, room, caller())
                _check_seats(row, by_hand, room)
                await users.change(connection, found.id, row, by_hand, caller().principal)
                told = _told(row, by_hand, room)
                await notices.write(connection, found.id, None, told)
                row = await lookup.found(connection, found.id, key)
        if told:
            self._app.noticed.set()
        return lookup.message(row)


def _told(row: UserRow, by_hand: ByHand, room: Room) -> list[ToldOf]:
    """The notice of a suspension that begins or ends, where the directory tells it."""
    before, after = row.status == users.ACTIVE, (by_hand.status or row.status) == users.ACTIVE
    event = Event.REACTIVATED if after else Event.SUSPENDED
    if before == after or event not in room.notices:
        return []
    return [ToldOf(0, row.id, event, Mail.NONE)]


def _check_rights(row: UserRow, by_hand: ByHand, room: Room, who: Caller) -> None:
    """Whether the caller may do this to the user, by what both are during the directory's turn."""
    protects = by_hand.protected not in (None, row.protected)
    if protects and not who.may(Scope.ROLES_PRIVILEGED):
        raise denied()
    if row.role_id in room.privileged_roles and not who.may(Scope.ROLES_PRIVILEGED):
        raise _protected("This user holds a privileged role: it needs the right roles:privileged.")
    if by_hand.status and row.id == who.user_id:
        raise _protected("This user is you: nobody suspends or reactivates themselves.")


def _protected(message: str) -> Refusal:
    return Refusal(Reason.TARGET_PROTECTED, message)


def _check_seats(row: UserRow, by_hand: ByHand, room: Room) -> None:
    """Whether there is a seat for whom the change makes active."""
    if by_hand.status != users.ACTIVE or row.status == users.ACTIVE:
        return
    if room.seats is not None and room.active_users >= room.seats:
        raise Refusal(Reason.SEAT_LIMIT_REACHED, no_seat().message, {"seats": str(room.seats)})
