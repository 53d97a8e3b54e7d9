"""What plugins are asked, and what they may answer. The only room that knows pluggy.

What an author may import stands in `FOR_AUTHORS`; the hooks themselves are described in
`rollbook.hooks.specs`. The service needs `Plugins`, `Shown` and `shown` besides.
"""

from rollbook.hooks.answers import Location, Replies, Role
from rollbook.hooks.call_cost import Price
from rollbook.hooks.directory_view import Directory, Place
from rollbook.hooks.dispatch import Dispatcher
from rollbook.hooks.dispatch_notices import Notified
from rollbook.hooks.installed import unlisted
from rollbook.hooks.looks_at import looks_at, looks_only_at
from rollbook.hooks.notice import Answer, Later, Notice, Sent, Undeliverable
from rollbook.hooks.per_row import per_row
from rollbook.hooks.registry import SECRET_SETTINGS, Described, Plugins, PluginState
from rollbook.hooks.specs import hookimpl
from rollbook.hooks.user import Current, User
from rollbook.hooks.user_view import Shown, shown
from rollbook.model import Code, Event, Issue, Mail, UnknownName, UnknownRole

FOR_AUTHORS = (
    "hookimpl",
    "per_row",
    "looks_at",
    "looks_only_at",
    "User",
    "Current",
    "Directory",
    "Place",
    "Role",
    "Location",
    "Issue",
    "Code",
    "UnknownRole",
    "UnknownName",
    "Notice",
    "Event",
    "Mail",
    "Sent",
    "Later",
    "Undeliverable",
)
"""What a plugin may import from here. Beside `rollbook.settings.Settings` it needs nothing else."""

__all__ = [
    "FOR_AUTHORS",
    "SECRET_SETTINGS",
    "Answer",
    "Code",
    "Current",
    "Described",
    "Directory",
    "Dispatcher",
    "Event",
    "Issue",
    "Later",
    "Location",
    "Mail",
    "Notice",
    "Notified",
    "Place",
    "PluginState",
    "Plugins",
    "Price",
    "Replies",
    "Role",
    "Sent",
    "Shown",
    "Undeliverable",
    "UnknownName",
    "UnknownRole",
    "User",
    "hookimpl",
    "looks_at",
    "looks_only_at",
    "per_row",
    "shown",
    "unlisted",
]
