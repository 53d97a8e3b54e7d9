"""What opens an account stands in its mail, whole, and nowhere else."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from mail_relay import DROP, Relay, Start
from sealed import MAILS, head, part, sealed_of, writer
from structlog.testing import capture_logs

from rollbook.hooks import Credential, Later, Notice, Sent
from rollbook_mail.samples import sample_credential

OPENING = [each for each in MAILS if each.mail.opens_account]
opening = pytest.mark.parametrize("each", OPENING, ids=lambda each: each.mail.value)
"""Marks a test that is to hold for each mail that opens an account."""


@pytest.fixture(autouse=True)
def _alone(environment: Callable[..., None]) -> None:
    """The tests ignore the variables of the account that runs them."""


@pytest.mark.parametrize("name", ["Ada Byron", "www.evil.example/win", "<b>x</b>", "A" * 61])
@pytest.mark.parametrize("each", MAILS, ids=lambda each: each.mail.value)
def test_it_stands_in_both_parts_and_in_no_header(each: Notice, name: str) -> None:
    """S54, S58, P50: the link whole on its line, however long; nothing of a mail without one."""
    credential = sample_credential(each)
    mail = sealed_of(writer(), each._replace(name=name))
    text, page = part(mail, "plain"), part(mail, "html")
    assert "evil" not in text + page
    if credential is None:
        assert "sample" not in text + page
        return
    secret = credential.link or credential.password
    assert secret.encode() not in head(mail)
    assert secret not in repr(mail)
    assert secret in text
    if credential.link:
        assert text.split("\n").count(secret) == 1
        assert page.count(f'href="{secret}"') == 2
    else:
        assert page.count(secret) == 1


@pytest.mark.parametrize("length", [60, 80, 200, 900])
def test_a_link_is_never_broken(length: int) -> None:
    """S58: however long the operator's address is; a mail program opens the whole line."""
    link = f"https://people.example.org/{'a' * length}/set-password#main.{'x' * 48}"
    (each,) = [each for each in OPENING if each.mail.value == "reset"]
    mail = writer().seal(each, Credential(link=link, expires_at=datetime(2027, 2, 1, tzinfo=UTC)))
    assert link in part(mail, "plain").split("\n")


@opening
async def test_a_break_behind_the_final_dot_repeats_the_same_bytes(
    start: Start, relay: Relay, each: Notice
) -> None:
    """P36: in doubt; the next attempt is the same mail with the same link."""
    given = {each.id: sample_credential(each) or Credential()}
    plugin = await start()
    relay.once("dot", DROP)
    doubt = (await plugin.notify([each], 30, None, given) or {})[each.id]
    assert isinstance(doubt, Later)
    assert doubt.in_doubt
    sent = (await plugin.notify([each._replace(attempt=2)], 30, None, given) or {})[each.id]
    assert isinstance(sent, Sent)
    contents = {mail.content for mail in relay.contents}
    assert len(contents) == 1


@opening
async def test_without_its_credential_it_waits_and_says_why(
    start: Start, relay: Relay, each: Notice
) -> None:
    """The operator has named another sender: nothing is sent, and nobody is undeliverable."""
    plugin = await start()
    with capture_logs() as logs:
        answer = (await plugin.notify([each], 30) or {})[each.id]
    assert isinstance(answer, Later)
    assert "ROLLBOOK_CREDENTIAL_SENDER" in answer.reason
    assert [log for log in logs if log["log_level"] == "error"]
    assert not relay.contents


@opening
async def test_answers_and_logs_do_not_have_it(start: Start, relay: Relay, each: Notice) -> None:
    """P50: whatever the relay replies."""
    credential = sample_credential(each) or Credential()
    secret = credential.link or credential.password
    plugin = await start()
    relay.once("dot", "451 4.3.0 no")
    with capture_logs() as logs:
        refused = (await plugin.notify([each], 30, None, {each.id: credential}) or {})[each.id]
        sent = (await plugin.notify([each], 30, None, {each.id: credential}) or {})[each.id]
    assert isinstance(refused, Later)
    assert isinstance(sent, Sent)
    assert secret not in f"{logs}{refused}{sent}"
