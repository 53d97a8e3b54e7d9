"""UserService: users found, changed by hand, and written one at a time, in a part each."""

from rollbook.rpc.users.listing import UsersListed
from rollbook.rpc.users.write import UsersWritten


class UserService(UsersListed, UsersWritten):
    """The whole service."""
