"""The kit finds each mistake of an author by its name, and no other."""

from collections.abc import Sequence
from pathlib import Path
from threading import Event

import pytest
from structlog.testing import capture_logs

from rollbook.hooks import User, hookimpl
from rollbook.testing import Mistake, assert_conforms, check
from tests.plugin import installed

FOLDER = Path(__file__).parent / "wrong"
WRONG = sorted(path.stem for path in FOLDER.glob("*.py"))
TIMEOUT = 1.0


def mistake_of(name: str) -> Mistake:
    """The mistake that a module is named for; what follows distinguishes several of a kind."""
    return max((each for each in Mistake if name.startswith(each)), key=len)


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.few(12)
def test_a_mistake_is_found_by_its_name(name: str) -> None:
    """P40, P41, P42, P43: and it is the only one that is reported."""
    with capture_logs():
        report = check(f"tests.unit.testing.wrong.{name}:plugin", timeout=TIMEOUT)
    assert [problem.mistake for problem in report.problems] == [mistake_of(name)], str(report)
    assert report.conforms == (not report.problems[0].fails)


def test_one_hook_s_trouble_hides_no_other_s() -> None:
    """P41: while one hangs the others are asked, and their mistakes are reported, too."""

    class Twofold:
        @hookimpl
        def map_roles(self, users: Sequence[User]) -> None:
            Event().wait()

        @hookimpl
        async def match_locations(self, users: Sequence[User]) -> None:
            raise LookupError

    with capture_logs():
        report = check(Twofold(), timeout=0.2)
    assert [(problem.hook, problem.mistake) for problem in report.problems] == [
        ("map_roles", Mistake.HANGS),
        ("match_locations", Mistake.RAISES),
    ]


def test_a_plugin_that_nobody_installed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The two mistakes that no plugin can make alone: it is not there, or there twice."""
    assert [p.mistake for p in check("no-such-plugin").problems] == [Mistake.NOT_FOUND]
    monkeypatch.syspath_prepend(str(tmp_path))
    for owner in ("one-roles", "two-roles"):
        installed(tmp_path, "roles", "tests.plugin:on_demand", distribution=owner)
    assert [p.mistake for p in check("roles").problems] == [Mistake.CONFLICT]


def test_every_mistake_is_made_by_some_plugin() -> None:
    """A name that nothing is found by is decoration."""
    made = {mistake_of(name) for name in WRONG} | {Mistake.NOT_FOUND, Mistake.CONFLICT}
    assert made == {*Mistake}
    assert len(WRONG) >= 12


def test_a_problem_says_where_and_what_to_do() -> None:
    """The hook, what was raised, in which line, about which user, and how to fix it."""
    [problem] = check("tests.unit.testing.wrong.raises:plugin").problems
    assert problem.hook == "map_roles"
    assert "AttributeError: 'NoneType' object has no attribute 'lower'" in problem.message
    assert "(raises.py, line " in problem.message
    assert problem.message.endswith("asked about a user with nothing but a line.")
    assert str(problem) == f"raises: map_roles: {problem.message} {problem.remedy}"


def test_a_startup_that_fails_ends_the_check() -> None:
    """As it would end the start of a service; the way out is another than for a user."""
    [problem] = check("tests.unit.testing.wrong.raises_startup:plugin").problems
    assert problem.hook == "startup"
    assert "KeyError: 'ACME_DESKS_FILE'" in problem.message
    assert "setting of the plugin missing" in problem.remedy


def test_a_test_fails_with_all_that_is_wrong() -> None:
    """`assert_conforms` is for an author's own pytest; warnings pass."""
    with pytest.raises(AssertionError, match=r"(?s)does not conform.*raises: map_roles: "):
        assert_conforms("tests.unit.testing.wrong.raises:plugin")
    assert_conforms("tests.unit.testing.wrong.depends_on_batch:plugin")
