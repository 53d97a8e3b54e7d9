"""The console's pages of users by plain requests: found, shown, changed, made, invited."""

import asyncio
import html
import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from rollbook.client import Client
from tests.acceptance.command import Said, at, rollbook
from tests.acceptance.getting_in import sending
from tests.acceptance.post import PLUGIN
from tests.environment import Cluster, serving
from tests.web.browser import HEADER, Answered, Site, users
from tests.web.person import Person, cookie_of, signed_in, text_of

_HOSTILE = '<script>alert("x")</script>'
_NEW = [
    ("employee_number", "7"),
    ("email", "ada@example.org"),
    ("first_name", "Ada"),
    ("last_name", "Byron"),
]
_PASSWORD = "four silver kettles hum"
_RIGHTS = {
    "users:write": ("save", "suspend", "reactivate", "locks", "sources"),
    "credentials:write": ("password", "details"),
    "credentials:verify": ("reset",),
    "notifications:send": ("invite",),
}
"""The forms of a user's page by the right that each needs."""


@pytest.fixture(scope="module")
async def mailing_url(cluster: Cluster) -> str:
    """The address of a database of this module's own."""
    return await cluster.new_database()


@pytest.fixture(scope="module")
def site(mailing_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """HTTP in front of a server that has what mails need."""
    folder = tmp_path_factory.mktemp("users")
    more = {"plugins": PLUGIN, "test_notices": folder, "web_listen": "127.0.0.1:0"}
    with serving(mailing_url, folder, **more, **sending(folder)) as server:
        assert server.process.stdout
        said = server.process.stdout.readline()
        yield Site(server, said.removeprefix("HTTP on ").strip())


@pytest.fixture
def directory(site: Site) -> str:
    """A directory of the test's own."""
    name = f"d{uuid.uuid4().hex[:12]}"
    _run(site, "directories", "add", name)
    return name


def _run(site: Site, *words: str) -> Said:
    said = rollbook(*words, env=at(site.server))
    assert said.code == 0, said.err
    return said


def _with_rights(site: Site, directory: str, *scopes: str) -> Person:
    rights = [word for scope in scopes for word in ("--scope", scope)]
    where = ("--directory", directory)
    return signed_in(site, _run(site, "tokens", "create", "some", *rights, *where).out.strip())


def _text(answer: Answered) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.body.decode())))


def _main(answer: Answered) -> str:
    return answer.body.decode().partition("<main")[2]


def _listed(person: Person, directory: str, query: str = "") -> list[str]:
    """The numbers on a page of the list, in order."""
    answer = person.get(f"/d/{directory}/users{query}")
    assert answer.status == 200, _text(answer)
    rows = re.findall(r'<th scope="row"><a href="[^"]*">([^<]*)</a>', answer.body.decode())
    return [html.unescape(row) for row in rows]


def _imported(person: Person, directory: str, content: str) -> str:
    """Upload a file and import all of it; the id of the import."""
    path = person.upload(f"/d/{directory}/imports", content).headers["location"]
    assert person.post(f"{path}/apply", [("what", "all")]).status == 303
    assert "completed" in _text(person.get(path))
    return path.rpartition("/")[2]


def _shown(answer: Answered) -> list[tuple[str, str]]:
    """What the form of the fields would send, were nothing typed."""
    form = answer.body.decode().partition('value="save"')[2].partition("</form>")[0]
    inputs = re.findall(r'<input [^>]*name="([^"]*)"(?: value="([^"]*)")?', form)
    chosen = re.search(r'name="change_[^"]*"[^>]*>.*?value="(.)" selected', form, re.DOTALL)
    marks = [("change_password_next_time", chosen[1])] if chosen else []
    return [(name, html.unescape(value)) for name, value in inputs] + marks


def _saved(person: Person, path: str, **typed: str) -> Answered:
    """Open the page, type into fields of it, and save."""
    shown = dict(_shown(person.get(path))) | {n.replace("__", "."): v for n, v in typed.items()}
    return person.post(path, [("do", "save"), *shown.items()])


def test_s78_a_user_is_made_by_hand_and_found(person: Person, directory: str) -> None:
    """S78: by the rules of an import; the form again, with what is wrong beside its field."""
    path = f"/d/{directory}/users"
    assert person.get(f"{path}/new").status == 200
    wrong = [*_NEW[:1], ("email", "wrong"), ("first_name", _HOSTILE), ("attributes.badge", "B1")]
    again = person.post(f"{path}/new", wrong)
    assert again.status == 422
    page = again.body.decode()
    assert re.search(r'name="email" value="wrong"[^>]* aria-invalid="true"', page)
    assert not re.search(r'name="username"[^>]*aria-invalid', page)
    assert "is not valid" in _text(again)
    assert (_HOSTILE in page, html.escape(_HOSTILE).replace("&quot;", "&#34;") in page) == (
        False,
        True,
    )
    assert 'name="attributes.badge" value="B1"' in page
    made = person.post(f"{path}/new", [*_NEW, ("new_attribute", "badge"), ("new_value", "B2")])
    assert made.headers["location"] == f"{path}/7?done=created"
    seen = person.get(made.headers["location"])
    assert "The user is created." in _text(seen)
    assert ("attributes.badge", "B2") in _shown(seen)
    assert _listed(person, directory) == ["7"]
    twice = person.post(f"{path}/new", _NEW)
    assert (twice.status, "already" in _text(twice)) == (422, True)


def test_a_form_that_is_sent_twice_makes_one_user(person: Person, directory: str) -> None:
    """The form has an id of its own; a further form has another."""
    path = f"/d/{directory}/users/new"
    ids = [re.search(r'name="request_id" value="(.+?)"', _main(person.get(path))) for _ in "12"]
    assert ids[0]
    assert ids[1]
    assert ids[0][1] != ids[1][1]
    fields = [*_NEW, ("request_id", ids[0][1])]
    assert [person.post(path, fields).status for _ in "12"] == [303, 303]
    assert _listed(person, directory) == ["7"]


def test_s75_users_are_found_by_each_condition(site: Site, person: Person, directory: str) -> None:
    """S75, S76: text, import, times, role, place, status; a day "until" is included."""
    _run(site, "locations", "add", "Paris", "--directory", directory)
    _run(site, "units", "add", "Engines", "--directory", directory)
    header = f"{HEADER.strip()},role,location,organizational_unit\n"
    content = f"{header}1,u1@example.org,Ada,Byron,admin,Paris,Engines\n"
    first = _imported(person, directory, f"{content}2,u2@example.org,Élodie,Ünal,,,\n")
    _imported(person, directory, users(3))
    person.post(f"/d/{directory}/users/2", [("do", "suspend")])
    today = datetime.now(UTC).date()
    tomorrow = today + timedelta(1)
    expected = {
        "": ["1", "2", "3"],
        "?text=by": ["1", "3"],
        f"?text={quote('élodie ünal')}": ["2"],
        "?text=U3@example.org": ["3"],
        f"?import={first}": ["1", "2"],
        f"?import={first}&text=ada": ["1"],
        "?role=admin": ["1"],
        "?location=paris": ["1"],
        "?unit=engines": ["1"],
        "?status=suspended": ["2"],
        "?status=active": ["1", "3"],
        f"?created_from={today - timedelta(1)}&created_until={tomorrow}": ["1", "2", "3"],
        f"?created_from={tomorrow}": [],
        f"?updated_until={today - timedelta(1)}": [],
        "?text=&role=&import=&created_from=": ["1", "2", "3"],
    }
    assert {query: sorted(_listed(person, directory, query)) for query in expected} == expected
    in_utc = person.get(f"/d/{directory}/users?created_from={today}")  # as without scripts
    assert "Days begin and end at midnight UTC." in _text(in_utc)
    choices = _main(person.get(f"/d/{directory}/users"))
    assert '<option value="Paris">' in choices
    assert '<option value="Engines">' in choices


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("?role=none", "no role"),
        ("?location=none", "no location"),
        ("?unit=none", "no organizational unit"),
        ("?import=wrong", "no id of an import"),
        ("?created_from=yesterday", "is not a date"),
        ("?updated_until=9999-12-31", "is not a date"),
        ("?page=wrong", "not there any more"),
        ("?text=%00", "text"),
        (f"?text={'x' * 201}", "text"),
        (f"?text={quote(_HOSTILE)}&role=none", "no role"),
    ],
)
def test_a_wrong_condition_is_named_and_shown_again(
    person: Person, directory: str, query: str, why: str
) -> None:
    """The filters stay, to be corrected; what was typed is text on the page, and nothing else."""
    answer = person.get(f"/d/{directory}/users{query}")
    assert answer.status in {400, 404}
    assert why in _text(answer)
    assert 'name="created_from"' in answer.body.decode()
    assert "<script>alert" not in answer.body.decode()


def test_many_users_are_paged(person: Person, directory: str) -> None:
    """Fifty a page; the conditions stay on the next."""
    _imported(person, directory, users(*range(1, 121)))
    seen: list[str] = []
    query = "?text=u"
    for _ in range(3):
        seen += _listed(person, directory, query)
        page = person.get(f"/d/{directory}/users{query}").body.decode()
        further = re.search(r'href="[^"]*(\?[^"]*)">Further users', page)
        query = html.unescape(further[1]) if further else ""
    assert query == ""
    assert sorted(map(int, seen)) == list(range(1, 121))


def test_fields_are_changed_and_cleared_and_what_others_changed_stays(
    person: Person, directory: str
) -> None:
    """Only what was typed is written, though the page was opened before another's change."""
    person.post(f"/d/{directory}/users/new", [*_NEW, ("phone", "123456"), ("attributes.x", "1")])
    path = f"/d/{directory}/users/7"
    opened = dict(_shown(person.get(path)))
    assert _saved(person, path, department="D").status == 303
    typed = {"job_title": "Analyst", "phone": "", "attributes.x": ""}
    done = person.post(path, [("do", "save"), *(opened | typed).items()])
    assert done.headers["location"] == f"{path}?done=saved"
    now = dict(_shown(person.get(path)))
    assert (now["job_title"], now["phone"], now["department"]) == ("Analyst", "", "D")
    assert not now.get("attributes.x")
    assert _saved(person, path).headers["location"] == f"{path}?done=nothing"
    refused = _saved(person, path, email="wrong", job_title="Kept")
    assert refused.status == 422
    assert re.search(r'name="email" value="wrong"[^>]*aria-invalid', refused.body.decode())
    assert 'value="Kept"' in refused.body.decode()
    assert dict(_shown(person.get(path)))["job_title"] == "Analyst"
    person.post(path, [("do", "locks"), ("role", "1")])
    warned = _saved(person, path, role="admin", department="E")
    assert warned.status == 200
    assert "lock" in _text(warned).partition("Role")[2]
    assert dict(_shown(person.get(path)))["department"] == "E"


def test_the_history_shows_each_field_by_who_changed_it(person: Person, directory: str) -> None:
    """Newest first: what it was and is, by which import; markup is text."""
    path = f"/d/{directory}/users"
    cells = [("employee_number", "77"), ("email", "u77@example.org"), ("first_name", "Ada")]
    made = person.post(f"{path}/new", [*cells, ("last_name", "<b>Byron</b>")])
    assert made.status == 303, made.body.decode()
    rollbook(*("users", "suspend", "77", "--directory", directory), env=at(person.site.server))
    page = person.get(f"{path}/77").body.decode()
    history = page[page.index(">History</h2>") :]
    assert history.index("suspended") < history.index("created")
    assert "<ins>u77@example.org</ins>" in history
    assert "<del>active</del> → <ins>suspended</ins>" in history
    assert "&lt;b&gt;Byron&lt;/b&gt;" in history
    assert "admin" in history
    of_status = person.get(f"{path}/77?field=status").body.decode().partition(">History<")[2]
    assert '<option value="status" selected>' in of_status
    assert "<del>active</del> → <ins>suspended</ins>" in of_status
    assert "u77@example.org" not in of_status
    for odd in ("phone", "attributes.none", "<b>"):
        answer = person.get(f"{path}/77?field={quote(odd)}")
        assert "There are no such changes" in text_of(answer), odd


def test_what_is_no_field_is_not_written(person: Person, directory: str) -> None:
    """A form cannot reach what only the service sets, nor another user."""
    for number in ("7", "8"):
        fields = [("employee_number", number), ("email", f"u{number}@example.org"), *_NEW[2:]]
        person.post(f"/d/{directory}/users/new", fields)
    path = f"/d/{directory}/users/7"
    more = {"employee_number": "8", "status": "x", "version": "9", "password": "x" * 20}
    assert (
        person.post(path, [("do", "save"), *more.items()]).headers["location"].endswith("nothing")
    )
    assert person.post(path, [("do", "remove")]).status == 400
    assert person.post(path).status == 400


def test_status_locks_and_sources_are_set(person: Person, directory: str) -> None:
    """Each form, and what the page says then; a tick that is taken away unlocks."""
    person.post(f"/d/{directory}/users/new", _NEW)
    path = f"/d/{directory}/users/7"

    def done(do: str, *fields: tuple[str, str]) -> str:
        answer = person.post(path, [("do", do), *fields])
        assert answer.status == 303, _text(answer)
        return _main(person.get(answer.headers["location"]))

    assert "Suspended by hand" in done("suspend")
    assert "suspended by hand" not in done("reactivate").lower()
    ticked = done("locks", ("role", "1"), ("protected", "1"))
    assert ticked.count(" checked> ") == 3  # and the one about a new password
    assert "<dt>lock of the role</dt><dd><del>no</del> → <ins>yes</ins></dd>" in ticked
    # A page that was shown before the role was locked says nothing of that lock.
    assert done("locks", ("was.protected", "1")).count(" checked> ") == 2
    shown = (("was.role", "1"), ("was.protected", "0"))
    assert done("locks", *shown).count(" checked> ") == 1
    assert ">hr\ncrm</textarea>" in done("sources", ("sources", " hr \r\n\r\ncrm\r\n"))
    assert '"about-sources"></textarea>' in done("sources", ("sources", ""))
    refused = person.post(path, [("do", "sources"), ("sources", "by hand")])
    assert (refused.status, "cannot be" in _text(refused)) == (400, True)


def test_passwords_are_set_and_never_shown(person: Person, directory: str) -> None:
    """Both must be the same; a weak one is refused with each rule; mails are asked for."""
    person.post(f"/d/{directory}/users/new", _NEW)
    path = f"/d/{directory}/users/7"
    page = person.get(path)
    assert "none: the user cannot sign in" in _text(page)
    assert "15" in _main(page).partition('id="rules"')[2].partition("</p>")[0]
    differing = [("do", "password"), ("password", _PASSWORD), ("again", "x")]
    answers = [person.post(path, differing)]
    assert (answers[0].status, "differ" in _text(answers[0])) == (422, True)
    answers += [person.post(path, [("do", "password"), ("password", "ada"), ("again", "ada")])]
    assert (answers[1].status, "fewer than 15" in _text(answers[1])) == (422, True)
    invited = person.post(path, [("do", "invite"), ("kind", "link")])
    assert invited.headers["location"] == f"{path}?done=invited"
    assert "invited" in _text(person.get(path))
    again = person.post(path, [("do", "invite")])
    assert (again.status, "within 24 hours" in _text(again)) == (409, True)
    assert person.post(path, [("do", "reset")]).headers["location"].endswith("reset")
    assert person.post(path, [("do", "details")]).headers["location"].endswith("details")
    same = [("do", "password"), ("password", _PASSWORD), ("again", _PASSWORD), ("must_change", "1")]
    assert person.post(path, same).headers["location"] == f"{path}?done=password"
    answers += [person.get(path)]
    assert "must be changed at the next login" in _text(answers[-1])
    person.post(path, same[:-1])
    answers += [person.get(path)]
    assert "Password set" in _text(answers[-1])
    assert all(_PASSWORD not in answer.body.decode() for answer in answers)


def test_a_user_gets_rights_and_signs_in_by_the_password(
    site: Site, person: Person, directory: str
) -> None:
    """P51: those that are ticked, in this directory alone, until they are revoked."""
    person.post(f"/d/{directory}/users/new", _NEW)
    path = f"/d/{directory}/users/7"
    grant = [("do", "grant"), ("principal", ""), ("expires", "")]
    for wrong in ([], [("scope", "users:read"), ("expires", "2020-01-31")], [("scope", "all")]):
        refused = person.post(path, [*wrong, *grant])
        assert refused.status == 400, _text(refused)
    password = [("do", "password"), ("password", _PASSWORD), ("again", _PASSWORD)]
    assert person.post(path, password).status == 303
    entry = [("directory", directory), ("name", "ada@example.org"), ("password", _PASSWORD)]
    assert Person(site).post("/sign-in", entry).status != 303
    done = person.post(path, [*grant, ("scope", "users:read")])
    assert done.headers["location"] == f"{path}?done=granted", _text(done)
    assert re.search("Until .* the user has users:read", _text(person.get(path)))
    entered = Person(site).post("/sign-in", entry)
    assert entered.status == 303, _text(entered)
    user = Person(site, cookie_of(entered))
    assert user.get(path).status == 200
    assert user.get(f"/d/{directory}/imports").status == 403
    assert "needs the right tokens:write" in _text(user.get(path))
    assert user.post(path, [*grant, ("scope", "users:read")]).status == 403
    maker = _with_rights(site, directory, "tokens:write", "users:read")
    assert "needs the right principals:write" in _text(maker.get(path))
    listed = person.get(f"/tokens?whose={quote(f'{directory}/7')}").body.decode()
    [token_id] = re.findall(r'name="token_id" value="(\d+)"', listed)
    person.post("/tokens", [("do", "revoke"), ("token_id", token_id)])
    assert "the user has users:read" not in _text(person.get(path))
    assert user.get(path).headers["location"].startswith("/sign-in")


def test_s55_whom_an_import_created_are_invited_at_once(person: Person, directory: str) -> None:
    """S55, S58: a count first, and nobody mailed by it; then all; who was left out, and why."""
    import_id = _imported(person, directory, users(1, 2, 3))
    person.post(f"/d/{directory}/users/3", [("do", "suspend")])
    path = f"/d/{directory}/users?import={import_id}"
    assert "Show these users" in _text(person.get(f"/d/{directory}/imports/{import_id}"))
    page = person.get(path)
    assert "Count them first" in _text(page)
    assert "has to set up" not in _text(page) + _text(person.get(f"/d/{directory}/users/1"))
    for _ in "12":
        counted = _text(person.get(f"{path}&invite=link"))
        assert "2 would be invited; 1 left out: suspended" in counted
    sent = _text(person.post(path, [("kind", "link")]))
    assert "2 invited; 1 left out: suspended" in sent
    assert "0 would be invited" in _text(person.get(f"{path}&invite="))
    assert person.post(f"/d/{directory}/users").status == 400
    assert person.post(f"/d/{directory}/users?import={uuid.uuid4()}").status in {403, 404}


def test_older_changes_of_a_user_are_shown_too(site: Site, person: Person, directory: str) -> None:
    """All of them, back to the creation, by the link below the newest."""
    _imported(person, directory, users(1))
    asyncio.run(_suspended_often(site, directory, 60))
    path = f"/d/{directory}/users/1"
    first = person.get(path).body.decode()
    [older] = re.findall(r'href="([^"#]+)#history">Older changes', first)
    rest = person.get(html.unescape(older)).body.decode()
    assert ("Older changes" in rest, "Newest changes" in rest) == (False, True)
    count = r'<span class="state (?:suspended|reactivated|created)[^"]*">'
    assert len(re.findall(count, first.partition(">History<")[2])) == 50
    assert len(re.findall(count, rest.partition(">History<")[2])) == 11
    for odd in ("x", "-1", "9" * 30, "0"):
        assert "not there any more" in _text(person.get(f"{path}?changes={odd}"))
    of_status = person.get(f"{path}?field=status").body.decode()
    assert len(re.findall(count, of_status.partition(">History<")[2])) == 50
    of_email = person.get(f"{path}?field=email").body.decode()
    assert len(re.findall(count, of_email.partition(">History<")[2])) == 1
    assert "There are no such changes" in _text(person.get(f"{path}?field=department"))


async def _suspended_often(site: Site, directory: str, times: int) -> None:
    """Suspend the user 1 and reactivate them, in turn."""
    async with Client(site.server.address, site.server.token) as client:
        for turn in range(times):
            act = client.users.reactivate if turn % 2 else client.users.suspend
            await act(directory, employee_number="1")


@pytest.mark.parametrize(
    ("number", "shown"),
    [("a/b/suspend", None), ("a@b.c+d_e-f", None), ("x" * 64, None), ("new", "by=id"), ("New", "")],
)
def test_every_number_has_a_page(
    person: Person, directory: str, number: str, shown: str | None
) -> None:
    """Slashes are part of it; `new` is the form's address, and found by the id."""
    fields = [("employee_number", number), ("email", "a@example.org"), *_NEW[2:]]
    made = person.post(f"/d/{directory}/users/new", fields)
    assert made.status == 303, _text(made)
    path = made.headers["location"]
    assert number in _text(person.get(path))
    assert (shown or "") in path
    link = re.search(
        r'<th scope="row"><a href="([^"]*)"', _main(person.get(f"/d/{directory}/users"))
    )
    assert link
    path = html.unescape(link[1])
    assert person.get(path).status == 200
    done = person.post(path, [("do", "suspend")]).headers["location"]
    assert "The user is suspended" in _text(person.get(done))
    assert _listed(person, directory, "?status=suspended") == [number]


def test_what_users_are_called_is_text_on_every_page(person: Person, directory: str) -> None:
    """Markup, other scripts, both directions and long values are shown as they are."""
    long = "ш" * 200
    fields = [("first_name", _HOSTILE), ("last_name", 'O\'Neil & "Söhne" العربية'), ("name", long)]
    more = [("attributes.<b>", _HOSTILE), ("department", "{{ 7 * 7 }}")]
    person.post(f"/d/{directory}/users/new", [*_NEW[:2], *fields, *more])
    listed, one = person.get(f"/d/{directory}/users"), person.get(f"/d/{directory}/users/7")
    assert one.status == 200, _text(listed)
    assert long in listed.body.decode()
    shown = dict(_shown(one))
    assert shown["first_name"] == _HOSTILE
    assert shown["last_name"] == 'O\'Neil & "Söhne" العربية'
    assert shown["department"] == "{{ 7 * 7 }}"
    for answer in (listed, one):
        assert "<script>alert" not in answer.body.decode()
        assert "<b>" not in _main(answer)
    refused = _saved(person, f"/d/{directory}/users/7", job_title="ш" * 201)
    assert (refused.status, "200" in _text(refused)) == (422, True)
    assert "ш" * 201 in refused.body.decode()


@pytest.mark.parametrize("by", ["", "?by=id", "?by=email", "?by=username", "?by=other"])
def test_who_is_not_there_has_no_page(person: Person, directory: str, by: str) -> None:
    """Neither to look at nor to change; a name of another directory's user is none here."""
    for answer in (
        person.get(f"/d/{directory}/users/nobody{by}"),
        person.post(f"/d/{directory}/users/nobody{by}", [("do", "suspend")]),
        person.get(f"/d/{directory}/users/{quote('<script>alert')}{by}"),
    ):
        assert answer.status == 404
        assert "There is no user" in _text(answer)
        assert "<script>alert" not in answer.body.decode()
    assert person.get("/d/none/users").status in {403, 404}


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
@pytest.mark.parametrize("page", ["users", "users/new", "users/7"])
def test_a_form_of_another_site_changes_no_user(
    person: Person, directory: str, page: str, origin: str
) -> None:
    """CSRF: the cookie alone changes nothing, and makes nobody."""
    person.post(f"/d/{directory}/users/new", _NEW)
    fields = [("do", "suspend"), ("employee_number", "8"), ("email", "b@example.org"), *_NEW[2:]]
    assert person.post(f"/d/{directory}/{page}", fields, origin=origin).status == 403
    assert _listed(person, directory, "?status=active") == ["7"]


def test_what_somebody_may_not_do_is_grey_and_refused(
    site: Site, person: Person, directory: str
) -> None:
    """Each form names the right that it needs, and is refused to whoever sends it without."""
    import_id = _imported(person, directory, users(7))
    path = f"/d/{directory}/users/7"
    reader = _with_rights(site, directory, "users:read")
    for page in (f"/d/{directory}/users", path, f"/d/{directory}/users?import={import_id}"):
        assert reader.get(page).status == 200
    fields = dict(_shown(person.get(path))) | {"job_title": "x", "sources": "hr", "role": "1"}
    fields |= {"password": _PASSWORD, "again": _PASSWORD}
    for scope, forms in _RIGHTS.items():
        shown = _main(reader.get(path))
        assert f"needs the right {scope}" in shown
        for do in forms:
            answer = reader.post(path, [*fields.items(), ("do", do)])
            assert (do, answer.status) == (do, 403)
            assert _PASSWORD not in answer.body.decode()
    assert "needs the right users:write" in _text(reader.get(f"/d/{directory}/users"))
    assert reader.post(f"/d/{directory}/users/new", _NEW).status == 403
    assert reader.post(f"/d/{directory}/users?import={import_id}").status == 403
    writer = _with_rights(site, directory, "users:read", "users:write")
    assert writer.post(path, [("do", "suspend")]).status == 303
    importer = _with_rights(site, directory, "imports:write")
    form = importer.get(f"/d/{directory}/imports/new").body.decode()
    grey = re.findall(r'<option value="(\w+)" disabled>[^<]*\(needs the right ([a-z:]+)\)', form)
    assert grey == [("LOGIN_DETAILS", "credentials:write")]
    assert b"disabled" not in person.get(f"/d/{directory}/imports/new").body
    blind = _with_rights(site, directory, "imports:read", "users:write")
    for page in (f"/d/{directory}/users", path):
        assert blind.get(page).status == 403
    made = blind.post(
        f"/d/{directory}/users/new",
        [("employee_number", "8"), ("email", "b@example.org"), *_NEW[2:]],
    )
    assert made.headers["location"].startswith(f"/d/{directory}/imports/")
    assert sorted(_listed(person, directory)) == ["7", "8"]
