"""Pictures of the console's pages, for its documentation: wide and narrow, light and dark.

    python -m tests.browser.pictures deploy/console

Starts a server of its own in a temporary folder, and fills it with people who do not exist.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser, Page

from tests.acceptance.command import embedded
from tests.chromium import browsing

_WIDTHS = {"wide": (1280, 860), "narrow": (360, 780)}
_SCHEMES = ("light", "dark")
_STAFF = """employee_number,email,first_name,last_name,job_title,location
1001,ines.costa@example.com,Inês,Costa,Engineer,Lisbon
1002,kofi.mensah@example.com,Kofi,Mensah,Technician,Nairobi
1003,lea.martin@example.com,Léa,Martin,Lead Engineer,Lisbon
1004,jon.jonsson@example.com,Jón,Jónsson,Technician,Reykjavík
"""
_CHANGED = """employee_number,email,first_name,last_name,job_title,location
1001,ines.costa@example.com,Inês,Costa,Lead Engineer,Lisbon
1002,kofi.mensah@example,Kofi,Mensah,Technician,Nairobi
1005,aiko.tanaka@example.com,Aiko,Tanaka,Engineer,Lisbon
1006,sam.obrien@example.com,Sam,O’Brien,Engineer,Lisbonne
1005,aiko.t@example.com,Aiko,Tanaka,Engineer,Lisbon
"""


async def _look_at(page: Page, folder: Path, text: str) -> str:
    file = folder / "staff.csv"
    file.write_text(text, "utf-8")
    await page.goto("/d/main/imports/new")
    await page.locator("#file").set_input_files(file)
    await page.get_by_role("button", name="Look at it").click()
    await page.get_by_role("heading", name="What this file will do").wait_for()
    return page.url


async def _pages(page: Page, folder: Path) -> dict[str, str]:
    """Fill the server; the address of each page by the name of its picture."""
    for place in ("Lisbon", "Nairobi", "Reykjavík"):
        await page.goto("/d/main/directory/locations")
        await page.locator("details", has_text="Add a location").first.evaluate("d => d.open = 1")
        await page.locator("#new-name").fill(place)
        await page.get_by_role("button", name="Add", exact=True).click()
        await page.get_by_text(place).first.wait_for()
    done = await _look_at(page, folder, _STAFF)
    await page.get_by_role("button", name="Import", exact=True).click()
    await page.get_by_role("heading", name="What this file did").wait_for()
    looked = await _look_at(page, folder, _CHANGED)
    return {
        "upload": "/d/main/imports/new",
        "preview": looked,
        "fix": f"{looked}/fix",
        "result": done,
        "imports": "/d/main/imports",
        "users": "/d/main/users",
        "user": "/d/main/users/1001",
        "directory": "/d/main/directory",
        "tokens": "/tokens",
        "set-password": "/set-password#main.example",
    }


async def _draw(browser: Browser, link: str, folder: Path, target: Path) -> None:
    base = link.partition("/sign-in")[0]
    first = await browser.new_context(base_url=base)
    page = await first.new_page()
    await page.goto(link)
    await page.get_by_role("link", name="Imports").wait_for()
    pages = await _pages(page, folder)
    state = await first.storage_state()
    for width, (x, y) in _WIDTHS.items():
        for scheme in _SCHEMES:
            context = await browser.new_context(
                base_url=base,
                storage_state=state,
                viewport={"width": x, "height": y},
                color_scheme=scheme,  # type: ignore[arg-type]
                locale="en-GB",
            )
            shown = await context.new_page()
            for name, path in pages.items():
                await shown.goto(path)
                await shown.screenshot(path=target / f"{name}-{width}-{scheme}.png")
            await context.close()


def main(target: Path) -> None:
    """Draw all of them into the folder `target`."""
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as text, embedded(Path(text)) as (command, _):
        assert command.stdout
        command.stdout.readline()
        link = command.stdout.readline().decode().split()[1]

        async def run() -> None:
            async with browsing() as browser:
                await _draw(browser, link, Path(text), target)

        asyncio.run(run())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
