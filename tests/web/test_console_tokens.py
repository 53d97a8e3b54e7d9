"""The console's page of access tokens, by plain requests."""

import asyncio
import re
import uuid

import pytest

from rollbook.client import Client
from rollbook.v1.tokens_pb2 import Token
from tests.acceptance.command import at, rollbook
from tests.web.browser import Site
from tests.web.person import Person, new_directory, signed_in, text_of

_ON_A_PAGE = 100


@pytest.fixture(scope="module")
def directory(site: Site) -> str:
    """A directory of these tests' own."""
    return new_directory(site)


def test_a_token_is_made_shown_once_and_revoked(site: Site, person: Person, directory: str) -> None:
    """P50: its clear text is in one answer, and neither in the list nor in the log."""
    fields = [("do", "create"), ("principal", "desk"), ("directory", directory)]
    for day in ("2020-01-31", "soon", "2026-02-30"):
        wrong = person.post("/tokens", [*fields, ("scope", "users:read"), ("expires", day)])
        assert wrong.status == 400, day
        assert f'type="date" value="{day}"' in wrong.body.decode()
    refused = person.post("/tokens", [*fields, ("description", "Kept")])
    assert refused.status == 400, "no right is ticked"
    page = refused.body.decode()
    assert 'value="Kept"' in page
    assert f'value="{directory}" checked' in page
    assert person.post("/tokens", [*fields[:2], ("scope", "users:read")]).status == 400
    rights = [("scope", "users:read"), ("expires", "2099-12-31")]
    made = person.post("/tokens", [*fields, *rights]).body.decode()
    [secret] = re.findall(r"<code>(rollbook_[^<]+)</code>", made)
    listed = person.get("/tokens").body.decode()
    assert secret not in listed
    assert "2100-01-01 00:00 UTC" in listed
    assert secret not in site.server.log.read_text()
    desk = signed_in(site, secret)
    assert "needs the right tokens:write" in text_of(desk.get("/tokens"))
    token_id = max(map(int, re.findall(r'name="token_id" value="(\d+)"', listed)))
    person.post("/tokens", [("do", "revoke"), ("token_id", str(token_id))])
    assert desk.get("/tokens").headers["location"].startswith("/sign-in")
    assert "revoked" in text_of(person.get("/tokens?whose=desk"))


def test_nobody_gives_more_than_they_have(site: Site, directory: str) -> None:
    """P51: neither by the form nor around it."""
    scope = ("--scope", "tokens:write", "--scope", "users:read")
    made = rollbook(
        *("tokens", "create", "clerk", *scope, "--directory", directory), env=at(site.server)
    )
    assert made.code == 0, made.err
    clerk = signed_in(site, made.out.strip())
    assert 'value="users:write"' not in clerk.get("/tokens").body.decode()
    fields = [("do", "create"), ("principal", "clerk"), ("directory", directory)]
    assert clerk.post("/tokens", [*fields, ("scope", "users:write")]).status == 403
    assert clerk.post("/tokens", [*fields, ("scope", "users:read")]).status == 200


async def test_each_token_is_on_a_page(site: Site, person: Person, directory: str) -> None:
    """The newest first, a hundred a page; a number that is no page ends on an empty one."""
    whose = f"p{uuid.uuid4().hex[:12]}"
    async with Client(site.server.address, site.server.token) as client:
        for number in range(_ON_A_PAGE + 5):
            wanted = Token(principal=whose, scopes=["users:read"], directories=[directory])
            wanted.description = f"number {number:03}"
            await client.tokens.create(wanted)
    first = await asyncio.to_thread(person.get, f"/tokens?whose={whose}")
    numbers = re.findall(r"number (\d{3})", text_of(first))
    assert numbers == [f"{number:03}" for number in range(104, 4, -1)]
    [older] = re.findall(r'href="([^"]+)">Older', first.body.decode())
    second = await asyncio.to_thread(person.get, older.replace("&amp;", "&"))
    assert re.findall(r"number (\d{3})", text_of(second)) == ["004", "003", "002", "001", "000"]
    assert "101 to 105 of 105" in text_of(second)
    assert "Older" not in text_of(second)
    for page in ("3", "999999999999", "-1", "x", ""):
        shown = await asyncio.to_thread(person.get, f"/tokens?whose={whose}&page={page}")
        assert shown.status == 200, page
