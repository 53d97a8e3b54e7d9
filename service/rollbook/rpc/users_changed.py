"""The methods that decide of a user by hand what no row of a file may: locks and suspension."""

from rollbook.errors import Reason, Refusal
from rollbook.importing.contesting import no_seat
from rollbook.importing.job import House
from rollbook.rpc import users_known
from rollbook.rpc.part import Part, directory_of
from rollbook.rpc.refusing import Context
from rollbook.rpc.tokens import Tokens
from rollbook.store import Connection, staging, users
from rollbook.store.users import ByHand, UserRow
from rollbook.v1 import users_pb2 as v1


class UsersChanged(Part):
    """See the contract. Each change is in the name of whom the call's token belongs to."""

    def __init__(self, house: House, tokens: Tokens):
        super().__init__(house)
        self._tokens = tokens

    async def SetLocks(self, request: v1.SetLocksRequest, context: Context) -> v1.SetLocksResponse:
        """See the contract."""
        by_hand = ByHand(
            role_locked=request.role if request.HasField("role") else None,
            location_locked=request.location if request.HasField("location") else None,
            protected=request.protected if request.HasField("protected") else None,
        )
        user = await self._change(request.directory, request.user, by_hand, context)
        return v1.SetLocksResponse(user=user)

    async def SuspendUser(
        self, request: v1.SuspendUserRequest, context: Context
    ) -> v1.SuspendUserResponse:
        """See the contract. One whom a sync has suspended is from then on suspended by hand."""
        by_hand = ByHand(status=users.SUSPENDED)
        user = await self._change(request.directory, request.user, by_hand, context)
        return v1.SuspendUserResponse(user=user)

    async def ReactivateUser(
        self, request: v1.ReactivateUserRequest, context: Context
    ) -> v1.ReactivateUserResponse:
        """See the contract."""
        by_hand = ByHand(status=users.ACTIVE)
        user = await self._change(request.directory, request.user, by_hand, context)
        return v1.ReactivateUserResponse(user=user)

    async def _change(
        self, directory: str, key: v1.UserKey, by_hand: ByHand, context: Context
    ) -> v1.User:
        principal = self._tokens.principal(context.invocation_metadata())
        found = await directory_of(self._house, directory)
        async with self._house.database.within(found.id).transaction() as connection:
            await staging.take_turn(connection, found.id)
            row = await users_known.found(connection, found.id, key)
            if by_hand.changes(row):
                await _check_seats(connection, found.id, row, by_hand)
                await users.change(connection, found.id, row, by_hand, principal)
                row = await users_known.found(connection, found.id, key)
        return users_known.message(row)


async def _check_seats(
    connection: Connection, directory_id: int, row: UserRow, by_hand: ByHand
) -> None:
    """Whether there is a seat for whom the change makes active."""
    if by_hand.status != users.ACTIVE or row.status == users.ACTIVE:
        return
    room = await staging.room(connection, directory_id)
    if room.seats is not None and room.active_users >= room.seats:
        raise Refusal(Reason.SEAT_LIMIT_REACHED, no_seat().message, {"seats": str(room.seats)})
