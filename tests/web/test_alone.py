"""`rollbook web` in a process of its own takes passwords once it has a token for that."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import randrange
from select import select
from urllib.parse import urlencode

import pytest

from tests.acceptance.command import at, environment, rollbook, started
from tests.environment import Server
from tests.web.browser import Answered, Site, connected, head, read, users
from tests.web.person import URLENCODED, Person, cookie_of

_PASSWORD = "four silver kettles hum"
_SETTING = "ROLLBOOK_LOGIN_TOKEN_FILE"


@contextmanager
def alone(server: Server, **settings: str) -> Iterator[Site]:
    """A site of its own, for that server; it is ended when left, and said why nobody logs in."""
    env = environment(ROLLBOOK_ADDRESS=server.address, **settings)
    with started("web", "--listen", "127.0.0.1:0", env=env) as command:
        assert command.stdout
        assert command.stderr
        try:
            line = command.stdout.readline().decode()
            assert line.startswith("HTTP on "), command.stderr.read()
            yield Site(server, line.removeprefix("HTTP on ").strip())
        finally:
            command.send_signal(signal.SIGTERM)
        assert command.wait(10) == 0
        said = command.stderr.read().decode()
        assert "Traceback" not in said
        assert (f"passwords are not taken here: {_SETTING}" in said) == (_SETTING not in settings)


def _token(server: Server, file: Path, *scopes: str) -> Path:
    """A file with a new token of these rights."""
    rights = [word for scope in scopes for word in ("--scope", scope)]
    made = rollbook("tokens", "create", "site", *rights, "--all-directories", env=at(server))
    assert made.code == 0, made.err
    file.write_text(made.out.split()[-1] + os.linesep)
    return file


@pytest.fixture
def login(server: Server, directory: str, tmp_path: Path) -> list[tuple[str, str]]:
    """The form of a user who has a password and a grant."""
    (tmp_path / "staff.csv").write_text(users(1))
    env = at(server) | {"ROLLBOOK_DIRECTORY": directory}
    for words, stdin in (
        (("import", str(tmp_path / "staff.csv")), ""),
        (("users", "set-password", "1", "--from-stdin", "--no-must-change"), _PASSWORD),
        (("users", "grant", "1", "--scope", "imports:read"), ""),
    ):
        said = rollbook(*words, env=env, stdin=stdin.encode())
        assert said.code == 0, said.err
    return [("directory", directory), ("name", "u1@example.org"), ("password", _PASSWORD)]


def test_with_a_token_of_its_own_it_takes_passwords(
    server: Server, directory: str, login: list[tuple[str, str]], tmp_path: Path
) -> None:
    """S60: the form is there, and signs in; a wrong password does not; links are asked for, too."""
    file = _token(server, tmp_path / "login", "credentials:verify")
    with alone(server, **{_SETTING: str(file)}) as site:
        assert b'name="password"' in Person(site).get("/sign-in").body
        answer = Person(site).post("/sign-in", login)
        assert answer.status == 303, answer.body.decode()
        person = Person(site, cookie_of(answer))
        assert person.get(f"/d/{directory}/imports").status == 200
        assert Person(site).post("/sign-in", [*login[:2], ("password", "x" * 20)]).status == 401
        asked = Person(site).post("/forgot-password", login[:2])
        assert (asked.status, _SETTING in asked.body.decode()) != (401, True)


def test_without_one_the_pages_name_what_is_missing(
    server: Server, login: list[tuple[str, str]]
) -> None:
    """There is no form for passwords, and each page that needs the token names the setting."""
    with alone(server) as site:
        assert b'name="password"' not in Person(site).get("/sign-in").body
        fields = [("token", "main.x"), ("password", _PASSWORD), ("again", _PASSWORD)]
        for path, form in (
            ("/sign-in", login),
            ("/set-password", fields),
            ("/forgot-password", login[:2]),
        ):
            answer = Person(site).post(path, form)
            assert answer.status == 401, path
            assert _SETTING in answer.body.decode(), path


@pytest.mark.long
def test_the_limits_of_sign_ins_count_who_is_behind_a_declared_proxy(
    server: Server, login: list[tuple[str, str]], tmp_path: Path
) -> None:
    """Who fails too often is refused, and whoever else comes through the same proxy is not.

    A stop while others wait for their answers takes no longer, and writes no traceback.
    """
    file = _token(server, tmp_path / "login", "credentials:verify")
    settings = {_SETTING: str(file), "ROLLBOOK_WEB_PROXIES": "127.0.0.1"}
    with alone(server, **settings) as site, ExitStack() as stack:

        def tried(sender: str, fields: list[tuple[str, str]]) -> Answered:
            # What the sender wrote itself stands before what the proxy has added.
            forwarded = f"192.0.2.{randrange(256)}, {sender}"
            origin = "https://rollbook.example"
            return Person(site).post("/sign-in", fields, origin=origin, x_forwarded_for=forwarded)

        waiting = []
        for number in range(90):  # 20 cost nothing, 50 may wait
            wrong = urlencode([login[0], ("name", f"no{number}"), ("password", "x" * 20)]).encode()
            waiting.append(stack.enter_context(connected(site)))
            lines = {"content_type": URLENCODED, "content_length": str(len(wrong))}
            lines |= {"origin": "https://rollbook.example", "x_forwarded_for": "198.51.100.1"}
            waiting[-1].sendall(head(site, "POST", "/sign-in", token="", **lines) + wrong)
        answers: list[int] = []
        while 429 not in answers:
            for one in select(waiting, [], [], 30)[0]:
                waiting.remove(one)
                answers.append(read(one).status)
        assert tried("198.51.100.1", login).status == 429
        assert tried("198.51.100.2", login).status == 303


@pytest.mark.parametrize("wrong", ["missing", "empty", "unknown", "administrator", "other"])
def test_a_token_that_will_not_do_is_refused_at_the_start(
    server: Server, tmp_path: Path, wrong: str
) -> None:
    """P52: also one that may do more: who took over the site would have its rights."""
    file = tmp_path / "login"
    if wrong == "other":
        _token(server, file, "imports:read")
    elif wrong != "missing":
        content = {"empty": "\n", "unknown": "rollbook_x", "administrator": server.token}
        file.write_text(content[wrong])
    env = environment(ROLLBOOK_ADDRESS=server.address, **{_SETTING: str(file)})
    said = rollbook("web", "--listen", "127.0.0.1:0", env=env)
    assert (said.code, said.err.count(_SETTING)) == (2, 1)
    assert server.token not in said.err


def test_a_server_that_is_away_does_not_stop_the_start(server: Server, tmp_path: Path) -> None:
    """As without a token: it is not ready until the server is there."""
    file = tmp_path / "login"
    file.write_text("rollbook_x")
    away = {"ROLLBOOK_ADDRESS": "127.0.0.1:1", _SETTING: str(file)}
    with started("web", "--listen", "127.0.0.1:0", env=environment(**away)) as command:
        assert command.stdout
        try:
            line = command.stdout.readline().decode()
            site = Site(server, line.removeprefix("HTTP on ").strip())
            assert Person(site).get("/readyz").status == 503
        finally:
            command.send_signal(signal.SIGTERM)
        assert command.wait(10) == 0
