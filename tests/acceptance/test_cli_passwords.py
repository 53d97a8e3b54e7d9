"""`rollbook users set-password` and `users reset`, at a real server."""

from pathlib import Path

import pytest

from rollbook.client import Client
from rollbook.v1.credentials_pb2 import LOGIN_RESULT_MUST_CHANGE, LOGIN_RESULT_OK
from tests.acceptance.command import Said, at, rollbook
from tests.acceptance.getting_in import sending
from tests.acceptance.post import posting
from tests.environment import Cluster, Server

NEW, OTHER = "four silver kettles hum", "grey clouds over the quay"


@pytest.fixture
def env(server: Server, directory: str) -> dict[str, str]:
    """Which server, whose token, which directory; it has the user 4711."""
    env = at(server) | {"ROLLBOOK_DIRECTORY": directory}
    added = rollbook(
        *("users", "add", "4711", "--email", "ada@example.org", "--username", "ada"),
        *("--first-name", "Ada", "--last-name", "Lovelace"),
        env=env,
    )
    assert added.code == 0, added.err
    return env


def _set(env: dict[str, str], password: str, *arguments: str) -> Said:
    return rollbook(
        *("users", "set-password", "4711", "--from-stdin", *arguments),
        env=env,
        stdin=password.encode(),
    )


async def test_s53_a_password_is_set_from_stdin(
    server: Server, directory: str, env: dict[str, str]
) -> None:
    """S53: its first line, as it is but for its end and a byte-order mark; and never shown."""
    said = _set(env, f"\ufeff  {NEW} \r\nanother line\n")
    assert (said.code, said.err) == (0, "")
    assert said.out == "the password of 4711 is set; another is asked for at the next login\n"
    assert "to be changed at the next login" in rollbook("users", "show", "4711", env=env).out
    async with Client(server.address, server.token) as client:
        found = await client.credentials.verify(directory, f"  {NEW} ", username="ada")
        assert found.result == LOGIN_RESULT_MUST_CHANGE
        again = _set(env, OTHER, "--no-must-change")
        assert again.out == "the password of 4711 is set\n"
        found = await client.credentials.verify(directory, OTHER, username="ada")
        assert found.result == LOGIN_RESULT_OK


def test_s57_every_broken_rule_is_shown_and_the_password_is_not(env: dict[str, str]) -> None:
    """S57: in words, with the code and exit code 6."""
    said = _set(env, "lovelace")
    assert said.code == 6
    assert "fewer than 15 characters" in said.err
    assert "easy to guess" in said.err
    assert "the user's own name" in said.err
    assert "lovelace" not in said.err + said.out
    missing = rollbook("users", "set-password", "4712", "--from-stdin", env=env, stdin=NEW.encode())
    assert missing.code == 6
    assert NEW not in missing.err


@pytest.mark.parametrize("option", ["--from-stdin", "--no-must-change"])
def test_login_details_take_no_password(env: dict[str, str], option: str) -> None:
    said = _set(env, NEW, "--mail-login-details", option)
    assert said.code == 2
    assert "--mail-login-details takes no password" in said.err


def test_login_details_of_a_server_that_mails_none_are_refused(env: dict[str, str]) -> None:
    said = rollbook("users", "set-password", "4711", "--mail-login-details", env=env)
    assert said.code == 2
    assert "ROLLBOOK_CREDENTIAL_KEYS_FILE" in said.err


async def test_s54_login_details_are_asked_for_without_a_password(
    cluster: Cluster, tmp_path: Path
) -> None:
    """S54, S55: nothing is asked or shown; a notice is written, from which the mail is made."""
    url = await cluster.new_database()
    links = sending(tmp_path) | {"public_url": ""}
    async with posting(url, tmp_path, **links) as (post, server):
        name = await post.directory()
        env = at(server) | {"ROLLBOOK_DIRECTORY": name}
        added = rollbook(
            *("users", "add", "4711", "--email", "ada@example.org"),
            *("--first-name", "Ada", "--last-name", "Lovelace"),
            env=env,
        )
        assert added.code == 0, added.err
        said = rollbook("users", "set-password", "4711", "--mail-login-details", env=env)
        assert (said.code, said.err) == (0, "")
        assert said.out == (
            "login details are mailed to 4711: the password is made when the mail is sent, and is "
            "shown to nobody else\n"
        )
        (notice,) = await post.rows(name)
        assert (notice["event"], notice["mail"]) == ("reset_requested", "login_details")


def test_a_reset_at_a_server_without_links_says_what_to_set(env: dict[str, str]) -> None:
    """And not whether there is such a user."""
    for who in ("4711", "nobody"):
        said = rollbook("users", "reset", who, env=env)
        assert said.code == 2
        assert "ROLLBOOK_PUBLIC_URL" in said.err
