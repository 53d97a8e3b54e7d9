"""The console by plain requests: who gets in, what no other site can do, and a whole import."""

import asyncio
import re
import uuid

import asyncpg
import pytest

from tests.acceptance.command import at, rollbook
from tests.web.browser import BOUNDARY, FORM, HEADER, Answered, Site, asked, users
from tests.web.person import Person, cookie_of, new_directory, previewed, signed_in, text_when_ended

_POLICY = "default-src 'none'"


@pytest.fixture(scope="module")
def directory(site: Site) -> str:
    """A directory of these tests' own."""
    return new_directory(site)


def _text(answer: Answered) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.body.decode()))


def test_a_session_is_in_a_cookie_that_no_script_and_no_other_site_gets(site: Site) -> None:
    """`__Host-`, Secure, HttpOnly, SameSite=Strict; it is a session, and not the token."""
    answer = Person(site).post("/sign-in", [("token", site.server.token), ("then", "/plugins")])
    assert answer.headers["location"] == "/plugins"
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-rollbook=rollbook_session_")
    for wanted in ("HttpOnly", "Secure", "SameSite=strict", "Path=/"):
        assert wanted in cookie
    assert site.server.token not in cookie
    assert "Domain" not in cookie


def test_signing_out_ends_the_session_for_who_has_copied_it(site: Site) -> None:
    """The cookie is taken back, and what it held opens nothing any more."""
    person = signed_in(site)
    assert person.get("/").status in {200, 303}
    out = person.post("/sign-out")
    assert out.headers["location"] == "/sign-in"
    assert "Max-Age=0" in out.headers["set-cookie"]
    assert person.get("/").headers["location"].startswith("/sign-in")


def test_a_session_that_somebody_else_has_set_is_not_taken(site: Site) -> None:
    """Session fixation: a new one is opened, whatever cookie was sent."""
    planted = Person(site, "rollbook_session_of-an-attacker")
    answer = planted.post("/sign-in", [("token", site.server.token)])
    assert cookie_of(answer) != planted.cookie
    assert planted.get("/").headers["location"].startswith("/sign-in")


@pytest.mark.parametrize(
    "fields",
    [
        [("token", "rollbook_wrong")],
        [("token", "ä")],
        [("code", "wrong")],
        [("directory", "main"), ("name", "nobody"), ("password", "wrong")],
        [],
    ],
    ids=["token", "no token", "code", "password", "nothing"],
)
def test_who_does_not_get_in_is_told_why(site: Site, fields: list[tuple[str, str]]) -> None:
    """The form again, with a reason, and no cookie."""
    answer = Person(site).post("/sign-in", fields)
    assert 400 <= answer.status < 500
    assert 'role="alert"' in answer.body.decode()
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "then",
    ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", "", "/ x"],
)
def test_signing_in_leads_to_no_other_site(site: Site, then: str) -> None:
    """Open redirect: what is no path of this site leads home."""
    answer = Person(site).post("/sign-in", [("token", site.server.token), ("then", then)])
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://rollbook.example.evil.example"},
        {"origin": "http://rollbook.example:8080"},
        {"origin": "https://rollbook.example"},
        {"origin": "http://rollbook.example/"},
        {"origin": "file://rollbook.example"},
        {"origin": ""},
    ],
    ids=lambda headers: headers["origin"] or "none",
)
@pytest.mark.parametrize(
    "path", ["/sign-in", "/sign-out", "/set-password", "/forgot-password", "/d/main/imports"]
)
def test_a_form_of_another_site_is_refused(
    site: Site, person: Person, path: str, headers: dict[str, str]
) -> None:
    """CSRF: the cookie alone opens nothing; the origin must be this very host."""
    answer = person.post(path, [("token", site.server.token)], **headers)
    assert answer.status == 403
    assert "set-cookie" not in answer.headers
    assert person.get("/plugins").status != 303  # and nobody was signed out by it


def test_pages_are_only_for_who_is_signed_in(site: Site) -> None:
    """Others are led to the form, and by it to the page that they wanted."""
    answer = Person(site).get("/d/main/imports?state=running")
    assert answer.status == 303
    assert answer.headers["location"] == "/sign-in?then=%2Fd%2Fmain%2Fimports%3Fstate%3Drunning"
    for path in ("/d/main/users/J%C3%BCrgen%20%3F", "/d/main/users/a%2Fb?changes=9"):
        asked_for = Person(site).get(path).headers["location"]
        assert f'name="then" value="{path}"' in Person(site).get(asked_for).body.decode()


@pytest.mark.parametrize("path", ["/sign-in", "/set-password", "/forgot-password", "/"])
def test_every_page_keeps_others_out(site: Site, person: Person, path: str) -> None:
    """Clickjacking, sniffing, what is loaded from elsewhere, what is kept: headers forbid them."""
    headers = person.get(path).headers
    assert headers["content-security-policy"].startswith(_POLICY)
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


def test_a_link_s_page_uses_nothing_up_and_shows_no_token(site: Site) -> None:
    """Opening it does nothing; a wrong link ends in a page that offers a new one."""
    assert Person(site).get("/set-password").status == 200
    fields = [("token", "main.wrong"), ("password", "drei Hasen im Feld"), ("again", "x")]
    answer = Person(site).post("/set-password", fields)
    assert "differ" in _text(answer)
    assert "For your account in main ." in _text(answer)
    odd = Person(site).post("/set-password", [("token", "Call 555.x"), *fields[1:]])
    assert "For your account in ." in _text(odd), "hidden"
    fields[2] = ("again", "drei Hasen im Feld")
    answer = Person(site).post("/set-password", fields)
    assert "Ask for a new link" in _text(answer)
    assert "drei Hasen" not in answer.body.decode()


def test_a_forgotten_password_has_one_answer_for_everybody(site: Site) -> None:
    """S52: whether there is such an account is not told."""
    fields = [("directory", "main"), ("name", "nobody@example.org")]
    assert "If there is such an account" in _text(Person(site).post("/forgot-password", fields))


def test_s03_a_file_is_looked_at_and_then_imported_without_scripts(
    person: Person, directory: str
) -> None:
    """Upload, preview, import, result and report, by forms alone."""
    content = f"{users(1, 2)}3,wrong,<script>alert(1)</script>,Byron\n"
    path = previewed(person, directory, content, ("profile", "default"))
    seen = person.get(path)
    assert "2 will be created" in _text(seen)
    assert "1 will fail" in _text(seen)
    assert "<script>alert" not in seen.body.decode()
    assert "<script>alert(1)</script>" in seen.body.decode().replace("&lt;", "<").replace(
        "&gt;", ">"
    )
    assert "is not valid" in _text(person.get(f"{path}?outcome=FAILED"))
    assert "u1@example.org" not in _text(person.get(f"{path}?outcome=FAILED"))
    assert "is not valid" in _text(person.get(f"{path}?code=invalid_email"))
    assert person.post(f"{path}/apply", [("what", "all")]).headers["location"] == path
    done = _text(person.get(path))
    assert "2 created" in done
    report = person.get(f"{path}/report")
    assert b"3,wrong" in report.body
    assert "attachment" in report.headers["content-disposition"]
    assert "completed" in _text(person.get(f"/d/{directory}/imports"))


def test_only_ticked_rows_are_imported(person: Person, directory: str) -> None:
    """The others are not applied; to tick none is refused."""
    path = previewed(person, directory, users(11, 12, 13), ("profile", "default"))
    assert "No row was ticked" in _text(person.post(f"{path}/apply", [("what", "ticked")]))
    person.post(f"{path}/apply", [("what", "ticked"), ("line", "3")])
    done = _text(person.get(path))
    assert "1 created" in done
    assert "2 not applied" in done


def test_only_new_users_are_imported(person: Person, directory: str) -> None:
    """S04: "Add new" changes nobody who is there."""
    before = previewed(person, directory, users(21), ("profile", "default"))
    person.post(f"{before}/apply", [("what", "all")])
    changed = users(21, 22).replace("u21@example.org,Ada", "u21@example.org,Augusta")
    path = previewed(person, directory, changed, ("profile", "default"))
    page = person.get(path).body.decode()
    assert "<del>Ada</del>" in page
    person.post(f"{path}/apply", [("what", "new")])
    done = _text(person.get(path))
    assert "1 created" in done
    assert "0 updated" in done


async def test_another_choice_is_refused_while_the_first_is_applied(
    person: Person, directory: str
) -> None:
    """S04: what was chosen first is done, and the page says to choose again after it."""
    path = previewed(person, directory, users(31, 32), ("profile", "default"))
    connection = await asyncpg.connect(person.site.server.database_url)
    try:
        async with connection.transaction():
            await connection.execute("lock table users in share row exclusive mode")
            choices = [
                await asyncio.to_thread(person.post, f"{path}/apply", [("what", what)])
                for what in ("all", "new", "all")
            ]
    finally:
        await connection.close()
    assert [answer.status for answer in choices] == [303, 409, 303]
    assert "Other rows of this import are being applied" in choices[1].body.decode()
    assert "2 created" in await asyncio.to_thread(text_when_ended, person, path)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (HEADER + "1,a@example.org,Ada\0,B\n", "NUL"),
        (b"employee_number,email\n1,\xff\xfe\n", "not"),
        ("nothing,of,this\n1,2,3\n", "column"),
        ("", "empty"),
    ],
    ids=["nul", "encoding", "columns", "empty"],
)
def test_a_file_that_cannot_be_read_says_why(
    person: Person, directory: str, content: bytes | str, why: str
) -> None:
    """The form again, with the reason beside it; or the page of the import that stopped."""
    raw = content if isinstance(content, bytes) else content.encode()
    body = (
        (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="x.csv"\r\n\r\n'
        ).encode()
        + raw
        + f"\r\n--{BOUNDARY}--\r\n".encode()
    )
    answer = asked(
        person.site,
        f"/d/{directory}/imports",
        body,
        token="",
        content_type=FORM,
        origin="http://rollbook.example",
        cookie=f"__Host-rollbook={person.cookie}",
    )
    shown = _text(person.get(answer.headers["location"])) if answer.status == 303 else _text(answer)
    assert why.lower() in shown.lower()


def test_s72_failed_rows_are_corrected_in_place(person: Person, directory: str) -> None:
    """S72: only they are sent again; nobody is doubled, and what is wrong still stays red."""
    content = users(41) + "42,wrong,Ada,Byron\n43,also wrong,Ada,Byron\n"
    path = previewed(person, directory, content, ("profile", "default"))
    person.post(f"{path}/apply", [("what", "all")])
    form = person.get(f"{path}/fix").body.decode()
    assert 'name="cell.3.1" value="wrong"' in form
    assert "u41@example.org" not in form
    cells = [("cell.3.1", "u42@example.org"), ("cell.4.1", "still wrong")]
    seen = person.post(f"{path}/fix", [("what", "check"), *cells])
    again = seen.headers["location"]
    assert again != path
    shown = _text(person.get(again))
    assert "1 will be created" in shown
    assert "1 will fail" in shown
    cells = [("cell.4.1", "u43@example.org")]
    done = person.post(f"{again}/fix", [("what", "import"), *cells]).headers["location"]
    assert "1 created" in _text(person.get(done))
    person.post(f"{again}/apply", [("what", "all")])
    assert "1 created" in _text(person.get(again))


def test_a_missing_location_is_made_where_it_is_missed(person: Person, directory: str) -> None:
    """S40: with one button, for all rows that need it; they are checked again."""
    header = "employee_number,email,first_name,last_name,location\n"
    rows = "".join(f"{n},u{n}@example.org,Ada,Byron,Ostend\n" for n in (51, 52))
    path = previewed(person, directory, header + rows, ("profile", "default"))
    assert "in 2 rows" in _text(person.get(f"{path}/fix"))
    made = person.post(f"{path}/fix", [("what", "make:location:Ostend")])
    assert "2 will be created" in _text(person.get(made.headers["location"]))


def test_columns_are_mapped_otherwise_without_the_file(person: Person, directory: str) -> None:
    """The rows that are kept are looked at again, each column in the field that was chosen."""
    content = HEADER.strip() + ",remark\n61,u61@example.org,Ada,Byron,Chief\n"
    path = previewed(person, directory, content, ("profile", "default"))
    assert "remark (ignored)" in _text(person.get(path))
    again = person.post(f"{path}/again", [("field.4", "job_title")]).headers["location"]
    person.post(f"{again}/apply", [("what", "all")])
    where = ("--directory", directory, "--output", "ndjson")
    shown = rollbook("users", "show", "61", *where, env=at(person.site.server))
    assert '"Chief"' in shown.out


@pytest.fixture
def reader(site: Site, directory: str) -> Person:
    """Who may look at imports of the directory, and nothing else."""
    scope = ("--scope", "imports:read")
    made = rollbook(
        *("tokens", "create", "reader", *scope, "--directory", directory), env=at(site.server)
    )
    assert made.code == 0, made.err
    return signed_in(site, made.out.strip())


def test_what_somebody_may_not_do_is_grey_and_says_which_right(
    person: Person, reader: Person, directory: str
) -> None:
    """And is refused all the same when it is tried."""
    path = previewed(person, directory, users(31), ("profile", "default"))
    assert "needs the right imports:write" in _text(reader.get(f"/d/{directory}/imports"))
    assert reader.post(f"{path}/apply", [("what", "all")]).status == 303
    assert "previewed" in _text(person.get(path))
    assert reader.upload(f"/d/{directory}/imports", users(32)).status == 403
    assert reader.get("/d/main/imports").status == 403
    assert person.get(f"/d/{directory}/imports/{uuid.uuid4()}").status in {403, 404}


_NOWHERE = str(uuid.UUID(int=7))


@pytest.mark.parametrize(
    ("path", "status", "heading", "reads"),
    [
        ("/nowhere", 404, "Not found", "no page at this address"),
        ("/d/{d}/imports/{id}/apply", 405, "This page cannot be shown", "only a form"),
        ("/d/{d}/imports/{id}", 404, "Not found", "There is no import"),
        ("/d/{d}/imports/{id}/fix", 404, "Not found", "There is no import"),
        ("/d/{d}/imports/{id}/notices", 404, "Not found", "There is no import"),
        ("/d/{d}/imports/odd", 404, "Not found", "There is no import &#39;odd&#39;"),
        ("/d/{d}/users/nobody", 404, "Not found", "nobody"),
        ("/d/missing/users", 404, "Not found", "There is no directory"),
        ("/d/{d}/samples/none", 400, "This page cannot be shown", "none"),
    ],
)
def test_a_page_that_is_not_there_says_so(
    person: Person, directory: str, path: str, status: int, heading: str, reads: str
) -> None:
    """Only a form can be "not done": a page is missing, or cannot be shown."""
    answer = person.get(path.format(d=directory, id=_NOWHERE))
    page = answer.body.decode()
    assert (answer.status, f"<h1>{heading}</h1>" in page) == (status, True), page
    assert reads in page
    assert "not done" not in page


def test_a_form_that_is_refused_was_not_done(person: Person, directory: str) -> None:
    """Also one that is sent to an address that takes none."""
    cancelled = person.post(f"/d/{directory}/imports/{_NOWHERE}/cancel")
    assert cancelled.status == 403
    assert "<h1>This was not done</h1>" in cancelled.body.decode()
    assert "not there, or not permitted" in _text(cancelled)
    odd = person.post("/plugins")
    assert odd.status == 405
    assert "<h1>This was not done</h1>" in odd.body.decode()


def test_forms_for_everybody_name_the_directory_of_the_link(site: Site, directory: str) -> None:
    """By the query, or by the page that was asked for; what was typed stays."""
    nobody = Person(site)
    forgot = nobody.get(f"/forgot-password?directory={directory}").body.decode()
    assert f'value="{directory}"' in forgot
    assert 'value="main"' in nobody.get("/forgot-password").body.decode()
    odd = nobody.get('/forgot-password?directory="><script>').body.decode()
    assert "<script>" not in odd
    refused = nobody.post("/forgot-password", [("directory", directory), ("name", "a" * 500)])
    assert refused.status != 200
    assert f'value="{directory}"' in refused.body.decode()
    assert 'value="aaaa' in refused.body.decode()
