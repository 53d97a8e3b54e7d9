"""What `doctor` says of HTTP: what a start would say, with the name of the setting."""

import socket
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path

import pytest

from rollbook.web import Listen
from tests.acceptance.command import at, environment, rollbook
from tests.environment import Server
from tests.rpc.papers import Papers, new_papers

_SETTING_OF = {
    "address": "ROLLBOOK_WEB_LISTEN",
    "certificate": "ROLLBOOK_TLS_CERTIFICATE",
    "key": "ROLLBOOK_TLS_KEY",
    "client_ca": "ROLLBOOK_TLS_CLIENT_CA",
    "allow_plaintext": "ROLLBOOK_ALLOW_PLAINTEXT",
    "proxies": "ROLLBOOK_WEB_PROXIES",
}
_TLS = {"ROLLBOOK_TLS_CERTIFICATE": "certificate.pem", "ROLLBOOK_TLS_KEY": "key.pem"}
_WRONG: dict[str, tuple[str, dict[str, str]]] = {
    "a port too high": ("address", {"ROLLBOOK_WEB_LISTEN": "127.0.0.1:99999"}),
    "no such host": ("address", {"ROLLBOOK_WEB_LISTEN": "no-such.invalid:1"}),
    "a host of others": (
        "address",
        {"ROLLBOOK_WEB_LISTEN": "192.0.2.1:8080", "ROLLBOOK_ALLOW_PLAINTEXT": "true"},
    ),
    "clear text for all": ("allow_plaintext", {"ROLLBOOK_WEB_LISTEN": "0.0.0.0:0"}),
    "no certificate": ("certificate", {**_TLS, "ROLLBOOK_TLS_CERTIFICATE": "missing.pem"}),
    "a certificate alone": ("certificate", {"ROLLBOOK_TLS_CERTIFICATE": "certificate.pem"}),
    "the key of another": ("key", {**_TLS, "ROLLBOOK_TLS_KEY": "other.pem"}),
    "a key alone": ("key", {"ROLLBOOK_TLS_KEY": "key.pem"}),
    "authorities that are none": ("client_ca", {**_TLS, "ROLLBOOK_TLS_CLIENT_CA": "key.pem"}),
    "proxies that are none": ("proxies", {"ROLLBOOK_WEB_PROXIES": "10.0.0.0/8, nginx"}),
    "authorities without TLS": ("client_ca", {"ROLLBOOK_TLS_CLIENT_CA": "ca.pem"}),
}


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    """Files of TLS; the key `other.pem` fits none of them."""
    found = new_papers(tmp_path_factory.mktemp("papers"))
    (found.folder / "other.pem").write_bytes(found.issue().private_key_pem.bytes())
    return found


def _settings(server: Server, papers: Papers, given: Mapping[str, str]) -> dict[str, str]:
    """The environment of a server with these settings; files are those of the papers."""
    named = {
        name: str(papers.folder / value) if value.endswith(".pem") else value
        for name, value in given.items()
    }
    return environment(
        ROLLBOOK_DATABASE_URL=server.database_url,
        ROLLBOOK_TOKEN_FILES=f"admin={server.token_file}",
        ROLLBOOK_LISTEN="127.0.0.1:0",
        COLUMNS="400",
        **{"ROLLBOOK_WEB_LISTEN": "127.0.0.1:0", **named},
    )


def _looked(env: Mapping[str, str]) -> tuple[int, str]:
    """The exit code of `doctor`, and what it says of HTTP."""
    said = rollbook("doctor", env=env)
    (found,) = [line for line in said.out.splitlines() if line.split()[0] == "web"]
    return said.code, " ".join(found.split()[1:])


def test_each_setting_of_http_is_looked_at() -> None:
    """A new one needs a case here, in which it is wrong."""
    assert {field.name for field in fields(Listen)} == set(_SETTING_OF)
    assert {of for of, _ in _WRONG.values()} == set(_SETTING_OF)


@pytest.mark.parametrize("wrong", _WRONG)
@pytest.mark.few(3)
def test_doctor_names_what_would_stop_a_start(server: Server, papers: Papers, wrong: str) -> None:
    """`doctor` is red, and neither `serve` nor `rollbook web` starts: each names the setting."""
    of, given = _WRONG[wrong]
    env = _settings(server, papers, given)
    with ThreadPoolExecutor() as at_once:
        looked = at_once.submit(_looked, env)
        starts = [at_once.submit(rollbook, name, env=at(server) | env) for name in ("serve", "web")]
    code, said = looked.result()
    assert (code, said[:10]) == (1, "not well: ")
    assert _SETTING_OF[of] in said
    for start in (one.result() for one in starts):
        assert start.code == 2
        assert _SETTING_OF[of] in start.err


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, "well: in clear text on 127.0.0.1:0, kept here"),
        (
            {"ROLLBOOK_WEB_LISTEN": "0.0.0.0:0", "ROLLBOOK_ALLOW_PLAINTEXT": "true"},
            "a risk: in clear text on 0.0.0.0:0, allowed by ROLLBOOK_ALLOW_PLAINTEXT; without "
            "ROLLBOOK_WEB_PROXIES all that comes through a proxy is one address to the limits of "
            "sign-ins",
        ),
        (
            {"ROLLBOOK_WEB_PROXIES": "10.0.0.0/8, ::1"},
            "well: in clear text on 127.0.0.1:0, kept here, behind the proxies 10.0.0.0/8, ::1",
        ),
        ({"ROLLBOOK_WEB_LISTEN": "0.0.0.0:0", **_TLS}, "well: over TLS on 0.0.0.0:0"),
        ({"ROLLBOOK_TLS_CLIENT_CA": "ca.pem", **_TLS}, "well: over TLS on 127.0.0.1:0"),
    ],
)
@pytest.mark.few(2)
def test_what_would_start_is_well(
    server: Server, papers: Papers, given: dict[str, str], wanted: str
) -> None:
    assert _looked(_settings(server, papers, given)) == (0, wanted)


def test_a_taken_port_is_well_and_a_missing_extra_is_not(
    server: Server, papers: Papers, tmp_path: Path
) -> None:
    """It is asked beside a running server, too; without the setting nothing is said of HTTP."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        env = _settings(server, papers, {"ROLLBOOK_WEB_LISTEN": taken})
        assert _looked(env) == (0, f"well: {taken} is taken: by the server, if it runs")
    (tmp_path / "uvicorn.py").write_text("raise ModuleNotFoundError(name='uvicorn')\n")
    env = _settings(server, papers, {}) | {"PYTHONPATH": str(tmp_path)}
    wanted = "not well: uvicorn is not installed: pip install 'rollbook[web]'"
    assert _looked(env) == (1, wanted)
    del env["ROLLBOOK_WEB_LISTEN"]
    without = rollbook("doctor", env=env)
    assert (without.code, "uvicorn" in without.out) == (0, False)
