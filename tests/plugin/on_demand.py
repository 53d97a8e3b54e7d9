"""A test plugin that does what a word in the row orders.

`map_roles` reads the role, `match_locations` the location, `check_users` the job title. A word
is one of these; every other text meets silence:

    @answer:NAME      that role or location; check_users: nothing to object to
    @refuse:CODE      an issue with that code
    @raise            RuntimeError, whose text is SECRET_TEXT
    @exit             sys.exit(3)
    @interrupt        KeyboardInterrupt
    @sleep:SECONDS    sleeps (lets go of the interpreter), then is silent
    @while:PATH       raises for as long as the file PATH exists, then is silent
    @change           sets the user's role to `admin`
    @int              answers 42
    @list             answers a list
    @stranger         answers for a line that was not asked
    @huge             answers a name, or message, of 10 MB
    @cancel:TASK      cancels the server's tasks of that name, then is silent (async hooks only)
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rollbook.hooks import Code, Issue, Location, Role, User, hookimpl

SECRET_TEXT = "the-text-of-an-exception-which-is-for-the-log-alone"
NOT_ASKED = 987_654_321


class OnDemand:
    """Plain hooks, which run in threads."""

    @hookimpl
    def map_roles(self, users: Sequence[User]) -> object:
        """Do what the role orders."""
        return _obey(users, "role")

    @hookimpl
    def match_locations(self, users: Sequence[User]) -> object:
        """Do what the location orders."""
        return _obey(users, "location")

    @hookimpl
    def check_users(self, users: Sequence[User]) -> object:
        """Do what the job title orders."""
        return _obey(users, "job_title")


class AsyncOnDemand:
    """The same as async hooks, which run on the loop."""

    @hookimpl
    async def map_roles(self, users: Sequence[User]) -> object:
        """Do what the role orders."""
        return await _obey_async(users, "role")

    @hookimpl
    async def match_locations(self, users: Sequence[User]) -> object:
        """Do what the location orders."""
        return await _obey_async(users, "location")

    @hookimpl
    async def check_users(self, users: Sequence[User]) -> object:
        """Do what the job title orders."""
        return await _obey_async(users, "job_title")


def _obey(users: Sequence[User], field: str) -> object:
    time.sleep(_longest_sleep(users, field))
    return _answer(users, field)


async def _obey_async(users: Sequence[User], field: str) -> object:
    await asyncio.sleep(_longest_sleep(users, field))
    names = {argument for verb, argument in (_word(u, field) for u in users) if verb == "@cancel"}
    for task in asyncio.all_tasks():
        if task.get_name() in names:
            task.cancel()
    return _answer(users, field)


def _longest_sleep(users: Sequence[User], field: str) -> float:
    words = (_word(user, field) for user in users)
    return max((float(argument) for verb, argument in words if verb == "@sleep"), default=0)


def _answer(users: Sequence[User], field: str) -> object:
    answers: dict[int, object] = {}
    for user in users:
        verb, argument = _word(user, field)
        _stumble(user, verb, argument)
        match verb:
            case "@int":
                return 42
            case "@list":
                return [Role("admin")]
            case "@stranger":
                answers[NOT_ASKED] = _named(field, "admin")
            case "@huge":
                answers[user.line] = _named(field, "x" * 10_000_000)
            case "@answer" if field != "job_title":
                answers[user.line] = _named(field, argument)
            case "@refuse":
                issue = Issue(Code(argument), field, "Refused on demand.")
                answers[user.line] = [issue] if field == "job_title" else issue
    return answers


def _stumble(user: User, verb: str, argument: str) -> None:
    match verb:
        case "@raise":
            raise RuntimeError(SECRET_TEXT)
        case "@exit":
            sys.exit(3)
        case "@interrupt":
            raise KeyboardInterrupt(SECRET_TEXT)
        case "@while" if Path(argument).exists():
            raise RuntimeError(SECRET_TEXT)
        case "@change":
            user.role = "admin"  # type: ignore[misc]


def _word(user: User, field: str) -> tuple[str, str]:
    verb, _, argument = (getattr(user, field) or "").partition(":")
    return verb, argument


def _named(field: str, name: str) -> object:
    match field:
        case "role":
            return Role(name)
        case "location":
            return Location(name)
    return [Issue(Code.INVALID_NAME, field, name)]
