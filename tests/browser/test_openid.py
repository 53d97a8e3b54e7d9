"""Signing in by OpenID Connect in a real browser, which keeps to its own rules about cookies."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import expect

from tests.acceptance.command import at, rollbook
from tests.browser.conftest import Opened
from tests.environment import serving
from tests.openid import CALLBACK, NAME, OpenIDProvider, providing
from tests.web.browser import Site


@pytest.fixture
def provider() -> Iterator[OpenIDProvider]:
    """At `localhost`, which to a browser is another site than 127.0.0.1."""
    with providing("localhost") as running:
        yield running


@pytest.fixture
def openid(provider: OpenIDProvider, shared_database_url: str, tmp_path: Path) -> Iterator[Site]:
    """A console at an address that the provider knows beforehand."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"127.0.0.1:{free.getsockname()[1]}"
    provider.redirect_url = f"http://{url}{CALLBACK}"
    settings = provider.settings(tmp_path)
    with serving(shared_database_url, tmp_path, web_listen=url, **settings) as server:
        assert server.process.stdout
        assert server.process.stdout.readline() == f"HTTP on http://{url}\n"
        rollbook("directories", "add", "main", env=at(server))  # it may be there already
        yield Site(server, f"http://{url}")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
@pytest.mark.few(1)
async def test_somebody_signs_in_at_the_issuer_and_comes_where_they_wanted(
    openid: Site, provider: OpenIDProvider, opened: Opened, scripts: bool
) -> None:
    """From another site the lax cookie comes along and the strict one does not: a page leads on."""
    wanted = f"{openid.url}/d/main/imports?state=failed"
    both = (openid.url, provider.url)
    page = await opened(wanted, token=None, also=both, java_script_enabled=scripts)
    if scripts:
        found = await Axe().run(page)
        assert found.response["violations"] == []
    await page.get_by_role("link", name=f"Sign in with {NAME}").click()
    await page.get_by_role("link", name="I am Ada").click()
    await page.wait_for_url(wanted)
    await expect(page.get_by_role("heading", name="Imports")).to_be_visible()
    await expect(page.get_by_text("ada@example.org")).to_be_visible()
    kept = {cookie["name"]: cookie["sameSite"] for cookie in await page.context.cookies()}
    assert kept == {"__Host-rollbook": "Strict", "__Host-directory": "Strict"}
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("status")).to_contain_text(f"{NAME} may still have you signed in")
    await page.goto(wanted)
    await expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    assert await page.context.cookies() == []
