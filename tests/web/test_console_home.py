"""The first pages of the console: an empty server, the directories, and a new one."""

from pathlib import Path

import pytest

from tests.acceptance.command import at, rollbook
from tests.environment import serving
from tests.web.browser import Site
from tests.web.person import Person, new_directory, signed_in, text_of


def test_an_empty_server_leads_to_its_first_directory(database_url: str, tmp_path: Path) -> None:
    """By links and one form, from signing in to the page that takes a file."""
    with serving(database_url, tmp_path, web_listen="127.0.0.1:0") as server:
        assert server.process.stdout
        said = server.process.stdout.readline()
        person = signed_in(Site(server, said.removeprefix("HTTP on ").strip()))
        first = person.get("/")
        assert "There is no directory yet" in text_of(first)
        assert 'href="/directories/new"' in first.body.decode()
        assert 'action="/directories/new"' in person.get("/directories/new").body.decode()
        made = person.post("/directories/new", [("name", "acme"), ("display_name", "Acme Ltd")])
        assert made.headers["location"] == "/d/acme/directory?done=made"
        there = text_of(person.get(made.headers["location"]))
        assert "Acme Ltd" in there
        assert "The directory is made" in there
        assert person.get("/").headers["location"] == "/d/acme/imports"
        assert 'href="/d/acme/imports/new"' in person.get("/d/acme/imports").body.decode()
        assert 'href="/directories/new"' in person.get("/directories").body.decode()


def test_pages_of_the_server_keep_the_menu_of_the_last_directory(
    site: Site, person: Person
) -> None:
    """As long as the caller may enter it; it is forgotten by signing out."""
    name, other = new_directory(site), new_directory(site)
    pages = ("/tokens", "/plugins", "/profiles", "/directories", "/directories/new")
    for page in pages:
        shown = person.get(page).body.decode()
        assert 'aria-label="Pages of the directory"' not in shown
        assert 'href="/directories" class="place">Directories<' in shown
    seen = person.get(f"/d/{name}/imports")
    assert seen.headers["set-cookie"].startswith(f"__Host-directory={name};")
    assert "set-cookie" not in person.get("/d/nowhere/imports").headers
    back = Person(site, f"{person.cookie}; __Host-directory={name}")
    assert "set-cookie" not in back.get(f"/d/{name}/imports").headers
    for page in pages:
        shown = back.get(page).body.decode()
        for part in ("imports", "users", "directory"):
            assert f'href="/d/{name}/{part}"' in shown
    for last in ("nowhere", "%2F%2Fevil.example", '"><script>'):
        odd = Person(site, f"{person.cookie}; __Host-directory={last}").get("/tokens")
        assert 'aria-label="Pages of the directory"' not in odd.body.decode()
    words = ("tokens", "create", "looker", "--scope", "server:read", "--directory", other)
    made = rollbook(*words, env=at(site.server))
    assert made.code == 0, made.err
    looker = signed_in(site, made.out.strip())
    assert f'title="All directories">{other}</a>' in looker.get("/plugins").body.decode()


@pytest.mark.parametrize("name", ["", "Acme", "a b", "x" * 65, '<script>alert("1")</script>', "é"])
def test_a_name_that_no_directory_has_says_why(person: Person, name: str) -> None:
    """The form again, with what was typed and the reason."""
    refused = person.post("/directories/new", [("name", name), ("display_name", "Kept")])
    assert refused.status == 400
    page = refused.body.decode()
    assert 'role="alert"' in page
    assert 'value="Kept"' in page
    assert "<script>alert" not in page


def test_a_directory_is_made_once_and_by_who_may(site: Site, person: Person) -> None:
    """Others see a grey button, or that their token opens no other directory."""
    name = new_directory(site)
    twice = person.post("/directories/new", [("name", name)])
    assert twice.status == 409
    assert f"{name} is already there" in text_of(twice)
    for scope, offered in (("directories:read", False), ("directories:write", True)):
        words = ("tokens", "create", "looker", "--scope", scope, "--directory", name)
        made = rollbook(*words, env=at(site.server))
        assert made.code == 0, made.err
        looker = signed_in(site, made.out.strip())
        assert ('href="/directories/new"' in looker.get("/directories").body.decode()) is offered
        page = text_of(looker.get("/directories/new"))
        assert ("needs the right directories:write" not in page) is offered
        assert f"Your access token opens only {name}." in page
        assert looker.post("/directories/new", [("name", f"{name}b")]).status == 403
    assert f"{name}b" not in text_of(person.get("/directories"))


def test_a_directory_is_removed_by_its_name_once_it_has_no_users(
    site: Site, person: Person
) -> None:
    """Another name removes nothing, nor does who may only look; users keep a directory there."""
    name, full = new_directory(site), new_directory(site)
    path = f"/d/{name}/directory"
    words = ("tokens", "create", "looker", "--scope", "directories:read", "--directory", name)
    looker = signed_in(site, rollbook(*words, env=at(site.server)).out.strip())
    assert "Remove this directory" in text_of(looker.get(path))
    assert looker.post(path, [("do", "remove"), ("name", name)]).status == 403
    for typed in ("", full, name.upper()):
        refused = person.post(path, [("do", "remove"), ("name", typed)])
        assert (refused.status, f"Type {name} to remove" in text_of(refused)) == (400, True)
    user = [("employee_number", "7"), ("email", "a@example.org"), ("first_name", "Ada")]
    made = person.post(f"/d/{full}/users/new", [*user, ("last_name", "Byron")])
    assert made.status == 303, text_of(made)
    refused = person.post(f"/d/{full}/directory", [("do", "remove"), ("name", full)])
    assert (refused.status, "1 user" in text_of(refused)) == (409, True)
    done = person.post(path, [("do", "remove"), ("name", name)])
    assert done.status == 303, text_of(done)
    shown = text_of(person.get(done.headers["location"]))
    assert "The directory is removed." in shown
    assert name not in shown
    assert full in shown
    assert person.get(path).status == 404
