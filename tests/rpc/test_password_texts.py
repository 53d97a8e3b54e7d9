"""Passwords that are huge, or no text, by every method that takes one: a reason, and no trace."""

from collections.abc import AsyncIterator
from typing import Any

import grpc
import grpc.aio
import pytest
import pytest_asyncio

from rollbook.client import Client
from rollbook.v1 import credentials_pb2 as c
from rollbook.v1 import sessions_pb2
from rollbook.v1.users_pb2 import UserKey, WriteUserRequest
from tests.environment import Server

_WHO = UserKey(email="ada@example.org")
_GOOD = "four silver kettles hum"
_PLACE = "PLACEHOLDER-OF-A-PASSWORD"
_MARK = "marked lanterns swing "
_HUGE = (_MARK * (1024 * 1024 // len(_MARK))).encode()
_TEXTS = {
    "1 MiB": _HUGE,
    "NUL": f"{_MARK}\0swing".encode(),
    "a lone surrogate": _MARK.encode() + b"\xed\xa0\x80",
    "no UTF-8": _MARK.encode() + b"\xff",
}
_CREDENTIALS = "/rollbook.v1.CredentialService"


def _requests(directory: str) -> dict[str, tuple[str, Any]]:
    """Each method that takes a password, with a request that has the place of one."""
    old = c.OldPassword(user=_WHO, password=_GOOD)
    return {
        "a login": (
            f"{_CREDENTIALS}/VerifyPassword",
            c.VerifyPasswordRequest(directory=directory, user=_WHO, password=_PLACE),
        ),
        "an administrator": (
            f"{_CREDENTIALS}/SetUserPassword",
            c.SetUserPasswordRequest(directory=directory, user=_WHO, new_password=_PLACE),
        ),
        "a link": (
            f"{_CREDENTIALS}/SetPassword",
            c.SetPasswordRequest(directory=directory, link_token="x", new_password=_PLACE),
        ),
        "the old password": (
            f"{_CREDENTIALS}/SetPassword",
            c.SetPasswordRequest(directory=directory, old=old, new_password=_PLACE),
        ),
        "a wrong old password": (
            f"{_CREDENTIALS}/SetPassword",
            c.SetPasswordRequest(
                directory=directory,
                old=c.OldPassword(user=_WHO, password=_PLACE),
                new_password=_GOOD,
            ),
        ),
        "a sign-in": (
            "/rollbook.v1.SessionService/CreateSession",
            sessions_pb2.CreateSessionRequest(
                user=sessions_pb2.UserLogin(directory=directory, user=_WHO, password=_PLACE)
            ),
        ),
        "a user by hand": (
            "/rollbook.v1.UserService/WriteUser",
            _written(directory),
        ),
    }


def _written(directory: str) -> WriteUserRequest:
    request = WriteUserRequest(directory=directory)
    request.row.employee_number = "2"
    request.row.email = "bob@example.org"
    request.row.first_name, request.row.last_name = "B", "B"
    request.row.password = _PLACE
    return request


def _filled(message: Any, good: str) -> Any:
    """The message with that text in the place of the password."""
    for field, value in message.ListFields():
        if value == _PLACE:
            setattr(message, field.name, good)
        elif field.message_type:
            _filled(value, good)
    return message


def _bytes_of(request: Any, text: bytes) -> bytes:
    """The request as it travels; a library writes no text that is none, so that it is put there."""
    try:
        filled: bytes = _filled(request, text.decode()).SerializeToString()
    except UnicodeDecodeError:
        whole: bytes = request.SerializeToString()
        return whole.replace(_PLACE.encode(), text[-len(_PLACE) :])  # no length changes
    return filled


@pytest_asyncio.fixture
async def client(server: Server) -> AsyncIterator[Client]:
    """The administrator's client."""
    async with Client(server.address, server.token) as opened:
        yield opened


@pytest.mark.parametrize("method", list(_requests("")))
async def test_s50_a_password_that_is_no_text_is_refused_and_leaves_no_trace(
    server: Server, client: Client, directory: str, method: str
) -> None:
    """S50, P50: 1 MiB, with NUL, a lone surrogate, no UTF-8; a login of that kind comes to no."""
    await client.users.write(
        directory,
        {"employee_number": "1", "email": "ada@example.org", "first_name": "A", "last_name": "B"},
    )
    await client.credentials.set_for_user(directory, _GOOD, employee_number="1", must_change=False)
    async with grpc.aio.insecure_channel(server.address) as channel:
        for name, text in _TEXTS.items():
            path, request = _requests(directory)[method]
            code, answer = await _outcome(channel, path, _bytes_of(request, text), server.token)
            assert code in (_ANSWERS | _REFUSES if method in _ANSWERED else _REFUSES), name
            assert _MARK not in answer
    assert (await client.credentials.verify(directory, _GOOD, email="ada@example.org")).result == (
        c.LOGIN_RESULT_OK
    )
    assert _MARK not in server.log.read_text()


async def _outcome(
    channel: grpc.aio.Channel, path: str, request: bytes, token: str
) -> tuple[grpc.StatusCode, str]:
    """The status of a call, and all of its answer."""
    metadata = (("authorization", f"Bearer {token}"),)
    try:
        call: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(path)
        answer = await call(request, metadata=metadata, timeout=30)
    except grpc.aio.AioRpcError as refused:
        return refused.code(), f"{refused.details()} {refused.trailing_metadata()}"
    return grpc.StatusCode.OK, repr(answer)


_ANSWERED = frozenset({"a login", "a sign-in", "a user by hand"})
"""What says no, or names the row's issue, in its answer."""
_ANSWERS = {grpc.StatusCode.OK}
_REFUSES = {
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.RESOURCE_EXHAUSTED,  # the message is too large
    grpc.StatusCode.PERMISSION_DENIED,  # the link, or the old password, is wrong
    grpc.StatusCode.FAILED_PRECONDITION,
}
