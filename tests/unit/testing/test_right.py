"""Right plugins pass the kit, which reports their cost; sample users are plain."""

import asyncio
import sys
import time
import tomllib
from collections.abc import Sequence
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from rollbook.hooks import (
    Directory,
    Issue,
    Later,
    Location,
    Mail,
    Notice,
    Role,
    Sent,
    Undeliverable,
    User,
    hookimpl,
    per_row,
)
from rollbook.settings import Settings
from rollbook.testing import Mistake, assert_conforms, check, notice, user, users
from tests.plugin import on_demand, on_demand_async

ROOT = Path(__file__).parents[3]
SHIPPED = sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))

FILES = {"ROLLBOOK_ROLES_FILE": '[[rules]]\ndepartment = "IT"\ngive = "admin"\n'}
"""What shipped plugins need in the environment, each the name of a file of this content."""
TEXTS = {
    "ROLLBOOK_MAIL_HOST": "127.0.0.1",
    "ROLLBOOK_MAIL_PORT": "9",  # where no relay answers
    "ROLLBOOK_MAIL_TLS": "off-in-clear-text",
    "ROLLBOOK_MAIL_FROM": "accounts@example.org",
}
"""The same, each as it stands."""


class Right:
    """A plugin with every hook that is asked of users, and a life."""

    def __init__(self) -> None:
        self.table: dict[str, str] = {}

    @hookimpl
    async def startup(self, settings: Settings) -> None:
        assert settings.plugin_timeout
        self.table = {"IT": "admin"}

    @hookimpl
    def shutdown(self) -> None:
        self.table.clear()

    @hookimpl
    @staticmethod
    @per_row
    def check_users(user: User) -> list[Issue] | None:
        return None

    @hookimpl
    def map_roles(self, users: Sequence[User]) -> dict[int, Role]:
        known = self.table
        return {u.line: Role(known[u.department]) for u in users if u.department in known}

    @hookimpl
    async def match_locations(
        self, users: Sequence[User], directory: Directory
    ) -> dict[int, Location | Issue]:
        await asyncio.sleep(0.001)
        there = {place.name for place in directory.locations}
        return {u.line: Location(u.location) for u in users if u.location in there}

    @hookimpl
    async def notify(
        self, notices: Sequence[Notice], within: float
    ) -> dict[str, Sent | Later | Undeliverable]:
        assert within > 0
        assert all(notice.email.endswith("@example.invalid") for notice in notices)
        return {notice.id: Later("no relay") for notice in notices if notice.mail is Mail.WELCOME}


def test_a_plugin_that_is_right_passes_and_has_a_price() -> None:
    """No problem, no warning; for each hook that is asked of users, what 5,000 of them cost."""
    report = check(Right())
    assert (report.problems, report.conforms) == ((), True)
    assert [(price.hook, price.rows) for price in report.costs] == [
        ("map_roles", 5_000),
        ("match_locations", 5_000),
        ("check_users", 5_000),
    ]
    assert all(price.seconds > 0 for price in report.costs)
    assert str(report) == "Right conforms"


def test_the_latency_is_that_of_a_first_call() -> None:
    """A cache makes later calls cheap; a batch waits for the first all the same."""

    class Cached:
        asked = False

        @hookimpl
        def check_users(self, users: Sequence[User]) -> None:
            if not self.asked and len(users) > 1:
                self.asked = True
                time.sleep(0.3)

    report = check(Cached())
    assert report.conforms
    [cost] = report.costs
    [latency] = report.latencies
    assert latency.hook == "check_users"
    assert latency.trial == "users of every kind"
    assert latency.seconds >= 0.3 > cost.seconds


@pytest.mark.parametrize("plugin", [on_demand, on_demand_async], ids=["plain", "async"])
def test_a_plugin_that_is_silent_passes(plugin: object) -> None:
    """As the tests' own one is, until a row asks something of it."""
    assert_conforms(plugin)


def test_an_author_s_own_users_are_asked_about_too() -> None:
    """In a separate directory; their mistakes are reported like all others."""
    odd = users(3, role="@stranger")
    report = check(on_demand, users=odd, directory=Directory("theirs"))
    [problem] = report.problems
    assert (problem.mistake, problem.hook) == (Mistake.NONSENSE, "map_roles")
    assert problem.message.endswith("asked about your own users.")
    with pytest.raises(AssertionError, match="nonsense: map_roles"):
        assert_conforms(on_demand, users=odd)


async def test_it_may_be_checked_where_a_loop_runs() -> None:
    """An author's tests may be async ones."""
    assert check(Right()).conforms


def test_the_loop_s_own_threads_are_nobody_s_fault() -> None:
    """`asyncio.to_thread` leaves one behind, which ends with the service."""

    class Reading:
        @hookimpl
        async def map_roles(self, users: Sequence[User]) -> None:
            await asyncio.to_thread(len, users)

    assert check(Reading()).problems == ()


def test_reading_the_whole_environment_asks_for_nothing() -> None:
    """As code that starts a process, or looks for a proxy."""

    class Copying:
        @hookimpl
        def startup(self) -> None:
            import os

            assert {**os.environ}

    assert check(Copying()).problems == ()


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_a_shipped_plugin_passes(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every distribution in `plugins/`, by the name that an operator lists it by."""
    for name, text in TEXTS.items():
        monkeypatch.setenv(name, text)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
        monkeypatch.setenv(name, str(tmp_path / name))
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    for name, value in project["entry-points"]["rollbook"].items():
        report = check(EntryPoint(name, value, "rollbook"))
        assert report.problems == (), str(report)


def test_a_user_is_made_of_a_few_words() -> None:
    """Good ones, no two the same; attributes that cannot be written to."""
    first, second = users(2, department="IT")
    assert (first.line, second.line) == (2, 3)
    assert first.email != second.email
    assert first.department == second.department == "IT"
    assert user(role=None).role is None
    attributes: Any = user(attributes={"badge": "B7"}).attributes
    assert attributes["badge"] == "B7"
    with pytest.raises(TypeError):
        attributes["badge"] = "B8"
    assert notice(3).id != notice(4).id
    assert notice(mail=Mail.WELCOME).mail is Mail.WELCOME
    with pytest.raises(ValueError, match="shoe_size"):
        user(shoe_size="42")
