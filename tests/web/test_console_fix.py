"""Correcting the rows of a preview in the console, until all of the file is imported."""

import re

import pytest

from tests.web.browser import HEADER, Site, users
from tests.web.person import Person, new_directory, previewed, text_of, text_when_ended


@pytest.fixture(scope="module")
def directory(site: Site) -> str:
    """A directory of these tests' own."""
    return new_directory(site)


def test_s72_rows_are_corrected_again_and_again_and_then_the_file_is_imported_once(
    person: Person, directory: str
) -> None:
    """S72: each new preview has every row, in the line of the file; none is lost, none doubled.

    A cell has a line end, and there are many blank lines. The first preview cannot be applied then.
    """
    content = (
        f"{HEADER.strip()},remark\n501,u501@example.org,Ada,Byron,\n502,wrong,Ada,Byron,\n\n"
        '503,also wrong,Ada,Byron,\n504,u504@example.org,Ada,Byron,"two\nlines"\n'
        + "\n" * 70_000
        + "505,wrong too,Ada,Byron,\n"
    )
    first = path = previewed(person, directory, content)
    for line, number, created, failed in ((3, 502, 3, 2), (5, 503, 4, 1)):
        page = person.get(f"{path}/fix")
        assert "its other rows go along" in text_of(page)
        assert "Import these rows" not in text_of(page)
        assert f'name="cell.{line}.1"' in page.body.decode()
        cell = (f"cell.{line}.1", f"u{number}@example.org")
        checked = person.post(f"{path}/fix", [("what", "check"), cell]).headers["location"]
        assert f'href="{checked}">go on with the newer preview' in person.get(path).body.decode()
        path = checked
        shown = person.get(path)
        assert f"{created} will be created" in text_of(shown)
        assert f"{failed} will fail" in text_of(shown)
        lines = re.findall(r'data-label="Line">([\d,]*)<', shown.body.decode())
        assert lines == ["2", "3", "5", "6", "70,008"]
    person.post(f"{path}/apply", [("what", "all")])
    assert "4 created" in text_of(person.get(path))
    assert b"504,u504@example.org" not in person.get(f"{path}/report").body
    person.post(f"{first}/apply", [("what", "all")])
    refused = text_of(person.get(first))
    assert "What this file will do previewed" in refused, "its plan no longer holds"
    assert "changed" in refused


def test_s72_rows_of_a_file_with_passwords_say_where_the_others_are(
    person: Person, directory: str
) -> None:
    """Passwords are kept nowhere: only corrected rows are sent, and each page names the others."""
    header = HEADER.replace("\n", ",password\n")
    good = "511,u511@example.org,Ada,Byron,drei Hasen im Feld\n"
    content = f"{header}{good}512,wrong,Ada,Byron,vier Hasen im Feld\n"
    first = previewed(person, directory, content, ("first_password", "FROM_FILE"))
    assert "The other rows wait in the preview: import both" in text_of(person.get(f"{first}/fix"))
    cells = [("cell.3.1", "u512@example.org"), ("cell.3.4", "vier Hasen im Feld")]
    second = person.post(f"{first}/fix", [("what", "check"), *cells]).headers["location"]
    for path, other in ((first, second), (second, first)):
        page = person.get(path)
        assert "1 will be created" in text_of(page), text_of(page)
        assert f'<a href="{other}">' in page.body.decode()
        person.post(f"{path}/apply", [("what", "all")])
        assert "1 created" in text_of(person.get(path))


def test_a_preview_whose_rows_are_not_all_kept_is_not_made_anew(
    person: Person, directory: str
) -> None:
    """None is lost in silence: of a row that was too large for one no cells are kept."""
    content = f"{users(521)}522,{'x' * 1_100_000},Ada,Byron\n523,wrong,Ada,Byron\n"
    path = previewed(person, directory, content)
    answer = person.post(f"{path}/fix", [("what", "check"), ("cell.4.1", "u523@example.org")])
    assert answer.status == 404
    assert "The cells of line 3 are not kept" in text_of(answer)
    assert "1 will be created" in text_of(person.get(path))


def test_line_ends_within_cells_go_through_a_correction_as_they_are(
    person: Person, directory: str
) -> None:
    """A browser takes them out of a line of text, and sends those of several lines as CR LF."""
    header = HEADER.replace("\n", ",a,b,c,d\n")
    row = '531,{},Ada,Byron,"\none\ntwo","one\rtwo","one\r\ntwo","one\ntwo"\n'
    named = [(f"header.{at}", at) for at in "abcd"]
    named += [(f"feeds.{at}", f"attributes.{at}") for at in "abcd"]
    path = previewed(person, directory, header + row.format("wrong"), *named)
    page = person.get(f"{path}/fix").body.decode()
    assert re.findall(r'<textarea name="cell.2.(\d)"', page) == ["4", "5", "6", "7"]
    assert ">\n\none\ntwo</textarea>" in page, "the first is not of the text"
    sent = ["u531@example.org", "Ada", "Byron", "\r\none\r\ntwo", *["one\r\ntwo"] * 2]
    cells = [(f"cell.2.{place}", text) for place, text in enumerate([*sent, "1\r\n2"], 1)]
    checked = person.post(f"{path}/fix", [("what", "check"), *cells]).headers["location"]
    before = person.get(path).body.decode()
    after = person.get(checked).body.decode()
    for text in ("\none\ntwo", "one\rtwo", "one\r\ntwo"):
        assert f"<dd>{text}</dd>" in before
        assert f"<dd>{text}</dd>" in after
    assert "<dd>1\n2</dd>" in after


def test_what_cannot_be_done_is_not_offered(person: Person, directory: str) -> None:
    """No import of no row, and no correction of a user written by hand, which none would take."""
    path = previewed(person, directory, f"{HEADER}541,wrong,Ada,Byron\n")
    assert "No row of this file can be imported" in text_of(person.get(path))
    assert f'action="{path}/apply"' not in person.get(path).body.decode()
    fields = [("employee_number", "542"), ("email", "wrong"), ("first_name", "Ada")]
    assert person.post(f"/d/{directory}/users/new", [*fields, ("last_name", "B")]).status == 422
    listed = person.get(f"/d/{directory}/imports").body.decode()
    by_hand = re.findall(rf'href="(/d/{directory}/imports/[-0-9a-f]{{36}})"', listed)[0]
    page = person.get(by_hand)
    assert "by hand" in text_of(page)
    assert "1 failed" in text_of(page)
    assert f"{by_hand}/fix" not in page.body.decode()


def test_the_page_of_a_stopped_import_says_which_column_is_missing(
    person: Person, directory: str
) -> None:
    """As the form does that the file was refused with."""
    content = "employee_number,Kontakt,first_name,last_name\n1,k1@example.org,Ada,Byron\n"
    assert person.upload(f"/d/{directory}/imports", content).status == 422
    listed = person.get(f"/d/{directory}/imports").body.decode()
    stopped = re.findall(rf'href="(/d/{directory}/imports/[-0-9a-f]{{36}})"', listed)[0]
    assert "columns are missing: email" in text_of(person.get(stopped))


def test_s40_names_beyond_the_first_200_are_counted_made_and_mapped_at_once(
    person: Person, directory: str
) -> None:
    """S40: of 1,010 places each is counted, and is on one page; all are made with one button."""
    places = [f"Place {number}" for number in range(1_010)]
    rows = "".join(
        f"{6_000 + at},p{at}@example.org,Ada,Byron,{place}\n" for at, place in enumerate(places)
    )
    path = previewed(person, directory, HEADER.replace("\n", ",location\n") + rows)
    seen: list[str] = []
    page = person.get(f"{path}/fix")
    assert "Make all 1,010 locations" in text_of(page)
    while True:
        seen += re.findall(r'value="make:location:([^"]+)"', page.body.decode())
        assert f"to {len(seen):,} of 1,010 names" in text_of(page)
        further = re.findall(r'href="([^"]+)">Further names', page.body.decode())
        if not further:
            break
        page = person.get(further[0])
    assert sorted(seen) == sorted(places)
    given = [("to:location:Place 1", "Place 2"), ("to:location:Place 3", "")]
    mapped = person.post(f"{path}/fix", [("what", "map-all"), *given]).headers["location"]
    assert "1,010 will fail" in text_when_ended(person, mapped), "there is no Place 2 yet"
    assert "Make all 1,009 locations" in text_of(person.get(f"{mapped}/fix"))
    made = person.post(f"{mapped}/fix", [("what", "make-all:location")]).headers["location"]
    assert "1,010 will be created" in text_when_ended(person, made)
    assert person.post(f"{path}/fix", [("what", "make-all:role")]).status == 400
