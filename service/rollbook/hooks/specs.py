"""The hooks that a plugin may implement, each with its whole contract.

A hook is a plain function or an `async def`. It may take fewer arguments than are listed here, but
no others. Plugins are asked in the operator's order; `tryfirst` and wrappers are refused. A plain
hook may run in several threads at once: one for each running import, and two for notices.

A hook marked `@looks_at` declares on which fields of a user its answers depend. It is asked once
about users with equal values in them, and the answer holds for all of them in that import. Fields
that no hook looks at are neither read nor shown: see `rollbook.hooks.looks_at`.
"""

from collections.abc import Mapping, Sequence

import pluggy

from rollbook.hooks.types import (
    Credential,
    Directory,
    Later,
    Location,
    Notice,
    Report,
    Role,
    Sent,
    Undeliverable,
    User,
)
from rollbook.model import Issue
from rollbook.settings import Settings

PROJECT = "rollbook"
HOOKS = ("startup", "shutdown", "map_roles", "match_locations", "check_users", "notify")
"""Every hook, in the order in which a server, and then a row, meets them."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a function of a plugin as a hook."""


@hookspec
def startup(settings: Settings) -> None:
    """Open what the plugin needs: read a file, start a client.

    When: once, before the service answers calls.
    You get: `settings`, the service's settings, frozen; those that hold a secret are blank.
    You may answer: nothing.
    Silence: nothing to open.
    If you raise, or take longer than the plugin timeout: the service does not start, and
    its message names your plugin.
    Cost: once.

    >>> from rollbook.hooks import hookimpl
    >>> from rollbook.settings import Settings
    >>> opened = []
    >>> @hookimpl
    ... def startup(settings):
    ...     opened.append(settings.plugin_timeout)
    >>> startup(Settings(plugin_timeout=2))
    >>> opened
    [2.0]
    """


@hookspec
def shutdown() -> None:
    """Close what `startup` opened.

    When: once, after the last import, in the reverse order of `startup`; also when a later
    plugin's startup fails, but not after a failure of your own.
    You get: nothing.
    You may answer: nothing.
    Silence: nothing to close.
    If you raise: it is logged, and the other plugins are closed as usual.
    Cost: once.

    >>> from rollbook.hooks import hookimpl
    >>> opened = ["a client"]
    >>> @hookimpl
    ... def shutdown():
    ...     opened.clear()
    >>> shutdown()
    >>> opened
    []
    """


@hookspec
def map_roles(users: Sequence[User], directory: Directory) -> dict[int, Role | Issue] | None:
    """Choose the roles of users.

    When: once a batch, before the directory's own names and aliases are tried, for every line
    that may be applied and that no earlier plugin has settled; also if the file has no role
    column.
    You get: `users`, a tuple of up to 5,000 frozen users; `directory`, their directory, frozen:
    its roles and locations, and what the import does with unknown ones. It is read once an import,
    and only if a hook takes it.
    You may answer: `{line: Role}`, a role of the directory by its name, or `{line: Issue}`, an
    error code that refuses the row. Only lines that you were asked.
    Silence: None, or a line left out. The next plugin is asked, then the directory, then the
    option `unknown_role`. A new user gets the default role, an existing one keeps its own.
    If you raise, take too long or answer anything else: none of the call's answers is used, and
    its lines wait; no role is guessed for them. At the end of the file you are asked about them
    once more, by halves while that fails; rows that fail even so are refused (`plugin_error`,
    `plugin_timeout`, `plugin_bad_output`). Under `@per_row` all this holds for the row that raised
    alone. After five failed calls in a row the import stops and can be resumed; the lines stay
    open.
    Cost: one call a batch; making users takes about 0.5 µs a line, once for all hooks, and
    validating answers about 0.2 µs. Marked `@looks_at`: about 0.4 µs in all for a line that equals
    an earlier one. Looking at `current`: one query a batch, and about 3 µs a line of a user who
    exists. Taking `directory`: once an import, about 10 µs a location.

    >>> from rollbook.hooks import Role, User, hookimpl, per_row
    >>> @hookimpl
    ... @per_row
    ... def map_roles(user):
    ...     return Role("admin") if user.department == "IT" else None
    >>> map_roles([User(line=2, department="IT"), User(line=3, department="Sales")])
    {2: Role(name='admin')}
    """
    return None


@hookspec
def match_locations(
    users: Sequence[User], directory: Directory
) -> dict[int, Location | Issue] | None:
    """Choose the locations of users.

    When: once a batch, after `map_roles`, before the directory's own names, codes and aliases
    are tried, for every line that may be applied and that no earlier plugin has settled; also if
    the file has no location column.
    You get: `users`, a tuple of up to 5,000 frozen users; `directory`, their directory, frozen:
    its roles and locations, and what the import does with unknown ones. It is read once an import,
    and only if a hook takes it.
    You may answer: `{line: Location}`, a location of the directory by its name, or
    `{line: Issue}`, an error code that refuses the row. Only lines that you were asked.
    Silence: None, or a line left out. The next plugin is asked, then the directory, then the
    option `unknown_location`. Without any answer a stored location stays.
    If you raise, take too long or answer anything else: none of the call's answers is used, and
    its lines wait, as with `map_roles`.
    Cost: one call a batch; making users takes about 0.5 µs a line, once for all hooks, and
    validating answers about 0.2 µs. Marked `@looks_at`: about 0.4 µs in all for a line that equals
    an earlier one. Looking at `current`: one query a batch, and about 3 µs a line of a user who
    exists. Taking `directory`: once an import, about 10 µs a location.

    >>> from rollbook.hooks import Code, Directory, Issue, Location, Place, User, hookimpl
    >>> @hookimpl
    ... def match_locations(users, directory):
    ...     initials = {place.name[:1]: place.name for place in directory.locations}
    ...     answers = {}
    ...     for user in users:
    ...         if user.location in initials:
    ...             answers[user.line] = Location(initials[user.location])
    ...         elif user.location == "moon":
    ...             answers[user.line] = Issue(Code.INVALID_LOCATION, "location", "Too far.")
    ...     return answers
    >>> main = Directory("main", locations=(Place("Lisbon", code="LIS"), Place("Oslo")))
    >>> users = [User(line=2, location="O"), User(line=3, location="moon")]
    >>> answers = match_locations(users, main)
    >>> answers[2], answers[3].message
    (Location(name='Oslo'), 'Too far.')
    """
    return None


@hookspec
def check_users(users: Sequence[User], directory: Directory) -> dict[int, list[Issue]] | None:
    """Refuse users, or attach warnings to them.

    When: once a batch, after roles and locations, for every line that may be applied. Every
    plugin is asked for every line.
    You get: `users`, a tuple of up to 5,000 frozen users; `directory`, their directory, frozen:
    its roles and locations, and what the import does with unknown ones. It is read once an import,
    and only if a hook takes it.
    You may answer: `{line: [Issue, ...]}`, at most 32 a line. An error code refuses the row, a
    warning code is added to its result. Only lines that you were asked.
    Silence: None, or a line left out. The user is fine.
    If you raise, take too long or answer anything else: none of the call's answers is used, and
    its lines wait, as with `map_roles`.
    Cost: one call a batch; validating an issue takes about 4 µs. Users, `current` and
    `directory`: as with `map_roles`.

    >>> from rollbook.hooks import Code, Issue, User, hookimpl, per_row
    >>> @hookimpl
    ... @per_row
    ... def check_users(user):
    ...     if (user.email or "").endswith("@acme.example"):
    ...         return None
    ...     return [Issue(Code.INVALID_EMAIL, "email", "Only addresses of acme.example.")]
    >>> answers = check_users([User(line=2, email="a@acme.example"), User(line=3, email="b@x.org")])
    >>> {line: [issue.code.value for issue in issues] for line, issues in answers.items()}
    {3: ['invalid_email']}
    """
    return None


@hookspec
def notify(
    notices: Sequence[Notice],
    within: float,
    report: Report,
    credentials: Mapping[str, Credential],
) -> dict[str, Sent | Later | Undeliverable] | None:
    """Notify users, or other systems, of what happened: send a mail, call a URL.

    When: soon after the transaction that changed the user, and again on the retry schedule while
    no plugin has settled the notice. No import waits for you. You get notices that no earlier
    plugin has settled: directories take turns, each with its oldest first. A server makes two
    calls at a time at most, one of them with `notice.mail.urgent` alone.
    You get: `notices`, a tuple of up to 50 frozen notices, of any directories; `within`, the
    seconds after which the call times out (setting `notify_timeout`); `report`, a function
    for any thread: `report(id, answer)` answers one notice at once; `credentials`, by the notices'
    ids, the link or password of mails that open an account. Only the plugin that the operator names
    in ROLLBOOK_CREDENTIAL_SENDER gets such notices; for all others `credentials` is empty.
    You may answer: `{id: Sent}`; `{id: Later}`, it is tried again after 1, 5, 15, 30, 60 minutes,
    then hourly, until 48 hours after the first try, or after the seconds that you give; with
    `in_doubt`, once more only; `{id: Undeliverable}`, never again. Only notices that you were
    asked. If you cannot finish `within` that time, answer Later for the rest. Call `report` for
    each notice as soon as it is sent: its answer is stored at once, and a crash cannot send that
    notice again.
    Silence: None, or a notice left out. The next plugin is asked; a notice that no plugin answers
    is counted as unhandled.
    If you raise, take too long or answer anything else: only what you reported is used, and the
    other notices are tried again on the schedule, also those that you had sent. So catch what may
    go wrong with one notice, and answer Later or Undeliverable for it.
    Cost: one call for at most 50 notices; their users are read from the database for it.

    >>> from datetime import datetime, timezone
    >>> from rollbook.hooks import Event, Mail, Notice, Sent, Undeliverable, hookimpl
    >>> @hookimpl
    ... async def notify(notices):
    ...     answers = {}
    ...     for notice in notices:
    ...         if notice.mail is Mail.NONE:
    ...             continue
    ...         known = notice.email.endswith("@acme.example")
    ...         answers[notice.id] = Sent("queued") if known else Undeliverable("Not ours.")
    ...     return answers
    >>> ada = Notice(
    ...     id="n-1", directory="main", directory_name="Acme", event=Event.CREATED,
    ...     mail=Mail.WELCOME, employee_number="E1", email="ada@acme.example", username="ada",
    ...     first_name="Ada", last_name="Byron", name="Ada Byron", import_id="", attempt=1,
    ...     at=datetime(2027, 1, 31, 9, 30, tzinfo=timezone.utc))
    >>> bob = ada._replace(id="n-2", email="bob@x.org")
    >>> cyd = ada._replace(id="n-3", mail=Mail.NONE, event=Event.SUSPENDED)
    >>> import asyncio
    >>> asyncio.run(notify((ada, bob, cyd)))
    {'n-1': Sent(detail='queued'), 'n-2': Undeliverable(reason='Not ours.')}
    """
    return None
