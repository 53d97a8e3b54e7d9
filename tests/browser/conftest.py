"""Fixtures: one browser and one server for all tests, and a page that nothing may go wrong on."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page

from tests import chromium
from tests.acceptance.command import at, rollbook
from tests.acceptance.getting_in import sending
from tests.acceptance.post import PLUGIN, SOON
from tests.environment import Cluster, serving
from tests.web.browser import Site
from tests.web.person import signed_in


@pytest_asyncio.fixture(scope="session")
async def console_url(cluster: Cluster) -> str:
    """The address of a database whose notices only these tests' server sends."""
    return await cluster.new_database()


@pytest.fixture(scope="session")
def site(console_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server with the console, whose links and mails a plugin records beside its log."""
    if not chromium.PROGRAM:
        pytest.skip(chromium.MISSING)
    folder = tmp_path_factory.mktemp("console")
    mails = {"plugins": PLUGIN, "test_notices": folder, "notification_poll": SOON}
    more = {"web_listen": "127.0.0.1:0", **mails, **sending(folder)}
    with serving(console_url, folder, **more) as server:
        assert server.process.stdout
        line = server.process.stdout.readline()
        yield Site(server, line.removeprefix("HTTP on ").strip())


@pytest_asyncio.fixture(scope="session")
async def browser(site: Site) -> AsyncIterator[Browser]:
    """Chromium."""
    async with chromium.browsing() as running:
        yield running


@pytest.fixture
def directory(site: Site) -> str:
    """A new directory."""
    name = f"d{uuid.uuid4().hex[:12]}"
    made = rollbook("directories", "add", name, env=at(site.server))
    assert made.code == 0, made.err
    return name


_REFUSED = "Failed to load resource: the server responded with a status of 4"
"""What a browser logs of each answer that refuses something."""
Opened = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture
async def opened(site: Site, browser: Browser) -> AsyncIterator[Opened]:
    """Opens a page in a context of its own, whose options are given, signed in unless not.

    At the end, no page of it may have logged an error, broken its own policy, or asked another
    site for anything, but those that begin as one of `also`.
    """
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    async def open_(
        path: str = "/", *, token: str | None = "", also: Sequence[str] = (), **options: object
    ) -> Page:
        context = await browser.new_context(base_url=site.url, **options)  # type: ignore[arg-type]
        contexts.append(context)
        if token is not None:
            cookie = signed_in(site, token).cookie
            await context.add_cookies(
                [
                    {
                        "name": "__Host-rollbook",
                        "value": cookie,
                        "url": site.url.replace("http:", "https:"),
                        "secure": True,
                        "httpOnly": True,
                        "sameSite": "Strict",
                    }
                ]
            )
        context.on(
            "console",
            lambda message: wrong.append(message.text) if message.type == "error" else None,
        )
        context.on("weberror", lambda error: wrong.append(str(error.error)))
        here = (site.url if path.startswith("/") else path.partition("/sign-in")[0], *also)
        context.on(
            "request",
            lambda asked: None if asked.url.startswith(here) else wrong.append(asked.url),
        )
        page = await context.new_page()
        await page.goto(path)
        return page

    yield open_
    for context in contexts:
        await context.close()
    assert [one for one in wrong if not one.startswith(_REFUSED)] == []
