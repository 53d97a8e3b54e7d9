"""A real browser: Debian's Chromium, without a window, and with nothing of a person's own."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright

PROGRAM = shutil.which("chromium", path=f"{os.environ.get('PATH', '')}:/usr/bin")
MISSING = "Chromium is not installed, so no page is shown in a browser: apt-get install chromium"
_OPTIONS = (
    "--no-sandbox",  # it refuses root otherwise
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
)


@asynccontextmanager
async def browsing(*options: str) -> AsyncIterator[Browser]:
    """A browser for as long as this lasts, started with further options."""
    async with async_playwright() as playwright:
        every = [*_OPTIONS, *options]
        browser = await playwright.chromium.launch(executable_path=PROGRAM, args=every)
        try:
            yield browser
        finally:
            await browser.close()
