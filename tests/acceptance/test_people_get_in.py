"""Four products, as an administrator of each uses it, until people log in. Mails go over SMTP.

The relay is that of the tests of rollbook-mail, which breaks off as ordered.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio
import trustme
from mail_relay import DROP, Relay, certificate

from rollbook.client import Client
from rollbook.errors import Reason
from rollbook.v1.credentials_pb2 import (
    LOGIN_RESULT_MUST_CHANGE,
    LOGIN_RESULT_NO,
    LOGIN_RESULT_OK,
)
from rollbook.v1.directories_pb2 import Location
from rollbook.v1.users_pb2 import INVITATION_KIND_LOGIN_DETAILS, SendInvitationsRequest
from tests.acceptance.command import HEADER, at, rollbook
from tests.acceptance.getting_in import sending
from tests.acceptance.post import SOON, Post
from tests.acceptance.wire import Peer
from tests.faults.witness import started
from tests.rpc.refusals import refusal

OWN, OTHER = "four silver kettles hum", "grey clouds over the quay"
_LINK = re.compile(r"^https://people\.example\.org/set-password#([a-z0-9-]+)\.(\S+)$", re.MULTILINE)
_PASSWORD = re.compile(r"^    Password   (\S+)$", re.MULTILINE)


class Office(NamedTuple):
    """An administrator's server, and the relay that its mails go to."""

    post: Post
    client: Client
    relay: Relay

    def text_to(self, address: str) -> str:
        """The text of the one mail to an address; forgets it, so that the next is the one."""
        mail = self.relay.mail_to(address)
        self.relay.accepted.remove(mail)
        body = mail.message.get_body(("plain",))
        assert body
        return str(body.get_content()).replace("\r\n", "\n")

    async def says(self, *arguments: str) -> str:
        """What an administrator's command prints; the relay goes on meanwhile."""
        said = await asyncio.to_thread(rollbook, *arguments, env=at(self.post.peer.server))
        assert said.code == 0, said.err
        return said.out

    async def later(self, directory: str, time: str) -> None:
        """So much time passes since the import and its mails."""
        for changed in (
            "update imports set created_at = created_at - $2::text::interval,"
            " updated_at = updated_at - $2::text::interval",
            "update users set created_at = created_at - $2::text::interval",
            "update notices set created_at = created_at - $2::text::interval,"
            " settled_at = settled_at - $2::text::interval",
        ):
            of = " where directory_id = (select id from directories where name = $1)"
            await self.post.peer.execute(changed + of, directory, time)

    async def result(self, directory: str, password: str, **who: str) -> int:
        """What a login comes to."""
        return (await self.client.credentials.verify(directory, password, **who)).result


@pytest_asyncio.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    """A server whose rollbook-mail sends links and passwords."""
    authority = trustme.CA()
    async with Relay(certificate(authority)) as relay:
        with authority.cert_pem.tempfile() as ca_file:
            settings = {
                **sending(tmp_path, "rollbook-mail"),
                "plugins": "rollbook-mail",
                "notification_poll": SOON,
                "mail_host": "127.0.0.1",
                "mail_port": relay.port,
                "mail_ca_file": ca_file,
                "mail_from": "accounts@example.net",
            }
            async with (
                started(database_url, tmp_path, **settings) as server,
                Peer.of(server) as peer,
                Client(server.address, server.token) as client,
            ):
                yield Office(Post(peer, tmp_path, database_url), client, relay)


async def _imported(office: Office, profile: str, content: str, directory: str = "") -> str:
    """The directory into which the file was imported, every row."""
    directory = directory or await office.post.peer.new_directory()
    answer = await office.post.peer.send_file(directory, content, profile=profile)
    assert answer.summary, answer.message
    assert answer.summary.failed == 0, answer.rows
    warned = {issue.code for issue in answer.summary.warnings}
    assert warned <= {"password_column_read"}  # above all, that the mail is set up
    return directory


async def test_evidence_passwords_in_the_file_and_forgotten_ones(office: Office) -> None:
    """S50, S51, S52, S60: log in at once; who has none, and who forgot, gets a link by mail."""
    content = (
        "first_name;last_name;email;username;password\n"
        f"Ida;Wells;ida@example.org;iwells;{OWN}\n"
        "Bo;Ek;bo@example.org;bek;\n"
    )
    directory = await _imported(office, "evidence", content)
    assert await office.result(directory, OWN, username="iwells") == LOGIN_RESULT_OK
    assert not office.relay.accepted
    for username, address in (("bek", "bo@example.org"), ("iwells", "ida@example.org")):
        before = len(await office.post.rows(directory))
        await office.client.credentials.request_reset(directory, username=username)
        await office.post.written(directory, before + 1)
        await office.post.settled(directory)
        await _redeemed(office, directory, office.text_to(address), OTHER)
        assert await office.result(directory, OTHER, username=username) == LOGIN_RESULT_OK
        await office.post.settled(directory)
        assert "was changed" in office.text_to(address)
    assert await office.result(directory, OWN, username="iwells") == LOGIN_RESULT_NO


async def _redeemed(office: Office, directory: str, text: str, password: str) -> None:
    """Use the link of a mail, twice."""
    found = _LINK.search(text)
    assert found, text
    assert found[1] == directory
    assert "works once, until " in text
    await office.client.credentials.set_by_link(directory, found[2], password)
    again = office.client.credentials.set_by_link(directory, found[2], "another quiet long one")
    await refusal(again, Reason.TOKEN_REJECTED)


async def test_claromentis_silently_and_later_by_login_details(office: Office) -> None:
    """S54, S55, S56: nobody is mailed; later each gets a password that must be changed."""
    content = (
        "Username,First name,Last name,Email,Location\n"
        "hs,Hana,Sato,hana@example.org,Tokyo\non,Ole,Nielsen,ole@example.org,Aarhus\n"
    )
    directory = await _imported(office, "claromentis", content)
    assert not office.relay.accepted
    imports = [found async for found in office.client.imports.list(directory)]
    wanted = SendInvitationsRequest(import_id=imports[0].import_id)
    assert (await office.client.users.invite(directory, wanted)).invited == 2
    await office.post.settled(directory)
    for username, address in (("hs", "hana@example.org"), ("on", "ole@example.org")):
        text = office.text_to(address)
        found = _PASSWORD.search(text)
        assert found, text
        given = found[1]
        assert await office.result(directory, given, username=username) == LOGIN_RESULT_MUST_CHANGE
        await office.client.credentials.set_by_old(directory, given, OWN, username=username)
        assert await office.result(directory, OWN, username=username) == LOGIN_RESULT_OK
        assert await office.result(directory, given, username=username) == LOGIN_RESULT_NO
    again = await office.client.users.invite(directory, wanted)
    assert (again.invited, again.signed_in) == (0, 2)


_SILENT = "7d444840-9dc0-41d1-8245-5ffdce74fae2"
_NAMES = ("ann", "bob", "cyd", "dan")


async def test_a_silent_import_and_invitations_days_later(  # noqa: PLR0915 -- one story
    office: Office, tmp_path: Path
) -> None:
    """S55, S58: by commands, an import's and users'; by the mails' links; one mail in 24 hours."""
    directory = await office.post.peer.new_directory()
    where = ("--directory", directory)
    people = "".join(f"{n},{name}@example.org,Ada,Byron\n" for n, name in enumerate(_NAMES, 1))
    file = tmp_path / "staff.csv"
    file.write_text(f"{HEADER}\n{people}")
    await office.says("import", str(file), "--notify", "nobody", "--import-id", _SILENT, *where)
    await office.later(directory, "5 days")
    assert not office.relay.contents
    assert {await office.result(directory, OWN, email=_at(name)) for name in _NAMES} == {
        LOGIN_RESULT_NO
    }
    one = ("users", "invite", "1", "--yes", *where)
    whole = ("imports", "invite", _SILENT, "--yes", "--output", "ndjson", *where)
    assert await office.says(*one) == "1 user is invited\n"
    assert _counts(await office.says(*whole)) == {"invited": 3, "tooSoon": 1}
    for hours in ("0 hours", "23 hours"):
        await office.post.settled(directory)
        await office.later(directory, hours)
        assert _counts(await office.says(*whole)) == {"tooSoon": 4}
        assert (await office.says(*one)).startswith("0 users are invited\n")
    firsts = {name: office.text_to(_at(name)) for name in _NAMES}
    assert not office.relay.accepted  # each got one
    for name in ("ann", "bob"):
        await _redeemed(office, directory, firsts[name], OWN)
        assert await office.result(directory, OWN, email=_at(name)) == LOGIN_RESULT_OK
        await office.post.settled(directory)
        assert "was changed" in office.text_to(_at(name))
    await office.later(directory, "2 hours")
    assert _counts(await office.says(*whole)) == {"invited": 2, "signedIn": 2}
    assert _counts(await office.says(*whole)) == {"tooSoon": 2, "signedIn": 2}
    await office.post.settled(directory)
    again = {name: office.text_to(_at(name)) for name in ("cyd", "dan")}
    assert not office.relay.accepted
    # Whichever of the two mails a person opens, its link works; then the other one is dead.
    for opened, other in ((again["cyd"], firsts["cyd"]), (firsts["dan"], again["dan"])):
        await _redeemed(office, directory, opened, OWN)
        found = _LINK.search(other)
        assert found
        token = office.client.credentials.set_by_link(directory, found[2], OTHER)
        await refusal(token, Reason.TOKEN_REJECTED)
    for name in ("cyd", "dan"):
        assert await office.result(directory, OWN, email=_at(name)) == LOGIN_RESULT_OK
    await office.later(directory, "25 hours")
    assert _counts(await office.says(*whole)) == {"signedIn": 4}


def _at(name: str) -> str:
    return f"{name}@example.org"


def _counts(line: str) -> dict[str, int]:
    """How many are invited or left out, without what is 0."""
    return {word: number for word, number in json.loads(line).items() if number}


async def test_secureai_by_invitation(office: Office) -> None:
    """S58: each new user gets a link at the address in the file, once."""
    content = "email,name,role,department\njane@example.org,Jane Smith,user,IT\n"
    directory = await _imported(office, "secureai", content)
    await office.post.settled(directory)
    text = office.text_to("jane@example.org")
    assert "Hello Jane Smith," in text
    wanted = SendInvitationsRequest()
    wanted.users.add(email="jane@example.org")
    assert (await office.client.users.invite(directory, wanted)).too_soon == 1
    await _redeemed(office, directory, text, OWN)
    assert await office.result(directory, OWN, email="jane@example.org") == LOGIN_RESULT_OK


async def test_ocasta_by_forgot_password(office: Office) -> None:
    """S52, S60: users who never had a password; by the number, which is the username."""
    post = office.post
    directory = await post.peer.new_directory()
    await office.client.locations.create(directory, Location(name="Head Office"))
    content = (
        "employee_number,first_name,last_name,location,email\n"
        "1001,Ines,Costa,Head Office,ines@example.org\n"
    )
    await _imported(office, "ocasta", content, directory)
    assert not office.relay.accepted
    await office.client.credentials.request_reset(directory, username="1001")
    await post.settled(directory)
    await _redeemed(office, directory, office.text_to("ines@example.org"), OWN)
    assert await office.result(directory, OWN, username="1001") == LOGIN_RESULT_OK


@pytest.mark.parametrize("profile", ["secureai", "claromentis"])
async def test_a_break_behind_the_final_dot_repeats_the_same_mail(
    office: Office, profile: str
) -> None:
    """P36: the same Message-ID, Date, and link or password, byte for byte; and it opens."""
    office.relay.once("dot", DROP)
    if profile == "secureai":
        content = "email,name,role,department\njane@example.org,Jane Smith,user,IT\n"
        directory = await _imported(office, profile, content)
    else:
        content = "Username,First name,Last name,Email\njs,Jane,Smith,jane@example.org\n"
        directory = await _imported(office, profile, content)
        wanted = SendInvitationsRequest()
        wanted.users.add(username="js")
        wanted.kind = INVITATION_KIND_LOGIN_DETAILS
        await office.client.users.invite(directory, wanted)
    await office.post.tried(directory, 1)
    await office.post.due_now(directory)
    assert await office.post.settled(directory) == {"sent": 1}
    first, then = office.relay.contents
    assert first.content == then.content
    text = office.text_to("jane@example.org")
    if profile == "secureai":
        await _redeemed(office, directory, text, OWN)
        return
    found = _PASSWORD.search(text)
    assert found
    assert await office.result(directory, found[1], username="js") == LOGIN_RESULT_MUST_CHANGE
