"""An administrator at the console: clicks, types, chooses files, and looks at what is shown."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Locator, Page, expect

from rollbook.access.scopes import Scope
from tests.acceptance.command import at, rollbook
from tests.browser.barriers import WIDE, barriers
from tests.browser.conftest import Opened
from tests.web.browser import Site

_CHOOSE = "A CSV file or an Excel workbook"


@dataclass
class Administrator:
    """Who does the whole job in one directory. Each page that comes up is looked at, once."""

    page: Page
    directory: str
    folder: Path
    seen: set[str] = field(default_factory=set)

    async def goes(self, *links: str) -> None:
        """Click one link after another."""
        for name in links:
            await self.page.get_by_role("link", name=name, exact=True).first.click()
        await self.looks()

    async def presses(self, name: str) -> None:
        """Press a button."""
        await self.page.get_by_role("button", name=name, exact=True).click()

    async def types(self, **texts: str) -> None:
        """Fill in fields by their ids."""
        for name, text in texts.items():
            await self.page.locator(f"#{name}").fill(text)

    async def sees(self, heading: str) -> None:
        """Wait for a page, and look at it."""
        await expect(self.page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
        await self.looks()

    async def reads(self, text: str) -> None:
        """Wait for a text."""
        await expect(self.page.get_by_text(text).first).to_be_visible()

    async def looks(self) -> None:
        """No barrier on the page, and none wider than the screen. A page of a kind counts once."""
        title = re.sub(r"[0-9a-f]{8,12}", "", await self.page.title())
        if title in self.seen:
            return
        self.seen.add(title)
        assert await barriers(self.page) == {}, title
        assert self.page.viewport_size
        assert await self.page.evaluate(WIDE) <= self.page.viewport_size["width"], title

    async def samples(self, profile: str) -> bytes:
        """Download the sample of a profile, from the page where a file is chosen."""
        async with self.page.expect_download() as download:
            await self.page.locator(f"a[href$='/samples/{profile}']").click()
        return (await (await download.value).path()).read_bytes()

    def writes(self, name: str, text: str) -> Path:
        """A file to choose."""
        path = self.folder / name
        path.write_text(text)
        return path

    async def chooses(
        self, file: Path, profile: str, options: Mapping[str, str] | None = None
    ) -> None:
        """Choose a file, its profile, and options by their ids."""
        await self.page.get_by_label("Profile", exact=True).select_option(profile)
        if options:
            await self.page.get_by_text("More options").click()
            for name, word in options.items():
                await self.page.locator(f"#{name}").select_option(word)
        await self.page.get_by_label(_CHOOSE).set_input_files(file)

    async def previews(self) -> None:
        """Have the chosen file looked at, and see what it would do."""
        await self.presses("Preview")
        await self.sees("What this file will do")

    async def remaps(self, header: str, name: str) -> None:
        """Let a column of the preview feed another field, and look again."""
        await self.page.get_by_text(re.compile("Columns: ")).click()
        before = self.page.url
        await self.page.get_by_label(header, exact=True).select_option(name)
        await self.presses("Preview again")
        await self.page.wait_for_url(lambda url: url != before)
        await self.sees("What this file will do")

    async def imports(self) -> None:
        """Import what is chosen, close the tab once it has begun, and come back to what it did."""
        here, context, size = self.page.url, self.page.context, self.page.viewport_size
        await self.presses("Import")
        begun = re.compile("^(Importing|What this file did)$")
        await expect(self.page.get_by_role("heading", level=1)).to_have_text(begun)
        await self.page.close()
        self.page = await context.new_page()
        if size:
            await self.page.set_viewport_size(size)
        await self.page.goto(here.partition("?")[0])
        await self.sees("What this file did")

    async def counts(self, **numbers: int) -> None:
        """The numbers on top of the page of an import."""
        for name, number in numbers.items():
            shown = self.page.locator(f".counts .{name} b")
            await expect(shown).to_have_text(str(number))

    def wrong(self, header: str) -> Locator:
        """The red cells of a column, each with what is wrong with it."""
        return self.page.locator("dl.cells .wrong").filter(has=self.page.get_by_text(header))

    async def reports(self) -> str:
        """Download the failed rows."""
        async with self.page.expect_download() as download:
            await self.page.get_by_role("link", name="Download the failed rows").click()
        return (await (await download.value).path()).read_text("utf-8-sig")

    async def finds(self, text: str, number: str) -> None:
        """Find a user by a text, and open the page."""
        await self.goes("Users")
        await self.types(text=text)
        await self.presses("Show")
        await self.goes(number)

    async def looks_after(self) -> None:
        """Lock, suspend and reactivate the user of this page, and see it in the history."""
        await self.page.get_by_label("The role stays").check()
        await self.presses("Set the locks")
        await self.reads("The locks are set.")
        await expect(self.page.get_by_label("The role stays")).to_be_checked()
        await self.presses("Suspend")
        await self.reads("The user is suspended")
        await self.presses("Reactivate")
        await self.reads("The user is active again.")
        history = self.page.get_by_role("region", name="History")
        for what in ("created", "suspended", "reactivated"):
            await expect(history.get_by_text(what, exact=True).first).to_be_visible()

    async def makes_and_revokes_a_token(self) -> None:
        """One that looks at users alone; its clear text is shown once."""
        await self.goes("Tokens")
        await self.page.get_by_text("Create a token").click()
        await self.types(description="for the help desk")
        await self.page.get_by_label("users:read", exact=True).check()
        await self.page.get_by_label(self.directory, exact=True).check()
        await self.presses("Create the token")
        await expect(self.page.locator(".message code")).to_have_text(re.compile("^rollbook_"))
        await self.page.get_by_role("row", name="for the help desk").get_by_role("button").click()
        row = self.page.get_by_role("row", name="for the help desk")
        await expect(row).to_contain_text("revoked")

    async def leaves(self) -> None:
        """Sign out; the way back leads to the form."""
        await self.presses("Sign out")
        await self.sees("Sign in")
        await self.page.go_back()
        await self.page.reload()
        await self.sees("Sign in")


async def signed_in(
    site: Site, opened: Opened, directory: str, folder: Path, name: str = "administrator"
) -> Administrator:
    """Who pastes a token with every right in this one directory, and comes to its imports."""
    scopes = [word for scope in Scope for word in ("--scope", scope)]
    principal = f"{name}-{uuid.uuid4().hex[:12]}"
    made = rollbook(
        *("tokens", "create", principal, *scopes, "--directory", directory), env=at(site.server)
    )
    assert made.code == 0, made.err
    page = await opened("/", token=None)
    who = Administrator(page, directory, folder)
    await who.sees("Sign in")
    await page.get_by_label("Access token").fill(made.out.strip())
    await page.get_by_role("button", name="Sign in", exact=True).first.click()
    await who.sees("Imports")
    return who
