"""The console's pages of a directory, of tokens, plugins and profiles, by plain requests."""

import re
import uuid

import pytest

from tests.acceptance.command import at, rollbook
from tests.web.browser import Answered, Site
from tests.web.person import Person, signed_in

_ODD = '<script>alert("1")</script>'


@pytest.fixture(scope="module")
def directory(site: Site) -> str:
    """A directory of these tests' own."""
    name = f"d{uuid.uuid4().hex[:12]}"
    made = rollbook("directories", "add", name, env=at(site.server))
    assert made.code == 0, made.err
    return name


@pytest.fixture(scope="module")
def person(site: Site) -> Person:
    """The administrator."""
    return signed_in(site)


@pytest.fixture(scope="module")
def reader(site: Site, directory: str) -> Person:
    """Who may look at the directory, and change nothing."""
    scope = ("--scope", "directories:read")
    made = rollbook(
        *("tokens", "create", "looker", *scope, "--directory", directory), env=at(site.server)
    )
    assert made.code == 0, made.err
    return signed_in(site, made.out.strip())


def _text(answer: Answered) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.body.decode()))


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"do": "name", "display_name": "Leeds", "default_role": "Standard"}, 'value="Leeds"'),
        ({"do": "seats", "seats": "77"}, 'name="seats" inputmode="numeric" value="77"'),
        (
            {"do": "safeguards", "max_suspended": "12"},
            'name="max_suspended" inputmode="numeric" value="12"',
        ),
        (
            {"do": "mails", "notice": "SUSPENDED", "notices_per_minute": "9"},
            'value="SUSPENDED" checked',
        ),
        ({"do": "passwords", "password_min_length": "16"}, 'required value="16"'),
        ({"do": "source", "source": "payroll", "principal": "hr"}, "<dt>payroll</dt><dd>hr</dd>"),
    ],
    ids=lambda value: value["do"] if isinstance(value, dict) else "",
)
def test_each_group_of_settings_is_set(
    person: Person, reader: Person, directory: str, fields: dict[str, str], shown: str
) -> None:
    """By its own form; who may only look is shown a grey button, and refused all the same."""
    path = f"/d/{directory}/directory"
    assert reader.post(path, [*fields.items()]).status == 403
    assert person.post(path, [*fields.items()]).headers["location"] == f"{path}?done=1"
    page = reader.get(path).body.decode()
    assert shown in page
    assert "needs the right directories:write" in page


@pytest.mark.parametrize(
    "fields",
    [
        {"do": "seats", "seats": "many"},
        {"do": "seats", "seats": "-1"},
        {"do": "passwords", "password_min_length": "4"},
        {"do": "safeguards", "max_role_percent": "101"},
        {"do": "name", "default_role": "nothing"},
        {"do": "source"},
        {"do": "gone"},
        {},
    ],
)
def test_a_setting_that_cannot_be_says_why(
    person: Person, directory: str, fields: dict[str, str]
) -> None:
    """The page again, with a reason."""
    answer = person.post(f"/d/{directory}/directory", [*fields.items()])
    assert 400 <= answer.status < 500
    assert 'role="alert"' in answer.body.decode()


@pytest.mark.parametrize("kind", ["roles", "locations", "units"])
def test_names_are_made_changed_and_removed(person: Person, directory: str, kind: str) -> None:
    """S40: with aliases, a line each; a name that is markup is shown as it is."""
    path = f"/d/{directory}/directory/{kind}"
    made = person.post(path, [("do", "add"), ("name", _ODD), ("aliases", "One\nTwo\n")])
    assert made.status == 303, _text(made)
    page = person.get(path).body.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    twice = person.post(path, [("do", "add"), ("name", _ODD)])
    assert twice.status in {400, 409}
    saved = person.post(path, [("do", "save"), ("was", _ODD), ("name", "Plain"), ("aliases", "")])
    assert saved.status == 303, _text(saved)
    assert "Plain" in _text(person.get(path))
    assert person.post(path, [("do", "remove"), ("was", "Plain")]).status == 303
    assert "Plain" not in _text(person.get(path))
    header = "name\n"
    loaded = person.post(path, [("do", "load"), ("csv", f"{header}North\nSouth\n")])
    assert "2 made" in _text(loaded)
    assert person.post(path, [("do", "load"), ("csv", "nothing\n")]).status in {400, 422}


def test_there_is_no_other_kind_of_names(person: Person, directory: str) -> None:
    assert person.get(f"/d/{directory}/directory/cats").status == 404


def test_a_token_is_made_shown_once_and_revoked(site: Site, person: Person, directory: str) -> None:
    """P50: its clear text is in one answer, and neither in the list nor in the log."""
    fields = [("do", "create"), ("principal", "desk"), ("directory", directory)]
    assert person.post("/tokens", fields).status == 400  # no right is ticked
    assert person.post("/tokens", [*fields[:2], ("scope", "users:read")]).status == 400
    made = person.post("/tokens", [*fields, ("scope", "users:read")]).body.decode()
    [secret] = re.findall(r"<code>(rollbook_[^<]+)</code>", made)
    listed = person.get("/tokens").body.decode()
    assert secret not in listed
    assert secret not in site.server.log.read_text()
    desk = signed_in(site, secret)
    assert "needs the right tokens:write" in _text(desk.get("/tokens"))
    token_id = max(map(int, re.findall(r'name="token_id" value="(\d+)"', listed)))
    person.post("/tokens", [("do", "revoke"), ("token_id", str(token_id))])
    assert desk.get("/tokens").headers["location"].startswith("/sign-in")


def test_nobody_gives_more_than_they_have(reader: Person, directory: str) -> None:
    """P51: neither by the form nor around it."""
    fields = [
        ("do", "create"),
        ("principal", "x"),
        ("scope", "users:write"),
        ("directory", directory),
    ]
    assert reader.post("/tokens", fields).status == 403


def test_plugins_and_profiles_are_shown(person: Person, reader: Person) -> None:
    """Profiles to everybody; plugins to who may see them."""
    assert "employee_number" in _text(reader.get("/profiles"))
    assert "max_rows" in _text(reader.get("/profiles"))
    assert person.get("/plugins").status == 200
    assert reader.get("/plugins").status == 403
