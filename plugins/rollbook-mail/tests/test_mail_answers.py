"""Tests of the answer to each mail: sent, later, in doubt, or undeliverable."""

import asyncio

import pytest
from mail_relay import DROP, SLOWLY, STALL, Relay, Start, notice, until

from rollbook.hooks import Later, Mail, Sent, Undeliverable

ADA, BOB, CYD = (notice(f"{name}@example.org") for name in ("ada", "bob", "cyd"))
WITHIN = 30.0


async def test_a_mail_is_sent_over_tls_to_the_stored_address(start: Start, relay: Relay) -> None:
    """Only the greeting and STARTTLS go over the wire in clear."""
    plugin = await start()
    answers = await plugin.notify([ADA], WITHIN)
    assert answers == {ADA.id: Sent("250 2.0.0 Ok: queued as 4BxY7")}
    mail = relay.mail_to("ada@example.org")
    assert mail.sender == "accounts@example.net"
    assert mail.message["To"] == "ada@example.org"
    assert mail.options == ""
    assert [line for secret, line in relay.heard if not secret] == [
        "EHLO example.net",
        "STARTTLS",
    ]


async def test_tls_from_the_first_byte(start: Start, relay: Relay) -> None:
    """With `tls`, nothing is sent in clear."""
    async with Relay(relay.certificate, starttls=False) as other:
        plugin = await start(port=other.port, tls="tls")
        assert isinstance((await plugin.notify([ADA], WITHIN) or {})[ADA.id], Sent)
        assert {secret for secret, _ in other.heard} == {True}


async def test_clear_text_only_where_it_is_asked_for_by_name(start: Start) -> None:
    async with Relay(None) as clear:
        plugin = await start(port=clear.port, tls="off-in-clear-text")
        assert isinstance((await plugin.notify([ADA], WITHIN) or {})[ADA.id], Sent)
        assert "STARTTLS" not in clear.commands


async def test_what_is_no_mail_of_ours_is_left_to_others(start: Start, relay: Relay) -> None:
    """Silence about what asks for no mail: None for all, left out beside one that does."""
    plugin = await start()
    none = BOB._replace(mail=Mail.NONE)
    assert await plugin.notify([none], WITHIN) is None
    assert relay.connections == 0
    assert set(await plugin.notify([none, ADA], WITHIN) or {}) == {ADA.id}
    assert [mail.recipient for mail in relay.accepted] == [ADA.email]


@pytest.mark.parametrize(
    ("stage", "action", "answer"),
    [
        ("MAIL", "451 4.3.0 Try again", Later("The relay refused the sender: 451 4.3.0 Try again")),
        ("MAIL", "550 5.7.1 Not you", Later("The relay refused the sender: 550 5.7.1 Not you")),
        ("MAIL", "421 4.3.2 Closing", Later("The relay refused the sender: 421 4.3.2 Closing")),
        ("RCPT", "450 4.2.0 Busy", Later("The relay refused the recipient: 450 4.2.0 Busy")),
        ("RCPT", "421 4.7.0 Closing", Later("The relay refused the recipient: 421 4.7.0 Closing")),
        (
            "RCPT",
            "550 5.1.1 Nobody",
            Undeliverable("The relay refused the recipient: 550 5.1.1 Nobody"),
        ),
        ("DATA", "452 4.3.1 Full", Later("The relay refused the mail: 452 4.3.1 Full")),
        ("RCPT", "554 5.7.1 No AUTH", Later("The relay refused the recipient: 554 5.7.1 No AUTH")),
        ("RCPT", "550 5.4.5 Limit", Later("The relay refused the recipient: 550 5.4.5 Limit")),
        ("RCPT", "530 Sign in", Later("The relay refused the recipient: 530 Sign in")),
        ("RCPT", "552 5.2.2 Full", Later("The relay refused the recipient: 552 5.2.2 Full")),
        ("RCPT", "550 5.1.8 From?", Later("The relay refused the recipient: 550 5.1.8 From?")),
        ("RCPT", "550 Denied", Later("The relay refused the recipient: 550 Denied")),
        (
            "RCPT",
            "550 5.2.1 Disabled",
            Undeliverable("The relay refused the recipient: 550 5.2.1 Disabled"),
        ),
        (
            "RCPT",
            "550 Ada@Example.org unknown",
            Undeliverable("The relay refused the recipient: 550 Ada@Example.org unknown"),
        ),
        ("DATA", "554 5.5.1 No", Later("The relay refused the mail: 554 5.5.1 No")),
        ("dot", "451 4.7.1 Greylisted", Later("The relay refused the mail: 451 4.7.1 Greylisted")),
        ("dot", "421 4.3.2 Closing", Later("The relay refused the mail: 421 4.3.2 Closing")),
        ("dot", "554 5.7.1 Spam", Later("The relay refused the mail: 554 5.7.1 Spam")),
        ("dot", "552 5.3.4 Quota", Later("The relay refused the mail: 552 5.3.4 Quota")),
        (
            "dot",
            "199 What?",
            Later("The relay answered the mail with 199 What?", in_doubt=True),
        ),
    ],
)
async def test_a_refusal_is_answered_by_where_it_came(
    start: Start, relay: Relay, stage: str, action: str, answer: Later | Undeliverable
) -> None:
    """P35, P38: a 5xx ends a mail only if it refuses this recipient; the next mail goes on."""
    relay.once(stage, action)
    plugin = await start(connections=1)
    answers = await plugin.notify([ADA, BOB], WITHIN)
    assert answers == {ADA.id: answer, BOB.id: Sent("250 2.0.0 Ok: queued as 4BxY7")}
    assert [mail.recipient for mail in relay.accepted] == [BOB.email]


@pytest.mark.parametrize("action", [DROP, STALL, "What is that?"])
@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "dot"])
async def test_a_break_is_in_doubt_only_after_the_final_dot(
    start: Start, relay: Relay, stage: str, action: str
) -> None:
    """P36: dropped, silent or senseless, before the dot it is later, after it in doubt."""
    relay.once(stage, action)
    short = {"timeout": 1, "dot_timeout": 1} if action == STALL else {}
    plugin = await start(connections=1, **short)
    answers = await plugin.notify([ADA, BOB], WITHIN) or {}
    ada = answers[ADA.id]
    assert isinstance(ada, Later)
    assert ada.in_doubt == (stage == "dot")
    assert ada.after is None
    assert ada.reason.startswith(f"The relay 127.0.0.1:{relay.port} ")
    assert isinstance(answers[BOB.id], Sent)


async def test_the_final_dot_has_longer_than_the_mail(start: Start, relay: Relay) -> None:
    """P36: a relay that stores slowly is waited for, and its answer is no doubt."""
    relay.pause = 0.05
    relay.once("dot", f"{SLOWLY}250 2.0.0 Ok, at last")
    plugin = await start(timeout=0.5)
    answers = await plugin.notify([ADA], WITHIN)
    assert answers == {ADA.id: Sent("250 2.0.0 Ok, at last")}


async def test_each_mail_is_reported_when_it_is_answered(start: Start, relay: Relay) -> None:
    """P02: while a later mail of the same call still waits for the relay."""
    relay.once("dot", "250 2.0.0 one", "250 2.0.0 two", STALL)
    plugin = await start(connections=1, dot_timeout=1)
    reported: dict[str, object] = {}
    running = asyncio.create_task(plugin.notify([ADA, BOB, CYD], WITHIN, reported.__setitem__))
    await until(lambda: len(relay.contents) == 3)
    assert reported == {ADA.id: Sent("250 2.0.0 one"), BOB.id: Sent("250 2.0.0 two")}
    answers = await running
    assert answers == reported


async def test_bounces_go_to_the_envelope_sender(start: Start, relay: Relay) -> None:
    """A setting of its own; the header's sender stays."""
    plugin = await start(envelope_from="bounces@mail.example.net")
    await plugin.notify([ADA], WITHIN)
    mail = relay.mail_to(ADA.email)
    assert mail.sender == "bounces@mail.example.net"
    assert mail.message["From"] == "accounts@example.net"


async def test_the_other_kind_of_tls_is_named(start: Start, relay: Relay) -> None:
    """STARTTLS to a port of implicit TLS, which waits for us to begin, and the reverse."""
    async with Relay(relay.certificate, starttls=False) as implicit:
        plugin = await start(port=implicit.port, timeout=0.5)
        said = (await plugin.notify([ADA], WITHIN) or {})[ADA.id]
        assert isinstance(said, Later)
        assert said.reason.endswith("set ROLLBOOK_MAIL_TLS to tls.")
    plugin = await start(tls="tls")
    said = (await plugin.notify([ADA], WITHIN) or {})[ADA.id]
    assert isinstance(said, Later)
    assert said.reason.endswith("set ROLLBOOK_MAIL_TLS to starttls.")


async def test_a_connection_that_421_ends_is_closed_at_once(start: Start, relay: Relay) -> None:
    """P37: the relay keeps its side open; ours is closed, over TLS too."""
    relay.lingers = True
    relay.once("RCPT", "421 4.7.0 Closing")
    plugin = await start(connections=1)
    assert isinstance((await plugin.notify([ADA], WITHIN) or {})[ADA.id], Later)
    await until(lambda: not relay.sessions, 2)


async def test_what_is_put_off_is_sent_once_and_as_it_was(start: Start, relay: Relay) -> None:
    """P34: after a 450 the next attempt carries the same mail, once."""
    relay.once("RCPT", "450 4.2.0 Busy")
    plugin = await start()
    assert isinstance((await plugin.notify([ADA], WITHIN) or {})[ADA.id], Later)
    again = ADA._replace(attempt=2)
    assert isinstance((await plugin.notify([again], WITHIN) or {})[ADA.id], Sent)
    assert len(relay.accepted) == 1


async def test_one_recipient_refused_leaves_the_others_alone(start: Start, relay: Relay) -> None:
    """P35: a 550 is undeliverable at once, with the relay's words; the others are sent."""
    relay.always("RCPT", "550 5.1.1 <bob@example.org>: no such user", to=BOB.email)
    plugin = await start()
    answers = await plugin.notify([ADA, BOB, CYD], WITHIN) or {}
    assert answers[BOB.id] == Undeliverable(
        "The relay refused the recipient: 550 5.1.1 <bob@example.org>: no such user"
    )
    assert {mail.recipient for mail in relay.accepted} == {ADA.email, CYD.email}


async def test_after_a_doubt_the_same_mail_comes_again(start: Start, relay: Relay) -> None:
    """P36: the same bytes, and so the same Message-ID, by which a mailbox finds duplicates."""
    relay.once("dot", DROP)
    plugin = await start()
    first = (await plugin.notify([ADA], WITHIN) or {})[ADA.id]
    assert isinstance(first, Later)
    assert first.in_doubt
    second = (await plugin.notify([ADA._replace(attempt=2)], WITHIN) or {})[ADA.id]
    assert isinstance(second, Sent)
    one, two = relay.contents
    assert one == two
    assert one.message["Message-ID"] == "<n-ada.acme@example.net>"


@pytest.mark.parametrize("stage", ["greeting", "EHLO", "MAIL", "RCPT", "DATA", "dot"])
async def test_a_relay_that_drips_is_bounded(start: Start, relay: Relay, stage: str) -> None:
    """P37: a byte now and then is no progress; each is answered before the call is given up on."""
    usual = {"greeting": "220 relay.example.org", "EHLO": "250 relay.example.org"}
    relay.always(stage, f"{SLOWLY}{usual.get(stage, '250 2.0.0 Ok, whatever you say')}")
    plugin = await start(timeout=0.2, dot_timeout=0.2)
    within = 5.0
    answers = await asyncio.wait_for(plugin.notify([ADA, BOB, CYD], within), within) or {}
    assert set(answers) == {ADA.id, BOB.id, CYD.id}
    assert {type(answer) for answer in answers.values()} == {Later}


async def test_what_there_is_no_time_for_comes_later(start: Start, relay: Relay) -> None:
    """P37: a relay that stalls once costs one mail its time; what was not begun is asked soon."""
    relay.always("RCPT", STALL)
    plugin = await start(connections=1, timeout=60)
    within = 3.0
    answers = await asyncio.wait_for(plugin.notify([ADA, BOB, CYD], within), within) or {}
    assert answers[ADA.id] == Later(f"The relay 127.0.0.1:{relay.port} did not answer in time.")
    late = Later("The relay was too slow for it to be begun in time.", after=5.0)
    assert (answers[BOB.id], answers[CYD.id]) == (late, late)


async def test_a_mail_is_not_begun_with_hardly_any_time_left(start: Start, relay: Relay) -> None:
    """P37: cut off in its middle it might end in doubt; so it waits, though the relay has time."""
    relay.always("RCPT", STALL, to=ADA.email)
    plugin = await start(connections=1, timeout=1.2)
    answers = await plugin.notify([ADA, BOB], 1.5) or {}
    assert answers[BOB.id] == Later("The relay was too slow for it to be begun in time.", after=5.0)
    assert relay.accepted == []


async def test_a_relay_that_goes_at_quit_does_no_harm(start: Start, relay: Relay) -> None:
    """P37: what was sent is sent, and the plugin shuts down."""
    relay.once("QUIT", DROP)
    plugin = await start()
    assert isinstance((await plugin.notify([ADA], WITHIN) or {})[ADA.id], Sent)
    await plugin.shutdown()
    assert relay.commands[-1] == "QUIT"


async def test_a_mail_that_cannot_be_written_is_set_aside(start: Start, relay: Relay) -> None:
    """P38: an address that no envelope may have, a subject of two lines; the others are sent."""
    plugin = await start()
    odd = BOB._replace(email="bob@example.org\r\nRCPT TO:<eve@example.org>")
    two = CYD._replace(directory_name="Acme\r\nBcc: eve@example.org")
    answers = await plugin.notify([odd, ADA, two], WITHIN) or {}
    assert isinstance(answers[odd.id], Undeliverable)
    assert isinstance(answers[two.id], Undeliverable)
    assert isinstance(answers[ADA.id], Sent)
    assert [mail.recipient for mail in relay.accepted] == [ADA.email]
    assert "eve" not in "".join(line for _, line in relay.heard)


async def test_an_address_beyond_ascii_needs_a_relay_that_takes_it(
    start: Start, relay: Relay
) -> None:
    """SMTPUTF8 is asked for where it is needed, and only there; else that mail is undeliverable."""
    josé = notice("josé@bücher.example")
    plugin = await start(connections=1)
    assert isinstance((await plugin.notify([josé], WITHIN) or {})[josé.id], Sent)
    mail = relay.mail_to("josé@xn--bcher-kva.example")
    assert mail.options == "SMTPUTF8"
    assert "To: josé@xn--bcher-kva.example" in mail.head
    relay.extensions.clear()
    relay.hang_up()
    müller = notice("müller@example.org")
    relay.extensions.append("8BITMIME")
    assert await plugin.notify([müller, ADA], WITHIN) == {
        müller.id: Undeliverable(
            "The relay cannot mail to addresses with letters beyond ASCII (SMTPUTF8)."
        ),
        ADA.id: Sent("250 2.0.0 Ok: queued as 4BxY7"),
    }


async def test_a_domain_beyond_ascii_needs_nothing_of_the_relay(start: Start, relay: Relay) -> None:
    """It is sent in A-labels: the same address, by IDNA 2008, for every relay."""
    relay.extensions[:] = ["8BITMIME"]
    plugin = await start()
    ada = notice("ada@straße.example")
    assert isinstance((await plugin.notify([ada], WITHIN) or {})[ada.id], Sent)
    assert relay.mail_to("ada@xn--strae-oqa.example").message["To"] == "ada@xn--strae-oqa.example"
