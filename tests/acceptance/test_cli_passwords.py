"""`rollbook users set-password` and `users reset`, at a real server."""

import pytest

from rollbook.client import Client
from rollbook.v1.credentials_pb2 import LOGIN_RESULT_MUST_CHANGE, LOGIN_RESULT_OK
from tests.acceptance.command import Said, at, rollbook
from tests.environment import Server

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
    """S53: its first line, as it is but for the line's end; and never shown."""
    said = _set(env, f"  {NEW} \r\nanother line\n")
    assert (said.code, said.err) == (0, "")
    assert said.out == "the password of 4711 is set; another is asked for at the next login\n"
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


def test_a_reset_at_a_server_without_links_says_what_to_set(env: dict[str, str]) -> None:
    """And not whether there is such a user."""
    for who in ("4711", "nobody"):
        said = rollbook("users", "reset", who, env=env)
        assert said.code == 2
        assert "ROLLBOOK_PUBLIC_URL" in said.err
