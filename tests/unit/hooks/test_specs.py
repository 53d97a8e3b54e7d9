"""The hooks' documentation is complete, and every example runs."""

import doctest
import inspect

import pytest

from rollbook.hooks import specs

HEADINGS = ("When:", "You get:", "You may answer:", "Silence:", "If you raise", "Cost:")
EVERY = pytest.mark.parametrize("hook", specs.HOOKS)


def test_every_hook_is_listed() -> None:
    """HOOKS names exactly the functions that are declared."""
    declared = [name for name, value in vars(specs).items() if hasattr(value, "rollbook_spec")]
    assert tuple(declared) == specs.HOOKS


@EVERY
def test_a_hook_says_when_what_and_at_what_cost(hook: str) -> None:
    """Each hook documents when, arguments, answers, silence, raising and cost."""
    text = inspect.getdoc(getattr(specs, hook)) or ""
    places = [text.find("\n" + heading) for heading in HEADINGS]
    assert -1 not in places
    assert places == sorted(places)


@EVERY
def test_every_argument_of_a_hook_is_described(hook: str) -> None:
    """Each argument stands, by its name, under "You get"."""
    text = inspect.getdoc(getattr(specs, hook)) or ""
    given = text.partition("You get:")[2].partition("You may answer:")[0]
    for argument in inspect.signature(getattr(specs, hook)).parameters:
        assert f"`{argument}`" in given


@EVERY
def test_the_example_of_a_hook_runs(hook: str) -> None:
    """Each hook has an example that implements it, with the result that it shows."""
    [found] = doctest.DocTestFinder(recurse=False).find(getattr(specs, hook), hook, specs, globs={})
    source = "".join(example.source for example in found.examples)
    assert "@hookimpl" in source
    assert f"def {hook}(" in source
    report: list[str] = []
    doctest.DocTestRunner(verbose=False).run(found, out=report.append)
    assert report == []
