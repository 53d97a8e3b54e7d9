"""The list of plugins: order, hooks, costs and errors, without secrets."""

import sys
from pathlib import Path
from subprocess import run

import pytest

from rollbook.client import Client
from rollbook.errors import Reason
from rollbook.v1.server_pb2 import (
    PLUGIN_STATE_BROKEN,
    PLUGIN_STATE_RUNNING,
    PLUGIN_STATE_UNLISTED,
)
from rollbook.v1.tokens_pb2 import Token
from tests.acceptance.command import at, rollbook
from tests.acceptance.wire import HEADER, Peer, user, users
from tests.environment import Server, serving
from tests.plugin import installed
from tests.rpc.refusals import refusal


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path of the processes that this test starts."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path


def _install(site: Path) -> None:
    installed(site, "demand", "tests.plugin:on_demand", version="4.5")
    installed(site, "idle", "tests.plugin:on_demand_async")
    installed(site, "odd", "nothing_of_that_name")


async def test_plugins_are_listed_with_state_and_price(database_url: str, site: Path) -> None:
    """Those that are asked, in order, with what they have cost; then the unlisted, broken or not.

    P41: one that failed is reported with the code, never with what it raised.
    """
    _install(site)
    names = "demand,tests.plugin:on_demand_async"
    with serving(database_url, site, plugins=names) as running:
        async with Peer.of(running) as peer, Client(running.address, running.token) as client:
            directory = await peer.new_directory()
            await peer.send_file(directory, HEADER + users(1, 2, 3))
            await peer.send_file(directory, HEADER + user(9, role="@raise"))
            found = {plugin.name: plugin for plugin in await client.list_plugins()}
        first, second = list(found)[:2]
        assert (first, second) == ("demand", "tests.plugin:on_demand_async")
        demand = found["demand"]
        assert (demand.version, demand.distribution) == ("4.5", "rollbook-demand")
        assert (demand.order, demand.state) == (1, PLUGIN_STATE_RUNNING)
        assert list(demand.hooks) == ["map_roles", "match_locations", "check_users"]
        prices = {price.hook: price for price in demand.prices}
        assert (prices["map_roles"].rows, prices["map_roles"].failures) == (5, 2)
        assert prices["map_roles"].duration.ToNanoseconds() > 0
        assert (found[second].order, found[second].version) == (2, "")
        assert (found["idle"].order, found["idle"].state) == (0, PLUGIN_STATE_UNLISTED)
        assert (found["odd"].order, found["odd"].state) == (0, PLUGIN_STATE_BROKEN)
        assert "cannot be imported" in found["odd"].error
        told = rollbook("plugins", "list", env=at(running))
    assert told.code == 0
    for word in ("demand 4.5", "running", "match_locations", "failures", "cannot be imported"):
        assert word in told.out


async def test_a_failure_stands_there_until_it_answers_again(
    database_url: str, tmp_path: Path
) -> None:
    """P40: code and hook, and nothing of what was raised."""
    with serving(database_url, tmp_path, plugins="tests.plugin:on_demand") as running:
        async with Peer.of(running) as peer, Client(running.address, running.token) as client:
            directory = await peer.new_directory()
            await peer.send_file(directory, HEADER + user(1, location="@raise"))
            [failed] = [p for p in await client.list_plugins() if p.order]
            assert failed.error == "plugin_error in match_locations"
            await peer.send_file(directory, HEADER + user(1))
            [fine] = [p for p in await client.list_plugins() if p.order]
            assert fine.error == ""


async def test_listing_plugins_needs_a_scope_of_its_own(server: Server, client: Client) -> None:
    """`server:read` is needed: other callers do not see which plugins decide."""
    for scope, may in (("server:read", True), ("users:read", False)):
        token = Token(principal="somebody", scopes=[scope], all_directories=True)
        made = await client.tokens.create(token)
        async with Client(server.address, made.secret) as somebody:
            if may:
                assert all(not plugin.order for plugin in await somebody.list_plugins())
            else:
                await refusal(somebody.list_plugins(), Reason.PERMISSION_DENIED)


def test_strictly_a_broken_plugin_stops_the_start(database_url: str, site: Path) -> None:
    """P40: with `--strict-plugins` or its setting; without, the server serves."""
    _install(site)
    with (
        pytest.raises(AssertionError, match="The plugin odd"),
        serving(database_url, site, strict_plugins=True),
    ):
        pytest.fail("it started")
    environment = {"PYTHONPATH": str(site), "ROLLBOOK_DATABASE_URL": database_url}
    typed = run(
        [sys.executable, "-m", "rollbook", "serve", "--strict-plugins", "--listen", "[::1]:0"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert typed.returncode not in {0, 7}
    assert "The plugin odd" in typed.stderr
    with serving(database_url, site):
        pass


def test_doctor_is_red_where_an_installed_plugin_is_broken(server: Server, site: Path) -> None:
    """Also if it is not listed: otherwise the next start with it would fail."""
    _install(site)
    environment = at(server) | {
        "ROLLBOOK_DATABASE_URL": server.database_url,
        "PYTHONPATH": str(site),
        "ROLLBOOK_TOKEN_FILES": f"admin={server.token_file}",
    }
    red = rollbook("doctor", env=environment)
    assert red.code == 1
    assert "not listed: The plugin odd" in " ".join(red.out.split())
