"""`serve --embedded`, and `migrate`, `doctor` and `demo`, as processes."""

import re
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from rollbook.credentials.sending import Need
from tests.acceptance.command import HEADER, embedded, environment, rollbook, started
from tests.environment import Server
from tests.rpc.papers import new_papers


def test_a_server_of_ones_own_and_commands_beside_it(tmp_path: Path) -> None:
    """The first start prints where the token is; commands in the same folder need no options."""
    (tmp_path / "staff.csv").write_text(f"{HEADER}\n1,a@example.com,A,B\n")
    with embedded(tmp_path) as (command, lines):
        assert re.fullmatch(rb"listening on 127\.0\.0\.1:\d+\n", lines[0])
        assert lines[1] == b"the administrator's token is in .rollbook/token\n"
        token = tmp_path / ".rollbook/token"
        assert token.stat().st_mode & 0o777 == 0o600
        first = rollbook("import", "staff.csv", env=environment(), cwd=tmp_path)
        assert (first.code, "1: 1 created" in first.out) == (0, True)
        second = rollbook("serve", "--embedded", env=environment(), cwd=tmp_path)
        assert second.code == 4
        assert second.err.count("\n") == 1
        command.send_signal(signal.SIGTERM)
        assert command.wait(20) == 0
    alone = rollbook("import", "staff.csv", env=environment(), cwd=tmp_path)
    assert (alone.code, "rollbook serve --embedded" in alone.err) == (2, True)
    with embedded(tmp_path) as (_, lines):
        assert len(lines) == 1
        again = rollbook("import", "staff.csv", env=environment(), cwd=tmp_path)
        assert "1: 0 created, 0 updated, 1 unchanged" in again.out


def test_doctor_is_red_before_migrate_and_green_after(tmp_path: Path, server: Server) -> None:
    """An operator's two commands, on a database of their own."""
    fresh = rollbook("doctor", "--embedded", env=environment(), cwd=tmp_path)
    assert fresh.code == 1
    assert "rollbook migrate" in fresh.out
    migrated = rollbook("migrate", "--embedded", env=environment(), cwd=tmp_path)
    again = rollbook("migrate", "--embedded", env=environment(), cwd=tmp_path)
    assert migrated.out.startswith("applied ")
    assert again.out == "nothing to do: the database is of this version\n"
    assert rollbook("doctor", "--embedded", env=environment(), cwd=tmp_path).code == 0
    found = rollbook("doctor", env=environment(), cwd=tmp_path)  # the state of this folder
    assert (found.code, "database" in found.out) == (0, True)
    assert rollbook("doctor", "--state", "none", env=environment(), cwd=tmp_path).code == 2
    other = environment(
        ROLLBOOK_DATABASE_URL=server.database_url,
        ROLLBOOK_TOKEN_FILES=f"admin={server.token_file}",
    )
    assert rollbook("doctor", env=other).code == 0


def test_doctor_says_where_to_look_if_no_mail_is_sent(server: Server, tmp_path: Path) -> None:
    """S59: with no plugin that sends it, and no longer with all that each mail needs."""
    env = environment(
        ROLLBOOK_DATABASE_URL=server.database_url,
        ROLLBOOK_TOKEN_FILES=f"admin={server.token_file}",
    )
    keys = tmp_path / "keys"
    keys.write_text("k" * 44)
    keys.chmod(0o600)
    values = {
        "ROLLBOOK_CREDENTIAL_SENDER": "rollbook-mail",
        "ROLLBOOK_CREDENTIAL_KEYS_FILE": str(keys),
        "ROLLBOOK_PUBLIC_URL": "https://people.example.net",
    }
    opening = {need: values[need] for need in Need if need is not Need.PLUGIN}
    said = rollbook("doctor", env=env)
    words = " ".join(said.out.split())
    assert said.code == 0
    assert "`mail_not_configured`; to send it, install plugins/rollbook-mail" in words
    assert all(name in words for name in ("ROLLBOOK_MAIL_HOST", *opening))
    mail = {
        "ROLLBOOK_PLUGINS": "rollbook-mail",
        "ROLLBOOK_MAIL_HOST": "localhost",
        "ROLLBOOK_MAIL_FROM": "accounts@example.net",
    }
    for name in opening:
        left = {other: value for other, value in opening.items() if other != name}
        said = rollbook("doctor", env=env | mail | left)
        words = " ".join(said.out.split())
        assert said.code == 0
        assert f"`mail_not_configured`; to mail them, set {name}" in words
    said = rollbook("doctor", env=env | mail | opening)
    assert (said.code, "mail_not_configured" in said.out) == (0, False)


def test_a_token_of_ones_own_server_is_nothing_to_another(tmp_path: Path, server: Server) -> None:
    """B020: what `serve --embedded` made to try with opens no server that has its own tokens."""
    with embedded(tmp_path):
        local = tmp_path / ".rollbook/token"
        here = rollbook("roles", "list", env=environment(), cwd=tmp_path)
        assert (here.code, here.err) == (0, "")
        there = ("--address", server.address, "--token-file", str(local))
        said = rollbook("roles", "list", *there, env=environment(), cwd=tmp_path)
        assert (said.code, said.out) == (5, "")
        assert "The access token is not valid here" in said.err
        assert local.read_text().strip() not in said.err


def test_a_port_that_is_taken_is_refused_with_a_way_out(server: Server) -> None:
    """The port may belong to an embedded server that still runs in another folder."""
    own = environment(
        ROLLBOOK_DATABASE_URL=server.database_url,
        ROLLBOOK_TOKEN_FILES=f"admin={server.token_file}",
        ROLLBOOK_LISTEN=server.address,
    )
    said = rollbook("serve", env=own)
    assert said.code == 2
    assert f"ROLLBOOK_LISTEN: {server.address} cannot be listened on" in said.err
    assert "--listen 127.0.0.1:0" in said.err


def test_doctor_looks_at_certificates(tmp_path: Path, server: Server) -> None:
    """Their names and expiry; red if clients could not connect, or others could read along."""
    papers = new_papers(tmp_path)
    own = environment(
        ROLLBOOK_DATABASE_URL=server.database_url,
        ROLLBOOK_TOKEN_FILES=f"admin={server.token_file}",
        COLUMNS="200",
    )
    tls = {
        "ROLLBOOK_TLS_CERTIFICATE": str(papers.certificate),
        "ROLLBOOK_TLS_KEY": str(papers.key),
        "ROLLBOOK_LISTEN": "0.0.0.0:50051",
    }
    papers.write(papers.issue("rollbook.example", until=datetime(2999, 1, 2, tzinfo=UTC)))
    fine = rollbook("doctor", env=own | tls)
    assert (fine.code, "well: rollbook.example; expires 2999-01-02 00:00 UTC" in fine.out) == (
        0,
        True,
    )
    papers.write(papers.issue("rollbook.example", until=datetime(2001, 1, 2, tzinfo=UTC)))
    late = rollbook("doctor", env=own | tls)
    assert (late.code, "not well: rollbook.example; expired 2001-01-02" in late.out) == (1, True)
    papers.certificate.unlink()
    gone = rollbook("doctor", env=own | tls)
    assert (gone.code, "not well: ROLLBOOK_TLS_CERTIFICATE" in gone.out) == (1, True)
    clear = rollbook("doctor", env=own | {"ROLLBOOK_LISTEN": "0.0.0.0:50051"})
    assert (clear.code, "not well: ROLLBOOK_LISTEN: 0.0.0.0:50051 is not on" in clear.out) == (
        1,
        True,
    )


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder for temporary files, that everybody may reach: PostgreSQL may run as another."""
    folder = Path(tempfile.mkdtemp(prefix="rollbook-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def test_the_demo_does_the_whole_job_and_leaves_nothing(temporary: Path, tmp_path: Path) -> None:
    """S30, S58, S70: every row answered, plugins at work, somebody gets in; then it is gone."""
    said = rollbook("demo", env=environment(TMPDIR=str(temporary)), cwd=tmp_path)
    assert (said.code, said.err) == (0, "")
    assert said.out.count("FAILED") == 7
    for code in ("missing_required_field", "invalid_email", "duplicate_email", "invalid_location"):
        assert code in said.out
    counts = re.findall(r"14: (\d+) created, (\d+) updated, (\d+) unchanged, 7 failed", said.out)
    assert counts == [("7", "0", "0"), ("0", "0", "7"), ("0", "1", "6")]
    assert said.out.count(": Technician, by a rule") == 2
    assert "line 8: Lissabon is unknown, Lisbon is suggested" in said.out
    assert "7 arrived, over TLS" in said.out
    assert "To: Amara.Okafor@example.com" in said.out
    said_once = " ".join(said.out.split())
    assert "it sets a password of her own; the login with it is accepted" in said_once
    assert "the same link a second time is refused (token_rejected)" in said_once
    assert "the old one is refused, the new one accepted" in said_once
    assert "\x1b" not in said.out
    assert max(map(len, said.out.splitlines())) <= 80
    assert list(temporary.iterdir()) == list(tmp_path.iterdir()) == []
    assert str(temporary) not in " ".join(_commands())


def test_a_demo_that_is_stopped_leaves_nothing_either(temporary: Path) -> None:
    """Ctrl-C in the middle of it."""
    with started("demo", env=environment(TMPDIR=str(temporary))) as command:
        assert command.stdout
        assert command.stderr
        while b"1  A database" not in command.stdout.readline():
            pass
        command.send_signal(signal.SIGINT)
        assert command.wait(20) == 130
        assert b"Traceback" not in command.stderr.read()
    assert list(temporary.iterdir()) == []


def _commands() -> Iterator[str]:
    """What runs on this machine, by how it was called."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it has ended meanwhile
            yield path.read_text("utf-8", "replace").replace("\0", " ")


def test_the_embedded_server_prints_a_link_that_signs_in_once(tmp_path: Path) -> None:
    """A browser sends the code of the fragment; the second time it opens nothing."""
    with embedded(tmp_path) as (command, _):
        assert command.stdout
        url = command.stdout.readline().decode().removeprefix("HTTP on ").strip()
        line = command.stdout.readline().decode()
        link = re.fullmatch(rf"open {url}/sign-in#(\S+) in a browser: .*once\n", line)
        assert link
        later = command.stdout.readline().decode()
        assert later.endswith("the access token that is in .rollbook/token\n")
        found = [_sign_in(url, link[1]) for _ in range(2)]
    assert [status for status, _ in found] == [303, 401]
    assert found[0][1].startswith("__Host-rollbook=rollbook_session_")


def _sign_in(url: str, code: str) -> tuple[int, str]:
    """The status of the form with this code, and the cookie that it sets."""
    parts = urlsplit(url)
    headers = {"origin": url, "content-type": "application/x-www-form-urlencoded"}
    with closing(HTTPConnection(parts.netloc, timeout=30)) as connection:
        connection.request("POST", "/sign-in", urlencode({"code": code}), headers)
        with connection.getresponse() as answer:
            return answer.status, answer.headers.get("set-cookie", "")


def test_the_embedded_server_has_no_console_if_none_is_wanted(tmp_path: Path) -> None:
    """`--no-web`: nothing listens for HTTP, and no link is printed."""
    arguments = ("serve", "--embedded", "--no-web", "--listen", "127.0.0.1:0")
    with started(*arguments, env=environment(), cwd=tmp_path) as command:
        assert command.stdout
        lines = [command.stdout.readline() for _ in range(2)]
        command.terminate()
        lines.append(command.stdout.read())
    assert not any(b"http" in line.lower() for line in lines)
