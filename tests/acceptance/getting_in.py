"""Servers that send what opens accounts, and people who get in by it."""

from pathlib import Path
from typing import Any

import pytest

from rollbook.client import Client
from rollbook.errors import Reason
from rollbook.v1.credentials_pb2 import (
    LOGIN_RESULT_MUST_CHANGE,
    LOGIN_RESULT_NO,
    LOGIN_RESULT_OK,
)
from tests.acceptance.post import MAILS, PLUGIN, Post
from tests.acceptance.wire import HEADER, user
from tests.rpc.refusals import refusal

KEY = "k" * 44
NEW, OTHER = "four silver kettles hum", "grey clouds over the quay"
OPENING = ["invitation", "login_details", "reset"]
opening = pytest.mark.parametrize("mail", OPENING)
"""Marks a test that is to hold for each mail that opens an account."""


def keys_in(folder: Path, *keys: str) -> Path:
    """A file of these keys."""
    file = folder / "credential_keys"
    file.write_text("".join(f"{key * 44}\n" for key in keys))
    file.chmod(0o600)
    return file


def sending(folder: Path, sender: str = PLUGIN) -> dict[str, Any]:
    """The settings of a server whose plugin of that name sends what opens accounts."""
    return {
        "credential_keys_file": keys_in(folder, "k"),
        "credential_sender": sender,
        "public_url": "https://people.example.org",
    }


async def asked(post: Post, client: Client, mail: str, order: str = "") -> str:
    """A directory with the user 1, for whom the mail is asked; the plugin gets the order."""
    directory = await post.directory()
    post.order(order)
    if mail == "reset":
        await post.peer.send_file(directory, HEADER + user(1))
        await client.credentials.request_reset(directory, employee_number="1")
        await post.written(directory, 1)
    else:
        await post.peer.send_file(directory, HEADER + user(1), options=MAILS[mail])
    return directory


async def gets_in(client: Client, directory: str, notice: dict[str, Any], email: str) -> None:
    """What the mail has opens the account, once."""
    secrets = client.credentials
    if notice["password"]:
        given = notice["password"]
        answer = await secrets.verify(directory, given, email=email)
        assert answer.result == LOGIN_RESULT_MUST_CHANGE
        await secrets.set_by_old(directory, given, NEW, email=email)
        assert (await secrets.verify(directory, given, email=email)).result == LOGIN_RESULT_NO
    else:
        base, _, fragment = notice["link"].partition("#")
        assert base == "https://people.example.org/set-password"
        name, _, token = fragment.partition(".")
        assert name == directory
        await secrets.set_by_link(directory, token, NEW)
        again = secrets.set_by_link(directory, token, OTHER)
        await refusal(again, Reason.TOKEN_REJECTED)
    assert (await secrets.verify(directory, NEW, email=email)).result == LOGIN_RESULT_OK


def email_of(notice: dict[str, Any]) -> str:
    """The address that the mail goes to."""
    return str(notice["email"])
