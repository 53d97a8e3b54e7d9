"""Tests of the pool: few connections, kept, replaced when gone, closed when idle."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from mail_relay import DROP, SLOWLY, Relay, Start, notice, until

from rollbook.hooks import Later, Sent
from rollbook_mail.letters import Letters
from rollbook_mail.message import Writer
from rollbook_mail.pace import Pace
from rollbook_mail.pool import Pool
from rollbook_mail.rounds import Round
from rollbook_mail.settings import MailSettings

MANY = [notice(f"u{number}@example.org") for number in range(50)]


def all_sent(answers: object) -> bool:
    """Whether each of the fifty is sent."""
    assert isinstance(answers, dict)
    return len(answers) == len(MANY) and {type(each) for each in answers.values()} == {Sent}


@pytest.mark.parametrize("connections", [1, 2, 3])
async def test_there_are_no_more_connections_than_are_set(
    start: Start, relay: Relay, connections: int
) -> None:
    """Fifty mails on a few connections, each sent once, also where two calls are at it."""
    plugin = await start(connections=connections)
    halves = await asyncio.gather(plugin.notify(MANY[:25], 30), plugin.notify(MANY[25:], 30))
    assert all_sent({**(halves[0] or {}), **(halves[1] or {})})
    assert sorted(mail.recipient for mail in relay.accepted) == sorted(n.email for n in MANY)
    assert relay.most_at_once <= connections
    assert relay.connections == relay.most_at_once


async def test_connections_are_kept_between_calls(start: Start, relay: Relay) -> None:
    plugin = await start()
    for each in MANY[:5]:
        await plugin.notify([each], 30)
    assert (relay.connections, len(relay.accepted)) == (1, 5)
    assert "QUIT" not in relay.commands


async def test_one_that_was_closed_while_idle_is_replaced(start: Start, relay: Relay) -> None:
    """No mail counts as failed for it: noticed before, or where the mail would have begun."""
    plugin = await start(connections=1)
    await plugin.notify(MANY[:1], 30)
    relay.hang_up()  # noticed by the next look
    assert isinstance((await plugin.notify(MANY[1:2], 30) or {})[MANY[1].id], Sent)
    for gone in (DROP, "421 4.4.2 Idle too long"):
        relay.once("MAIL", gone)  # not noticed before it is used
        assert isinstance((await plugin.notify(MANY[2:3], 30) or {})[MANY[2].id], Sent)
    assert relay.connections == 4


async def test_a_relay_that_takes_only_so_many_a_connection(start: Start, relay: Relay) -> None:
    """As many do, and close it then: the next mail goes over a new one."""
    relay.once("MAIL", *["250 Ok"] * 20, DROP, *["250 Ok"] * 20, "421 4.7.0 Enough")
    plugin = await start(connections=1)
    assert all_sent(await plugin.notify(MANY, 30))
    assert len(relay.accepted) == 50
    assert relay.connections == 3


async def test_a_new_connection_that_is_closed_is_no_stale_one(start: Start, relay: Relay) -> None:
    """A relay that closes at each first mail is not asked in a circle."""
    relay.always("MAIL", DROP)
    plugin = await start(connections=1)
    answers = await plugin.notify(MANY[:2], 30) or {}
    assert {type(answer) for answer in answers.values()} == {Later}
    assert relay.connections == 2


async def test_a_relay_that_takes_fewer_connections_than_are_set(
    start: Start, relay: Relay
) -> None:
    """The mails go over those that it took."""
    relay.once("greeting", "220 Hello").always("greeting", "421 4.7.0 Too many connections")
    plugin = await start(connections=3)
    assert all_sent(await plugin.notify(MANY, 30))


async def test_after_a_refusal_the_connection_is_used_again(start: Start, relay: Relay) -> None:
    """It is reset; where that fails it is replaced."""
    relay.once("RCPT", "550 5.1.1 Nobody", "450 4.2.0 Busy").once("RSET", "250 Ok", "502 What?")
    plugin = await start(connections=1)
    answers = list((await plugin.notify(MANY[:3], 30) or {}).values())
    assert isinstance(answers[2], Sent)
    assert relay.commands.count("RSET") == 2
    assert relay.connections == 2


async def test_idle_connections_are_closed(
    relay: Relay, environment: Callable[..., None], ca_file: Path
) -> None:
    """With a QUIT, once they have carried nothing for a while."""
    environment(host="127.0.0.1", port=relay.port, ca_file=ca_file, sender="accounts@example.net")
    settings = MailSettings.read()
    pool = Pool(settings, idle=0.05)
    await Round(settings, Writer(settings, Letters(settings)), pool, Pace(None)).carry(MANY, 30)
    connections = relay.connections
    assert connections > 1
    await until(lambda: relay.commands.count("QUIT") == connections)
    await until(lambda: not relay.sessions)
    await pool.close()


async def test_shutdown_takes_leave(start: Start, relay: Relay) -> None:
    plugin = await start(connections=2)
    await plugin.notify(MANY, 30)
    await plugin.shutdown()
    assert relay.commands.count("QUIT") == relay.connections


async def test_a_mail_that_is_under_way_at_shutdown_is_answered(start: Start, relay: Relay) -> None:
    """And its connection is not left open."""
    relay.pause = 0.01
    relay.always("dot", f"{SLOWLY}250 Ok")
    plugin = await start(connections=1)
    call = asyncio.create_task(plugin.notify(MANY[:1], 30))
    await until(lambda: "DATA" in relay.commands)
    await plugin.shutdown()
    assert isinstance((await call or {})[MANY[0].id], Sent)
    await until(lambda: not relay.sessions)


async def test_a_call_that_is_given_up_leaves_no_connection_half_used(
    start: Start, relay: Relay
) -> None:
    """Cancelled in the middle of a mail: the connection is dropped, and the next call works."""
    relay.once("RCPT", "stall")
    plugin = await start(connections=1)
    call = asyncio.create_task(plugin.notify(MANY[:1], 30))
    await until(lambda: "RCPT" in relay.commands)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert isinstance((await plugin.notify(MANY[:1], 30) or {})[MANY[0].id], Sent)
    assert len(relay.accepted) == 1
