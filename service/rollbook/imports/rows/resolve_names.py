"""Resolves roles, locations and units: by plugins, then the directory, then the options."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import TypeVar

from rollbook.checking import any_damaged, name_key
from rollbook.hooks import BatchAnswers, Current, Location, Role, UserView
from rollbook.imports.issue_messages import (
    ambiguous_location,
    unknown_location,
    unknown_role,
    unknown_unit,
)
from rollbook.imports.job.job import Job
from rollbook.model import CheckedBatch, Field, Issue, UnknownName, UnknownRole, keys_first
from rollbook.store import name_lookup
from rollbook.store.database import Connection

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class NewName:
    """A location or unit that is made if its row is applied."""

    key: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedBatch:
    """A checked batch, and by position the ids of each row's role, location and unit.

    In a column of ids None leaves the stored value, and 0 clears it; without a column no row names
    anything. `new_locations` and `new_units` hold what must be made, by position. `waiting` are
    the positions of rows that a plugin failed on: nothing is decided for them yet.
    """

    checked: CheckedBatch
    role_ids: Sequence[int | None] | None = None
    location_ids: Sequence[int | None] | None = None
    unit_ids: Sequence[int | None] | None = None
    new_locations: Mapping[int, NewName] = field(default_factory=dict)
    new_units: Mapping[int, NewName] = field(default_factory=dict)
    waiting: Set[int] = frozenset()


async def name(job: Job, checked: CheckedBatch, *, at_last: bool = False) -> NamedBatch:
    """Decide the role, location and unit of every row that may be applied.

    A row whose name is refused gets its issue and has failed. So does one that a plugin failed on
    if `at_last`; otherwise that row waits.

    Raises:
        Refusal: PLUGIN_UNAVAILABLE, a plugin failed too often.
        Unavailable: the database stayed away.
    """
    naming = _Naming(job, checked)
    answered = await naming.ask_plugins(at_last=at_last)
    naming.leave_out(answered.waiting)
    role_ids = await naming.roles(answered.roles)
    location_ids, new_locations = await naming.locations(answered.locations)
    unit_ids, new_units = await naming.units()
    return NamedBatch(
        checked=naming.checked,
        role_ids=role_ids,
        location_ids=location_ids,
        unit_ids=unit_ids,
        new_locations=new_locations,
        new_units=new_units,
        waiting=answered.waiting,
    )


@dataclass(slots=True)
class _PluginNames:
    """The names that plugins gave, and the positions of rows that a plugin failed on.

    The names stand by position, None for no answer; without a column plugins named nothing.
    """

    roles: Sequence[str | None] | None = None
    locations: Sequence[str | None] | None = None
    waiting: set[int] = field(default_factory=set)


class _Naming:
    """The names of one batch. Collects its issues beside the batch, which stays as it was."""

    def __init__(self, job: Job, checked: CheckedBatch):
        self._job = job
        self._batch = checked
        self._issues: dict[int, Sequence[Issue]] = {}
        self._failed: set[int] = set()
        self._directory_id = job.directory.id
        self._left_out: frozenset[int] = frozenset()
        self._columns = {name: place for place, name in enumerate(checked.rows.columns)}
        self._role_replies: BatchAnswers[Role | Issue] | None = None
        self._location_replies: BatchAnswers[Location | Issue] | None = None

    @property
    def checked(self) -> CheckedBatch:
        """The batch with the issues found so far."""
        if not self._issues:
            return self._batch
        return replace(
            self._batch,
            issues={**self._batch.issues, **self._issues},
            failed=self._batch.failed | self._failed,
        )

    async def ask_plugins(self, *, at_last: bool) -> _PluginNames:
        """Ask the plugins; their refusals become issues, and with `at_last` their failures too."""
        found = _PluginNames()
        plugins, dispatcher = self._job.app.plugins, self._job.dispatcher
        if not any(map(plugins.implement, ("map_roles", "match_locations", "check_users"))):
            return found
        if at_last:
            dispatcher.final_attempt()
        view = await self._view()
        roles = await dispatcher.map_roles(view)
        view = view.without(roles.failed)
        locations = await dispatcher.match_locations(view)
        view = view.without(locations.failed)
        objections = await dispatcher.check_users(view)
        self._role_replies, self._location_replies = roles, locations

        failed = roles.failed | locations.failed | objections.failed
        if at_last:
            self._add_by_line({line: [issue] for line, issue in failed.items()})
        elif failed:
            found.waiting = {p for p, line in enumerate(self._batch.rows.lines) if line in failed}
            for replies in (roles, locations, objections):  # other plugins' answers are not used
                replies.discard(failed)
        found.roles = self._plugin_names(roles.answers)
        found.locations = self._plugin_names(locations.answers)
        self._add_by_line(objections.answers)
        return found

    def _plugin_names(
        self, answers: Mapping[int, Role | Location | Issue]
    ) -> Sequence[str | None] | None:
        if Issue in {*map(type, answers.values())}:
            self._add_by_line({n: [one] for n, one in answers.items() if isinstance(one, Issue)})
            answers = {n: one for n, one in answers.items() if not isinstance(one, Issue)}
        if not answers:
            return None
        by_position = map(answers.get, self._batch.rows.lines)
        return [None if one is None else one.name for one in by_position]  # type: ignore[union-attr]

    def _add_by_line(self, issues: Mapping[int, Sequence[Issue]]) -> None:
        lines = self._batch.rows.lines if issues else ()
        for position, line in enumerate(lines):
            for issue in issues.get(line, ()):
                self._add(position, issue)

    def leave_out(self, waiting: Set[int]) -> None:
        """Add no issue to rows that have failed already, or that wait."""
        self._left_out = frozenset(self._batch.failed | self._failed | waiting)

    async def roles(self, from_plugins: Sequence[str | None] | None) -> Sequence[int | None] | None:
        """Each row's role by its id."""
        option = self._job.options.unknown_role
        texts = None if option is UnknownRole.IGNORE_COLUMN else self._texts(Field.ROLE)
        wanted = _wanted(texts, from_plugins)
        if wanted is None:
            return None
        keys = _keys(wanted)
        known = await self._ask(name_lookup.roles, keys.values())
        ids: dict[str | None, int] = {t: known[key] for t, key in keys.items() if key in known}
        for position, text in _of_those(wanted, keys.keys() - ids.keys()):
            if from_plugins and from_plugins[position] is not None and self._role_replies:
                self._add(position, self._role_replies.unknown_name(self._line(position)))
            elif position not in self._left_out:
                self._add(position, unknown_role(self._job.options, text))
        return [*map(ids.get, wanted)]  # a blank role clears nothing

    async def locations(
        self, from_plugins: Sequence[str | None] | None
    ) -> tuple[Sequence[int | None] | None, dict[int, NewName]]:
        """Each row's location by its id, and the new ones by position."""
        new: dict[int, NewName] = {}
        texts = self._texts(Field.LOCATION)
        wanted = _wanted(texts, from_plugins)
        if wanted is None:
            return None, new
        keys = _keys(wanted)
        known = await self._ask(name_lookup.locations, keys.values())
        ids: dict[str | None, int] = {"": 0}
        ids.update((t, known[key][0]) for t, key in keys.items() if len(known.get(key, ())) == 1)
        for position, text in _of_those(wanted, keys.keys() - ids.keys()):
            if position in self._left_out:
                continue
            if from_plugins and from_plugins[position] is not None and self._location_replies:
                self._add(position, self._location_replies.unknown_name(self._line(position)))
            elif known.get(keys[text]):
                self._add(position, ambiguous_location(text))
            elif _is_made(self._job.options.unknown_location, text):
                new[position] = NewName(keys[text], text)
            else:
                self._add(position, unknown_location(self._job.options, text))
        return [*map(ids.get, wanted)], new

    async def units(self) -> tuple[Sequence[int | None] | None, dict[int, NewName]]:
        """Each row's unit by its id, and the new ones by position."""
        new: dict[int, NewName] = {}
        texts = self._texts(Field.ORGANIZATIONAL_UNIT)
        if texts is None:
            return None, new
        keys = _keys(texts)
        known = await self._ask(name_lookup.units, keys.values())
        ids: dict[str | None, int] = {"": 0}
        ids.update((text, known[key]) for text, key in keys.items() if key in known)
        for position, text in _of_those(texts, keys.keys() - ids.keys()):
            if position in self._left_out:
                continue
            if _is_made(self._job.options.unknown_unit, text):
                new[position] = NewName(keys[text], text)
            else:
                self._add(position, unknown_unit(self._job.options, text))
        return [*map(ids.get, texts)], new

    async def _view(self) -> UserView:
        """What plugins are shown of the rows that have not failed."""
        checked = self._batch
        positions: Sequence[int] = range(len(checked.rows))
        if checked.failed:
            positions = [p for p in positions if p not in checked.failed]
        fields = self._job.app.plugins.looks_at
        if "current" not in fields:
            return UserView.of_batch(checked, positions, {}, fields)
        by_key = {checked.number_keys[p]: p for p in positions}
        stored = {
            by_key[key]: Current(role, location, unit, department)
            for key, role, location, unit, department in await self._ask(
                name_lookup.current, by_key
            )
        }
        return UserView.of_batch(checked, positions, stored, fields)

    async def _ask(
        self,
        question: Callable[[Connection, int, Collection[str]], Awaitable[T]],
        keys: Iterable[str],
    ) -> T:
        """The directory's answer for these keys; waits for a database that is away."""
        wanted = [*{*keys}]
        return await self._job.database.ask(
            lambda connection: question(connection, self._directory_id, wanted)
        )

    def _texts(self, field_name: Field) -> Sequence[str | None] | None:
        """A column's texts; None if no row has any."""
        texts = self._batch.values.get(field_name)
        return texts if texts is not None and any(t is not None for t in texts) else None

    def _line(self, position: int) -> int:
        return self._batch.rows.lines[position]

    def _add(self, position: int, issue: Issue) -> None:
        before = self._issues.get(position) or self._batch.issues.get(position, ())
        self._issues[position] = keys_first(sorted([*before, issue], key=self._column))
        if issue.fails:
            self._failed.add(position)

    def _column(self, issue: Issue) -> int:
        """Issues stand in the order of the file's columns; those of the whole row behind."""
        return self._columns.get(issue.field, len(self._columns))


def _wanted(
    texts: Sequence[str | None] | None, from_plugins: Sequence[str | None] | None
) -> Sequence[str | None] | None:
    """What each row names: a plugin's answer, else its cell; None: no row names anything."""
    if from_plugins is None:
        return texts
    if texts is None or None not in from_plugins:
        return from_plugins
    return [cell if name is None else name for cell, name in zip(texts, from_plugins, strict=True)]


def _is_made(option: UnknownName, text: str) -> bool:
    """Whether a place of that name is made. A damaged name is nobody's: the user's place stays."""
    return option is UnknownName.CREATE and not any_damaged((text,))


def _keys(texts: Iterable[str | None]) -> dict[str, str]:
    """The key of each text that is not blank: few, of many rows."""
    return {text: name_key(text) for text in {*texts} if text}


def _of_those(texts: Sequence[str | None], some: Collection[str]) -> Iterable[tuple[int, str]]:
    """Where any of some texts stand, and which; nothing is looked through for none of them."""
    for position, text in enumerate(texts if some else ()):
        if text is not None and text in some:
            yield position, text
