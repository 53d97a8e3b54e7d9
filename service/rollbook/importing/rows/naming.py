"""Texts → roles, locations and units: the plugins first, then the directory, then the option."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from rollbook.checking import echo, name_key
from rollbook.hooks import Current, Location, Replies, Role, User, shown
from rollbook.importing.jobs.job import Job
from rollbook.store import names
from rollbook.store.database import Connection
from rollbook.words import Code, Field, Issue, UnknownName, UnknownRole, Users, keys_first

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class NewName:
    """A location or unit that is made if its row is applied."""

    key: str
    name: str


@dataclass(slots=True, kw_only=True)
class Named:
    """Checked users, and by position the ids they were given.

    In each column None leaves the stored value, 0 clears it; None instead of a column: nobody
    said anything. `new_locations` and `new_units` hold what is to be made, by position.
    `waiting` are the positions of rows that a plugin failed on: nothing is decided for them yet.
    """

    users: Users
    role_ids: Sequence[int | None] | None = None
    location_ids: Sequence[int | None] | None = None
    unit_ids: Sequence[int | None] | None = None
    new_locations: dict[int, NewName] = field(default_factory=dict)
    new_units: dict[int, NewName] = field(default_factory=dict)
    waiting: set[int] = field(default_factory=set)


async def name(job: Job, users: Users, *, at_last: bool = False) -> Named:
    """Decide the role, location and unit of every row that may be applied.

    A row whose name is refused gets its issue and joins `users.failed`. So does one that a plugin
    failed on where it is asked for the last time; otherwise that row waits.

    Raises:
        Refusal: PLUGIN_UNAVAILABLE, a plugin failed too often.
        Unavailable: the database stayed away.
    """
    naming = _Naming(job, users)
    said = await naming.ask_plugins(at_last=at_last)
    naming.leave_out(users.failed | said.waiting)
    named = Named(users=users, waiting=said.waiting)
    await naming.roles(named, said.roles)
    await naming.locations(named, said.locations)
    await naming.units(named)
    return named


@dataclass(slots=True)
class _Said:
    """The plugins' answers by position, and the positions that one failed on."""

    roles: dict[int, str] = field(default_factory=dict)
    locations: dict[int, str] = field(default_factory=dict)
    waiting: set[int] = field(default_factory=set)


class _Naming:
    def __init__(self, job: Job, users: Users):
        self._job = job
        self._users = users
        self._directory_id = job.directory.id
        self._failed_before: frozenset[int] = frozenset()
        self._columns = {name: place for place, name in enumerate(users.rows.columns)}
        self._roles_replied: Replies[Role | Issue] | None = None
        self._locations_replied: Replies[Location | Issue] | None = None

    async def ask_plugins(self, *, at_last: bool) -> _Said:
        """What the plugins answer, by position; refusals, and failures at last, become issues."""
        said = _Said()
        plugins, asking = self._job.house.plugins, self._job.asking
        if not any(map(plugins.answers, ("map_roles", "match_locations", "check_users"))):
            return said
        if at_last:
            asking.at_last()
        seen = await self._seen()
        roles = await asking.map_roles(seen)
        seen = _open(seen, roles.failed)
        locations = await asking.match_locations(seen)
        seen = _open(seen, locations.failed)
        objections = await asking.check_users(seen)
        self._roles_replied, self._locations_replied = roles, locations

        failed = roles.failed | locations.failed | objections.failed
        position_of = {line: position for position, line in enumerate(self._users.rows.lines)}
        if at_last:
            self._note(position_of, {line: [issue] for line, issue in failed.items()})
        else:
            said.waiting = {position_of.pop(line) for line in failed}
        said.roles = self._names_said(position_of, roles.answers)
        said.locations = self._names_said(position_of, locations.answers)
        self._note(position_of, objections.answers)
        return said

    def _names_said(
        self, position_of: Mapping[int, int], answers: Mapping[int, Role | Location | Issue]
    ) -> dict[int, str]:
        self._note(
            position_of, {n: [said] for n, said in answers.items() if isinstance(said, Issue)}
        )
        return {
            position_of[line]: answer.name
            for line, answer in answers.items()
            if not isinstance(answer, Issue) and line in position_of
        }

    def _note(self, position_of: Mapping[int, int], issues: Mapping[int, Sequence[Issue]]) -> None:
        for line, some in issues.items():
            for issue in some if line in position_of else ():
                self._add(position_of[line], issue)

    def leave_out(self, failed: Collection[int]) -> None:
        """Say nothing more of rows that failed already, or that wait."""
        self._failed_before = frozenset(failed)

    async def roles(self, named: Named, said: Mapping[int, str]) -> None:
        """Give each row its role's id."""
        unknown = self._job.options.unknown_role
        texts = None if unknown is UnknownRole.IGNORE_COLUMN else self._texts(Field.ROLE)
        if texts is None and not said:
            return
        known = await self._ask(names.roles, _keys(texts, said))
        column: list[int | None] = []
        for position, text in enumerate(texts or [None] * len(self._users.rows)):
            if position in said:
                role_id = known.get(name_key(said[position]))
                if role_id is None and self._roles_replied:
                    self._add(position, self._roles_replied.unknown_name(self._line(position)))
                column.append(role_id)
            elif not text:  # a blank role clears nothing
                column.append(None)
            else:
                role_id = known.get(name_key(text))
                if role_id is None and position not in self._failed_before:
                    self._add(position, self._unknown_role(text))
                column.append(role_id)
        named.role_ids = column

    async def locations(self, named: Named, said: Mapping[int, str]) -> None:
        """Give each row its location's id, or the name of one to be made."""
        texts = self._texts(Field.LOCATION)
        if texts is None and not said:
            return
        known = await self._ask(names.locations, _keys(texts, said))
        column: list[int | None] = []
        for position, text in enumerate(texts or [None] * len(self._users.rows)):
            asked = said.get(position, text)
            found = known.get(name_key(asked), []) if asked else []
            column.append(found[0] if len(found) == 1 else 0 if asked == "" else None)
            if not asked or len(found) == 1 or position in self._failed_before:
                continue
            if position in said and self._locations_replied:
                self._add(position, self._locations_replied.unknown_name(self._line(position)))
            elif found:
                self._add(position, _ambiguous(asked))
            elif self._job.options.unknown_location is UnknownName.CREATE:
                named.new_locations[position] = NewName(name_key(asked), asked)
            else:
                self._add(position, self._unknown_location(asked))
        named.location_ids = column

    async def units(self, named: Named) -> None:
        """Give each row its unit's id, or the name of one to be made."""
        texts = self._texts(Field.ORGANIZATIONAL_UNIT)
        if texts is None:
            return
        known = await self._ask(names.units, _keys(texts, {}))
        column: list[int | None] = []
        for position, text in enumerate(texts):
            unit_id = known.get(name_key(text)) if text else None
            column.append(0 if text == "" else unit_id)
            if not text or unit_id is not None or position in self._failed_before:
                continue
            if self._job.options.unknown_unit is UnknownName.CREATE:
                named.new_units[position] = NewName(name_key(text), text)
            else:
                self._add(position, self._unknown_unit(text))
        named.unit_ids = column

    async def _seen(self) -> tuple[User, ...]:
        users = self._users
        open_positions = [p for p in range(len(users.rows)) if p not in users.failed]
        by_key = {users.number_keys[p]: p for p in open_positions}
        stored = {
            by_key[key]: Current(role, location, unit, department)
            for key, role, location, unit, department in await self._ask(names.current, by_key)
        }
        return shown(users, open_positions, stored)

    async def _ask(
        self,
        question: Callable[[Connection, int, Collection[str]], Awaitable[T]],
        keys: Iterable[str],
    ) -> T:
        """What the directory says of these keys; waits for a database that is away."""
        wanted = list(keys)
        return await self._job.database.ask(
            lambda connection: question(connection, self._directory_id, wanted)
        )

    def _texts(self, field_name: Field) -> Sequence[str | None] | None:
        """A column's texts; None where it says nothing for any row."""
        texts = self._users.values.get(field_name)
        return texts if texts is not None and any(t is not None for t in texts) else None

    def _line(self, position: int) -> int:
        return self._users.rows.lines[position]

    def _add(self, position: int, issue: Issue) -> None:
        issues = [*self._users.issues.get(position, ()), issue]
        self._users.issues[position] = keys_first(sorted(issues, key=self._column))
        if issue.fails:
            self._users.failed.add(position)

    def _column(self, issue: Issue) -> int:
        """Issues stand in the order of the file's columns; those of the whole row behind."""
        return self._columns.get(issue.field, len(self._columns))

    def _unknown_role(self, text: str) -> Issue:
        if self._job.options.unknown_role is UnknownRole.DEFAULT:
            return Issue(
                Code.ROLE_DEFAULTED,
                Field.ROLE,
                f"The role {echo(text)} is not known; a new user gets the default role, "
                "an existing one keeps theirs.",
            )
        return Issue(
            Code.INVALID_ROLE,
            Field.ROLE,
            f"The role {echo(text)} is not known in this directory.",
            {"value": text[:60]},
        )

    def _unknown_location(self, text: str) -> Issue:
        if self._job.options.unknown_location is UnknownName.WARN:
            return Issue(
                Code.LOCATION_UNKNOWN_IGNORED,
                Field.LOCATION,
                f"The location {echo(text)} is not known; the user's stays as it was.",
                {"value": text[:60]},
            )
        return Issue(
            Code.INVALID_LOCATION,
            Field.LOCATION,
            f"The location {echo(text)} is not known in this directory.",
            {"value": text[:60], "reason": "unknown"},
        )

    def _unknown_unit(self, text: str) -> Issue:
        if self._job.options.unknown_unit is UnknownName.WARN:
            return Issue(
                Code.UNIT_UNKNOWN_IGNORED,
                Field.ORGANIZATIONAL_UNIT,
                f"The organizational unit {echo(text)} is not known; the user's stays.",
                {"value": text[:60]},
            )
        return Issue(
            Code.UNKNOWN_ORGANIZATIONAL_UNIT,
            Field.ORGANIZATIONAL_UNIT,
            f"The organizational unit {echo(text)} is not known in this directory.",
            {"value": text[:60]},
        )


def _open(seen: tuple[User, ...], failed: Collection[int]) -> tuple[User, ...]:
    """Those whom the next hook is asked of: no plugin has failed on them."""
    return tuple(user for user in seen if user.line not in failed) if failed else seen


def _ambiguous(text: str) -> Issue:
    return Issue(
        Code.INVALID_LOCATION,
        Field.LOCATION,
        f"{echo(text)} names more than one location; use a name or code that is one's alone.",
        {"value": text[:60], "reason": "ambiguous"},
    )


def _keys(texts: Iterable[str | None] | None, said: Mapping[int, str]) -> set[str]:
    """The distinct keys to look up."""
    return {name_key(text) for text in {*(texts or ()), *said.values()} if text}
