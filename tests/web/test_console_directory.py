"""The console's pages of a directory, of plugins and profiles, by plain requests."""

import re

import pytest
from starlette.routing import Route

from rollbook.client import Client
from rollbook.v1.notices_pb2 import NoticeEvent
from rollbook.web import site as web
from rollbook.web.console.directory import EVENTS
from rollbook.web.console.routes import console_routes
from tests.acceptance.command import at, rollbook
from tests.web.browser import Site, form
from tests.web.person import Person, new_directory, signed_in, text_of

_OF = {"mails": "/notices", "source": "/sources"}
"""Groups of settings that have a page of their own."""
_ODD = '<script>alert("1")</script>'


@pytest.fixture(scope="module")
def directory(site: Site) -> str:
    """A directory of these tests' own."""
    return new_directory(site)


@pytest.fixture(scope="module")
def reader(site: Site, directory: str) -> Person:
    """Who may look at the directory, and change nothing."""
    scope = ("--scope", "directories:read")
    made = rollbook(
        *("tokens", "create", "looker", *scope, "--directory", directory), env=at(site.server)
    )
    assert made.code == 0, made.err
    return signed_in(site, made.out.strip())


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
        ({"do": "seats", "seats": "999999999999"}, 'inputmode="numeric" value="999999999999"'),
        ({"do": "source", "source": "payroll", "principal": "hr"}, 'aria-label="Owner of payroll"'),
    ],
    ids=lambda value: "-".join(value.values()) if isinstance(value, dict) else "",
)
def test_each_group_of_settings_is_set(
    person: Person, reader: Person, directory: str, fields: dict[str, str], shown: str
) -> None:
    """By its own form; who may only look is shown a grey button, and refused all the same."""
    path = f"/d/{directory}/directory{_OF.get(fields['do'], '')}"
    assert reader.post(path, [*fields.items()]).status == 403
    assert person.post(path, [*fields.items()]).headers["location"] == f"{path}?done=1"
    page = reader.get(path).body.decode()
    assert shown in page
    assert "needs the right directories:write" in page
    if fields["do"] == "passwords":
        assert "At least 16 characters" in text_of(person.get(path))
        assert "At most 128 characters" in text_of(person.get(path))


@pytest.mark.parametrize(
    "fields",
    [
        {"do": "seats", "seats": "many"},
        {"do": "seats", "seats": "-1"},
        {"do": "passwords", "password_min_length": "4"},
        {"do": "safeguards", "max_role_percent": "101"},
        {"do": "name", "default_role": "nothing"},
        {"do": "seats", "seats": "9" * 30},
        {"do": "mails", "notices_per_minute": "9" * 10},
        {"do": "mails", "notice": "INVITED"},
        {"do": "mails", "notice": "_"},
        {"do": "source"},
        {"do": "gone"},
        {},
    ],
)
def test_a_setting_that_cannot_be_says_why(
    person: Person, directory: str, fields: dict[str, str]
) -> None:
    """The page again, with a reason."""
    path = f"/d/{directory}/directory{_OF.get(fields.get('do', ''), '')}"
    answer = person.post(path, [*fields.items()])
    assert 400 <= answer.status < 500
    assert 'role="alert"' in answer.body.decode()


@pytest.mark.parametrize("kind", ["roles", "locations", "units"])
def test_names_are_made_changed_and_removed(person: Person, directory: str, kind: str) -> None:
    """With aliases, a line each; a name that is markup is shown as it is."""
    path = f"/d/{directory}/directory/{kind}"
    made = person.post(path, [("do", "add"), ("name", _ODD), ("aliases", "One\nTwo\n")])
    assert made.status == 303, text_of(made)
    page = person.get(path).body.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    twice = person.post(path, [("do", "add"), ("name", f" {_ODD}"), ("aliases", "Kept")])
    assert twice.status == 409
    page = twice.body.decode()
    assert page.count('value="&lt;script&gt;') == 4, "what was typed, and what is there"
    assert ("Kept" in page) is (kind != "units")
    saved = person.post(path, [("do", "save"), ("was", _ODD), ("name", "Plain"), ("aliases", "")])
    assert saved.status == 303, text_of(saved)
    assert "Plain" in text_of(person.get(path))
    assert person.post(path, [("do", "remove"), ("was", "Plain")]).status == 303
    assert "Plain" not in text_of(person.get(path))
    refused = person.post(path, [("do", "save"), ("was", "gone"), ("name", "Plain")])
    assert refused.status == 404
    assert person.post(path, [("do", "gone")]).status == 400


@pytest.mark.parametrize("kind", ["roles", "locations", "units"])
def test_names_are_loaded_from_a_file_and_paged(person: Person, directory: str, kind: str) -> None:
    """All of a file or none; then a page holds a hundred, and any of them is found."""
    path = f"/d/{directory}/directory/{kind}"
    names = [f"{kind}-{number:04}" for number in range(150)]
    loaded = person.upload(path, "name\n" + "\n".join(names))
    assert "150 made, 0 were there" in text_of(loaded)
    assert person.upload(path, "name\nnew\n" + "x" * 300).status in {400, 422}
    shown = person.get(path).body.decode()
    [further] = re.findall(r'href="([^"]+)">Further', shown)
    second = person.get(further).body.decode()
    assert "Further" not in second
    assert [name for name in names if name in shown and name in second] == []
    assert [name for name in names if name not in shown + second] == []
    fields = [("do", "save"), ("was", names[-1]), ("name", f"{names[-1]}b")]
    assert person.post(further, fields).headers["location"] == further
    found = person.get(f"{path}?name={names[70]}")
    assert names[70] in text_of(found)
    assert names[71] not in text_of(found)
    for query in ("name=new", "page=none", f"name={'x' * 300}"):
        gone = person.get(f"{path}?{query}")
        assert gone.status in {400, 404}
        assert 'role="alert"' in gone.body.decode()


def test_a_file_of_names_that_cannot_be_is_refused_with_a_page(
    person: Person, reader: Person, directory: str
) -> None:
    """Up to 1 MiB, of whoever may; lines that are typed count where no file is chosen."""
    path = f"/d/{directory}/directory/units"
    typed = form(b"", {"csv": "name\nTyped\n"}, head='name="file"; filename=""')
    assert "1 made" in text_of(person.send(path, typed))
    chosen = person.upload(path, "name\nChosen\n", ("csv", "name\nNot taken\n"))
    assert "1 made" in text_of(chosen)
    assert "Not taken" not in text_of(chosen)
    large = person.upload(path, "name\n" + "x" * (3 << 20))
    assert large.status == 400
    assert "larger than 1 MiB" in text_of(large)
    for content in ("", "nothing\n", "name\nTwo\nTyp\0ed\n"):
        refused = person.upload(path, content)
        assert refused.status in {400, 422}, content
        assert 'role="alert"' in refused.body.decode()
    assert person.upload(path, "name\n" + "x" * 20_000, ("csv", "x" * 20_000)).status == 400
    assert "Two" not in text_of(person.get(path))
    assert reader.upload(path, "name\nNo\n").status == 403
    assert "needs the right directories:write" in text_of(reader.get(path))


def test_who_gives_no_privileged_role_changes_none(
    site: Site, person: Person, directory: str
) -> None:
    """Its buttons are grey and say why; to name the directory needs no such right."""
    scopes = ("--scope", "directories:read", "--scope", "directories:write")
    made = rollbook(
        *("tokens", "create", "clerk", *scopes, "--directory", directory), env=at(site.server)
    )
    assert made.code == 0, made.err
    clerk = signed_in(site, made.out.strip())
    path, settings = f"/d/{directory}/directory/roles?name=admin", f"/d/{directory}/directory"
    page = clerk.get(path).body.decode()
    assert 'value="1" checked disabled' in page
    assert page.count("needs the right roles:privileged") == 4, "two boxes, two buttons"
    assert "needs the right" not in person.get(path).body.decode()
    save = [("do", "save"), ("was", "admin"), ("name", "admin"), ("aliases", "boss")]
    assert clerk.post(path, save).status == 403
    role = [("do", "name"), ("display_name", "North"), ("default_role", "admin")]
    assert clerk.post(settings, role).status == 403
    assert person.post(settings, role).status == 303
    named = [("do", "name"), ("display_name", "West"), ("default_role", "admin")]
    assert clerk.post(settings, [*named, ("was_role", "admin")]).status == 303
    assert 'value="West"' in clerk.get(settings).body.decode()
    back = [("do", "name"), ("display_name", "West"), ("default_role", "Standard")]
    assert person.post(settings, back).status == 303


def test_each_event_that_is_offered_can_be_chosen(person: Person, directory: str) -> None:
    """And no other: the rest are written with their mail, and refused as a setting."""
    path = f"/d/{directory}/directory/notices"
    offered = re.findall(r'name="notice" value="(\w+)"', person.get(path).body.decode())
    assert offered == EVENTS
    chosen = [("do", "mails"), *(("notice", event) for event in offered)]
    assert person.post(path, chosen).status == 303
    assert person.get(path).body.decode().count(" checked") == len(offered)
    for number in NoticeEvent.values():
        event = NoticeEvent.Name(number).removeprefix("NOTICE_EVENT_")
        taken = person.post(path, [("do", "mails"), ("notice", event)]).status == 303
        assert taken is (event in offered)


async def test_no_form_is_taken_from_another_site(person: Person) -> None:
    """CSRF: each address that takes a form, as the routes list them, also one with a file."""
    routes = console_routes(web.Site(lambda token: Client("127.0.0.1:1", token)))
    paths = {
        re.sub(r"\{[^}]+\}", "units", route.path.replace("{directory}", "main"))
        for route in routes
        if isinstance(route, Route) and "POST" in (route.methods or ())
    }
    assert {"/tokens", "/d/main/directory", "/d/main/directory/sources"} < paths
    for path in sorted(paths):
        for headers in ({"origin": "https://evil.example"}, {"origin": ""}):
            for answer in (
                person.post(path, [("do", "x")], **headers),
                person.upload(path, "", **headers),
            ):
                assert answer.status == 403, path
                assert "not sent from a page of this site" in text_of(answer), path


def test_there_is_no_other_kind_of_names(person: Person, directory: str) -> None:
    assert person.get(f"/d/{directory}/directory/cats").status == 404


def test_plugins_and_profiles_are_shown(person: Person, reader: Person) -> None:
    """Profiles to everybody; plugins to who may see them."""
    assert "employee_number" in text_of(reader.get("/profiles"))
    assert "max_rows" in text_of(reader.get("/profiles"))
    assert person.get("/plugins").status == 200
    assert reader.get("/plugins").status == 403


def test_the_owner_of_a_source_is_changed_and_taken_away(person: Person, directory: str) -> None:
    """In the line of the source; others stay."""
    path = f"/d/{directory}/directory/sources"
    for source, owner in (("alpha", "hr"), ("beta", "it"), ("alpha", "desk"), ("beta", "")):
        given = [("do", "source"), ("source", source), ("principal", owner)]
        assert person.post(path, given).status == 303
    page = person.get(path).body.decode()
    assert re.findall(r'aria-label="Owner of (alpha|beta)"', page) == ["alpha"]
    assert 'value="desk" aria-label="Owner of alpha"' in page
