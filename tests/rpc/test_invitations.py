"""SendInvitations: who is invited, days after an import, through gRPC."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from rollbook.client import Client
from rollbook.errors import Reason
from rollbook.users.find import stored_id
from rollbook.v1.notifications_pb2 import ResendNoticesRequest
from rollbook.v1.tokens_pb2 import Token
from rollbook.v1.users_pb2 import SendInvitationsRequest, SendInvitationsResponse, UserKey
from tests.acceptance.getting_in import sending
from tests.acceptance.post import PLUGIN
from tests.environment import Cluster, Server, serving
from tests.rpc.imported import imported, person
from tests.rpc.refusals import refusal

_NAMES = count(1)
_PASSWORD = "four silver kettles hum"
_WAITS = "select exists (select from pg_locks where locktype = 'advisory' and not granted)"
_LINK, _DETAILS = "INVITATION_KIND_LINK", "INVITATION_KIND_LOGIN_DETAILS"


@pytest_asyncio.fixture(scope="module")
async def url(cluster: Cluster) -> str:
    """The address of a database of this module's own."""
    return await cluster.new_database()


@pytest.fixture(scope="module")
def mailing(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that has what invitations need, and whose worker never looks."""
    folder = tmp_path_factory.mktemp("mailing")
    but = {"plugins": PLUGIN, "test_notices": folder}
    with serving(url, folder, **but, **sending(folder)) as running:
        yield running


@dataclass(frozen=True, slots=True)
class Home:
    """A directory at that server."""

    client: Client
    server: Server
    name: str

    async def invite(self, client: Client | None = None, **asked: Any) -> SendInvitationsResponse:
        """The sums of all pages."""
        dry = asked.pop("dry_run", False)
        wanted = SendInvitationsRequest(**asked)
        return await (client or self.client).users.invite(self.name, wanted, dry_run=dry)

    async def ask(self, statement: str, *values: object) -> list[Any]:
        """Rows of the database."""
        connection = await asyncpg.connect(self.server.database_url)
        try:
            return [tuple(row) for row in await connection.fetch(statement, *values)]
        finally:
            await connection.close()

    async def mails(self) -> list[Any]:
        """What was written for whom: number, event, mail, version, whether of an import."""
        return await self.ask(
            "select u.employee_number, n.event, n.mail, n.password_version, n.import_id is not null"
            " from notices n join users u on u.directory_id = n.directory_id and u.id = n.user_id"
            " join directories d on d.id = n.directory_id"
            " where d.name = $1 and n.event = 'invited' order by n.id",
            self.name,
        )

    async def a_day_later(self, state: str = "sent", hours: int = 25) -> None:
        """The directory's notices have come to that state, so long ago."""
        await self.ask(
            "update notices set state = $2, claimed_until = null, claimed_by = '',"
            " settled_at = now() - $3::integer * interval '1 hour' where directory_id ="
            " (select id from directories where name = $1)",
            self.name,
            state,
            hours,
        )


@pytest_asyncio.fixture
async def home(mailing: Server) -> AsyncIterator[Home]:
    """A directory of the test's own."""
    async with Client(mailing.address, mailing.token) as client:
        name = f"invited-{next(_NAMES)}"
        await client.directories.create(name, "Analytical Society")
        yield Home(client, mailing, name)


async def test_s55_who_was_imported_silently_is_invited_later(home: Home) -> None:
    """S55, S58: counted, then written, of the import; once in a day; not who has signed in."""
    summary = await imported(home.client, home.name, map(person, range(1, 6)))
    of: dict[str, Any] = {"import_id": summary.import_id}
    assert await home.mails() == []
    await home.client.users.suspend(home.name, employee_number="2")
    await home.client.credentials.set_for_user(home.name, _PASSWORD, employee_number="3")
    await home.client.credentials.set_for_user(home.name, _PASSWORD, employee_number="4")
    # Also a login after which the password must be changed shows that the user got in.
    await home.client.credentials.verify(home.name, _PASSWORD, email="u3@example.org")
    expected = SendInvitationsResponse(invited=3, not_active=1, signed_in=1)
    assert await home.invite(dry_run=True, **of) == expected
    assert await home.mails() == []
    assert await home.invite(**of) == expected
    assert await home.mails() == [
        ("1", "invited", "invitation", 0, True),
        ("4", "invited", "invitation", 1, True),
        ("5", "invited", "invitation", 0, True),
    ]
    again = SendInvitationsResponse(too_soon=3, not_active=1, signed_in=1)
    assert await home.invite(**of) == again
    assert await home.invite(kind=_DETAILS, **of) == again
    await home.a_day_later(hours=23)
    assert await home.invite(**of) == again
    await home.a_day_later()
    assert await home.invite(**of) == expected
    await home.a_day_later("undeliverable", hours=0)
    assert await home.invite(dry_run=True, **of) == expected
    await home.a_day_later("in_doubt", hours=1)
    assert await home.invite(dry_run=True, **of) == again


async def test_a_user_is_shown_with_the_state_of_the_password(home: Home) -> None:
    """None, then one to change, then the user's own; the first login is kept."""
    await imported(home.client, home.name, [person(1)])
    key = {"email": "u1@example.org"}

    async def shown() -> tuple[int, bool]:
        user = await home.client.users.get(home.name, employee_number="1")
        return user.password_state, user.HasField("first_login_time")

    assert await shown() == (1, False)
    await home.client.credentials.set_for_user(home.name, _PASSWORD, employee_number="1")
    assert await shown() == (2, False)
    await home.client.credentials.verify(home.name, _PASSWORD, **key)
    assert await shown() == (2, True)
    await home.client.credentials.set_for_user(
        home.name, _PASSWORD, must_change=False, employee_number="1"
    )
    assert await shown() == (3, True)


async def test_s55_an_import_that_generates_is_invited_by_login_details(home: Home) -> None:
    """S54, S55: unset, the kind is the import's; a kind that is named counts."""
    options = {"first_password": "GENERATE", "notify": "NOBODY"}
    made = await imported(home.client, home.name, [person(1)], **options)
    other = await imported(home.client, home.name, [person(2), person(3)])
    await home.invite(import_id=made.import_id)
    await home.invite(users=[UserKey(employee_number="2")])
    await home.invite(import_id=other.import_id, kind=_DETAILS)
    await home.a_day_later()
    await home.invite(import_id=made.import_id, kind=_LINK)
    assert [(number, mail, of) for number, _, mail, _, of in await home.mails()] == [
        ("1", "login_details", True),
        ("2", "invitation", False),
        ("3", "login_details", True),
        ("1", "invitation", True),
    ]


async def test_s58_users_are_invited_by_any_of_their_names(home: Home) -> None:
    """S58: each once; if one is not there, that one is named, and nobody is invited."""
    rows = [person(number, username=f"name{number}") for number in range(1, 5)]
    await imported(home.client, home.name, rows)
    user = await home.client.users.get(home.name, employee_number="4")
    keys = [
        *(UserKey(employee_number="1"), UserKey(email="U2@EXAMPLE.org")),
        *(UserKey(username="NAME3"), UserKey(user_id=user.user_id), UserKey(username="name1")),
    ]
    for gone in (UserKey(email="nobody@example.org"), UserKey(user_id="u1")):
        refused = await refusal(home.invite(users=[*keys, gone]), Reason.RESOURCE_NOT_FOUND)
        assert refused.facts["value"] == (gone.email or gone.user_id)
    assert await home.mails() == []
    assert await home.invite(users=keys) == SendInvitationsResponse(invited=4)
    assert sorted(number for number, *_ in await home.mails()) == ["1", "2", "3", "4"]


async def test_an_import_is_invited_page_by_page(home: Home) -> None:
    """A page is a transaction; the token goes on behind it, for the same question alone."""
    summary = await imported(home.client, home.name, map(person, range(1, 8)))
    asked = SendInvitationsRequest(directory=home.name, import_id=summary.import_id, page_size=3)
    sizes, tokens = [], []
    calls, channel = home.client.users._calls, home.client.users._channel
    while True:
        page = await channel.ask(calls.SendInvitations, asked)
        sizes.append(page.invited)
        asked.page_token = page.next_page_token
        if not page.next_page_token:
            break
        tokens.append(page.next_page_token)
    assert sizes == [3, 3, 1]
    other = SendInvitationsRequest(
        directory=home.name, import_id=summary.import_id, kind=_LINK, page_token=tokens[0]
    )
    refused = await refusal(channel.ask(calls.SendInvitations, other), Reason.INVALID_OPTIONS)
    assert refused.facts["option"] == "page_token"
    keys = [UserKey(employee_number=str(number)) for number in range(1, 8)]
    asked = SendInvitationsRequest(directory=home.name, users=keys, page_size=4)
    first = await channel.ask(calls.SendInvitations, asked)
    asked.page_token = first.next_page_token
    second = await channel.ask(calls.SendInvitations, asked)
    assert (first.too_soon, second.too_soon, second.next_page_token) == (4, 3, "")


async def test_twenty_calls_at_once_invite_each_user_once(home: Home) -> None:
    """One notice a user, however the calls name them."""
    summary = await imported(home.client, home.name, map(person, range(1, 31)))
    keys = [UserKey(employee_number=str(number)) for number in range(30, 0, -1)]
    asked: list[dict[str, Any]] = [{"import_id": summary.import_id}, {"users": keys}]
    answers = await asyncio.gather(*(home.invite(**asked[n % 2]) for n in range(20)))
    assert sum(answer.invited for answer in answers) == 30
    assert all(answer.invited + answer.too_soon == 30 for answer in answers)
    assert len(await home.mails()) == 30


async def test_a_user_is_mailed_once_by_who_invites_and_who_sends_again(home: Home) -> None:
    """Each waits for the other: one of them writes a notice, whichever comes first."""
    await imported(home.client, home.name, [person(1)])
    wanted = ResendNoticesRequest(user=UserKey(employee_number="1"))
    await home.invite(users=[UserKey(employee_number="1")])
    await home.a_day_later("undeliverable")

    async def resend() -> tuple[int, int]:
        answer = await home.client.notifications.resend(home.name, wanted)
        return answer.resent.undeliverable, answer.too_soon

    async def invite() -> tuple[int, int]:
        answer = await home.invite(users=[UserKey(employee_number="1")])
        return answer.invited, answer.too_soon

    connection = await asyncpg.connect(home.server.database_url)
    try:
        for call in (resend, invite):
            async with connection.transaction():
                await connection.execute(
                    "select pg_advisory_xact_lock(hashtextextended('rollbook invitations', id))"
                    " from directories where name = $1",
                    home.name,
                )
                asked = asyncio.ensure_future(call())
                async with asyncio.timeout(20):
                    while not (asked.done() or await connection.fetchval(_WAITS)):  # noqa: ASYNC110
                        await asyncio.sleep(0.01)
                # As another server does that came first.
                await connection.execute(
                    "insert into notices (directory_id, user_id, event, mail, due_at)"
                    " select directory_id, user_id, event, mail, now() + interval '1 day'"
                    " from notices where directory_id ="
                    " (select id from directories where name = $1) and state = 'undeliverable'",
                    home.name,
                )
            assert await asked == (0, 1)
            await connection.execute(
                "delete from notices where state = 'pending' and directory_id ="
                " (select id from directories where name = $1)",
                home.name,
            )
    finally:
        await connection.close()


@pytest.mark.parametrize("privileged", [False, True])
async def test_p52_login_details_of_guarded_users_need_a_right(
    home: Home, *, privileged: bool
) -> None:
    """P51, P52: by `credentials:write`; guarded users as by hand. A link replaces no password."""
    rows = [person(1), person(2), person(3, role="admin")]
    summary = await imported(home.client, home.name, rows)
    await home.client.users.set_locks(home.name, protected=True, employee_number="2")
    of: dict[str, Any] = {"import_id": summary.import_id, "dry_run": True}
    scopes = ["notifications:send", *(["roles:privileged"] if privileged else [])]

    async def having(*more: str, **asked: Any) -> SendInvitationsResponse:
        token = Token(
            scopes=[*scopes, *more], directories=[home.name], principal=f"p{next(_NAMES)}"
        )
        made = await home.client.tokens.create(token)
        async with Client(home.server.address, made.secret) as client:
            return await home.invite(client, **asked)

    assert await having(**of) == SendInvitationsResponse(invited=3)
    await refusal(having(kind=_DETAILS, **of), Reason.PERMISSION_DENIED)
    generated = await imported(
        home.client, home.name, [person(4)], first_password="GENERATE", notify="NOBODY"
    )
    derived = having(import_id=generated.import_id)
    await refusal(derived, Reason.PERMISSION_DENIED)
    permitted = SendInvitationsResponse(invited=3)
    barred = SendInvitationsResponse(invited=1, not_permitted=2)
    found = await having("credentials:write", kind=_DETAILS, **of)
    assert found == (permitted if privileged else barred)
    assert await home.mails() == []
    scopes[:] = ["credentials:write", "users:write", "imports:write"]
    await refusal(having(**of), Reason.PERMISSION_DENIED)


@pytest.mark.parametrize(
    ("asked", "option"),
    [
        ({}, "users"),
        ({"import_id": "17"}, "import_id"),
        ({"users": [UserKey()]}, "users"),
        ({"users": [UserKey(email=" ")]}, "users"),
        ({"users": [UserKey(email="x")] * 1_001}, "users"),
        ({"users": [UserKey(email="x")], "import_id": "17"}, "users"),
        ({"users": [UserKey(email="x")], "kind": 99}, "kind"),
    ],
)
async def test_invitations_that_cannot_be_are_refused(
    home: Home, asked: dict[str, Any], option: str
) -> None:
    """By the name of the field."""
    refused = await refusal(home.invite(**asked), Reason.INVALID_OPTIONS)
    assert refused.facts["option"] == option


async def test_an_import_of_another_directory_is_as_unknown(home: Home) -> None:
    """P51: in the same bytes as one that nobody made."""
    summary = await imported(home.client, home.name, [person(1)])
    other = f"{home.name}-other"
    await home.client.directories.create(other, "Other")
    for import_id in (summary.import_id, "00000000-0000-4000-8000-000000000000"):
        wanted = SendInvitationsRequest(import_id=import_id)
        await refusal(home.client.users.invite(other, wanted), Reason.PERMISSION_DENIED)


async def test_a_server_that_would_mail_nobody_invites_nobody(
    home: Home, mailing: Server, tmp_path: Any
) -> None:
    """It names what it lacks."""
    await imported(home.client, home.name, [person(1)])
    with serving(mailing.database_url, tmp_path) as bare:
        async with Client(bare.address, bare.token) as client:
            asked = home.invite(client, users=[UserKey(employee_number="1")])
            refused = await refusal(asked, Reason.INVALID_OPTIONS)
    assert refused.facts["not_available"] == "true"
    assert "ROLLBOOK_PUBLIC_URL" in refused.facts["missing"]


def _counts(expected: Counter[str]) -> SendInvitationsResponse:
    answer = SendInvitationsResponse()
    for name, count_ in expected.items():
        setattr(answer, name, count_)
    return answer


async def test_s55_who_is_invited_is_what_the_rules_say(  # noqa: PLR0915 -- one story
    home: Home,
) -> None:
    """S55: 400 users in random states, against the rules said once more."""
    random = Random(55)
    numbers = [str(number) for number in range(1, 401)]
    summary = await imported(home.client, home.name, map(person, numbers))
    expected: Counter[str] = Counter()
    mails = ("welcome", "reset", "invitation", "login_details", "password_changed")
    states = ("pending", "sent", "undeliverable", "unhandled", "in_doubt", "expired", "resent")
    users, entries, notices = [], [], []
    for number in numbers:
        active, got_in = random.random() < 0.9, random.random() < 0.2
        guarded = random.random() < 0.2
        mail, state = random.choice(mails), random.choice(states)
        hours, in_doubt = random.choice([1, 23, 25]), random.random() < 0.3
        lately = mail in ("invitation", "login_details") and (
            state == "pending"
            or (
                hours < 24
                and (state in ("sent", "in_doubt") or (in_doubt and state != "undeliverable"))
            )
        )
        users.append((number, "active" if active else "suspended", guarded))
        entries.append((number, got_in))
        notices.append((number, mail, state, hours, in_doubt))
        rules = [
            (not active, "not_active"),
            (got_in, "signed_in"),
            (guarded, "not_permitted"),
            (lately, "too_soon"),
        ]
        verdict = next((word for holds, word in rules if holds), "invited")
        expected[verdict] += 1
    assert set(expected) == {"not_active", "signed_in", "not_permitted", "too_soon", "invited"}
    user = await home.client.users.get(home.name, employee_number="1")
    ((directory,),) = await home.ask(
        "select directory_id from users where id = $1", stored_id(user.user_id)
    )
    connection = await asyncpg.connect(home.server.database_url)
    where = f"from users where directory_id = {directory} and employee_number = $1"
    try:
        await connection.executemany(
            "update users set status = $2, protected = $3"
            f" where directory_id = {directory} and employee_number = $1",
            users,
        )
        await connection.executemany(
            "insert into credentials (directory_id, user_id, first_login_at)"
            f" select directory_id, id, case when $2::boolean then now() end {where}",
            entries,
        )
        await connection.executemany(
            "insert into notices (directory_id, user_id, event, mail, state, due_at, in_doubt,"
            " settled_at) select directory_id, id, 'invited', $2, $3, now() + interval '1 day', $5,"
            f" case when $3 <> 'pending' then now() - $4 * interval '1 hour' end {where}",
            notices,
        )
    finally:
        await connection.close()
    token = Token(
        scopes=["notifications:send", "credentials:write"],
        directories=[home.name],
        principal=f"p{next(_NAMES)}",
    )
    made = await home.client.tokens.create(token)
    async with Client(home.server.address, made.secret) as client:
        asked: dict[str, Any] = {"import_id": summary.import_id, "kind": _DETAILS}
        asked["dry_run"] = True
        assert await home.invite(client, **asked) == _counts(expected)
