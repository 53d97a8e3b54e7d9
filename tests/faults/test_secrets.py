"""Secrets of people are nowhere, also after a server has died in the middle."""

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from rollbook.client import Client
from rollbook.errors import RollbookError
from tests.acceptance.dumping import dump_of, shapes_of
from tests.acceptance.getting_in import KEY, sending
from tests.acceptance.post import MAILS, Post, posting
from tests.acceptance.wire import HEADER, user, users
from tests.environment import Cluster, Server
from tests.plugin.recording import BEGAN, ORDERS, TOLD

_KEPT = {TOLD, BEGAN, ORDERS, "credential_keys"}
"""The files that are the test's own, and have them."""


def _marked(number: int) -> str:
    return f"marked {number} copper lanterns swing"


def _files(folder: Path) -> Iterator[tuple[str, str]]:
    """What stands in the files that servers have written there, each by its name."""
    for path in folder.rglob("*"):
        if path.is_file() and path.name not in _KEPT:
            yield path.name, path.read_bytes().decode("latin-1")


_HEAD = HEADER.strip() + ",password\n"
_ROWS = "".join(
    user(n, email="wrong" if n % 5 == 0 else f"p{n}@example.org").strip() + f",{_marked(n)}\n"
    for n in range(20)
)
_FROM_FILE = {"first_password": "FROM_FILE", "notify": "NOBODY"}
_INVITED = {"invitation": range(100, 110), "login_details": range(110, 120)}


async def _refusals(client: Client, directory: str) -> list[str]:
    """What calls with marked secrets, good and wrong ones, come to."""
    marks, answers = [_marked(n) for n in range(20, 40)], []
    own = {"email": "u100@example.org"}
    calls = client.credentials
    for one in (
        calls.set_for_user(directory, marks[0], employee_number="100"),
        calls.set_for_user(directory, marks[1] + "\0", employee_number="101"),
        calls.set_for_user("no-such", marks[2], employee_number="101"),
        calls.verify(directory, marks[3], email="u102@example.org"),
        calls.verify(directory, marks[0], email="u100@example.org"),
        calls.set_by_link(directory, marks[4].replace(" ", "-"), marks[5]),
        calls.set_by_old(directory, marks[6], marks[7], email="u100@example.org"),
        calls.set_by_old(directory, marks[0], marks[0], email="u100@example.org"),
        calls.set_by_old(directory, marks[0], marks[8], email="u100@example.org"),
        calls.set_by_old(directory, marks[8], f"{marks[9]} u100", **own),
        calls.set_by_old(directory, marks[10] * 20, marks[11], **own),
        calls.set_by_link("no-such", marks[12], marks[13]),
        calls.verify(directory, marks[14], username=marks[15]),
        calls.request_reset(directory, username=marks[16]),
        calls.set_for_user(directory, marks[17], employee_number="nobody"),
        calls.verify(directory, marks[18], username="nobody"),
        client.users.write(directory, {"employee_number": "900", "password": marks[19]}),
    ):
        try:
            answers.append(str(await one))
        except RollbookError as refused:
            answers.append(f"{refused!r} {refused.message} {refused.facts}")
    return answers


async def _until_it_dies(post: Post, server: Server, directory: str, end: int) -> list[str]:
    """Mails, passwords and a file with passwords are under way; what clients were notices."""
    post.order("@wait")
    for mail, numbers in _INVITED.items():
        await post.peer.send_file(directory, HEADER + users(*numbers), options=MAILS[mail])
    file = post.peer.send_file(directory, _HEAD + _ROWS, options=_FROM_FILE)
    under_way = asyncio.create_task(file)
    async with Client(server.address, server.token) as client:
        answers = await _refusals(client, directory)
    server.process.send_signal(end)
    server.process.wait(timeout=30)
    try:
        answers.append(str((await under_way).rows))
    except Exception as broken:  # the server has gone
        answers.append(repr(broken))
    return answers


@pytest.mark.parametrize(
    "end",
    [
        signal.SIGKILL,
        pytest.param(signal.SIGABRT, marks=pytest.mark.long),
        pytest.param(signal.SIGTERM, marks=pytest.mark.long),
    ],
)
async def test_p50_a_server_that_dies_leaves_no_secret(
    cluster: Cluster, tmp_path: Path, end: signal.Signals
) -> None:
    """P50: 40 marked passwords, links and generated passwords; no log, table, answer, or file.

    Neither as they are nor in hex, base64, UTF-16 or as a part of an address.
    """
    url = await cluster.new_database()
    but = {**sending(tmp_path), "log_level": "debug", "notification_claim": 1}
    async with posting(url, tmp_path, **but) as (post, server):
        directory = await post.directory()
        answers = await _until_it_dies(post, server, directory, end)
    post.order("@sent")
    async with posting(url, tmp_path, **but) as (post, _):
        await post.due_now(directory)
        answer = await post.peer.send_file(directory, _HEAD + _ROWS, options=_FROM_FILE)
        answers.append(f"{answer.rows} {answer.message} {answer.summary}")
        await post.settled(directory)
        notices = post.told(directory)
    secrets = {KEY, *(_marked(n) for n in range(40))}
    for one in notices:
        secrets |= {one.get("link", "").rpartition(".")[2], one.get("password", "")} - {""}
    assert len(secrets) >= 41 + 18  # one user of each mail may have a password before it
    dump = await dump_of(url)
    places = [("database", dump), *(("answer", text) for text in answers), *_files(tmp_path)]
    assert sum(name.startswith("server-") for name, _ in places) == 2
    assert "u100@example.org" in dump  # it is the whole database
    for name, text in places:
        found = [one for one in secrets if any(shape in text for shape in shapes_of(one))]
        assert found == [], name
