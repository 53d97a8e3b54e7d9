"""What plugins are asked, and what they may answer. The only room that knows pluggy.

An author needs `hookimpl`, `per_row`, `User`, `Role`, `Location`, `Issue` and `Code`; the hooks
themselves are described in `rollbook.hooks.specs`. The service needs `Plugins` and `shown`.
"""

from rollbook.hooks.answers import Location, Replies, Role
from rollbook.hooks.asking import Asking
from rollbook.hooks.per_row import per_row
from rollbook.hooks.plugins import Described, Plugins, PluginState
from rollbook.hooks.showing import shown
from rollbook.hooks.specs import hookimpl
from rollbook.hooks.users import Current, User
from rollbook.words import Code, Issue

__all__ = [
    "Asking",
    "Code",
    "Current",
    "Described",
    "Issue",
    "Location",
    "PluginState",
    "Plugins",
    "Replies",
    "Role",
    "User",
    "hookimpl",
    "per_row",
    "shown",
]
