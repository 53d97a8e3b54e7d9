"""Applies rows one after the other: creates, updates, parks or refuses them."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import replace

from tests.model.oracle.keys import name_key
from tests.model.oracle.naming import named
from tests.model.oracle.values import (
    Directory,
    Issue,
    Location,
    Options,
    Row,
    User,
    with_users,
)
from tests.model.oracle.wanting import Change, changes, moved, wanted_user


class Planning:
    """One import's way through a directory, row by row in the order of the file."""

    def __init__(self, directory: Directory, options: Options, source: str):
        self.directory = directory
        self.outcomes: dict[int, str] = {}
        self.changes: dict[int, tuple[Change, ...]] = {}
        self.parked: list[Row] = []
        self.moved: dict[int, tuple[bool, bool]] = {}
        self._options = options
        self._source = source
        self.released = self.protected = 0
        self._in_doubt: set[str] = set()

    @property
    def emails_changed(self) -> int:
        """How many users have another e-mail."""
        return sum(email for email, _ in self.moved.values())

    @property
    def roles_changed(self) -> int:
        """How many users have another role."""
        return sum(role for _, role in self.moved.values())

    @property
    def users(self) -> dict[str, User]:
        return self.directory.users

    @property
    def seats_left(self) -> int | None:
        if self.directory.seats is None:
            return None
        active = sum(user.status == "active" for user in self.users.values())
        return max(0, self.directory.seats - active)

    def suspend_all_but(self, rows: Sequence[Row]) -> tuple[str, ...]:
        """Take the source from users that the file does not name; the numbers of who had no other.

        A row names its number, and whoever has the e-mail or the username that it asks for.
        """
        numbers = {row.number_key for row in rows}
        missing = {
            key
            for key, user in self.users.items()
            if self._source in user.sources and not user.protected and key not in numbers
        }
        self.protected = sum(
            user.protected and user.status == "active" and user.sources == (self._source,)
            for key, user in self.users.items()
            if key not in numbers
        )
        meant = {key for row in rows for key in missing if self._meant_by(row, self.users[key])}
        self._in_doubt = {key for key in meant if self._may_suspend(key)}
        gone: dict[str, User] = {}
        for key in missing - meant:
            user = self.users[key]
            left = tuple(source for source in user.sources if source != self._source)
            last = user.status == "active" and not left
            status = "suspended_by_sync" if last else user.status
            gone[key] = replace(user, sources=left, status=status)
        suspended = {key for key in gone if self._may_suspend(key)}
        self.released = sum(user.status == "active" for user in gone.values())
        self.directory = with_users(self.directory, self.users | gone)
        return tuple(self.users[key].employee_number for key in suspended)

    def say_doubts(self, rows: Iterable[Row]) -> None:
        """Say of rows that the plan refused whom of the missing users they keep."""
        for row in rows:
            for key in self._in_doubt:
                self._say_doubt(row, self.users[key], self._meant_by(row, self.users[key]))

    def say_whom_it_may_mean(self, row: Row) -> None:
        """Say of a row that failed as it came whom it may mean, if this sync might suspend them.

        A name that an earlier row has claimed is that row's to answer for.
        """
        claimed = {issue.field for issue in row.issues if dict(issue.facts).get("first_line")}
        for key, user in self.users.items():
            field = self._meant_by(row, user, leaving_out=claimed)
            if key != row.number_key and self._may_suspend(key):
                self._say_doubt(row, user, field)

    def _say_doubt(self, row: Row, user: User, field: str) -> None:
        if field:
            row.say("kept_in_doubt", field, holder=user.employee_number)

    def _may_suspend(self, key: str) -> bool:
        user = self.users[key]
        alone = user.sources == (self._source,)
        return user.status == "active" and alone and not user.protected

    def _meant_by(self, row: Row, user: User, leaving_out: Container[str] = ()) -> str:
        """By which field the row asks for a name that the user has; '' for none."""
        own = self.users.get(row.number_key)
        if row.email_key == user.email_key and "email" not in leaving_out:
            return "email"
        name = row.username_key
        if not name and "email" not in leaving_out:
            derives = own is None or own.username_key == own.email_key or own.username == own.email
            name = row.email_key if derives else ""
        return "username" if name == user.username_key and "username" not in leaving_out else ""

    def take(self, row: Row) -> None:
        """Decide on a row, or park it; apply what may be applied."""
        named(row, self.directory, self._options)
        wanted = self._wanted(row)
        if row.failed or wanted is None:
            self.outcomes[row.line] = "FAILED"
            return
        same = wanted == self.users.get(row.number_key) and not _makes(row, wanted)
        outcome = "UNCHANGED" if same else self._writes(row)
        if not self._chosen(row, outcome):
            self.outcomes[row.line] = "NOT_APPLIED"
        elif same:
            self.outcomes[row.line] = "UNCHANGED"
        elif self._taken(wanted, self.users):
            self.parked.append(row)
        elif self._adds(wanted) and self.seats_left == 0:
            row.say("seat_limit_reached", "")
            self.outcomes[row.line] = "FAILED"
        else:
            self._apply(row, wanted)

    def _writes(self, row: Row) -> str:
        return "UPDATED" if row.number_key in self.users else "CREATED"

    def _chosen(self, row: Row, outcome: str) -> bool:
        """Whether the options choose the row; an unchanged user is as any outcome chooses."""
        lines, outcomes = self._options.only_lines, self._options.only_outcomes
        if lines and not any(first <= row.line <= last for first, last in lines):
            return False
        return not outcomes or outcome == "UNCHANGED" or outcome in outcomes

    def take_parked(self) -> None:
        """At the end: apply all the parked that can be applied together, and refuse the others.

        Starts from all, and takes out each row that would share a name with another user, until
        none does: the greatest set that works. Then seats are given in the file's order. A row
        without one stays out, and so does each row that needed the name that its user keeps.
        """
        together = self._settled({row.line for row in self.parked})
        self._refuse_names(together)
        seats = self.seats_left
        for row in self.parked:
            wanted = self._wanted(row)
            if seats is None or row.line not in together or not wanted or not self._adds(wanted):
                continue
            if seats:
                seats -= 1
                continue
            row.say("seat_limit_reached", "")
            together = self._settled(together - {row.line})
            self._refuse_names(together)
        final = [(row, wanted) for row in self.parked if (wanted := self._wanted(row))]
        for row in self.parked:
            self.outcomes[row.line] = "FAILED"
        for row, wanted in final:
            self._apply(row, wanted)

    def _settled(self, lines: set[int]) -> set[int]:
        """The greatest set of these rows that can be applied together."""
        while True:
            users = self._with_all(lines)
            clash = {
                row.line
                for row in self.parked
                if row.line in lines and self._taken(users[row.number_key], users)
            }
            if not clash:
                return lines
            lines = lines - clash

    def _refuse_names(self, together: set[int]) -> None:
        """Add to each row that is newly out the issue of the name that another user keeps."""
        users = self._with_all(together)
        for row in self.parked:
            wanted = self._wanted(row)
            if row.line not in together and not row.failed and wanted:
                row.issues += self._taken(wanted, users, given=row.value("username") is not None)

    def _with_all(self, lines: set[int]) -> dict[str, User]:
        users = dict(self.users)
        for row in self.parked:
            wanted = self._wanted(row)
            if row.line in lines and wanted:
                users[row.number_key] = wanted
        return users

    def _taken(self, wanted: User, users: dict[str, User], *, given: bool = True) -> list[Issue]:
        """Which of the names that the row takes another of the users has.

        A name that its user has already is not taken by the row. A username that was only derived
        from a taken e-mail is not reported.
        """
        stored = self.users.get(wanted.number_key)
        others = [user for key, user in users.items() if key != wanted.number_key]
        emails = {user.email_key for user in others} - {stored.email_key if stored else ""}
        names = {user.username_key for user in others} - {stored.username_key if stored else ""}
        found = []
        if wanted.email_key in emails:
            found.append(Issue("duplicate_email", "email"))
        if (given or not found) and wanted.username_key in names:
            found.append(Issue("duplicate_username", "username"))
        return found

    def _adds(self, wanted: User) -> bool:
        """Whether the row takes a seat."""
        stored = self.users.get(wanted.number_key)
        return wanted.status == "active" and (not stored or stored.status != "active")

    def _wanted(self, row: Row) -> User | None:
        return wanted_user(row, self.directory, self._options, self._source)

    def _apply(self, row: Row, wanted: User) -> None:
        stored = self.users.get(row.number_key)
        directory = self.directory
        if row.made_location:
            key = name_key(row.made_location)
            known = {name_key(place.name): place.name for place in directory.locations}
            if key not in known:
                place = Location(row.made_location)
                directory = replace(directory, locations=(*directory.locations, place))
            if not (stored and stored.location_locked):
                wanted = replace(wanted, location=known.get(key, row.made_location))
        if row.made_unit:
            key = name_key(row.made_unit)
            units = {name_key(unit): unit for unit in directory.units}
            if key not in units:
                directory = replace(directory, units=(*directory.units, row.made_unit))
            wanted = replace(wanted, organizational_unit=units.get(key, row.made_unit))
        if stored:
            emails, roles = moved(stored.email, wanted.email), stored.role != wanted.role
            self.moved[row.line] = (emails, roles)
        self.outcomes[row.line] = self._writes(row)
        self.changes[row.line] = changes(stored, wanted, row)
        self.directory = with_users(directory, self.users | {row.number_key: wanted})


def _makes(row: Row, wanted: User) -> bool:
    """Whether the user is yet to get a location or unit that is made for it."""
    return bool(row.made_unit or (row.made_location and not wanted.location_locked))
