"""`rollbook doctor` names settings that work but are a risk, and variables that set nothing."""

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from rollbook.client import Client
from rollbook.v1.tokens_pb2 import Token
from tests.acceptance.command import environment, rollbook
from tests.environment import Cluster, Server


def _said(server: Server, token: Path, **settings: str) -> str:
    env = environment(
        ROLLBOOK_DATABASE_URL=server.database_url,
        ROLLBOOK_TOKEN_FILES=f"admin={token}",
        COLUMNS="400",
        **settings,
    )
    looked = rollbook("doctor", env=env)
    assert looked.code == 0, looked.out
    return " ".join(looked.out.split())


async def test_doctor_names_risks(server: Server, tmp_path: Path) -> None:
    """A superuser's login, a token of ten years, clear text for all, and files of a wrong mode."""
    token = tmp_path / "token"
    token.write_text("a-token-of-some-length\n")
    token.chmod(0o600)
    before = _said(server, token)
    assert "login a risk: a superuser" in before
    assert "tls well" in before
    assert "files a risk" not in before
    wanted = Token(principal="old", scopes=["users:read"], all_directories=True)
    wanted.expire_time.FromDatetime(datetime.now(UTC) + timedelta(days=3_650))
    async with Client(server.address, server.token) as client:
        await client.tokens.create(wanted)
    token.chmod(0o646)
    after = _said(server, token, ROLLBOOK_ALLOW_PLAINTEXT="true")
    assert "long tokens a risk: " in after
    assert "tls a risk: none: clear text" in after
    assert f"{token} can be read by everybody" in after
    assert f"{token} can be changed by others" in after


def test_doctor_names_variables_that_set_nothing(server: Server) -> None:
    """A setting that is spelt wrongly, and none of a plugin, of the command, or an empty one."""
    env = environment(
        ROLLBOOK_DATABASE_URL=server.database_url,
        ROLLBOOK_TOKEN_FILES=f"admin={server.token_file}",
        ROLLBOOK_POLL_SIZE="3",
        ROLLBOOK_POOL_SIZE="",
        ROLLBOOK_MAIL_HOST="localhost",
        ROLLBOOK_ADDRESS="localhost:1",
        ROLLBOOK_SURPRISE="1",
        COLUMNS="400",
    )
    looked = rollbook("doctor", env=env)
    assert looked.code == 1
    found = next(line for line in looked.out.splitlines() if "variables" in line)
    assert " ".join(found.split()) == (
        "variables not well: ROLLBOOK_POLL_SIZE is no setting: ROLLBOOK_POOL_SIZE is perhaps meant;"
        " ROLLBOOK_SURPRISE is no setting"
    )


@pytest.mark.parametrize("command", ["serve", "migrate"])
async def test_a_database_that_does_not_fit_is_named(cluster: Cluster, command: str) -> None:
    """An operator's usual mistakes: not migrated, migrated by a newer release, not in UTF-8."""
    newer, latin = await cluster.new_database(), await cluster.new_database()
    for url, statement in (
        (newer, "insert into schema_migrations (version) values ('9999')"),
        (newer, f"create database latin_{command} encoding 'LATIN1' locale 'C' template template0"),
    ):
        connection = await asyncpg.connect(url)
        await connection.execute(statement)
        await connection.close()
    name = urlsplit(latin).path.strip("/")
    latin = latin.replace(name, f"latin_{command}")
    for url, reason in ((newer, "newer than this release"), (latin, "encoded in LATIN1")):
        began = rollbook(command, env=environment(ROLLBOOK_DATABASE_URL=url))
        assert (began.code, began.err.count("\n")) == (2, 1)
        assert reason in began.err


def _of_metrics(server: Server, listen: str, **more: str) -> tuple[int, str]:
    env = environment(
        ROLLBOOK_DATABASE_URL=server.database_url,
        ROLLBOOK_TOKEN_FILES=f"admin={server.token_file}",
        ROLLBOOK_METRICS_LISTEN=listen,
        COLUMNS="400",
        **more,
    )
    looked = rollbook("doctor", env=env)
    (found,) = [line for line in looked.out.splitlines() if line.split()[0] == "metrics"]
    return looked.code, " ".join(found.split()[1:])


def test_doctor_looks_at_the_port_of_metrics(server: Server, tmp_path: Path) -> None:
    """As a start would: a wrong host or port, and an extra that is missing; not a taken port."""
    assert _of_metrics(server, "127.0.0.1:0") == (0, "well: shown on 127.0.0.1:0")
    for wrong in ("127.0.0.1:70000", "unheard-of.invalid:1", "192.0.2.1:9464"):
        code, said = _of_metrics(server, wrong)
        assert (code, said.startswith(f"not well: ROLLBOOK_METRICS_LISTEN: {wrong}")) == (1, True)
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        said = f"well: {taken} is taken: by the server, if it runs"
        assert _of_metrics(server, taken) == (0, said)
    (tmp_path / "prometheus_client.py").write_text(
        "raise ModuleNotFoundError(name='prometheus_client')\n"  # as if it were not installed
    )
    code, said = _of_metrics(server, "0", PYTHONPATH=str(tmp_path))
    wanted = "not well: prometheus_client is not installed: pip install 'rollbook[metrics]'"
    assert (code, said) == (1, wanted)


async def test_doctor_names_directories_of_short_passwords_and_keys_that_others_read(
    server: Server, directory: str, tmp_path: Path
) -> None:
    """Fewer than 15 characters are a risk; a file of keys that everybody reads is refused."""
    keys = tmp_path / "keys"
    keys.write_text("k" * 44)
    keys.chmod(0o600)
    short = f"a-{directory}"  # the first of all, however many there are
    async with Client(server.address, server.token) as client:
        await client.directories.create(short, password_min_length=14)
    said = _said(server, server.token_file, ROLLBOOK_CREDENTIAL_KEYS_FILE=str(keys))
    assert f"short passwords a risk: less than 15 characters are enough in {short}" in said
    assert "keys for links well: one" in said
    keys.chmod(0o644)
    env = environment(
        ROLLBOOK_DATABASE_URL=server.database_url,
        ROLLBOOK_TOKEN_FILES=f"admin={server.token_file}",
        ROLLBOOK_CREDENTIAL_KEYS_FILE=str(keys),
        COLUMNS="400",
    )
    looked = rollbook("doctor", env=env)
    assert looked.code == 1
    assert "can be read or changed by everybody: chmod 600 it" in " ".join(looked.out.split())


def test_a_client_of_an_issuer_is_whole_or_named(server: Server, tmp_path: Path) -> None:
    """`doctor` says so, `serve` and `rollbook web` do not start, and each names the setting."""
    secret = tmp_path / "secret"
    secret.write_text("a secret of the client\n")
    secret.chmod(0o644)
    half = {
        "ROLLBOOK_JWT_ISSUER": "https://id.example",
        "ROLLBOOK_OIDC_CLIENT_ID": "console",
        "ROLLBOOK_OIDC_CLIENT_SECRET_FILE": str(secret),
    }
    url = {"ROLLBOOK_OIDC_REDIRECT_URL": "https://people.example/sign-in/callback"}
    more = {
        "ROLLBOOK_DATABASE_URL": server.database_url,
        "ROLLBOOK_TOKEN_FILES": f"admin={server.token_file}",
        "COLUMNS": "400",
    }
    wanted = "ROLLBOOK_OIDC_REDIRECT_URL: it is needed"
    for words in (("serve",), ("web", "--address", server.address)):
        refused = rollbook(*words, env=environment(**half, **more))
        assert (refused.code, refused.err.count("\n")) == (2, 1)
        assert wanted in refused.err
    found = " ".join(rollbook("doctor", env=environment(**half, **more)).out.split())
    assert f"sign-in not well: {wanted}" in found
    found = " ".join(rollbook("doctor", env=environment(**half, **url, **more)).out.split())
    assert "sign-in well: by https://id.example, back to https://people.example/" in found
    assert f"{secret} can be read by everybody" in found
    assert "a secret" not in found
