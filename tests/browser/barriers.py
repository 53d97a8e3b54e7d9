"""What keeps somebody from a page: by axe-core, and by its width."""

from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Error, Page

WIDE = "document.documentElement.scrollWidth"
_TRIES = 3
_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


async def barriers(page: Page) -> dict[str, list[str]]:
    """What axe-core finds, by its rule: the first elements that break it."""
    for _ in range(_TRIES):
        await page.wait_for_load_state("load")
        try:
            found = (await Axe().run(page, options=_RULES)).response["violations"]
        except Error:  # another page came meanwhile: it is looked at instead
            continue
        return {one["id"]: [node["html"][:200] for node in one["nodes"][:3]] for one in found}
    raise AssertionError(f"{page.url} is never there for long enough to be looked at")
