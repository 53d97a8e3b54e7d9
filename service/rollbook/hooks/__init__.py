"""Loads plugins, calls their hooks and validates their answers.

    specs       the hooks, each with its whole contract        loader           names → plugins
    types       what hooks are given and may answer            invoke           one call of a hook
    decorators  `looks_at` and `per_row`                       validate_answer  answers → our copies
    user_view   a batch's columns → `User` objects             dispatch         users → answers
    registry    all plugins of a server                        dispatch_notices notices → answers
    installed   plugins that are installed and not listed      secrets          hidden from plugins

No other package imports pluggy. `FOR_AUTHORS` are the names that plugins may import.
"""

from rollbook.hooks.decorators import looks_at, looks_only_at, per_row
from rollbook.hooks.dispatch import BatchAnswers, Dispatcher
from rollbook.hooks.dispatch_notices import NoticeAnswers
from rollbook.hooks.installed import unlisted
from rollbook.hooks.invoke import HookCost
from rollbook.hooks.registry import PluginInfo, Plugins, PluginState
from rollbook.hooks.specs import hookimpl
from rollbook.hooks.types import (
    Answer,
    Credential,
    Current,
    Directory,
    Later,
    Location,
    Notice,
    Place,
    Role,
    Sent,
    Undeliverable,
    User,
)
from rollbook.hooks.user_view import UserView
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
    "Credential",
    "Event",
    "Mail",
    "Sent",
    "Later",
    "Undeliverable",
)
"""What a plugin may import from here. It needs nothing else but `rollbook.settings.Settings`."""

__all__ = [
    "FOR_AUTHORS",
    "Answer",
    "BatchAnswers",
    "Code",
    "Credential",
    "Current",
    "Directory",
    "Dispatcher",
    "Event",
    "HookCost",
    "Issue",
    "Later",
    "Location",
    "Mail",
    "Notice",
    "NoticeAnswers",
    "Place",
    "PluginInfo",
    "PluginState",
    "Plugins",
    "Role",
    "Sent",
    "Undeliverable",
    "UnknownName",
    "UnknownRole",
    "User",
    "UserView",
    "hookimpl",
    "looks_at",
    "looks_only_at",
    "per_row",
    "unlisted",
]
