"""Plugins that are installed but not listed are reported, and not run."""

import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from rollbook.errors import Refusal
from rollbook.hooks import Plugins, PluginState, unlisted
from rollbook.hooks.installed import unlisted_names
from rollbook.settings import Settings
from tests.plugin import installed

SHIPPED = unlisted_names([])
"""Listed by every test, so that no process imports what the test did not install."""

FINE = """
from rollbook.hooks import hookimpl

@hookimpl
def map_roles(users): ...
"""

BROKEN = {
    "an import that fails": ("import nothing_of_that_name", "cannot be imported"),
    "an exit": ("raise SystemExit(0)", "cannot be imported"),
    "an exit that nobody can catch": ("import os; os._exit(0)", "ends the process"),
    "a syntax error": ("def", "cannot be imported"),
    "a misspelt hook": (FINE.replace("map_roles", "map_role"), "Did you mean map_roles?"),
    "no hook": ("", "has no hook"),
}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path, to install plugins into."""
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def install(site: Path, name: str, source: str) -> None:
    (site / f"{name}_plugin.py").write_text(source)
    installed(site, name, f"{name}_plugin")


@pytest.mark.parametrize("way", BROKEN)
def test_a_broken_plugin_that_nobody_listed_is_told(site: Path, way: str) -> None:
    """P40: by name, with what is wrong; what it wrote goes to the log."""
    source, why = BROKEN[way]
    install(site, "odd", source)
    with capture_logs() as logs:
        [found] = unlisted(SHIPPED)
    assert why in found.error
    assert "odd" in found.error
    assert (found.hooks, found.distribution, found.version) == ((), "rollbook-odd", "1.2.3")
    assert [entry["plugin"] for entry in logs if entry["plugin"] == "odd"] == ["odd"]


def test_one_that_hangs_is_given_up_on(site: Path) -> None:
    """P41: an import that never ends delays nothing for longer than our timeout."""
    install(site, "slow", "import threading; threading.Event().wait()")
    [found] = unlisted(SHIPPED, timeout=0.5)
    assert found.error == "The plugin slow could not be imported within 0.5 s."


def test_what_is_not_listed_runs_in_a_process_apart(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P43: its import changes nothing here, and finds none of the service's settings."""
    trace = site / "trace"
    source = f"""
import os, sys
open({str(trace)!r}, "w").write(repr((os.getpid(), os.environ.get("ROLLBOOK_DATABASE_URL"))))
print("a word on stdout")
"""
    install(site, "nosy", source + FINE)
    monkeypatch.setenv("ROLLBOOK_DATABASE_URL", "postgresql://u:secret@host/db")
    [found] = unlisted(SHIPPED)
    assert (found.hooks, found.error) == (("map_roles",), "")
    pid, url = eval(trace.read_text())
    assert pid != os.getpid()
    assert url is None


def test_two_distributions_with_one_name_are_a_conflict(site: Path) -> None:
    """Neither is taken: an operator who lists that name is refused."""
    installed(site, "roles", "tests.plugin:on_demand", distribution="one-roles")
    installed(site, "roles", "tests.plugin:on_demand", distribution="two-roles")
    [found] = unlisted(SHIPPED)
    assert found.error == "The plugin roles is in one-roles and two-roles; uninstall one of them."
    assert (found.distribution, found.version) == ("", "")


async def test_the_list_goes_on_with_those_that_are_not_asked(site: Path) -> None:
    """UNLISTED or BROKEN, without an order; one that is listed is not among them."""
    install(site, "asked", FINE)
    install(site, "idle", FINE)
    install(site, "odd", "def")
    plugins = Plugins.load([*SHIPPED, "asked"], Settings())
    with capture_logs():
        others = {plugin.name: plugin for plugin in await plugins.unlisted()}
    assert "asked" not in others
    assert (others["idle"].state, others["idle"].order) == (PluginState.UNLISTED, 0)
    assert (others["odd"].state, others["odd"].hooks) == (PluginState.BROKEN, ())


async def test_it_is_looked_once(site: Path) -> None:
    """A second question gets the same answer, and no further process."""
    install(site, "idle", FINE)
    plugins = Plugins.load(SHIPPED, Settings())
    assert await plugins.unlisted() is await plugins.unlisted()


async def test_strictly_a_broken_one_stops_the_start(site: Path) -> None:
    """P40: the refusal names it; without that option it is only reported."""
    install(site, "odd", "def")
    plugins = Plugins.load([], Settings())
    await plugins.startup()
    with capture_logs(), pytest.raises(Refusal, match="and not listed") as refused:
        await plugins.refuse_broken()
    assert refused.value.facts == {"plugin": "odd"}


async def test_the_start_names_them_in_the_log(site: Path) -> None:
    """Without importing anything."""
    install(site, "odd", "raise SystemExit")
    with capture_logs() as logs:
        await Plugins.load([], Settings()).startup()
    [said] = [entry for entry in logs if entry["event"] == "plugins installed and not listed"]
    assert "odd" in said["plugins"]


async def test_what_is_installed_later_is_found(site: Path) -> None:
    """`plugins list` of a running server sees what is installed now."""
    plugins = Plugins.load(SHIPPED, Settings())
    before = {each.name for each in await plugins.unlisted()}
    install(site, "late", FINE)
    assert {each.name for each in await plugins.unlisted()} - before == {"late"}
