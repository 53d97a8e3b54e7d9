"""What the console offers, to whoever may and to whoever may not: each link, each button."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Set

import pytest
import pytest_asyncio

from rollbook.access.scopes import Scope
from rollbook.client import Client
from rollbook.v1.directories_pb2 import Location
from rollbook.v1.tokens_pb2 import Token
from tests.web.browser import Answered, Site, users
from tests.web.person import Person, previewed, signed_in, text_of
from tests.web.walker import Page, Walk

_ALL = frozenset(Scope)
_NO_BUTTON = frozenset({Scope.IMPORTS_PREVIEW})
_ALWAYS = frozenset({Scope.IMPORTS_WRITE, Scope.USERS_WRITE, Scope.DIRECTORIES_WRITE})
"""Those of the most buttons; a walk takes seconds, so the rest are the long run's."""
"""One of two rights that will do."""
_WALKER = "walker"
_FILE = users(1, 2).replace("\n", ",\n").replace("last_name,", "last_name,location")


@pytest_asyncio.fixture
async def client(site: Site) -> AsyncIterator[Client]:
    """The administrator's."""
    async with Client(site.server.address, site.server.token) as opened:
        yield opened


@pytest_asyncio.fixture
async def directory(client: Client, site: Site) -> str:
    """A directory with an import in each state that has buttons."""
    name = f"d{uuid.uuid4().hex[:12]}"
    await client.directories.create(name)
    await client.locations.create(name, Location(name="Leeds"))
    walker = await _with_rights(client, site, name, _WALKER, _ALL)
    clerk = await _with_rights(client, site, name, "clerk", _ALL)
    await asyncio.to_thread(_furnish, walker, clerk, name)
    return name


def _furnish(walker: Person, clerk: Person, directory: str) -> None:
    wrong = "3,wrong,Ada,Byron,\n4,u4@example.org,Ada,Byron,Ostend\n"
    applied = previewed(walker, directory, _FILE + wrong)
    assert walker.post(f"{applied}/apply", [("what", "all")]).status == 303
    previewed(walker, directory, _FILE + wrong)
    staff = previewed(clerk, directory, users(*range(100, 112)), ("source", "staff"))
    clerk.post(f"{staff}/apply", [("what", "all")])
    options = [("source", "staff"), ("missing_users", "SUSPEND")]
    sync = previewed(clerk, directory, users(100), *options)
    clerk.post(f"{sync}/apply", [("what", "all")])
    assert "This needs an approval" in text_of(walker.get(sync))


async def _with_rights(
    client: Client, site: Site, directory: str, principal: str, scopes: Set[Scope]
) -> Person:
    token = Token(principal=principal, scopes=sorted(scopes), directories=[directory])
    made = await client.tokens.create(token)
    return await asyncio.to_thread(signed_in, site, made.secret)


async def _walked(client: Client, site: Site, directory: str, scopes: Set[Scope]) -> Walk:
    """All that somebody sees and does who has these rights; their own imports, and the clerk's."""
    walk = Walk(await _with_rights(client, site, directory, _WALKER, scopes))
    await asyncio.to_thread(walk.follow, "/", f"/d/{directory}/imports/new")
    return walk


@pytest.mark.parametrize("scope", sorted(_ALL))
@pytest.mark.few(6)
async def test_who_has_one_right_is_offered_no_more(
    client: Client, site: Site, directory: str, scope: Scope
) -> None:
    """Each link leads on, each button is taken; the grey ones say what they need."""
    walk = await _walked(client, site, directory, {scope})
    assert walk.refused == []
    assert walk.unexplained == []
    assert scope not in walk.needed


@pytest.mark.parametrize(
    "scope",
    [
        scope if scope in _ALWAYS else pytest.param(scope, marks=pytest.mark.long)
        for scope in sorted(_ALL - _NO_BUTTON)
    ],
)
@pytest.mark.few(1)
async def test_who_lacks_one_right_sees_which(
    client: Client, site: Site, directory: str, scope: Scope
) -> None:
    """It is named where it is missed, and nothing else is grey or refused."""
    walk = await _walked(client, site, directory, _ALL - {scope})
    assert walk.refused == []
    assert walk.unexplained == []
    assert walk.needed == {scope}


async def test_a_walk_finds_what_is_refused_and_what_is_not_explained(
    client: Client, site: Site, directory: str
) -> None:
    """It can fail: on a link that is refused, and on a grey button without a word."""
    walk = await _walked(client, site, directory, {Scope.SERVER_READ})
    await asyncio.to_thread(walk.follow, f"/d/{directory}/users")
    assert walk.refused == [f"/d/{directory}/users"]
    html = b'<form><button disabled>A</button></form><span aria-disabled="true">B</span>'
    assert Page(Answered(200, {}, html)).unexplained == ["B", "a button"]
