"""The console's ways with files, by requests: named columns, workbooks, rows that go again."""

import asyncio
import io
import re
import uuid
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from openpyxl import Workbook

from rollbook.client import Client
from rollbook.v1.tokens_pb2 import Token
from tests.acceptance.command import at, rollbook
from tests.web.browser import HEADER, Answered, Site, form, users
from tests.web.person import Person, new_directory, previewed, signed_in, text_of, text_when_ended

_PLACES = HEADER.replace("\n", ",location\n")


@pytest.fixture(scope="module")
def directory(site: Site) -> str:
    """A directory of these tests' own."""
    return new_directory(site)


def test_a_column_that_is_missing_is_named_on_the_form(person: Person, directory: str) -> None:
    """The refusal asks which column it is, and keeps what else was chosen."""
    content = "employee_number,Kontakt,first_name,last_name\n1,k1@example.org,Ada,Byron\n"
    refused = person.upload(f"/d/{directory}/imports", content, ("mode", "CREATE_ONLY"))
    page = refused.body.decode()
    assert refused.status == 422
    assert '<details id="columns" open>' in page
    assert 'name="feeds.1" list="fields" autocomplete="off" value="email"' in page
    assert '<option value="CREATE_ONLY" selected>' in page
    assert '<datalist id="headers"><option value="Kontakt"></datalist>' in page
    named = [("header.1", "kontakt"), ("feeds.1", "email"), ("header.2", ""), ("feeds.2", "")]
    path = previewed(person, directory, content, *named)
    assert "1 will be created" in text_of(person.get(path))


@pytest.mark.parametrize(
    ("header", "feeds"), [("email", "no_field"), ("email", ""), ("Email", "attributes.")]
)
def test_a_column_that_cannot_be_so_is_refused_with_the_form(
    person: Person, directory: str, header: str, feeds: str
) -> None:
    """A field that there is not, and none."""
    named = [("header.1", header), ("feeds.1", feeds)]
    refused = person.upload(f"/d/{directory}/imports", users(1), *named)
    assert refused.status in {400, 422}
    assert f'list="headers" autocomplete="off" value="{header}"' in refused.body.decode()


def test_a_workbook_is_read_whatever_the_profile_says_of_files(
    person: Person, directory: str
) -> None:
    """One of a product whose files have semicolons; and what the sheet has lost is said."""
    book = Workbook()
    sheet = book.active
    assert sheet
    sheet.append(["first_name", "last_name", "email", "username"])
    sheet.append(["Ida", "Wells", "w1@example.org", "0017"])
    sheet.append(["Bo", "Ek", "w2@example.org", 18])
    saved = io.BytesIO()
    book.save(saved)
    head = 'name="file"; filename="staff.xlsx"'
    body = form("@", {"profile": "evidence", "encoding": "windows-1252"}, head=head)
    answer = person.send(f"/d/{directory}/imports", body.replace(b"@", saved.getvalue(), 1))
    assert answer.status == 303, text_of(answer)
    shown = text_of(person.get(answer.headers["location"]))
    assert "2 will be created" in shown
    assert "a number in a column whose texts have leading zeros" in shown


def test_rows_of_a_full_sync_that_are_sent_again_suspend_nobody(
    person: Person, directory: str
) -> None:
    """They are a part of the file: who is not among them is not missing."""
    source = ("source", f"s{uuid.uuid4().hex[:6]}")
    first = previewed(person, directory, users(301, 302), source)
    person.post(f"{first}/apply", [("what", "all")])
    content = users(301, 302) + "303,wrong,Ada,Byron\n"
    path = previewed(person, directory, content, source, ("missing_users", "SUSPEND"))
    cell = ("cell.4.1", "u303@example.org")
    for what in ("check", "import"):
        done = person.post(f"{path}/fix", [("what", what), cell])
        assert done.status == 303, text_of(done)
        shown = text_of(person.get(done.headers["location"]))
        assert "1 will be created" in shown or "1 created" in shown
        assert "suspended" not in shown


def test_names_of_all_failed_rows_are_made_and_mapped_at_once(
    person: Person, directory: str
) -> None:
    """S40: of 248 rows, though a page has a hundred; a cell that was corrected on it goes along."""
    env = at(person.site.server) | {"ROLLBOOK_DIRECTORY": directory}
    assert rollbook("locations", "add", "Leeds", env=env).code == 0
    names = ["Ostend", " ostend", "Ledes", "LEDES "]
    rows = "".join(
        f"{number},r{number}@example.org,Ada,Byron,{names[number % 4]}\n"
        for number in range(1000, 1248)
    )
    path = previewed(person, directory, f"{_PLACES}{rows}1248,wrong,Ada,Byron,\n")
    page = person.get(f"{path}/fix")
    named = re.findall(r'value="make:location:([^"]+)"', page.body.decode())
    assert sorted(map(str.casefold, named)) == ["ledes", "ostend"]
    assert text_of(page).count("a location, in 124 rows") == 2
    ledes, ostend = sorted(named, key=str.casefold)
    [further] = re.findall(r'href="([^"]+)">Further rows', page.body.decode())
    assert 'value="r1100@example.org"' in person.get(further).body.decode()
    making = [("what", f"make:location:{ostend}")]
    made = person.post(f"{path}/fix", making).headers["location"]
    shown = text_when_ended(person, made)
    assert "124 will be created" in shown
    assert "125 will fail" in shown
    mapping = ("what", f"map:location:{ledes}")
    refused = person.post(f"{made}/fix", [mapping, (f"to:location:{ledes}", "")])
    assert refused.status == 400
    assert "Say which name is meant" in text_of(refused)
    fields = [mapping, (f"to:location:{ledes}", "Leeds"), ("cell.250.1", "r1248@example.org")]
    mapped = person.post(f"{made}/fix", fields).headers["location"]
    assert "249 will be created" in text_when_ended(person, mapped)
    twice = person.post(f"{path}/fix", making)
    assert twice.status == 409, "it was made meanwhile"
    assert 'role="alert"' in twice.body.decode()


def test_imports_are_told_apart_by_the_names_of_their_files(person: Person, directory: str) -> None:
    """Each has that of its file, on its page and in the list, which finds it by a part of it."""
    names = ("leavers.csv", '<b>"staff".csv', "Zoë 2026.csv")
    paths = []
    for number, name in enumerate(names, 500):
        quoted = name.replace('"', "%22")  # as browsers write it
        body = form(users(number) + "9,wrong,A,B\n", head=f'name="file"; filename="{quoted}"')
        paths.append(person.send(f"/d/{directory}/imports", body).headers["location"])
    listed = person.get(f"/d/{directory}/imports")
    shown = ("leavers.csv", "&lt;b&gt;", "Zoë 2026.csv")
    for path, name in zip(paths, shown, strict=True):
        assert name in person.get(path).body.decode()
        assert name in listed.body.decode()
    assert "<b>" not in listed.body.decode().partition("<table")[2]
    found = text_of(person.get(f"/d/{directory}/imports?file=LEAVERS&state=previewed"))
    assert "leavers.csv" in found
    assert "Zoë" not in found
    today = datetime.now(UTC).date()
    for query, are_there in (
        ("file=none", False),
        ("by=admin&profile=default", True),
        ("by=somebody", False),
        ("profile=ocasta", False),
        (f"created_from={today - timedelta(1)}&created_until={today + timedelta(1)}", True),
        (f"created_from={today + timedelta(2)}", False),
    ):
        some = text_of(person.get(f"/d/{directory}/imports?{query}"))
        assert ("leavers.csv" in some, "There are no such imports" in some) == (
            are_there,
            not are_there,
        ), query
    wrong = person.get(f"/d/{directory}/imports?created_from=yesterday")
    assert (wrong.status, "is not a date" in text_of(wrong)) == (400, True)
    again = person.post(f"{paths[0]}/fix", [("what", "check-all")]).headers["location"]
    assert "leavers.csv" in text_of(person.get(again))


def test_a_password_is_typed_again_for_a_row_that_failed(person: Person, directory: str) -> None:
    """S40, P50: its field is empty and says why; left so, the row fails, and none is created."""
    header = f"{HEADER.strip()},password"
    content = f"{header}\n601,wrong,Ada,Byron,four silver kettles hum\n602,,Ada,Byron,\n"
    path = previewed(person, directory, content, ("first_password", "FROM_FILE"))
    looked = person.get(path).body.decode()
    assert (looked.count("password, not kept"), "not kept&gt;" in looked) == (1, False)
    assert "e-mail not valid <code>invalid_email</code> 1" in looked
    page = person.get(f"{path}/fix").body.decode()
    assert "not kept&gt;" not in page
    assert re.search(r'name="cell.2.4" value="" [^>]*type="password"[^>]*lost-2-4"', page), page
    assert page.count("Passwords are not kept: type it again.") == 1
    fixed = [("cell.2.1", "u601@example.org"), ("cell.3.1", "u602@example.org"), ("cell.3.4", "")]
    left = person.post(f"{path}/fix", [("what", "check"), *fixed, ("cell.2.4", "")])
    found = text_of(person.get(left.headers["location"]))
    assert "1 will be created" in found
    assert "1 will fail" in found
    typed = [*fixed, ("cell.2.4", "five copper lamps glow")]
    again = person.post(f"{path}/fix", [("what", "check"), *typed])
    assert "2 will be created" in text_of(person.get(again.headers["location"]))


def test_mails_that_are_not_set_up_are_grey(person: Person, directory: str) -> None:
    """Each button and choice that would send one says what the operator has to set up."""
    path = previewed(person, directory, users(701))
    assert person.post(f"{path}/apply", [("what", "all")]).status == 303
    said = "the server&#39;s operator has to set up a plugin that sends mail, ROLLBOOK_"
    page = person.get(f"/d/{directory}/users/701").body.decode()
    assert page.count(said) == 3
    form = person.get(f"/d/{directory}/imports/new").body.decode()
    for choice in ("WELCOME_NEW", "INVITE_NEW", "LOGIN_DETAILS"):
        assert re.search(rf'<option value="{choice}" disabled>[^<]*has to set up a plugin', form)
    assert '<option value="NOBODY">' in form
    for text in ("Invite", "Send the link", "Mail login details"):
        assert re.search(rf"<button disabled[^>]*>{text}</button>", page), text
    import_id = path.rpartition("/")[2]
    page = person.get(f"/d/{directory}/users?import={import_id}").body.decode()
    assert page.count(said) == 1
    assert re.search(r"<button disabled[^>]*>Count them first</button>", page)


def test_a_page_of_wide_rows_is_taken(person: Person, directory: str) -> None:
    """A hundred rows of thirty columns, in letters that a form writes with nine bytes."""
    header = ",".join(f"remark {number}" for number in range(26))
    cells = ",".join(["日本" * 5] * 26)
    rows = "".join(f"{n},wrong,Ada,Byron,{cells}\n" for n in range(100))
    path = previewed(person, directory, f"{HEADER.strip()},{header}\n{rows}")
    page = person.get(f"{path}/fix").body.decode()
    fields = re.findall(r'name="(cell\.\d+\.\d+)" value="([^"]*)"', page)
    assert len(fields) == 3000
    fixed = [(name, f"{name}@example.org" if value == "wrong" else value) for name, value in fields]
    checked = person.post(f"{path}/fix", [("what", "check"), *fixed])
    assert checked.status == 303, text_of(checked)
    assert "100 will be created" in text_of(person.get(checked.headers["location"]))


def test_a_list_of_rows_says_where_it_is(person: Person, directory: str) -> None:
    """S71: every row is on a page, of all and of each kind; the way back begins at the first."""
    content = users(*range(2000, 2150)) + "".join(
        f"{number},wrong,Ada,Byron\n" for number in range(2150, 2300)
    )
    path = previewed(person, directory, content)
    for query, number in (("", 300), ("?outcome=FAILED", 150), ("?code=invalid_email", 150)):
        seen: list[str] = []
        page = person.get(f"{path}{query}")
        while True:
            seen += re.findall(r'<th scope="row">(\d+)</th>', page.body.decode())
            assert f"{len(seen)} of {number} rows" in text_of(page)
            further = re.findall(r'href="([^"]+)">Further rows', page.body.decode())
            if not further:
                break
            page = person.get(further[0].replace("&amp;", "&"))
        assert len(seen) == len(set(seen)) == number
        assert f'href="{path}{query}">First rows' in page.body.decode()
        assert "only rows that you tick on this page are imported" in text_of(page)
    assert person.get(f"{path}?before=x&page=").status == 200


async def _gone(site: Site, directory: str) -> list[Person]:
    """Whose session is over: by sign-out, a revoked token, an expired one; and who had none."""
    leaver = await asyncio.to_thread(signed_in, site)
    people, wanted = [leaver], Token(principal="desk", directories=[directory])
    wanted.scopes.extend(["imports:read", "imports:write"])
    async with Client(site.server.address, site.server.token) as client:
        revoked, expired = [await client.tokens.create(wanted) for _ in range(2)]
        secrets = (revoked.secret, expired.secret)
        people += [await asyncio.to_thread(signed_in, site, secret) for secret in secrets]
        await client.tokens.revoke(revoked.token.token_id)
    connection = await asyncpg.connect(site.server.database_url)
    try:
        ending = "update access_tokens set expires_at = now() where id = $1"
        await connection.execute(ending, int(expired.token.token_id))
    finally:
        await connection.close()
    assert (await asyncio.to_thread(leaver.post, "/sign-out")).status == 303
    return [*people, Person(site)]


async def test_a_session_that_is_over_says_what_was_not_done(
    site: Site, person: Person, directory: str
) -> None:
    """A page leads to the form and back; a form or a file is answered by words, not by silence."""
    path = previewed(person, directory, users(401) + "402,wrong,Ada,Byron\n")
    for gone in await _gone(site, directory):
        assert gone.get(path).status == 303
        here = f"http://rollbook.example{path}"
        ended: list[Answered] = [
            gone.get(f"{path}/report", referer=here),
            gone.post(f"{path}/apply", [("what", "all")], referer=here),
            gone.upload(f"/d/{directory}/imports", users(403), referer=here),
        ]
        for answer in ended:
            assert answer.status == 401
            assert "Your session has ended" in text_of(answer)
            assert f'href="/sign-in?then={path}"' in answer.body.decode()
            assert "content-disposition" not in answer.headers
        other = gone.post(f"{path}/apply", referer="https://evil.example/x")
        assert 'href="/sign-in?then=/"' in other.body.decode()
    assert "previewed" in text_of(person.get(path))


def test_rows_with_too_few_or_too_many_cells_are_corrected(person: Person, directory: str) -> None:
    """S40: the cells that are missing are shown blank, and those that are too many without a field.

    A row that is sent again as it was keeps its cells: nobody has said that the others are blank.
    """
    content = f"{HEADER}71,u71@example.org,Ada\n72,u72@example.org,Ada,Byron,x\n"
    path = previewed(person, directory, content)
    page = person.get(f"{path}/fix").body.decode()
    assert 'name="cell.2.3" value=""' in page
    assert 'name="cell.3.4" value="x"' in page
    for again in (
        person.post(f"{path}/again"),
        person.post(f"{path}/fix", [("what", "check-all")]),
    ):
        assert "2 will fail" in text_of(person.get(again.headers["location"]))
    cells = [("cell.2.3", "Byron"), ("cell.3.4", "")]
    seen = person.post(f"{path}/fix", [("what", "check"), *cells])
    assert "2 will be created" in text_of(person.get(seen.headers["location"]))


@pytest.mark.parametrize("digits", [10, 20, 5_000])
def test_a_place_that_cannot_be_is_no_place(person: Person, directory: str, digits: int) -> None:
    """A form may have any text where a page has numbers."""
    path = previewed(person, directory, f"{HEADER}81,wrong,Ada,Byron\n")
    number = "9" * digits
    corrected = [("what", "check"), (f"cell.{number}.1", "x"), (f"cell.2.{number}", "x")]
    assert person.post(f"{path}/fix", corrected).status == 303
    assert person.post(f"{path}/apply", [("what", "ticked"), ("line", number)]).status == 400


def test_a_choice_that_is_refused_is_told_to_nobody_else(
    site: Site, person: Person, directory: str
) -> None:
    """S08: whoever may not apply a preview cannot be in the way of those who may."""
    path = previewed(person, directory, users(3))
    scopes = ("--scope", "imports:read")
    made = rollbook(
        *("tokens", "create", "mallory", *scopes, "--directory", directory), env=at(site.server)
    )
    mallory = signed_in(site, made.out.strip())
    mallory.post(f"{path}/apply", [("what", "all")])
    assert "not permitted" not in text_of(person.get(path))
    person.post(f"{path}/apply", [("what", "all")])
    assert "3 created" in text_of(person.get(path))


def test_a_referer_that_no_browser_writes_is_none(site: Site, directory: str) -> None:
    """Whoever is not signed in is told so, whatever is sent along."""
    nobody = Person(site)
    for referer in ("http://[x", "//", "http://[::1"):
        assert nobody.post(f"/d/{directory}/imports", referer=referer).status == 401


def test_who_approves_sees_the_users_that_a_full_sync_would_suspend(
    site: Site, person: Person
) -> None:
    """Each by the number, which leads to the user's page; neither more rows nor fewer."""
    directory = new_directory(site)
    everybody = previewed(person, directory, users(*range(1, 13)))
    person.post(f"{everybody}/apply", [("what", "all")])
    made = rollbook(
        *("tokens", "create", f"approver-{directory}", "--directory", directory),
        *(w for s in ("imports:read", "imports:approve", "users:read") for w in ("--scope", s)),
        env=at(site.server),
    )
    approver = signed_in(site, made.out.strip())
    sync = previewed(person, directory, users(1), ("missing_users", "SUSPEND"))
    person.post(f"{sync}/apply", [("what", "all")])
    page = approver.get(sync).body.decode()
    assert "This needs an approval" in page
    [path] = re.findall(r'href="([^"]+)">See the 11 users who will be suspended', page)
    shown = approver.get(path).body.decode()
    numbers = re.findall(r'<th scope="row"><a href="([^"]+)">(\d+)</a>', shown)
    assert sorted(int(number) for _, number in numbers) == [*range(2, 13)]
    path, number = numbers[0]
    assert f"u{number}@example.org" in approver.get(path).body.decode()
