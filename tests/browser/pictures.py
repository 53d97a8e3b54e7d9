"""Draws each page of the console, narrow and wide, light and dark, into `deploy/console`.

    python -m tests.browser.pictures [FOLDER]

Starts a server of its own in a temporary folder, and fills it with people who do not exist. A
picture has light above dark, 360 pixels wide beside 1,280; `preview-wide.png` is one of the four
alone. Needs chromium, and makes smaller files with pngquant (`apt-get install chromium pngquant`).
"""

import asyncio
import shlex
import shutil
import subprocess
import sys
import tempfile
from base64 import b64encode
from itertools import product
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, Page

from tests import chromium
from tests.acceptance.command import embedded, environment, rollbook

FOLDER = Path(__file__).parents[2] / "deploy/console"
_ACME = Path(__file__).parent / "acme"
_WIDTHS = (360, 1280)
_MOST_HIGH = {360: 1300, 1280: 900}
_GAP = 16
_SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
_SHEET = f"""<style>
  body {{ margin: 0; background: #888; }}
  div {{ display: flex; gap: {_GAP}px; align-items: flex-start; }}
  div + div {{ margin-top: {_GAP}px; }}
</style>"""
_COMPANY = (
    "directories add acme --display-name 'Acme Ltd' --seats 500",
    "directories add contractors",
    "locations add Lisbon --code LIS --alias Lisboa",
    "locations add Accra --code ACC",
    "locations add Nairobi --code NBO",
    "locations add Reykjavík --code REK --alias Reykjavik",
    "units add Engineering",
    "units add Finance",
    "units add Operations",
    "units add People",
    "roles add Manager",
    "directories set acme --source staff=payroll",
    "tokens create payroll --scope imports:write --directory acme --description 'nightly file'",
    "tokens create help-desk --scope users:read --directory acme --description 'looks people up'",
    f"import {_ACME / 'staff.csv'}",
    "users suspend 1015",
)


def _furnish(folder: Path) -> None:
    """A company with its places, its staff and a few tokens, by commands beside the server."""
    for line in _COMPANY:
        env = environment(ROLLBOOK_DIRECTORY="acme")
        said = rollbook(*shlex.split(line), env=env, cwd=folder)
        assert said.code == 0, f"{line}: {said.out}{said.err}"


async def _pages(page: Page) -> dict[str, str]:
    """Each page by the name of its picture. Makes the imports that some of them show."""
    done = await _look_at(page, _ACME / "october.csv")
    await page.get_by_role("button", name="Import", exact=True).click()
    await page.get_by_role("heading", name="What this file did").wait_for()
    preview = await _look_at(page, _ACME / "november.csv")
    return {
        "sign-in": "/sign-in",
        "directories": "/",
        "imports": "/d/acme/imports",
        "upload": "/d/acme/imports/new",
        "preview": preview,
        "errors": f"{preview}?outcome=FAILED",
        "correct": f"{preview}/fix",
        "result": done,
        "users": "/d/acme/users",
        "user": "/d/acme/users/1002",
        "new-user": "/d/acme/users/new",
        "directory": "/d/acme/directory",
        "locations": "/d/acme/directory/locations",
        "notices": "/d/acme/directory/notices",
        "sources": "/d/acme/directory/sources",
        "tokens": "/tokens",
        "plugins": "/plugins",
        "profiles": "/profiles",
        "set-password": "/set-password#acme.a-token",
        "forgot-password": "/forgot-password",
    }


async def _look_at(page: Page, file: Path) -> str:
    """Upload a file; the address of its preview."""
    await page.goto("/d/acme/imports/new")
    await page.locator("#file").set_input_files(file)
    await page.get_by_role("button", name="Preview").click()
    await page.get_by_role("heading", name="What this file will do").wait_for()
    return page.url


async def _draw(browser: Browser, link: str, folder: Path) -> None:
    base = link.partition("/sign-in")[0]
    first = await browser.new_context(base_url=base)
    page = await first.new_page()
    await page.goto(link)
    await page.get_by_role("heading", name="Directories").wait_for()
    pages = await _pages(page)
    state = await first.storage_state()
    shots: dict[str, list[bytes]] = {name: [] for name in pages}
    for scheme, width in product(_SCHEMES, _WIDTHS):
        context = await browser.new_context(
            base_url=base,
            storage_state=state,
            viewport={"width": width, "height": 640},
            color_scheme=scheme,
            locale="en-GB",
            timezone_id="Europe/London",
        )
        page = await context.new_page()
        for name, path in pages.items():
            await page.goto(path)
            shots[name].append(await _shot(page, width))
        await context.close()
    for name, four in shots.items():
        _write(folder, name, await _sheet(browser, four))
    _write(folder, "preview-wide", shots["preview"][1])


async def _shot(page: Page, width: int) -> bytes:
    """As high as the page is, but not higher than all may be."""
    high = await page.evaluate("document.documentElement.scrollHeight")
    part = {"x": 0, "y": 0, "width": width, "height": min(high, _MOST_HIGH[width])}
    return await page.screenshot(full_page=True, clip=part)  # type: ignore[arg-type]


async def _sheet(browser: Browser, shots: list[bytes]) -> bytes:
    """Four pictures in one: light above dark."""
    size = {"width": sum(_WIDTHS) + _GAP, "height": 640}
    page = await browser.new_page(viewport=size)  # type: ignore[arg-type]
    drawn = [f'<img src="data:image/png;base64,{b64encode(one).decode()}">' for one in shots]
    rows = (f"<div>{narrow}{wide}</div>" for narrow, wide in (drawn[:2], drawn[2:]))
    await page.set_content(_SHEET + "".join(rows))
    sheet = await page.screenshot(full_page=True)
    await page.close()
    return sheet


def _write(folder: Path, name: str, picture: bytes) -> None:
    path = folder / f"{name}.png"
    path.write_bytes(picture)
    if pngquant := shutil.which("pngquant"):  # a third of the size
        command = [pngquant, "--force", "--ext", ".png", "--skip-if-larger", "--nofs", "96"]
        subprocess.run([*command, path], check=False, timeout=60)
    sys.stdout.write(f"{path.name}: {path.stat().st_size // 1024} kB\n")


def draw(folder: Path) -> None:
    """Write `NAME.png` of each page."""
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name, embedded(Path(name)) as (command, _):
        assert command.stdout
        command.stdout.readline()
        link = command.stdout.readline().decode().split()[1]
        _furnish(Path(name))

        async def run() -> None:
            async with chromium.browsing() as browser:
                await _draw(browser, link, folder)

        asyncio.run(run())


if __name__ == "__main__":
    if not chromium.PROGRAM:
        sys.exit(chromium.MISSING)
    draw(Path(sys.argv[1]) if sys.argv[1:] else FOLDER)
