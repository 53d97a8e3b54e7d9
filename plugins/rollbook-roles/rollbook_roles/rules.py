"""Decides a user's role by the first rule that fits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from rollbook.hooks import Issue, Role, User
from rollbook_roles.globs import Glob, folded

COLUMNS = ("role", "department", "job_title", "location")
"""The columns of a row that a rule may look at."""
CONDITIONS = ("directory", *COLUMNS)
"""All that a rule may look at, in the order in which it does."""

Texts = Mapping[str, str | None]
"""By condition: the folded text, None where the file has no such column."""

MOST_KNOWN = 10_000  # distinct rows whose answer is kept, some 2 MiB


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: all conditions must hold, of each any pattern; `line` 0 if unknown."""

    number: int
    line: int
    conditions: Mapping[str, Sequence[Glob]]
    answer: Role | Issue

    def missed(self, texts: Texts) -> str | None:
        """The first condition that does not hold; None: the rule fits."""
        for key, globs in self.conditions.items():
            text = texts[key]
            if text is None or not any(glob.matches(text) for glob in globs):
                return key
        return None

    def is_for(self, directory: str) -> bool:
        """Whether the rule may fit in that directory, by its folded name."""
        globs = self.conditions.get("directory")
        return globs is None or any(glob.matches(directory) for glob in globs)


@dataclass(frozen=True, slots=True)
class Rules:
    """A file of rules; `default` is the role where none fits, None: silence."""

    rules: Sequence[Rule]
    default: Role | None = None

    @property
    def columns(self) -> Sequence[str]:
        """The columns that answers depend on, in any directory and with any of them ignored.

        Where only roles are looked at, or where some directory's rules look at no column, it
        counts which columns the file has: all of them then.
        """
        if not any(
            "directory" not in rule.conditions and rule.conditions.keys() - {"role"}
            for rule in self.rules
        ):
            return COLUMNS
        used = {key for rule in self.rules for key in rule.conditions}
        return [column for column in COLUMNS if column in used]

    def within(self, directory: str, seen: Sequence[str] = COLUMNS) -> "Deciding":
        """The rules as they are in the directory of that name, by the columns that are `seen`."""
        name = folded(directory)
        there = [rule for rule in self.rules if rule.is_for(name)]
        return Deciding(name, there, self.default, seen)


class Deciding:
    """Decides in one directory, and keeps what it decided about equal rows."""

    def __init__(
        self, directory: str, rules: Sequence[Rule], default: Role | None, seen: Sequence[str]
    ):
        """Decide by these rules, of the directory of that folded name, by the columns `seen`."""
        self.directory = directory
        self.rules = rules
        self.default = default
        self.seen = seen
        self._cells = attrgetter(*self.columns)
        self._known = _Known(self)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that any rule looks at; all that are seen where the rules look at none."""
        used = {key for rule in self.rules for key in rule.conditions}
        return tuple(column for column in self.seen if column in used) or tuple(self.seen)

    def texts(self, user: User) -> Texts:
        """What the rules look at, folded."""
        texts: dict[str, str | None] = dict.fromkeys(COLUMNS)
        for column in self.seen:
            cell = getattr(user, column)
            texts[column] = None if cell is None else folded(cell)
        return {"directory": self.directory, **texts}

    def falls_back(self, texts: Texts) -> bool:
        """Whether a user that no rule fits gets the default.

        Not in a directory without rules, and not if the file has none of the columns that the
        rules look at: then every user of the file would lose their role.
        """
        return bool(self.rules) and any(texts[column] is not None for column in self.columns)

    def decide(self, user: User) -> Role | Issue | None:
        """The answer for the user; None: silence."""
        texts = self.texts(user)
        for rule in self.rules:
            if rule.missed(texts) is None:
                return rule.answer
        return self.default if self.falls_back(texts) else None

    def answers(self, users: Sequence[User]) -> dict[int, Role | Issue]:
        """The answers for the users, by line; a line left out: silence."""
        decided = map(self._known.__getitem__, map(self._cells, users))
        return {
            user.line: answer
            for user, answer in zip(users, decided, strict=True)
            if answer is not None
        }


class _Known(dict[object, Role | Issue | None]):
    """By the cells of the columns that count (of one its cell alone): what is decided of them."""

    def __init__(self, deciding: Deciding):
        super().__init__()
        self._deciding = deciding

    def __missing__(self, cells: object) -> Role | Issue | None:
        columns = self._deciding.columns
        values = cells if isinstance(cells, tuple) else (cells,)
        answer = self._deciding.decide(User(0, **dict(zip(columns, values, strict=True))))
        if len(self) >= MOST_KNOWN:
            self.clear()
        self[cells] = answer
        return answer
