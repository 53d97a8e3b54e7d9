"""How people come to the console, to their account and to a file, in a real browser."""

import asyncio
import json
import re
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.acceptance.command import at, embedded, rollbook
from tests.acceptance.getting_in import NEW
from tests.browser.conftest import Opened
from tests.plugin.recording import TOLD
from tests.web.browser import Site, users

_DROPPED = """([name, text]) => {
    const carried = new DataTransfer();
    carried.items.add(new File([text], name, { type: "text/csv" }));
    return carried;
}"""


async def test_the_link_of_an_embedded_server_signs_in_once(opened: Opened, tmp_path: Path) -> None:
    """What `serve --embedded` prints; the code leaves the address, and opens nothing again."""
    with embedded(tmp_path) as (command, _):
        assert command.stdout
        command.stdout.readline()
        said = re.search(rb"http://\S+", command.stdout.readline())
        assert said
        link = said[0].decode()
        page = await opened(link, token=None)
        await page.wait_for_url(re.compile(r"/d/main/imports$|:\d+/$"))
        await expect(page.get_by_role("link", name="main", exact=True).first).to_be_visible()
        again = await opened(link, token=None)
        await expect(again.get_by_role("alert")).to_contain_text("used already")
        assert "#" not in again.url


async def test_s52_a_forgotten_password_is_set_anew_by_the_link_of_a_mail(
    site: Site, opened: Opened, directory: str, tmp_path: Path
) -> None:
    """S52: asked for, mailed, set, used up; and it opens the console to who has a grant."""
    (tmp_path / "staff.csv").write_text(users(1))
    for words in (
        ("import", str(tmp_path / "staff.csv")),
        ("users", "grant", "1", "--scope", "imports:read"),
    ):
        said = rollbook(*words, env=at(site.server) | {"ROLLBOOK_DIRECTORY": directory})
        assert said.code == 0, said.err
    page = await opened("/forgot-password", token=None)
    await _name(page, directory)
    await page.get_by_role("button", name="Send me a link").click()
    await expect(page.get_by_role("status")).to_contain_text("If there is such an account")
    link = await _mailed(site, directory)
    await page.goto("/set-password")
    await expect(
        page.get_by_text("This page works only with the link from your mail")
    ).to_be_visible()
    await page.goto(link)  # only the fragment differs: nothing is loaded
    await expect(page.get_by_text(f"For your account in {directory}.")).to_be_visible()
    await _new_password(page, NEW, "another one altogether")
    await expect(page.get_by_role("alert")).to_contain_text("differ")
    await expect(page.get_by_text(f"For your account in {directory}.")).to_be_visible()
    await _new_password(page, NEW, NEW)
    await expect(page.get_by_role("heading", name="Your password is set")).to_be_visible()
    again = await opened(link, token=None)
    await _new_password(again, NEW, NEW)
    await expect(again.get_by_role("link", name="Ask for a new link")).to_be_visible()
    await page.goto("/sign-in")
    await _name(page, directory)
    await page.get_by_label("Password", exact=True).fill(NEW)
    await page.get_by_role("button", name="Sign in").last.click()
    await page.goto(f"/d/{directory}/imports")
    await expect(page.get_by_role("heading", name="Imports")).to_be_visible()
    greyed = page.get_by_role("link", name="Import a file")
    await expect(greyed).to_be_disabled()
    await expect(greyed).to_contain_text("needs the right imports:write or imports:preview")


@pytest.mark.parametrize("asked", ["/plugins", "/d/main/imports?state=failed"])
async def test_who_is_refused_stays_at_the_form_and_then_comes_where_they_wanted(
    site: Site, opened: Opened, asked: str
) -> None:
    """A wrong token is refused on the page; the right one leads on to the address first asked."""
    page = await opened(asked, token=None)
    for token in ("wrong", site.server.token):
        await page.get_by_label("Access token").fill(token)
        await page.get_by_role("button", name="Sign in").first.click()
        if token == "wrong":
            await expect(page.get_by_role("alert")).to_be_visible()
    await page.wait_for_url(f"**{asked}")


async def test_a_file_is_dropped_and_then_a_different_one(opened: Opened, directory: str) -> None:
    """S03: neither has changed anything before it is imported."""
    page = await opened(f"/d/{directory}/imports/new")
    await _drop(page, users(1, 2))
    await expect(page.locator(".counts .created b")).to_have_text("2")
    await page.get_by_role("link", name="Upload a different file").click()
    await page.wait_for_url("**/imports/new?*")  # until its scripts have run
    await _drop(page, users(3))
    await expect(page.locator(".counts .created b")).to_have_text("1")
    await page.goto(f"/d/{directory}/users")
    await expect(page.get_by_text("There are no users yet.")).to_be_visible()


async def _drop(page: Page, text: str) -> None:
    carried = await page.evaluate_handle(_DROPPED, ["staff.csv", text])
    await page.dispatch_event("#drop", "drop", {"dataTransfer": carried})
    await page.get_by_role("button", name="Preview").click()
    await expect(page.get_by_role("heading", name="What this file will do")).to_be_visible()


async def _name(page: Page, directory: str) -> None:
    await page.get_by_label("Directory").fill(directory)
    await page.get_by_label("Username or e-mail").fill("u1@example.org")


async def _new_password(page: Page, password: str, again: str) -> None:
    await page.get_by_label("New password").fill(password)
    await page.get_by_label("Repeat the password").fill(again)
    # Twice, as many do: the second form would be told that the link was used already.
    await page.get_by_role("button", name="Set the password").dblclick()


async def _mailed(site: Site, directory: str) -> str:
    """The path and fragment of the link that the plugin was given."""
    told = site.server.log.parent / TOLD
    async with asyncio.timeout(20):
        while True:
            lines = told.read_text().splitlines() if told.exists() else []
            for notice in map(json.loads, lines):
                if notice["directory"] == directory and notice.get("link"):
                    return str(notice["link"]).removeprefix("https://people.example.org")
            await asyncio.sleep(0.05)
