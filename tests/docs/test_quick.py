"""`make quick` runs the tests of what has changed."""

from pathlib import Path

from tests.quick import ROOT, importers, touched


def _names(*changed: str) -> list[str]:
    found = touched([ROOT / name for name in changed], importers())
    return [str(path.relative_to(ROOT)) for path in found]


def test_a_changed_module_brings_the_tests_that_import_it() -> None:
    assert "tests/unit/store/test_turns.py" in _names("service/rollbook/store/turns.py")


def test_a_module_between_is_followed() -> None:
    """The tests of what imports a changed module come behind its own."""
    found = _names("service/rollbook/checking/emails.py")
    assert found[0].startswith("tests/unit/checking/")
    assert "tests/unit/checking/test_checker.py" in found


def test_a_changed_test_is_run_itself() -> None:
    name = str(Path(__file__).relative_to(ROOT))
    assert _names(name) == [name]
