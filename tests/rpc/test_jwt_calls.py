"""JWTs of an issuer: their claims are the caller's rights; a wrong one is refused."""

import base64
import hashlib
import hmac
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from rollbook.client import Client
from rollbook.errors import Reason
from rollbook.v1.tokens_pb2 import Token
from tests.environment import Server, serving
from tests.rpc.imported import imported, person
from tests.rpc.refusals import refusal

_ISSUER, _AUDIENCE = "https://id.example", "rollbook"
_RSA = RSAKey.generate_key(2048, private=True)
_EC = ECKey.generate_key("P-256", private=True)


@pytest.fixture(scope="module")
def issued(shared_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that takes the JWTs of an issuer with two keys."""
    folder = tmp_path_factory.mktemp("issued")
    keys = folder / "keys.pem"
    keys.write_bytes(_pem(_RSA) + _pem(_EC))
    with serving(
        shared_database_url,
        folder,
        jwt_issuer=_ISSUER,
        jwt_audience=_AUDIENCE,
        jwt_keys=keys,
    ) as running:
        yield running


def _pem(key: RSAKey | ECKey) -> bytes:
    public = key.public_key
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _token(key: Any = _EC, algorithm: str = "ES256", **claims: object) -> str:
    said: Mapping[str, object] = {
        "iss": _ISSUER,
        "aud": _AUDIENCE,
        "sub": "hr-service",
        "exp": int(time.time()) + 60,
        "scope": "users:read",
        "rollbook_directories": "*",
    } | claims
    return jwt.encode({"alg": algorithm}, dict(said), key, algorithms=[algorithm])


def _signed_with_the_public_key() -> str:
    """HS256, its secret the RSA key that everybody may know; by hand, for no library does it."""
    header = base64.urlsafe_b64encode(b'{"alg":"HS256"}').rstrip(b"=")
    content = header + b"." + _token(_RSA, "RS256").split(".")[1].encode()
    mac = hmac.new(_pem(_RSA), content, hashlib.sha256).digest()
    return f"{content.decode()}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


@pytest.mark.parametrize(("key", "algorithm"), [(_RSA, "RS256"), (_EC, "ES256")])
async def test_its_claims_are_its_rights(
    issued: Server, directory: str, key: RSAKey | ECKey, algorithm: str
) -> None:
    """The scopes and directories that it names, and no others."""
    token = _token(key, algorithm, rollbook_directories=[directory])
    async with Client(issued.address, token) as holder:
        assert [user async for user in holder.users.list(directory)] == []
        await refusal(holder.users.suspend(directory, email="a@x.org"), Reason.PERMISSION_DENIED)
        await refusal(holder.users.get("main", email="a@x.org"), Reason.PERMISSION_DENIED)
    async with Client(issued.address, _token(scope="users:write roles:privileged")) as writer:
        cells = {"employee_number": "1", "email": "a@x.org", "first_name": "A", "last_name": "B"}
        await writer.users.write(directory, cells | {"role": "admin"})
    async with Client(issued.address, issued.token) as reader:  # the writer may not read
        written = await reader.users.get(directory, employee_number="1")
        assert written.role == "admin"


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (_signed_with_the_public_key(), Reason.TOKEN_INVALID),
        (_token(aud="another"), Reason.TOKEN_INVALID),
        (_token(iss="https://evil.example"), Reason.TOKEN_INVALID),
        (_token(ECKey.generate_key("P-256", private=True)), Reason.TOKEN_INVALID),
        (_token(exp=int(time.time()) - 1), Reason.TOKEN_EXPIRED),
    ],
    ids=["B010", "B011", "another issuer", "another key", "expired"],
)
async def test_a_wrong_one_opens_nothing(issued: Server, token: str, reason: Reason) -> None:
    """B010, B011: refused before a method is looked at."""
    async with Client(issued.address, token) as holder:
        await refusal(holder.get_server_info(), reason)


async def test_where_no_issuer_is_configured_it_is_no_token(server: Server) -> None:
    async with Client(server.address, _token()) as holder:
        await refusal(holder.get_server_info(), Reason.TOKEN_INVALID)


async def test_a_jwt_of_a_user_is_linked_to_them_and_so_are_the_tokens_it_makes(
    issued: Server, directory: str
) -> None:
    """They do not suspend themselves by any token; if the user is gone, the JWT opens nothing."""
    rights = "users:write users:read tokens:write"
    cells = {"employee_number": "7", "email": "g@x.org", "first_name": "G", "last_name": "H"}
    async with Client(issued.address, _token(scope=rights)) as writer:
        await writer.users.write(directory, cells)
    linked = _token(scope=rights, rollbook_user=f"{directory}:7")
    async with Client(issued.address, linked) as holder:
        await refusal(holder.users.suspend(directory, email="g@x.org"), Reason.TARGET_PROTECTED)
        wanted = Token(principal="hr-service", scopes=["users:write"], all_directories=True)
        made = await holder.tokens.create(wanted)
    async with Client(issued.address, made.secret) as heir:
        await refusal(heir.users.suspend(directory, email="g@x.org"), Reason.TARGET_PROTECTED)
    for nobody in (f"{directory}:8", "nowhere:7"):
        async with Client(issued.address, _token(rollbook_user=nobody)) as gone:
            await refusal(gone.get_server_info(), Reason.TOKEN_INVALID)


async def test_nobody_makes_a_token_in_the_name_of_a_jwt_that_has_imported(
    issued: Server, directory: str
) -> None:
    """Its imports are its own, though no token of its name was ever made here."""
    rights = ["imports:write", "tokens:write", "principals:write"]
    async with Client(issued.address, issued.token) as operator:
        made = await operator.tokens.create(
            Token(principal="taker", scopes=rights, all_directories=True)
        )
    async with Client(issued.address, _token(sub="nightly", scope="imports:write")) as holder:
        await imported(holder, directory, [person(1)])
    async with Client(issued.address, made.secret) as taker:
        wanted = Token(principal="nightly", scopes=["imports:write"], all_directories=True)
        await refusal(taker.tokens.create(wanted), Reason.PERMISSION_DENIED)
