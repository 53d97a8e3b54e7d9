"""Every read of what one import may fill, as the service asks it; and a look at its plan."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from rollbook.model import Code, NoticeState, State
from rollbook.store import (
    Connection,
    Database,
    credentials,
    failed_notices,
    failed_rows,
    import_pages,
    imports,
    invitations,
    issues,
    kept_rows,
    ledger,
    ledger_pages,
    locations,
    look,
    name_lookup,
    notices,
    roles,
    units,
    users,
)
from rollbook.store.failed_notices import Resend
from rollbook.store.failed_rows import Cells
from rollbook.store.kept_rows import Kept
from rollbook.store.ledger_pages import Entry, Holding
from rollbook.store.look import Look
from rollbook.store.statements import sql
from rollbook.store.users import After, Beginnings, Wanted, Who
from tests.store.crowd import IMPORT, NEW, OTHER_IMPORT, ROWS_A_BATCH, Crowd

PAGE = 101
Read = Callable[[Connection, Crowd], Awaitable[object]]


def _text(text: str, first: str | None = None, last: str | None = None) -> Beginnings:
    return Beginnings(number_key=text, name_key=text, name=text, first_name=first, last_name=last)


def wanted(crowd: Crowd) -> Mapping[str, Wanted]:
    """What lists of users are asked for."""
    of = Wanted()
    begun = NEW - timedelta(seconds=crowd.users)
    ada = replace(of, text=_text("ada"))
    return {
        "nothing": of,
        "a role of all": replace(of, role_id=crowd.role),
        "a rare role": replace(of, role_id=crowd.rare_role),
        "a location": replace(of, location_id=1),
        "a unit": replace(of, unit_id=1),
        "a unit and a location": replace(of, unit_id=1, location_id=1),
        "a unit and a location of nobody": replace(of, unit_id=2, location_id=1),
        "suspended": replace(of, status=users.SUSPENDED),
        "active": replace(of, status=users.ACTIVE),
        "an import": replace(of, import_id=IMPORT),
        "an import of all": replace(of, import_id=OTHER_IMPORT),
        "an import of all and a rare role": replace(
            of, import_id=OTHER_IMPORT, role_id=crowd.rare_role
        ),
        "created": replace(of, created_from=begun, created_until=NEW + timedelta(1)),
        "created late": replace(of, created_from=crowd.late),
        "created late in a role of all": replace(of, created_from=crowd.late, role_id=crowd.role),
        "created in a rare role": replace(of, created_from=begun, role_id=crowd.rare_role),
        "created late in a unit": replace(of, created_from=crowd.late, unit_id=1),
        "changed": replace(of, updated_from=begun),
        "changed late": replace(of, updated_from=crowd.late),
        "created, and changed late": replace(of, created_from=begun, updated_from=crowd.late),
        "one number": replace(of, text=_text("n00000007")),
        "the number of all": replace(of, text=_text("n")),
        "late addresses": replace(of, text=_text("zz")),
        "the first name of all": ada,
        "the last name of all": replace(of, text=_text("byron")),
        "a display name": replace(of, text=_text("dr")),
        "a whole name": replace(of, text=_text("ada byron0001", "ada", "byron0001")),
        "the whole name of all": replace(of, text=_text("ada b", "ada", "b")),
        "the name of nobody": replace(of, text=_text("qqq")),
        "a name and a rare role": replace(ada, role_id=crowd.rare_role),
        "a name and a role of all": replace(ada, role_id=crowd.role),
        "a name and an import": replace(ada, import_id=IMPORT),
        "late addresses and an import": replace(of, text=_text("zz"), import_id=IMPORT),
    }


def deep(crowd: Crowd, asked: Wanted) -> After:
    """A place near the end of the list."""
    last = crowd.last_user - 500
    if asked.text is not None:
        # The sixth name is the last that a single word may mean.
        return After(last, asked.text.name + "zz", 6)
    by_time = asked.import_id is None and (
        asked.created_from or asked.created_until or asked.updated_from or asked.updated_until
    )
    return After(last, NEW - timedelta(seconds=500) if by_time else None)


def _page(name: str, *, late: bool) -> Read:
    async def read(connection: Connection, crowd: Crowd) -> object:
        asked = wanted(crowd)[name]
        after = deep(crowd, asked) if late else After()
        return await users.page(connection, crowd.directory, asked, after, PAGE)

    return read


@asynccontextmanager
async def door(database: Database, crowd: Crowd, name: str) -> AsyncIterator[Connection]:
    """The connection on which the service asks this: a list of users is planned for its values."""
    within = database.within(crowd.directory)
    if name in _LISTS:
        async with within.batch(idle_timeout_s=30, beside=True) as connection:
            yield connection
        return
    async with within.connection() as alone, alone.together() as connection:
        yield connection


SOME_CROWD = Crowd(directory=0, role=0, rare_role=0, users=0, others=0, last_user=0)
_LISTS = {
    f"users: {name}, {'deep' if late else 'first'} page": _page(name, late=late)
    for name in wanted(SOME_CROWD)
    for late in (False, True)
}
_LINES = range(2, 2 + 500)
_HOLDING = Holding([ledger.ISSUES], ["FAILED"])

_ONE: dict[str, Read] = {
    "a user by id": lambda c, of: users.get(c, of.directory, Who(id=of.last_user)),
    "a user by number": lambda c, of: users.get(c, of.directory, Who(number_key="n00000007")),
    "a user by e-mail": lambda c, of: users.get(c, of.directory, Who(email_key="00000007@x")),
    "a user by username": lambda c, of: users.get(c, of.directory, Who(username_key="0@x.y")),
    "what a user was at first": lambda c, of: users.created(c, of.directory, of.last_user),
    "users of notices": lambda c, of: notices.users(c, of.directory, _last(of)),
    "users for plugins": lambda c, of: name_lookup.current(
        c, of.directory, [f"n{n:08}" for n in range(PAGE)]
    ),
    "users to compare with a batch": lambda c, of: look.in_range(
        c, _look(of), f"n{5_000:08}", f"n{5_000 + PAGE:08}", 2 * PAGE
    ),
    "users of a range that is too wide": lambda c, of: look.in_range(
        c, _look(of), f"n{1:08}", f"n{of.users:08}", PAGE
    ),
    "users to compare, by number": lambda c, of: look.of_keys(
        c, _look(of), [f"n{n:08}" for n in range(0, of.users, max(1, of.users // PAGE))]
    ),
    "numbers that users have": lambda c, of: name_lookup.numbers(
        c, of.directory, _keys("n"), IMPORT
    ),
    "owners of addresses": lambda c, of: name_lookup.owners_of_emails(
        c, of.directory, [f"{n:08}@example.org" for n in range(PAGE)]
    ),
    "an account by id": lambda c, of: credentials.get(c, of.directory, Who(id=of.last_user)),
    "accounts of notices": lambda c, of: credentials.of_users(c, of.directory, _last(of)),
    "an account by e-mail": lambda c, of: credentials.get(
        c, of.directory, Who(email_key="00000007@x")
    ),
    "an account by username": lambda c, of: credentials.get(
        c, of.directory, Who(username_key="0@x.y")
    ),
    "named users to invite": lambda c, of: invitations.named(
        c,
        of.directory,
        [
            *(Who(id=user) for user in _last(of)),
            *(Who(number_key=f"n{n:08}") for n in range(PAGE)),
            *(Who(email_key=f"{n:08}@example.org") for n in range(PAGE)),
            *(Who(username_key=f"{n}@x.y") for n in range(PAGE)),
        ],
    ),
    "who is invited": lambda c, of: invitations.invitees(c, of.directory, _last(of)),
    "a user's last notice": lambda c, of: notices.last(c, of.directory, of.last_user),
    "a notice by its key": lambda c, of: notices.by_key(c, of.directory, IMPORT),
    "the last notice": lambda c, of: failed_notices.latest_id(c, of.directory),
    "what becomes of failed notices": lambda c, of: failed_notices.count(
        c, of.directory, range(997, 997 * PAGE, 997)
    ),
    "an import": lambda c, of: imports.get_import(c, of.directory, IMPORT),
    "what a batch looks at first": lambda c, of: c.fetchrow(
        sql("imports/turn_begin"), of.directory, IMPORT, 1
    ),
    "whether a batch is there": lambda c, of: ledger.batch_exists(c, of.directory, IMPORT, 0, 7),
    "the issues of lines": lambda c, of: failed_rows.issues_of(
        c, of.directory, IMPORT, plan=1, lines=_LINES
    ),
    "the cells of failed rows": lambda c, of: failed_rows.cells_at(
        c, of.directory, IMPORT, [Cells(2 + n * ROWS_A_BATCH, 0, n) for n in range(PAGE)]
    ),
    "staged rows of lines": lambda c, of: kept_rows.staged_with(c, of.directory, IMPORT, _LINES),
    "staged rows": lambda c, of: kept_rows.staged(c, of.directory, IMPORT, range(PAGE)),
    "the answers of batches": lambda c, of: ledger_pages.packed_answers(
        c, of.directory, IMPORT, [Entry(0, n, 0, 0, True) for n in range(PAGE)]
    ),
    "the next kept rows": lambda c, of: kept_rows.next_kept(
        c, of.directory, IMPORT, Kept.PARKED, of.others - 9
    ),
    "the next staged rows": lambda c, of: kept_rows.next_kept(
        c, of.directory, IMPORT, Kept.STAGED, of.others - 9
    ),
    "staged rows taken": lambda c, of: kept_rows.take_rows(c, of.directory, IMPORT, Kept.STAGED),
    "kept rows taken": lambda c, of: kept_rows.take_rows(c, of.directory, IMPORT, Kept.PARKED),
    "imports of an hour": lambda c, _: imports.started_lately(c, "admin"),
    "holders of a role": lambda c, of: roles.held(c, of.directory, "standard"),
    "people of a location": lambda c, of: locations.held(c, of.directory, "l1"),
    "people of a unit": lambda c, of: units.held(c, of.directory, "o1"),
    "locations by key": lambda c, of: name_lookup.locations(c, of.directory, _keys("l")),
    "units by key": lambda c, of: name_lookup.units(c, of.directory, _keys("o")),
    "locations by name": lambda c, of: locations.holding(c, of.directory, _keys("l")),
    "units by name": lambda c, of: units.holding(c, of.directory, _keys("o")),
    "roles by name": lambda c, of: roles.holding(c, of.directory, ["standard"]),
    "names that are gone": lambda c, of: name_lookup.gone(
        c, of.directory, range(9), range(99), range(99)
    ),
}


def _look(crowd: Crowd) -> Look:
    columns = ["email", "first_name", "role_id", "phone"]
    return Look(crowd.directory, columns, [crowd.last_user], True, True)


def _last(crowd: Crowd) -> list[int]:
    return list(range(crowd.last_user - PAGE, crowd.last_user))


def _keys(letter: str) -> list[str]:
    return [f"{letter}{n}" for n in range(PAGE)]


def _issues(codes: Sequence[Code] | None) -> Callable[[Connection, Crowd, int], Awaitable[object]]:
    return lambda c, of, at: issues.page(
        c, of.directory, IMPORT, plan=1, after=(at, -1), codes=codes, most=PAGE
    )


def _notices(
    state: NoticeState | None,
) -> Callable[[Connection, Crowd, int], Awaitable[object]]:
    return lambda c, of, at: notices.page(
        c, of.directory, IMPORT, after=(at, -1), state=state, most=PAGE
    )


def _imports(
    wanted: import_pages.Wanted,
) -> Callable[[Connection, Crowd, int], Awaitable[object]]:
    return lambda c, of, at: import_pages.page(
        c,
        of.directory,
        wanted,
        before=(datetime.now(UTC) - timedelta(minutes=at), IMPORT) if at else None,
        most=PAGE,
    )


_ASKED = import_pages.Wanted()
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_BY_PLACE: dict[str, Callable[[Connection, Crowd, int], Awaitable[object]]] = {
    "issues": _issues(None),
    "issues of a code": _issues([Code.INVALID_EMAIL]),
    "notices": _notices(None),
    "notices of a rare state": _notices(NoticeState.UNDELIVERABLE),
    "notices of a state of none": _notices(NoticeState.UNHANDLED),
    "notices of a directory": lambda c, of, at: notices.newest(
        c, of.directory, before=2**60 - at, most=PAGE
    ),
    "failed notices": lambda c, of, at: failed_notices.failed(
        c,
        of.directory,
        Resend([NoticeState.UNDELIVERABLE], IMPORT),
        after=at,
        until=2**60,
        most=PAGE,
    ),
    "users of an import to invite": lambda c, of, at: invitations.of_import(
        c, of.directory, OTHER_IMPORT, after=at, most=PAGE
    ),
    "imports": _imports(_ASKED),
    "imports of a rare state": _imports(_ASKED._replace(state=State.INTERRUPTED)),
    "imports of a state of none": _imports(_ASKED._replace(state=State.STOPPED)),
    "imports that run": _imports(_ASKED._replace(state=State.RUNNING)),
    "imports of a principal": _imports(_ASKED._replace(principal="admin")),
    "imports of a principal of none": _imports(_ASKED._replace(principal="nobody")),
    "imports by a profile": _imports(_ASKED._replace(profile="default")),
    "imports by a profile and in a state": _imports(
        _ASKED._replace(profile="default", state=State.STOPPED)
    ),
    "imports of a time": _imports(_ASKED._replace(created_from=_LONG_AGO)),
    "imports of a time of none": _imports(_ASKED._replace(created_until=_LONG_AGO)),
    "imports since now, in a state": _imports(
        _ASKED._replace(created_from=datetime(2100, 1, 1, tzinfo=UTC), state=State.RUNNING)
    ),
    "changes of a user": lambda c, of, at: users.changes(
        c, of.directory, of.last_user, before=of.others - at, most=PAGE
    ),
    "changes of a user's field": lambda c, of, at: users.changes(
        c,
        of.directory,
        of.last_user,
        before=of.others - at,
        since=of.others - at - 1_000,
        column="department",
        most=PAGE,
    ),
    "locations": lambda c, of, at: locations.page(c, of.directory, f"l{at}", PAGE),
    "units": lambda c, of, at: units.page(c, of.directory, f"o{at}", PAGE),
    "roles": lambda c, of, at: roles.page(c, of.directory, "s" if at else "", PAGE),
    "replayed batches": lambda c, of, at: c.fetch(
        sql("imports/batches_replay"), of.directory, IMPORT, 1, 0, at // ROWS_A_BATCH, 0
    ),
    "replayed batches behind a line": lambda c, of, at: c.fetch(
        sql("imports/batches_replay"), of.directory, IMPORT, 1, 0, -1, at
    ),
    "batches across a line": lambda c, of, at: ledger_pages.across(
        c, of.directory, IMPORT, 1, at // ROWS_A_BATCH, _HOLDING
    ),
    "batches behind a line": lambda c, of, at: ledger_pages.following(
        c, of.directory, IMPORT, 1, (at // ROWS_A_BATCH, 0), _HOLDING, most=PAGE
    ),
    "failed rows": lambda c, of, at: c.fetchrow(
        sql("imports/failed_rows_page"), of.directory, IMPORT, 1, at, 0, -1
    ),
}


def _placed(read: Callable[[Connection, Crowd, int], Awaitable[object]], *, late: bool) -> Read:
    return lambda connection, crowd: read(connection, crowd, crowd.others - 300 if late else 0)


READS: Mapping[str, Read] = (
    _LISTS
    | {
        f"{name}, {'deep' if late else 'first'} page": _placed(read, late=late)
        for name, read in _BY_PLACE.items()
        for late in (False, True)
    }
    | _ONE
)


@dataclass(frozen=True, slots=True)
class Explaining:
    """A connection that runs each statement twice, the first time for its plan."""

    connection: Connection
    plans: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def _explain(self, query: str, *args: Any) -> None:
        answer = await self.connection.fetchval(f"explain (analyze, format json) {query}", *args)
        self.plans.append((query, json.loads(answer)[0]["Plan"]))

    async def fetch(self, query: str, *args: Any) -> Any:
        """See `Connection`."""
        await self._explain(query, *args)
        return await self.connection.fetch(query, *args)

    async def fetchrow(self, query: str, *args: Any) -> Any:
        """See `Connection`."""
        await self._explain(query, *args)
        return await self.connection.fetchrow(query, *args)

    async def fetchval(self, query: str, *args: Any) -> Any:
        """See `Connection`."""
        await self._explain(query, *args)
        return await self.connection.fetchval(query, *args)


def steps(plan: Mapping[str, Any], depth: int = 0) -> Iterator[tuple[str, int]]:
    """Each step of a plan as it ran: a line that shows it, and the rows it looked at."""
    passed_over = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Join Filter", 0)
    looked_at = int((plan["Actual Rows"] + passed_over) * plan["Actual Loops"])
    on = plan.get("Index Name") or plan.get("Relation Name") or plan.get("CTE Name") or ""
    yield f"{'  ' * depth}{plan['Node Type']} {on}: {looked_at}", looked_at
    for below in plan.get("Plans", ()):
        yield from steps(below, depth + 1)
