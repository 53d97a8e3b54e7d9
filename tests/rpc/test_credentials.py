"""CredentialService: logins, links, old passwords and administrators, through gRPC."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

import asyncpg
import grpc
import pytest
import pytest_asyncio

from rollbook.client import Client
from rollbook.credentials import links
from rollbook.credentials.links import Purpose
from rollbook.errors import Reason, RollbookError
from rollbook.users.find import stored_id
from rollbook.v1 import credentials_pb2 as v1
from rollbook.v1.credentials_pb2_grpc import CredentialServiceStub
from rollbook.v1.directories_pb2 import Directory
from rollbook.v1.tokens_pb2 import Token
from rollbook.v1.users_pb2 import UserKey
from tests.acceptance.getting_in import KEY, sending
from tests.acceptance.post import settings
from tests.environment import Cluster, Server, serving
from tests.faults.witness import tell
from tests.rpc.refusals import refusal

README = Path(__file__).parents[2] / "proto/README.md"
LINKS = ("ROLLBOOK_CREDENTIAL_KEYS_FILE", "ROLLBOOK_PUBLIC_URL")
NEW, OTHER = "four silver kettles hum", "grey clouds over the quay"
NO, OK, MUST_CHANGE = v1.LOGIN_RESULT_NO, v1.LOGIN_RESULT_OK, v1.LOGIN_RESULT_MUST_CHANGE
_NUMBERS = count(1)


@pytest_asyncio.fixture(scope="module")
async def url(cluster: Cluster) -> str:
    """The address of a database of this module's own."""
    return await cluster.new_database()


@pytest.fixture(scope="module")
def with_keys(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that makes links."""
    folder = tmp_path_factory.mktemp("keys")
    but = sending(folder) | {"log_level": "debug"}
    with serving(url, folder, **settings(folder, **but)) as running:
        yield running


@dataclass(frozen=True, slots=True)
class Home:
    """A directory at a server that makes links."""

    client: Client
    server: Server
    name: str

    async def user(self) -> str:
        """The number of a new user; e-mail and username begin with it."""
        number = f"n{next(_NUMBERS)}"
        cells = {
            "employee_number": number,
            "email": f"{number}@example.org",
            "username": number,
            "first_name": "Ada",
            "last_name": "Lovelace",
        }
        await self.client.users.write(self.name, cells)
        return number

    async def link(self, number: str, purpose: Purpose = Purpose.RESET, seconds: int = 60) -> str:
        """The token that a mail would have."""
        user = await self.client.users.get(self.name, employee_number=number)
        row = await self.ask(
            "select u.directory_id, u.id, coalesce(c.version, 0), u.account_version from users u "
            "left join credentials c on c.directory_id = u.directory_id and c.user_id = u.id "
            "where u.id = $1",
            stored_id(user.user_id),
        )
        return links.token(KEY.encode(), links.Holder(*row[0]), purpose, int(time.time()) + seconds)

    async def ask(self, statement: str, *values: object) -> list[Any]:
        """Rows of the database."""
        connection = await asyncpg.connect(self.server.database_url)
        try:
            return [tuple(row) for row in await connection.fetch(statement, *values)]
        finally:
            await connection.close()

    async def login(self, number: str, password: str = NEW) -> v1.LoginResult:
        """What a login comes to."""
        answer = await self.client.credentials.verify(self.name, password, username=number)
        assert bool(answer.user_id) is (answer.result != NO)
        return answer.result

    async def notices(self, number: str) -> int:
        """How many links were written for a user."""
        user = await self.client.users.get(self.name, employee_number=number)
        (found,) = await self.ask(
            "select count(*) from notices where user_id = $1 and mail = 'reset'",
            stored_id(user.user_id),
        )
        return int(found[0])


@pytest_asyncio.fixture
async def home(with_keys: Server) -> AsyncIterator[Home]:
    """A directory of the test's own."""
    async with Client(with_keys.address, with_keys.token) as client:
        name = f"home-{next(_NUMBERS)}"
        await client.directories.create(name, "Analytical Society")
        yield Home(client, with_keys, name)


async def test_s60_a_login_is_by_username_or_email(home: Home) -> None:
    """S60: ok with the user's id, or no; a key that nobody logs in by is refused."""
    number = await home.user()
    await home.client.credentials.set_by_link(home.name, await home.link(number), NEW)
    user = await home.client.users.get(home.name, employee_number=number)
    for key in ({"username": number}, {"email": f"{number.upper()}@Example.org"}):
        answer = await home.client.credentials.verify(home.name, NEW, **key)
        assert (answer.result, answer.user_id) == (OK, user.user_id)
    for key in ({"employee_number": number}, {"user_id": user.user_id}, {}):
        asked = home.client.credentials.verify(home.name, NEW, **key)
        assert (await refusal(asked, Reason.INVALID_OPTIONS)).facts["option"] == "user"


async def test_s51_every_wrong_login_has_the_same_answer(home: Home) -> None:
    """S51: unknown, without a password, suspended, wrong: the same bytes."""
    known, bare, suspended = [await home.user() for _ in range(3)]
    for number in (known, suspended):
        await home.client.credentials.set_by_link(home.name, await home.link(number), NEW)
    await home.client.users.suspend(home.name, employee_number=suspended)
    answers = [
        await home.client.credentials.verify(home.name, password, username=username)
        for username, password in [
            (known, "wrong"),
            (bare, NEW),
            (bare, ""),
            (suspended, NEW),
            ("nobody", NEW),
            ("", ""),
            ("no\0body", NEW),
            ("x" * 10_000, "\0"),
        ]
    ]
    assert {answer.SerializeToString() for answer in answers} == {
        v1.VerifyPasswordResponse(result=NO).SerializeToString()
    }


async def test_s52_a_link_works_for_who_never_had_a_password(home: Home) -> None:
    """S52: once; afterwards the user enters."""
    number = await home.user()
    token = await home.link(number)
    assert await home.client.credentials.set_by_link(home.name, token, NEW)
    assert await home.login(number) == OK
    again = home.client.credentials.set_by_link(home.name, token, OTHER)
    await refusal(again, Reason.TOKEN_REJECTED)
    assert (await home.login(number), await home.login(number, OTHER)) == (OK, NO)


async def test_b245_a_link_that_opens_nothing_has_one_answer(home: Home) -> None:
    """B245: expired, of another directory, used by a change, or none: one code and one text."""
    number = await home.user()
    elsewhere = f"{home.name}-b"
    await home.client.directories.create(elsewhere)
    good = await home.link(number)
    dead = await home.link(number, seconds=-1)
    said = set()
    for directory, token in (
        *((home.name, dead), (elsewhere, good), (home.name, good[:-1]), (home.name, "")),
        *((home.name, "x" * 50_000), (home.name, "🦊" * 48)),
    ):
        asked = home.client.credentials.set_by_link(directory, token, NEW)
        found = await refusal(asked, Reason.TOKEN_REJECTED)
        said.add((found.message, *found.facts))
    assert len(said) == 1


async def test_b247_a_weak_password_names_every_rule_and_leaves_the_link(home: Home) -> None:
    """B247: in words and in `codes`."""
    number = await home.user()
    token = await home.link(number)
    asked = home.client.credentials.set_by_link(home.name, token, f"{number}sunshine")
    assert (
        (await refusal(asked, Reason.PASSWORD_TOO_SHORT))
        .facts["codes"]
        .startswith("password_too_short,password_common")
    )
    asked = home.client.credentials.set_by_link(home.name, token, "password12345678")
    assert "easy to guess" in (await refusal(asked, Reason.PASSWORD_COMMON)).message
    for password, reason in (
        ("my Lovelace tulips", Reason.PASSWORD_CONTAINS_IDENTITY),
        ("analytical society hums", Reason.PASSWORD_CONTAINS_IDENTITY),
        ("x y" * 400_000, Reason.MESSAGE_TOO_LARGE),
        ("x y z q" * 100_000, Reason.PASSWORD_TOO_LONG),
        ("four silver\0kettles hum", Reason.PASSWORD_NOT_ALLOWED),
        ("$argon2id$v=19$m=47104,t=1,p=1$c2FsdA$aGFzaA", Reason.PASSWORD_NOT_ALLOWED),
        ("", Reason.PASSWORD_TOO_SHORT),
    ):
        await refusal(home.client.credentials.set_by_link(home.name, token, password), reason)
    assert await home.client.credentials.set_by_link(home.name, token, NEW)


async def test_b248_a_link_dies_when_its_user_is_suspended_or_moves(home: Home) -> None:
    """B248: by hand and by an import; and stays dead."""
    number = await home.user()
    token = await home.link(number)
    await home.client.users.suspend(home.name, employee_number=number)
    set_by = home.client.credentials.set_by_link
    await refusal(set_by(home.name, token, NEW), Reason.TOKEN_REJECTED)
    await home.client.users.reactivate(home.name, employee_number=number)
    await refusal(set_by(home.name, token, NEW), Reason.TOKEN_REJECTED)
    for change, dies in (({"phone": "123"}, False), ({"email": f"x{number}@example.org"}, True)):
        token = await home.link(number)
        cells = {
            "employee_number": number,
            "email": f"{number}@example.org",
            "first_name": "Ada",
            "last_name": "Lovelace",
            **change,
        }
        await home.client.users.write(home.name, cells)
        asked = set_by(home.name, token, NEW)
        if dies:
            await refusal(asked, Reason.TOKEN_REJECTED)
        else:
            assert await asked


async def test_s53_an_administrator_sets_a_password_that_must_be_changed(home: Home) -> None:
    """S53, S56: the user enters only after choosing another, by the one that was set."""
    number = await home.user()
    link = await home.link(number)
    assert await home.client.credentials.set_for_user(home.name, NEW, employee_number=number)
    assert await home.login(number) == MUST_CHANGE
    await refusal(
        home.client.credentials.set_by_link(home.name, link, OTHER), Reason.TOKEN_REJECTED
    )
    change = home.client.credentials.set_by_old
    same = change(home.name, NEW, NEW, username=number)
    assert "is the old one" in (await refusal(same, Reason.PASSWORD_NOT_ALLOWED)).message
    wrong = change(home.name, "wrong", OTHER, username=number)
    await refusal(wrong, Reason.TOKEN_REJECTED)
    weak = change(home.name, NEW, "password12345678", username=number)
    await refusal(weak, Reason.PASSWORD_COMMON)
    assert await change(home.name, NEW, OTHER, username=number)
    assert (await home.login(number), await home.login(number, OTHER)) == (NO, OK)
    await home.client.credentials.set_for_user(
        home.name, NEW, employee_number=number, must_change=False
    )
    assert await home.login(number) == OK


async def test_s57_an_administrator_keeps_to_the_policy_too(home: Home) -> None:
    """S57: and to the directory's length; the policy is told to a page."""
    number = await home.user()
    asked = home.client.credentials.set_for_user(home.name, "gulls nest", employee_number=number)
    await refusal(asked, Reason.PASSWORD_TOO_SHORT)
    policy = await home.client.credentials.policy(home.name)
    assert (policy.min_length, policy.max_length, policy.max_bytes) == (15, 128, 512)
    assert "At least 15 characters" in policy.rules[0]
    await home.client.directories.update(
        v1_directory(home.name, password_min_length=10), ["password_min_length"]
    )
    assert (await home.client.credentials.policy(home.name)).min_length == 10
    await home.client.credentials.set_for_user(home.name, "gulls nest", employee_number=number)
    missing = home.client.credentials.set_for_user(home.name, NEW, employee_number="nobody")
    await refusal(missing, Reason.RESOURCE_NOT_FOUND)


_MAILED = """
select event, mail, lane, password_version from notices where user_id = $1 order by mail
"""


async def test_s55_login_details_are_mailed_only_if_they_are_asked_for(home: Home) -> None:
    """S54, S55: a password set by hand is news and no login details; asked for, none is set yet."""
    number = await home.user()
    user = await home.client.users.get(home.name, employee_number=number)
    by_id = stored_id(user.user_id)
    await home.client.credentials.set_for_user(
        home.name, NEW, must_change=False, employee_number=number
    )
    news = ("password_changed", "password_changed", 0, 0)
    assert await home.ask(_MAILED, by_id) == [news]
    assert (
        await home.client.credentials.mail_login_details(home.name, employee_number=number)
        == user.user_id
    )
    details = ("reset_requested", "login_details", 0, 1)
    assert await home.ask(_MAILED, by_id) == [details, news]
    user = await home.client.users.get(home.name, employee_number=number)
    assert user.last_notice.event == 5
    bare = await home.user()
    await home.client.credentials.mail_login_details(home.name, username=bare)
    user = await home.client.users.get(home.name, employee_number=bare)
    assert await home.ask(_MAILED, stored_id(user.user_id)) == [(*details[:3], 0)]


async def test_login_details_that_cannot_be_are_refused_by_name(home: Home) -> None:
    """With a password, without a change of it, of a suspended user; and none is written."""
    number, suspended = await home.user(), await home.user()
    await home.client.users.suspend(home.name, employee_number=suspended)
    stub = CredentialServiceStub(home.client._channel.grpc)
    for option, words, but in (
        ("new_password", "that you choose is never mailed", {"new_password": NEW}),
        ("must_change", "must be changed", {"must_change": False}),
        ("user", "reactivate the user", {"user": UserKey(employee_number=suspended)}),
    ):
        request = v1.SetUserPasswordRequest(
            directory=home.name, user=UserKey(employee_number=number), mail_login_details=True
        )
        request.MergeFrom(v1.SetUserPasswordRequest(**but))
        refused = await refusal(
            home.client._channel.ask(stub.SetUserPassword, request), Reason.INVALID_OPTIONS
        )
        assert refused.facts["option"] == option
        assert words in refused.message
        assert NEW not in refused.message
    missing = home.client.credentials.mail_login_details(home.name, employee_number="nobody")
    await refusal(missing, Reason.RESOURCE_NOT_FOUND)
    await home.client.users.set_locks(home.name, protected=True, employee_number=number)
    async with _having(home, "credentials:write") as client:
        asked = client.credentials.mail_login_details(home.name, employee_number=number)
        await refusal(asked, Reason.TARGET_PROTECTED)
    wrote = (
        "select count(*) from notices n join users u on u.id = n.user_id where u.username = any($1)"
    )
    assert await home.ask(wrote, [number, suspended]) == [(0,)]


def v1_directory(name: str, **settings: Any) -> Directory:
    return Directory(name=name, **settings)


@asynccontextmanager
async def _having(home: Home, *scopes: str) -> AsyncIterator[Client]:
    """A client with these scopes in the directory alone."""
    made = await home.client.tokens.create(
        Token(scopes=scopes, directories=[home.name], principal=f"p-{next(_NUMBERS)}")
    )
    async with Client(home.server.address, made.secret) as client:
        yield client


async def test_a_guarded_user_gets_a_password_only_with_roles_privileged(home: Home) -> None:
    """Who is protected, or holds a privileged role; also a suspended one may get one."""
    protected, admin, plain = [await home.user() for _ in range(3)]
    await home.client.users.set_locks(home.name, protected=True, employee_number=protected)
    await home.client.users.write(
        home.name,
        {
            "employee_number": admin,
            "email": f"{admin}@example.org",
            "role": "admin",
            "first_name": "Ada",
            "last_name": "Lovelace",
        },
    )
    await home.client.users.suspend(home.name, employee_number=plain)
    async with _having(home, "credentials:write") as client:
        for number in (protected, admin):
            asked = client.credentials.set_for_user(home.name, NEW, employee_number=number)
            await refusal(asked, Reason.TARGET_PROTECTED)
        assert await client.credentials.set_for_user(home.name, NEW, employee_number=plain)
    async with _having(home, "credentials:write", "roles:privileged") as client:
        for number in (protected, admin):
            assert await client.credentials.set_for_user(home.name, NEW, employee_number=number)


async def test_each_scope_of_credentials_opens_its_methods(home: Home) -> None:
    """`credentials:verify` is a page's, `credentials:write` an administrator's."""
    number = await home.user()
    async with _having(home, "credentials:verify") as page:
        assert (await page.credentials.verify(home.name, NEW, username=number)).result == NO
        await page.credentials.request_reset(home.name, username=number)
        assert await page.credentials.set_by_link(home.name, await home.link(number), NEW)
        assert (await page.credentials.policy(home.name)).min_length
        asked = page.credentials.set_for_user(home.name, NEW, employee_number=number)
        await refusal(asked, Reason.PERMISSION_DENIED)
    async with _having(home, "credentials:write") as administrator:
        assert (await administrator.credentials.policy(home.name)).min_length
        assert await administrator.credentials.set_for_user(
            home.name, OTHER, employee_number=number
        )
        denied: list[Awaitable[object]] = [
            administrator.credentials.verify(home.name, NEW, username=number),
            administrator.credentials.request_reset(home.name, username=number),
            administrator.credentials.set_by_link(home.name, "x", NEW),
        ]
        for one in denied:
            await refusal(one, Reason.PERMISSION_DENIED)


async def test_b241_a_reset_has_the_same_answer_for_everybody(home: Home) -> None:
    """B241: known, unknown, suspended, of a name that cannot be; a link only for the active."""
    known, suspended = [await home.user() for _ in range(2)]
    await home.client.users.suspend(home.name, employee_number=suspended)
    stub = CredentialServiceStub(home.client._channel.grpc)
    answers = set()
    for key in (
        UserKey(username=known),
        UserKey(email="nobody@example.org"),
        UserKey(email="no address"),
        UserKey(employee_number=suspended),
        UserKey(user_id="x" * 3_000),
        UserKey(username="\0"),
    ):
        request = v1.RequestPasswordResetRequest(directory=home.name, user=key)
        answer = await home.client._channel.ask(stub.RequestPasswordReset, request)
        answers.add(answer.SerializeToString())
    assert answers == {b""}
    await _until(home, known, 1)
    assert await home.notices(suspended) == 0


async def test_b242_the_fourth_reset_in_an_hour_writes_no_link(home: Home) -> None:
    """B242: also where all are asked for at once; after an hour there is another."""
    number = await home.user()
    ask = home.client.credentials.request_reset
    await asyncio.gather(*(ask(home.name, username=number) for _ in range(5)))
    await asyncio.gather(*(ask(home.name, email=f"{number}@example.org") for _ in range(5)))
    await _until(home, number, 3)
    assert await home.notices(number) == 3
    await home.ask(
        "update notices set created_at = created_at - interval '61 minutes' returning id"
    )
    await ask(home.name, username=number)
    await _until(home, number, 4)


async def _until(home: Home, number: str, notices: int) -> None:
    """Wait until so many links are written, and everything that was asked for before is."""
    last = await home.user()
    await home.client.credentials.request_reset(home.name, employee_number=last)
    async with asyncio.timeout(30):
        while not await home.notices(last):  # noqa: ASYNC110 -- the database is what is waited for
            await asyncio.sleep(0.02)
    assert await home.notices(number) == notices


async def test_p55_a_reset_is_answered_before_anybody_is_looked_for(home: Home) -> None:
    """P55: while nobody can read users, known and unknown ones have their answer all the same."""
    number = await home.user()
    connection = await asyncpg.connect(home.server.database_url)
    try:
        async with connection.transaction():
            await connection.execute("lock table users in access exclusive mode")
            async with asyncio.timeout(20):
                for username in (number, "nobody"):
                    await home.client.credentials.request_reset(home.name, username=username)
    finally:
        await connection.close()
    await _until(home, number, 1)


async def test_some_events_are_none_that_a_directory_hears_of(home: Home) -> None:
    """Only who asks is told, by the mail; the user's last notice shows it to administrators."""
    number = await home.user()
    await home.client.credentials.request_reset(home.name, username=number)
    await _until(home, number, 1)
    user = await home.client.users.get(home.name, employee_number=number)
    assert user.last_notice.event == 5
    for event in ("RESET_REQUESTED", "PASSWORD_CHANGED", "INVITED"):
        asked = home.client.directories.update(
            v1_directory(home.name, notices=[f"NOTICE_EVENT_{event}"])
        )
        assert (await refusal(asked, Reason.INVALID_OPTIONS)).facts["option"] == "notices"


async def test_what_is_not_built_or_not_set_is_refused(home: Home, server: Server) -> None:
    """Links and login details of a server without keys; a proof that is missing."""
    number = await home.user()
    stub = CredentialServiceStub(home.client._channel.grpc)
    nothing = v1.SetPasswordRequest(directory=home.name, new_password=NEW)
    asked_too = home.client._channel.ask(stub.SetPassword, nothing)
    assert (await refusal(asked_too, Reason.INVALID_OPTIONS)).facts["option"] == "proof"
    long = home.client.credentials.verify(home.name, NEW, username=number, client="x" * 201)
    assert (await refusal(long, Reason.INVALID_OPTIONS)).facts["option"] == "client"
    async with Client(server.address, server.token) as bare:
        await bare.directories.create(home.name)
        for username in ("nobody", number):
            asked_bare = bare.credentials.request_reset(home.name, username=username)
            refused = await refusal(asked_bare, Reason.INVALID_OPTIONS)
            assert refused.facts["not_available"] == "true"
            for lacking in (*LINKS, "a plugin that sends mail"):
                assert lacking in refused.message
                assert lacking in refused.facts["missing"]
            details = bare.credentials.mail_login_details(home.name, employee_number=username)
            refused = await refusal(details, Reason.INVALID_OPTIONS)
            assert refused.facts["not_available"] == "true"
            assert "ROLLBOOK_CREDENTIAL_KEYS_FILE" in refused.facts["missing"]
            assert "ROLLBOOK_PUBLIC_URL" not in refused.facts["missing"]


async def test_the_login_page_of_the_readme_runs(home: Home) -> None:
    """S52, S57: the way in by a link, by a forgotten password and by a password to be changed."""
    (example,) = re.findall(r"```python\n(# login_page\.py.*?)```", README.read_text(), re.DOTALL)
    code: dict[str, Any] = {}
    exec(compile(example, "login_page.py", "exec"), code)  # the page's own lines
    made = await home.client.tokens.create(
        Token(scopes=["credentials:verify"], directories=[home.name], principal="page")
    )
    number = await home.user()
    links_ = [f"{home.name}.{await home.link(number, seconds=seconds)}" for seconds in (60, -1)]
    with grpc.insecure_channel(home.server.address) as channel:
        page = code["LoginPage"](channel, made.secret, home.name)
        await asyncio.to_thread(_visit_by_link, page, number, links_)
        await _until(home, number, 1)
        await home.client.credentials.set_for_user(home.name, OTHER, employee_number=number)
        await asyncio.to_thread(_visit_to_change, page, number)


def _visit_by_link(page: Any, number: str, links_: list[str]) -> None:
    assert page.log_in(number, NEW, "a")[0] == "log in"
    form, rules = page.open_link(links_[0])
    assert form == "set password"
    assert "At least 15 characters" in rules
    form, why = page.use_link(links_[0], "short", "a")
    assert form == "set password"
    assert "fewer than 15 characters" in why
    assert page.use_link(links_[0], NEW, "a")[0] == "log in"
    assert page.log_in(f"{number}@example.org", NEW, "a")[0] == "inside"
    for dead in links_:
        form, why = page.use_link(dead, OTHER, "a")
        assert form == "forgot"
        assert "Ask for a new link" in why
    assert len({page.forgot(name, "a") for name in (number, "nobody", "no@example.org")}) == 1


def _visit_to_change(page: Any, number: str) -> None:
    assert page.log_in(number, OTHER, "a")[0] == "change password"
    assert page.change_password(number, OTHER, "short", "a")[0] == "change password"
    assert page.change_password(number, "wrong", NEW, "a")[0] == "log in"
    assert page.change_password(number, OTHER, NEW, "a")[0] == "log in"
    assert page.log_in(number, NEW, "a")[0] == "inside"


@pytest.mark.quiet
@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("what", "rounds"), [("reset", 500), ("login", 240)])
async def test_p55_known_and_unknown_users_take_the_same_time(
    home: Home, what: str, rounds: int
) -> None:
    """P55: known, suspended, without a password, unknown: medians within 5 percent of that of all.

    Each round asks once of each kind, in an order by chance, so that whatever slows the machine
    slows all kinds alike. A user is asked of four times: more would be delayed.
    """
    credentials, chance = home.client.credentials, Random(55)
    users = -(-rounds // 4)
    people = {
        kind: [await home.user() for _ in range(users)] for kind in ("known", "suspended", "bare")
    }
    people["unknown"] = [f"no{number}" for number in people["known"]]
    for number in (*people["known"], *people["suspended"]):
        await credentials.set_for_user(home.name, NEW, employee_number=number)
    for number in people["suspended"]:
        await home.client.users.suspend(home.name, employee_number=number)
    times: dict[str, list[float]] = {kind: [] for kind in people}
    for n in range(rounds):
        for kind in chance.sample(list(people), len(people)):
            username = people[kind][n % users]
            began = time.perf_counter()
            if what == "reset":
                await credentials.request_reset(home.name, username=username)
            else:
                await credentials.verify(home.name, "wrong", username=username)
            times[kind].append(time.perf_counter() - began)
    medians = {kind: median(took) * 1_000 for kind, took in times.items()}
    of_all = median(one for took in times.values() for one in took) * 1_000
    tell(f"{what}: " + ", ".join(f"{kind} {took:.2f} ms" for kind, took in medians.items()))
    assert {kind for kind, took in medians.items() if abs(took - of_all) >= 0.05 * of_all} == set()


async def test_p50_no_password_or_link_is_anywhere(home: Home) -> None:
    """P50: marked secrets through every call, good and refused; in no table, log or answer."""
    number = await home.user()
    marks = [f"marked {n} secret kettles hum" for n in range(20)]
    link = await home.link(number)
    credentials, said = home.client.credentials, []
    tried = (
        credentials.set_by_link(home.name, link + "x", marks[0]),
        credentials.set_by_link(home.name, link, "password12345678" + marks[1][:3]),
        credentials.set_by_link(home.name, link, marks[2]),
        credentials.set_by_link(home.name, link, marks[3]),
        credentials.verify(home.name, marks[2], username=number),
        credentials.verify(home.name, marks[4], username=number),
        credentials.verify(home.name, marks[5], username=marks[6]),
        credentials.verify("no-such", marks[7], username=number),
        credentials.set_by_old(home.name, marks[2], marks[8] * 20, username=number),
        credentials.set_by_old(home.name, marks[9], marks[10], username=number),
        credentials.set_by_old(home.name, marks[2], f"{marks[11]} {number}@ Lovelace", email="x"),
        credentials.set_by_old(home.name, marks[2], marks[12], username=number),
        credentials.set_for_user(home.name, f"{marks[13]}\0", employee_number=number),
        credentials.set_for_user(home.name, f"{marks[14]} lovelace", employee_number=number),
        credentials.set_for_user(home.name, marks[15], employee_number="nobody"),
        credentials.set_for_user(home.name, marks[16], employee_number=number),
        credentials.request_reset(home.name, username=number),
    )
    for one in tried:
        try:
            said.append(str(await one))
        except RollbookError as refused:
            said.append(f"{refused.message} {refused.facts}")
    await _until(home, number, 1)
    dump = await _dump(home)
    log = home.server.log.read_text("utf-8")
    for place in (dump, log, *said):
        for mark in (*marks, *(mark.encode().hex() for mark in marks), link, KEY):
            assert mark not in place
    assert number in dump  # it is the whole database
    assert "password set" in log
    assert "link asked for" in log
    assert "error" not in log.replace("log_level", "")


async def _dump(home: Home) -> str:
    """All rows of all tables, as text, with bytes in hexadecimal."""
    tables = await home.ask(
        "select quote_ident(relname) from pg_class where relkind = 'r' "
        "and relnamespace = 'public'::regnamespace"
    )
    rows = [
        row for (table,) in tables for row in await home.ask(f"select t::text from {table} as t")
    ]
    return "\n".join(row[0] for row in rows)


async def test_logins_go_on_while_a_server_drains(url: str, tmp_path: Path) -> None:
    """What was asked for before the end is written: a server waits for it."""
    with serving(url, tmp_path, **settings(tmp_path, **sending(tmp_path))) as running:
        async with Client(running.address, running.token) as client:
            name = f"home-{next(_NUMBERS)}"
            await client.directories.create(name)
            home = Home(client, running, name)
            numbers = [await home.user() for _ in range(10)]
            for number in numbers:
                await client.credentials.request_reset(name, username=number)
        running.process.terminate()
        running.process.wait(timeout=20)
        (found,) = await home.ask(
            "select count(*) from notices n join users u on u.id = n.user_id "
            "where n.mail = 'reset' and u.employee_number = any($1)",
            numbers,
        )
        assert found[0] == 10
