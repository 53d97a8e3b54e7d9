"""Takes the passwords of a file: judged, then hashed, before anything of a row is kept.

Only a new user gets one. Which users there are is asked first, so that a file of known users costs
no hash; a user who is made meanwhile is seen by the plan.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rollbook.credentials.policy import Person, Policy
from rollbook.imports.issue_messages import password_quota_exceeded
from rollbook.imports.job.job import Job
from rollbook.model import CheckedBatch, Field, FileRows, FirstPassword, Issue, Mode
from rollbook.model.issues import at_most, keys_first
from rollbook.store import name_lookup

IGNORED = ""
"""In the place of a hash: the row has a password, and its user is there already."""


@dataclass(slots=True)
class FirstPasswords:
    """The passwords of one import. `hash_in_bulk` hashes off the event loop."""

    job: Job
    hash_in_bulk: Callable[[str], Awaitable[str]] | None
    _taken: int = field(default=0)

    async def take(self, rows: FileRows, checked: CheckedBatch, *, repeats: bool) -> CheckedBatch:
        """The batch with the hashes of its passwords, and the issues of those that are refused.

        `repeats`: an earlier call has taken the rows in; they are counted and not hashed again.

        Raises:
            Unavailable: the database stayed away.
        """
        cells = rows.columns.get(Field.PASSWORD) or ()
        given = {at: text for at, text in enumerate(cells) if text and at not in rows.faults}
        if not given or self.job.options.first_password is not FirstPassword.FROM_FILE:
            return checked
        known = await self._known(checked, given)
        policy = Policy(
            directory=self.job.directory.display_name or self.job.directory.name,
            least_length=self.job.directory.password_min_length,
        )
        hashes = dict.fromkeys(given, IGNORED)
        issues = dict(checked.issues)
        failed = set(checked.failed)
        for at, text in given.items():
            key = checked.number_keys[at]
            if key in known or self.job.options.mode is Mode.UPDATE_ONLY:
                self._taken += repeats and known.get(key, False)
                continue
            found = self._judged(policy.issues(text, _person(checked, at)), failed=at in failed)
            if found:
                issues[at] = _in_order([*issues.get(at, ()), *found], rows)
                failed.add(at)
            elif at not in failed and not repeats:
                hashes[at] = await self._hash(text)
        return replace(
            checked,
            issues=dict(sorted(issues.items())),
            failed=failed,
            hashes={at: hashed for at, hashed in hashes.items() if at not in failed},
        )

    def _judged(self, found: Sequence[Issue], *, failed: bool) -> Sequence[Issue]:
        """What is wrong with a new user's password; counts it if nothing is."""
        if found or failed:
            return found
        most = self.job.app.settings.max_import_passwords
        if self._taken >= most:
            return [password_quota_exceeded(most)]
        self._taken += 1
        return ()

    async def _known(
        self, checked: CheckedBatch, positions: Mapping[int, str]
    ) -> Mapping[str, bool]:
        """The number keys of users who are there; True: this import made them."""
        keys = [key for at in positions if (key := checked.number_keys[at])]
        return await self.job.database.ask(
            lambda connection: name_lookup.numbers(
                connection, self.job.directory.id, keys, self.job.import_id
            )
        )

    async def _hash(self, password: str) -> str:
        if self.hash_in_bulk is None:
            raise RuntimeError("this server has no hasher")
        return await self.hash_in_bulk(password)


def _person(checked: CheckedBatch, at: int) -> Person:
    """Whose password it is, by the cells of the row."""

    def cell(name: Field) -> str:
        column = checked.values.get(name)
        return (column[at] if column else "") or ""

    return Person(
        employee_number=cell(Field.EMPLOYEE_NUMBER),
        email=cell(Field.EMAIL),
        username=cell(Field.USERNAME),
        first_name=cell(Field.FIRST_NAME),
        last_name=cell(Field.LAST_NAME),
        name=cell(Field.NAME),
    )


def _in_order(issues: Sequence[Issue], rows: FileRows) -> Sequence[Issue]:
    """Issues in the order of the file's columns, keys first."""
    places = {name: place for place, name in enumerate(rows.columns)}
    behind = len(places)
    return at_most(keys_first(sorted(issues, key=lambda one: places.get(one.field, behind))))
