"""Texts → roles, locations and units: the plugins first, then the directory, then the option."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from rollbook.checking import name_key
from rollbook.hooks import BatchAnswers, Current, Location, Role, UserView
from rollbook.imports.job.job import Job
from rollbook.imports.rows.unknown_names import (
    ambiguous_location,
    unknown_location,
    unknown_role,
    unknown_unit,
)
from rollbook.model import Field, Issue, UnknownName, UnknownRole, Users, keys_first
from rollbook.store import name_lookup
from rollbook.store.database import Connection

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
    """The names that plugins answered, and the positions that one failed on.

    The names stand by position, None where there was silence; None in the column's place: nobody
    was named anything.
    """

    roles: Sequence[str | None] | None = None
    locations: Sequence[str | None] | None = None
    waiting: set[int] = field(default_factory=set)


class _Naming:
    def __init__(self, job: Job, users: Users):
        self._job = job
        self._users = users
        self._directory_id = job.directory.id
        self._failed_before: frozenset[int] = frozenset()
        self._columns = {name: place for place, name in enumerate(users.rows.columns)}
        self._roles_replied: BatchAnswers[Role | Issue] | None = None
        self._locations_replied: BatchAnswers[Location | Issue] | None = None

    async def ask_plugins(self, *, at_last: bool) -> _Said:
        """What the plugins answer, by position; refusals, and failures at last, become issues."""
        said = _Said()
        plugins, asking = self._job.app.plugins, self._job.asking
        if not any(map(plugins.implement, ("map_roles", "match_locations", "check_users"))):
            return said
        if at_last:
            asking.final_attempt()
        seen = await self._seen()
        roles = await asking.map_roles(seen)
        seen = seen.without(roles.failed)
        locations = await asking.match_locations(seen)
        seen = seen.without(locations.failed)
        objections = await asking.check_users(seen)
        self._roles_replied, self._locations_replied = roles, locations

        failed = roles.failed | locations.failed | objections.failed
        if at_last:
            self._note({line: [issue] for line, issue in failed.items()})
        elif failed:
            said.waiting = {p for p, line in enumerate(self._users.rows.lines) if line in failed}
            for replies in (roles, locations, objections):  # what others said of them is not used
                replies.discard(failed)
        said.roles = self._names_said(roles.answers)
        said.locations = self._names_said(locations.answers)
        self._note(objections.answers)
        return said

    def _names_said(
        self, answers: Mapping[int, Role | Location | Issue]
    ) -> Sequence[str | None] | None:
        if Issue in {*map(type, answers.values())}:
            self._note({n: [said] for n, said in answers.items() if isinstance(said, Issue)})
            answers = {n: said for n, said in answers.items() if not isinstance(said, Issue)}
        if not answers:
            return None
        said = map(answers.get, self._users.rows.lines)
        return [None if answer is None else answer.name for answer in said]  # type: ignore[union-attr]

    def _note(self, issues: Mapping[int, Sequence[Issue]]) -> None:
        """Take in the issues by line."""
        lines = self._users.rows.lines if issues else ()
        for position, line in enumerate(lines):
            for issue in issues.get(line, ()):
                self._add(position, issue)

    def leave_out(self, failed: Collection[int]) -> None:
        """Say nothing more of rows that failed already, or that wait."""
        self._failed_before = frozenset(failed)

    async def roles(self, named: Named, said: Sequence[str | None] | None) -> None:
        """Give each row its role's id."""
        option = self._job.options.unknown_role
        texts = None if option is UnknownRole.IGNORE_COLUMN else self._texts(Field.ROLE)
        wanted = _wanted(texts, said)
        if wanted is None:
            return
        keys = _keys(wanted)
        known = await self._ask(name_lookup.roles, keys.values())
        ids: dict[str | None, int] = {t: known[key] for t, key in keys.items() if key in known}
        named.role_ids = [*map(ids.get, wanted)]  # a blank role clears nothing
        for position, text in _of_those(wanted, keys.keys() - ids.keys()):
            if said and said[position] is not None and self._roles_replied:
                self._add(position, self._roles_replied.unknown_name(self._line(position)))
            elif position not in self._failed_before:
                self._add(position, unknown_role(self._job.options, text))

    async def locations(self, named: Named, said: Sequence[str | None] | None) -> None:
        """Give each row its location's id, or the name of one to be made."""
        texts = self._texts(Field.LOCATION)
        wanted = _wanted(texts, said)
        if wanted is None:
            return
        keys = _keys(wanted)
        known = await self._ask(name_lookup.locations, keys.values())
        ids: dict[str | None, int] = {"": 0}
        ids.update((t, known[key][0]) for t, key in keys.items() if len(known.get(key, ())) == 1)
        named.location_ids = [*map(ids.get, wanted)]
        for position, text in _of_those(wanted, keys.keys() - ids.keys()):
            if position in self._failed_before:
                continue
            if said and said[position] is not None and self._locations_replied:
                self._add(position, self._locations_replied.unknown_name(self._line(position)))
            elif known.get(keys[text]):
                self._add(position, ambiguous_location(text))
            elif self._job.options.unknown_location is UnknownName.CREATE:
                named.new_locations[position] = NewName(keys[text], text)
            else:
                self._add(position, unknown_location(self._job.options, text))

    async def units(self, named: Named) -> None:
        """Give each row its unit's id, or the name of one to be made."""
        texts = self._texts(Field.ORGANIZATIONAL_UNIT)
        if texts is None:
            return
        keys = _keys(texts)
        known = await self._ask(name_lookup.units, keys.values())
        ids: dict[str | None, int] = {"": 0}
        ids.update((text, known[key]) for text, key in keys.items() if key in known)
        named.unit_ids = [*map(ids.get, texts)]
        for position, text in _of_those(texts, keys.keys() - ids.keys()):
            if position in self._failed_before:
                continue
            if self._job.options.unknown_unit is UnknownName.CREATE:
                named.new_units[position] = NewName(keys[text], text)
            else:
                self._add(position, unknown_unit(self._job.options, text))

    async def _seen(self) -> UserView:
        users = self._users
        open_positions: Sequence[int] = range(len(users.rows))
        if users.failed:
            open_positions = [p for p in open_positions if p not in users.failed]
        fields = self._job.app.plugins.looks_at
        if "current" not in fields:
            return UserView.of_batch(users, open_positions, {}, fields)
        by_key = {users.number_keys[p]: p for p in open_positions}
        stored = {
            by_key[key]: Current(role, location, unit, department)
            for key, role, location, unit, department in await self._ask(
                name_lookup.current, by_key
            )
        }
        return UserView.of_batch(users, open_positions, stored, fields)

    async def _ask(
        self,
        question: Callable[[Connection, int, Collection[str]], Awaitable[T]],
        keys: Iterable[str],
    ) -> T:
        """What the directory says of these keys; waits for a database that is away."""
        wanted = [*{*keys}]
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


def _wanted(
    texts: Sequence[str | None] | None, said: Sequence[str | None] | None
) -> Sequence[str | None] | None:
    """What each row names: what a plugin said, else its cell; None: no row names anything."""
    if said is None:
        return texts
    if texts is None or None not in said:
        return said
    return [text if name is None else name for text, name in zip(texts, said, strict=True)]


def _keys(texts: Iterable[str | None]) -> dict[str, str]:
    """The key of each text that is not blank: few, of many rows."""
    return {text: name_key(text) for text in {*texts} if text}


def _of_those(texts: Sequence[str | None], some: Collection[str]) -> Iterable[tuple[int, str]]:
    """Where any of some texts stand, and which; nothing is looked through for none of them."""
    for position, text in enumerate(texts if some else ()):
        if text is not None and text in some:
            yield position, text
