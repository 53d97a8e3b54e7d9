"""Four administrators of four products do their whole job in a browser, by clicking alone.

Each has a directory and a token of their own. Each page that they come to is looked at by
axe-core, and what any page logs as an error, or asks of another site, fails the test.
"""

import asyncio
from pathlib import Path

import pytest
from openpyxl import Workbook
from playwright.async_api import expect

from rollbook.profiles import Profiles
from tests.acceptance.getting_in import NEW
from tests.browser.administrator import Administrator, signed_in
from tests.browser.conftest import Opened
from tests.web.browser import Site


async def _begun(who: Administrator, profile: str) -> None:
    """At the page where a file is chosen, with the sample of the product downloaded."""
    await who.goes("Imports", "Import a file")
    assert await who.samples(profile) == Profiles().named(profile).sample_file()


@pytest.mark.long
async def test_ocasta_s_administrator(  # noqa: PLR0915 -- as long as the job
    site: Site, opened: Opened, directory: str, tmp_path: Path
) -> None:
    """S31, S35, S37, S38, S39, S40, S71, S72: by number; locations must be there; roles default.

    The header of the e-mail is unknown, so it is named and the same file looked at again.
    """
    who = await signed_in(site, opened, directory, tmp_path)
    await who.goes("Directory", "Roles")
    await who.page.get_by_text("Add a role").click()
    await who.types(**{"new-name": "Manager"})
    await who.presses("Add")
    await who.goes("Locations")
    await who.page.get_by_text("Load many from CSV").click()
    places = who.writes("places.csv", "name,code,aliases\nLondon HQ,LHR,Head office\nLeeds,,\n")
    await who.page.locator("#file").set_input_files(places)
    await who.presses("Load")
    await who.reads("2 made, 0 were there.")

    await _begun(who, "ocasta")
    file = who.writes(
        "people.csv",
        "employee_number,first_name,last_name,location,Work mail,role,Position\n"
        "1,Priya,Shah,head office,p@example.net,Standard,Buyer\n"
        "2,Tomasz,Nowak,lhr,t@example.net,manager,\n"
        "3,Grace,Okafor,Leeds,g@example.net,Wizard,\n"
        "4,Chloé,Martin,Leeds,,,\n"
        "5,Jin,Choi,Paris,j@example.net,Manager,\n",
    )
    await who.chooses(file, "ocasta")
    await who.presses("Preview")
    await expect(who.page.locator("#status")).to_contain_text("columns are missing: email")
    await expect(who.page.locator("#feeds-1")).to_have_value("email")
    await who.types(**{"header-1": "Work mail"})
    await who.previews()
    await who.counts(created=3, failed=2)
    await who.reads("Position (ignored)")
    await who.remaps("Position", "job_title")
    await who.goes("only rows with errors 2")
    await expect(who.wrong("location")).to_contain_text("Paris")
    await expect(who.wrong("location").locator(".issue")).to_have_count(1)
    await expect(who.wrong("Work mail").locator(".blank")).to_be_visible()
    await expect(who.page.get_by_text("Priya")).to_have_count(0)
    await who.imports()
    await who.counts(created=3, failed=2)
    report = await who.reports()
    assert "Jin" in report
    assert "Priya" not in report

    await who.goes("Correct the 2 failed rows here")
    await who.page.get_by_label("Work mail of line 5").fill("c@example.net")
    await who.presses("Make Paris")
    await who.sees("What this file will do")
    await who.counts(created=2, failed=0)
    await who.imports()

    await who.finds("priya", "1")
    await expect(who.page.locator("#main")).to_contain_text("Buyer")
    await who.looks_after()
    await who.presses("Invite")
    await who.reads("The user is invited.")
    await who.makes_and_revokes_a_token()
    await who.goes("Plugins", "Profiles")
    await who.leaves()


async def test_claromentis_s_administrator(  # noqa: PLR0915 -- as long as the job
    site: Site, opened: Opened, directory: str, tmp_path: Path
) -> None:
    """S21, S24, S31, S35, S36, S04: by username; locations come as they are; login details by mail.

    Of the second file only the new users are taken; a mail that failed is sent again.
    """
    who = await signed_in(site, opened, directory, tmp_path)
    await _begun(who, "claromentis")
    header = "Username,First name,Last name,Email,Phone number,Location,Shoe\n"
    good = "hs,Hana,Sato,hana@example.com,+81 3 5550,Tokyo,39\n"
    await who.chooses(
        who.writes("a.csv", f"{header}{good},Lost,Person,l@example.com,,Rome,\n"), "claromentis"
    )
    await who.previews()
    await who.counts(created=1, failed=1)
    await who.goes("only rows with errors 1")
    await expect(who.wrong("Username").locator(".issue")).to_have_count(1)
    await who.imports()
    assert ",Lost,Person" in await who.reports()

    await who.goes("Correct the 1 failed row here")
    await who.page.get_by_label("Username of line 3").fill("lp")
    await who.presses("Import these rows")
    await who.sees("What this file did")
    await who.counts(created=1, failed=0)

    await who.goes("Import another file")
    renamed = good.replace("Hana", "Hanna")
    fresh = "on,Ole,@undeliverable,ole@example.com,,Aarhus,\nip,Ida,Poe,ida@example.com,,Tokyo,37\n"
    await who.chooses(
        who.writes("b.csv", header + renamed + fresh),
        "claromentis",
        {"notify": "LOGIN_DETAILS"},
    )
    await who.previews()
    await who.counts(created=2, updated=1)
    await expect(who.page.locator("del")).to_have_text("Hana")
    await expect(who.page.locator("ins").first).to_have_text("Hanna")
    await who.remaps("Shoe", "job_title")
    await who.page.get_by_label("Only new users").check()
    await who.imports()
    await who.counts(created=2, updated=0)

    async with asyncio.timeout(30):
        while not await who.page.get_by_role("link", name="1 undeliverable").count():
            await asyncio.sleep(0.1)
            await who.page.reload()
    await who.page.get_by_role("link", name="1 undeliverable").click()
    await who.sees("Notices of an import")
    await who.goes("undeliverable 1")
    await who.presses("Count them first")
    await who.presses("Send them again")
    await expect(who.page.get_by_role("status")).to_contain_text("1 sent again")

    await who.finds("ole@example.com", "on")
    await who.looks_after()
    await expect(who.page.get_by_role("region", name="History")).to_contain_text("Aarhus")
    await who.goes("Directory", "Locations")
    await expect(who.page.locator("summary", has_text="Aarhus")).to_be_visible()
    await who.goes("Notices")
    await who.page.get_by_label("suspended", exact=True).check()
    await who.presses("Save the notices")
    await who.reads("Saved.")
    await who.makes_and_revokes_a_token()
    await who.leaves()


@pytest.mark.long
async def test_evidence_s_administrator(  # noqa: PLR0915 -- as long as the job
    site: Site, opened: Opened, directory: str, tmp_path: Path
) -> None:
    """S21, S22, S34, S40, S41: semicolons, by username, new users alone; units must be there.

    A column that the product does not know is named to be kept; only ticked rows are taken.
    """
    who = await signed_in(site, opened, directory, tmp_path)
    await _begun(who, "evidence")
    file = who.writes(
        "officers.csv",
        "first_name;last_name;email;username;organizational_unit;job_title;Badge\n"
        "Ida;Wells;ida@example.org;iwells;;Analyst;77\n"
        "Bo;Ek;bo@example.org;bek;;;\n"
        "Cy;Um;cy@example.org;cum;Forensics;;\n"
        ";Lo;lo@example.org;slo;;;\n",
    )
    await who.chooses(file, "evidence")
    await who.presses("Preview")
    await expect(who.page.locator("#status")).to_contain_text("Badge")
    await who.types(**{"header-1": "badge", "feeds-1": "attributes.badge"})
    await who.previews()
    await who.counts(created=2, failed=2)
    await who.remaps("job_title", "department")
    await who.goes("only rows with errors 2")
    await expect(who.wrong("organizational_unit")).to_contain_text("Forensics")
    await expect(who.wrong("first_name").locator(".issue")).to_have_count(1)
    await who.goes("all")
    await who.page.get_by_label("Import line 2").check()
    await who.imports()
    await who.counts(created=1, failed=2)
    assert "slo" in await who.reports()

    await who.goes("Correct the 2 failed rows here")
    await who.presses("Make Forensics")
    await who.sees("What this file will do")
    await who.counts(created=1, failed=1)
    await who.imports()
    await who.goes("Correct the 1 failed row here")
    await who.page.get_by_label("first_name of line 5").fill("Sam")
    await who.presses("Import these rows")
    await who.sees("What this file did")
    await who.counts(created=1, failed=0)

    await who.finds("iwells", "iwells")
    await who.looks_after()
    await who.types(password=NEW, again=NEW)
    await who.presses("Set the password")
    await who.reads("The password is set.")
    await who.goes("Directory", "Organizational units")
    await expect(who.page.locator("summary", has_text="Forensics")).to_be_visible()
    await who.goes("Sources")
    await who.types(source="evidence", principal="records")
    await who.presses("Set the owner")
    await expect(who.page.get_by_label("Owner of evidence")).to_have_value("records")
    await who.makes_and_revokes_a_token()
    await who.leaves()


async def test_secureai_s_administrator_on_a_phone(  # noqa: PLR0915 -- as long as the job
    site: Site, opened: Opened, directory: str, tmp_path: Path
) -> None:
    """S31, S33, S37, S38, S72: a workbook, by e-mail; an unknown role is an error, and is mapped.

    All of it on a screen 360 pixels wide; new users are invited.
    """
    who = await signed_in(site, opened, directory, tmp_path)
    await who.page.set_viewport_size({"width": 360, "height": 800})
    await _begun(who, "secureai")
    book = Workbook()
    sheet = book.active
    assert sheet
    for row in (
        ("email", "Who", "role", "department"),
        ("jane@example.com", "Jane Smith", "user", "IT"),
        ("bob@example.com", "Bob Wilson", None, "Parts"),
        ("tom@example.com", "Tom Lee", "wizard", "Warehouse"),
        ("nobody", "No Body", "user", None),
    ):
        sheet.append(row)
    file = tmp_path / "people.xlsx"
    book.save(file)
    await who.chooses(file, "secureai")
    await who.presses("Preview")
    status = who.page.locator("#status")
    await expect(status).to_contain_text("columns are missing: name")
    await expect(status).to_be_in_viewport()
    await expect(status).to_be_focused()
    await who.types(**{"header-1": "Who"})
    await who.previews()
    await who.counts(created=2, failed=2)
    await who.goes("only rows with errors 2")
    await expect(who.wrong("role")).to_contain_text("wizard")
    await expect(who.wrong("email").locator(".issue")).to_have_count(1)
    await who.remaps("department", "job_title")
    await who.imports()
    await who.counts(created=2, failed=2)
    assert "wizard" in await who.reports()

    await who.goes("Correct the 2 failed rows here")
    for cell in await who.page.locator("table.cells input").all():
        box = await cell.bounding_box()
        assert box
        assert box["x"] + box["width"] <= 360, "no cell is beyond the edge"
    await who.page.get_by_label("email of line 5").fill("no.body@example.com")
    await who.page.get_by_label("or use instead").fill("user")
    await who.presses("Use this for wizard")
    await who.sees("What this file will do")
    await who.counts(created=2, failed=0)
    await who.imports()
    await who.goes("Show these users, and invite them")
    await who.presses("Count them first")
    await expect(who.page.get_by_role("status")).to_contain_text("0 would be invited")
    await expect(who.page.get_by_role("status")).to_contain_text("2 left out")

    await who.finds("jane@example.com", "jane@example.com")
    await who.looks_after()
    await who.presses("Send the link")
    await who.reads("A link will be mailed")
    await who.makes_and_revokes_a_token()
    await who.leaves()


async def test_a_full_sync_waits_for_somebody_else(
    site: Site, opened: Opened, directory: str, tmp_path: Path
) -> None:
    """Two people: one chooses to suspend who is missing, the safeguard stops it, one approves."""
    one = await signed_in(site, opened, directory, tmp_path, "one")
    other = await signed_in(site, opened, directory, tmp_path, "other")
    header = "employee_number,email,first_name,last_name\n"
    lines = [f"{number},u{number}@example.org,Ada,Byron\n" for number in range(12)]
    await other.goes("Directory")
    await other.types(max_suspended="50")
    await other.presses("Save the safeguards")
    await one.goes("Import a file")
    await one.chooses(one.writes("all.csv", header + "".join(lines)), "default")
    await one.previews()
    await one.imports()
    await one.goes("Import another file")
    await one.chooses(
        one.writes("one.csv", header + lines[0]), "default", {"missing_users": "SUSPEND"}
    )
    await one.previews()
    await one.counts(suspended=11, unchanged=1)
    await one.presses("Import")
    await one.sees("This needs an approval")
    await one.reads("Another person has to approve it.")
    await other.goes("Imports")
    await other.page.get_by_role("row", name="awaiting approval").get_by_role("link").click()
    await other.sees("This needs an approval")
    await other.reads("A safeguard stopped this import.")
    await other.presses("Approve")
    await other.reads("Approved by other-")
    await one.page.reload()
    await one.imports()
    await one.counts(suspended=11)
    await one.finds("u2@", "2")
    await expect(one.page.locator(".head .state")).to_have_text("suspended by a full sync")
