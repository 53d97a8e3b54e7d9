"""The console as people use it, in a real browser: no error, no broken policy, no barrier."""

import re
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook
from playwright.async_api import Page, expect

from tests.acceptance.command import at, rollbook
from tests.browser.barriers import WIDE, barriers
from tests.browser.conftest import Opened
from tests.web.browser import HEADER, IMPORT, Site, begun, connected, head, users


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Two good rows, one with a wrong address, one of an unknown location."""
    path = tmp_path / "staff.csv"
    lines = users(1, 2).replace("\n", ",\n").replace("last_name,", "last_name,location")
    path.write_text(f"{lines}3,wrong,Ada,Byron,\n4,u4@example.org,Ada,Byron,Ostend\n")
    return path


def _rewrite(file: Path, text: str) -> None:
    file.write_text(text)


async def _look_at(page: Page, directory: str, file: Path) -> None:
    await page.goto(f"/d/{directory}/imports")
    await page.get_by_role("link", name="Import a file").click()
    await page.get_by_label("A CSV file or an Excel workbook").set_input_files(file)
    await page.get_by_role("button", name="Preview").click()
    await expect(page.get_by_role("heading", name="What this file will do")).to_be_visible()


async def test_s03_a_file_is_looked_at_corrected_and_imported(
    opened: Opened, directory: str, file: Path, tmp_path: Path
) -> None:
    """S03, S04, S71, S72: preview, filters, correction in place, import, report, users."""
    page = await opened()
    await _look_at(page, directory, file)
    await expect(page.locator(".counts .created b")).to_have_text("2")
    await expect(page.locator(".counts .failed b")).to_have_text("2")
    await page.get_by_role("link", name="only rows with errors").click()
    await expect(page.get_by_text("its domain")).to_have_count(0)
    await expect(page.locator("td .wrong .issue")).to_have_count(2)
    await page.get_by_role("link", name="Correct the 2 failed rows here").click()
    await page.get_by_label("email of line 4").fill("u3@example.org")
    await page.get_by_role("button", name="Make Ostend").click()
    await expect(page.locator(".counts .created b")).to_have_text("4")
    await page.get_by_role("button", name="Import", exact=True).click()
    await expect(page.get_by_role("heading", name="What this file did")).to_be_visible()
    await page.get_by_role("link", name="Show these users").click()
    await expect(page.get_by_text("u3@example.org").first).to_be_visible()


async def test_s04_ticked_rows_alone_are_imported_and_the_failed_ones_downloaded(
    opened: Opened, directory: str, file: Path
) -> None:
    """S04, S71: a tick chooses "only the rows that I tick"."""
    page = await opened()
    await _look_at(page, directory, file)
    await page.get_by_label("Import line 3").check()
    await expect(page.get_by_label("Only the rows that I tick below")).to_be_checked()
    await page.get_by_role("button", name="Import", exact=True).click()
    await expect(page.locator(".counts .created b")).to_have_text("1")
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Download the failed rows").click()
    report = await (await download.value).path()
    assert b"3,wrong" in report.read_bytes()


async def test_ticks_go_along_from_page_to_page(opened: Opened, directory: str, file: Path) -> None:
    """S04: rows that were ticked on another page of the list are imported, too, and counted."""
    _rewrite(file, users(*range(1, 151)))
    page = await opened()
    await _look_at(page, directory, file)
    for line in (3, 4, 5):
        await page.get_by_label(f"Import line {line}", exact=True).check()
    await page.get_by_role("link", name="Further rows").click()
    await expect(page.get_by_text("101 to 150 of 150 rows")).to_be_visible()
    await page.get_by_label("Import line 150", exact=True).check()
    await expect(page.get_by_label("Only the rows that I tick below: 4")).to_be_checked()
    await page.get_by_role("link", name="First rows").click()
    await expect(page.get_by_label("Import line 3", exact=True)).to_be_checked()
    await page.get_by_label("Import line 5", exact=True).uncheck()
    await page.get_by_role("button", name="Import", exact=True).click()
    await expect(page.locator(".counts .created b")).to_have_text("3")
    await expect(page.locator(".counts .not-applied b")).to_have_text("147")


async def test_failed_rows_are_shown_while_the_file_is_sent(
    opened: Opened, directory: str, file: Path
) -> None:
    """S71: over a slow line, red and with the reason; then the page of the whole preview."""
    _rewrite(file, f"{HEADER}1,wrong,Ada,Byron\n" + users(*range(2, 20_000)).partition("\n")[2])
    page = await opened(f"/d/{directory}/imports/new")
    line = await page.context.new_cdp_session(page)
    await line.send("Network.enable")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 150_000}
    await line.send("Network.emulateNetworkConditions", slow)
    await page.get_by_label("A CSV file or an Excel workbook").set_input_files(file)
    await page.get_by_role("button", name="Preview").click()
    await expect(page.locator("#so-far .wrong .issue")).to_be_visible(timeout=20_000)
    assert page.url.endswith("/imports/new")
    planned = page.get_by_role("heading", name="What this file will do")
    await expect(planned).to_be_visible(timeout=30_000)
    await expect(page.locator(".counts .failed b")).to_have_text("1")


async def test_a_workbook_is_read_as_a_file_is(
    opened: Opened, directory: str, tmp_path: Path
) -> None:
    """Its first sheet, on this side of the service."""
    book = Workbook()
    sheet = book.active
    assert sheet
    for row in (HEADER.strip().split(","), ["0007", "u7@example.org", "Ada", "Byron"]):
        sheet.append(row)
    path = tmp_path / "staff.xlsx"
    book.save(path)
    page = await opened()
    await _look_at(page, directory, path)
    await expect(page.get_by_role("rowheader", name="0007")).to_be_visible()


async def test_a_file_that_is_refused_says_why_on_the_same_page(
    opened: Opened, directory: str, tmp_path: Path
) -> None:
    """And another one can be chosen at once."""
    path = tmp_path / "x.xlsx"
    path.write_bytes(b"this is no workbook")
    page = await opened(f"/d/{directory}/imports/new")
    await page.get_by_label("A CSV file or an Excel workbook").set_input_files(path)
    await page.get_by_role("button", name="Preview").click()
    await expect(page.locator("#status")).to_contain_text("workbook")
    await expect(page.get_by_role("button", name="Preview")).to_be_enabled()


async def test_it_works_without_scripts(opened: Opened, directory: str, file: Path) -> None:
    """Upload, preview and import, as plain forms."""
    page = await opened(java_script_enabled=False)
    await _look_at(page, directory, file)
    await page.get_by_role("button", name="Import", exact=True).click()
    await expect(page.get_by_role("heading", name="What this file did")).to_be_visible()
    await expect(page.locator(".counts .created b")).to_have_text("2")


async def test_it_works_by_keys_alone(opened: Opened, directory: str, file: Path) -> None:
    """From the file to the import, with Tab, arrows and Enter."""
    page = await opened(f"/d/{directory}/imports/new")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.get_by_label("A CSV file or an Excel workbook").set_input_files(file)
    await page.get_by_label("A CSV file or an Excel workbook").focus()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="What this file will do")).to_be_visible()
    await page.get_by_label("All valid rows").focus()
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_label("Only new users")).to_be_checked()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="What this file did")).to_be_visible()


async def test_somebody_signs_in_and_out(site: Site, opened: Opened) -> None:
    """By a token that is pasted; out again, the way back leads to the form."""
    page = await opened("/plugins", token=None)
    await page.get_by_label("Access token").fill(site.server.token)
    await page.get_by_role("button", name="Sign in").first.click()
    await expect(page.get_by_role("heading", name="Plugins")).to_be_visible()
    await page.get_by_role("button", name="Sign out").click()
    await page.goto("/plugins")
    await expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()


async def test_what_comes_between_is_said_with_a_way_on(
    site: Site, opened: Opened, directory: str, file: Path
) -> None:
    """A proxy that takes no such file, a session that is over, and a server that is away."""
    page = await opened(f"/d/{directory}/imports/new")
    await page.get_by_label("A CSV file or an Excel workbook").set_input_files(file)
    takes_none = re.compile(r"/imports$")
    await page.route(takes_none, lambda route: route.fulfill(status=413, body="<h1>413</h1>"))
    await page.get_by_role("button", name="Preview").click()
    await expect(page.get_by_role("alert")).to_contain_text("takes no file as large as this one")
    await page.unroute(takes_none)
    await page.context.clear_cookies()
    await page.get_by_role("button", name="Preview").click()
    await expect(page.get_by_role("alert")).to_contain_text("This was not done.")
    await expect(page.get_by_role("alert").get_by_role("link")).to_have_text("Sign in")

    page, import_id = await opened("/plugins"), str(uuid.uuid4())
    body = users(*range(1, 13)).encode()
    sent = head(
        *(site, "POST", f"{IMPORT}?directory={directory}"),
        content_type="text/csv",
        content_length=str(len(body) + 1),
        idempotency_key=import_id,
    )
    with connected(site) as uploading:
        uploading.sendall(sent + body)
        begun(site, directory, import_id)
        await page.clock.install()
        await page.route("**/events", lambda route: route.fulfill(status=429))
        await page.goto(f"/d/{directory}/imports/{import_id}")
        await expect(page.locator("#progress")).to_contain_text("The connection was lost")
        await page.unroute("**/events")
        await page.clock.fast_forward(2_000)
        await expect(page.locator("#progress")).to_contain_text("rows so far")
    await expect(page.locator(".head .state")).to_have_text("interrupted")


async def test_s52_the_token_of_a_link_reaches_the_form_and_no_address(opened: Opened) -> None:
    """S52: it stands in the fragment, and is taken out of the address before anything is sent."""
    page = await opened("/set-password#main.a-token", token=None)
    await expect(page.locator("input[name=token]")).to_have_value("main.a-token")
    assert "#" not in page.url
    await page.goto("/forgot-password")
    await page.goto("/set-password")
    await expect(
        page.get_by_text("This page works only with the link from your mail")
    ).to_be_visible()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
@pytest.mark.few(1)
async def test_no_page_has_a_barrier(
    site: Site, opened: Opened, directory: str, file: Path, scheme: str, width: int
) -> None:
    """WCAG 2.2 AA by axe-core; and no page is wider than the screen."""
    for text in ("roles", "locations"):
        rollbook(text, "add", "Ostend-2", "--directory", directory, env=at(site.server))
    page = await opened(color_scheme=scheme, viewport={"width": width, "height": 800})
    await _look_at(page, directory, file)
    here = page.url
    assert await barriers(page) == {}, "the preview"
    assert await page.evaluate(WIDE) <= width, "the preview"
    await page.get_by_role("button", name="Import", exact=True).click()
    await expect(page.get_by_role("heading", name="What this file did")).to_be_visible()
    d = f"/d/{directory}"
    for path in (
        *("/", "/directories/new", here, f"{here}/fix", f"{d}/imports", f"{d}/imports/new"),
        *(f"{d}/users", f"{d}/users/1", f"{d}/users/new"),
        *(f"{d}/directory", f"{d}/directory/roles", f"{d}/directory/locations"),
        *(f"{d}/directory/notices", f"{d}/directory/sources", f"{here}/notices"),
        *("/tokens", "/plugins", "/profiles", "/sign-in", "/set-password", "/forgot-password"),
    ):
        await page.goto(path)
        assert await barriers(page) == {}, path
        assert await page.evaluate(WIDE) <= width, path


async def test_a_barrier_is_found_where_there_is_one(opened: Opened) -> None:
    """A field without a label, and text that can hardly be seen: the walk above can fail."""
    page = await opened("/sign-in", token=None)
    await page.evaluate(
        """() => {
            const [field, text] = [document.createElement("input"), document.createElement("p")];
            text.textContent = "can hardly be seen";
            text.style.color = "#bbb";
            document.querySelector("main").append(field, text);
        }"""
    )
    assert {"label", "color-contrast"} <= set(await barriers(page))


async def test_a_day_that_is_typed_is_one_of_the_reader_s_zone(
    opened: Opened, directory: str, file: Path
) -> None:
    """In a zone that has another day than UTC just now; the page says whose days they are."""
    here = datetime.now(UTC)
    zone, hours = ("Pacific/Pago_Pago", -11) if here.hour < 11 else ("Pacific/Kiritimati", 14)
    page = await opened(timezone_id=zone)
    await _look_at(page, directory, file)
    await page.goto(f"/d/{directory}/imports")
    await page.get_by_text("More filters").click()
    for day, number in ((here + timedelta(hours=hours), 1), (here, 0)):
        await expect(page.get_by_text(f"midnight in {zone}.")).to_be_visible()
        for name in ("Began from", "Began until"):
            await page.get_by_label(name).fill(f"{day:%Y-%m-%d}")
        await page.get_by_role("button", name="Show").click()
        await page.wait_for_url(re.compile(f"{day:%Y-%m-%d}"))
        await expect(page.get_by_role("rowheader")).to_have_count(number)
        await expect(page.get_by_label("Began until")).to_have_value(f"{day:%Y-%m-%d}")
