"""What keeps somebody from a page: by axe-core, and by its width."""

from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Page

WIDE = "document.documentElement.scrollWidth"
_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


async def barriers(page: Page) -> dict[str, list[str]]:
    """What axe-core finds, by its rule: the first elements that break it."""
    found = (await Axe().run(page, options=_RULES)).response["violations"]
    return {one["id"]: [node["html"][:200] for node in one["nodes"][:3]] for one in found}
