"""JWTs of an issuer: two algorithms only, whatever a token claims.

Tokens are put together by hand from their parts, so that no library tidies a wrong one.
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import structlog
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from rollbook.access import Caller, Issuer, Scope, looks_like_jwt
from rollbook.errors import Reason, Refusal
from rollbook.settings import Settings

ISSUER, AUDIENCE = "https://id.example", "rollbook"
Signer = Callable[[bytes], bytes]


def b64(content: bytes) -> str:
    """Base64 for URLs, without its padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@cache
def an_rsa_key(bits: int = 2048, which: int = 0) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


@cache
def an_ec_key(which: int = 0) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def rs256(key: rsa.RSAPrivateKey) -> Signer:
    return lambda text: key.sign(text, padding.PKCS1v15(), SHA256())


def es256(key: ec.EllipticCurvePrivateKey) -> Signer:
    def sign(text: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(text, ec.ECDSA(SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    return sign


def hs256(secret: bytes) -> Signer:
    return lambda text: hmac.new(secret, text, hashlib.sha256).digest()


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def secret_pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def jwk(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, **more: Any) -> dict[str, Any]:
    """The public half, as an issuer's JWKS lists it."""
    numbers = key.public_key().public_numbers()
    if isinstance(numbers, rsa.RSAPublicNumbers):
        return {"kty": "RSA", "n": _number(numbers.n), "e": _number(numbers.e), **more}
    return {
        "kty": "EC",
        "crv": "P-256",
        "x": b64(numbers.x.to_bytes(32, "big")),
        "y": b64(numbers.y.to_bytes(32, "big")),
        **more,
    }


def _number(value: int) -> str:
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def token(
    signer: Signer, header: Mapping[str, Any] | bytes, claims: Mapping[str, Any] | bytes
) -> str:
    """Header and claims, given as values or as the very bytes, with their signature."""
    parts = [
        one if isinstance(one, bytes) else json.dumps(one).encode() for one in (header, claims)
    ]
    text = ".".join(map(b64, parts))
    return f"{text}.{b64(signer(text.encode()))}"


def claims(**changed: Any) -> dict[str, Any]:
    """Valid claims, except for those that are changed; None leaves one out."""
    now = time.time()
    fine = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "ann",
        "exp": now + 300,
        "iat": now,
        "scope": "imports:write users:read imports:fly",
        "rollbook_directories": ["main", "lab"],
    }
    return {name: value for name, value in {**fine, **changed}.items() if value is not None}


RS, ES = {"alg": "RS256", "typ": "JWT", "kid": "r"}, {"alg": "ES256", "typ": "JWT", "kid": "e"}


@dataclass
class AppContext:
    """An issuer as a server opens it, and the file of its keys."""

    issuer: Issuer
    path: Path

    def refusal(self, shown: str) -> Refusal:
        with pytest.raises(Refusal) as refused:
            self.issuer.verify(shown)
        return refused.value


def opened(path: Path, **more: Any) -> AppContext:
    issuer = Issuer.open(settings(path, **more))
    assert issuer is not None
    return AppContext(issuer, path)


def settings(path: Path | None, **more: Any) -> Settings:
    return Settings(**{"jwt_issuer": ISSUER, "jwt_audience": AUDIENCE, "jwt_keys": path, **more})


def jwks(path: Path, *keys: Mapping[str, Any]) -> Path:
    path.write_text(json.dumps({"keys": keys}))
    return path


@pytest.fixture
def house(tmp_path: Path) -> AppContext:
    listed = jwk(an_rsa_key(), kid="r", use="sig"), jwk(an_ec_key(), kid="e", alg="ES256")
    return opened(jwks(tmp_path / "keys.json", *listed))


# --- what it accepts ----------------------------------------------------------------------------


@pytest.mark.parametrize("header", [RS, ES], ids=["RS256", "ES256"])
def test_a_good_token_of_either_algorithm_is_its_subject_with_its_rights(
    house: AppContext, header: dict[str, Any]
) -> None:
    """Scopes that are not known here are passed over."""
    signer = rs256(an_rsa_key()) if header is RS else es256(an_ec_key())
    assert house.issuer.verify(token(signer, header, claims())).caller == Caller(
        principal="ann",
        scopes=frozenset({Scope.IMPORTS_WRITE, Scope.USERS_READ}),
        directories=frozenset({"main", "lab"}),
        operator=True,
    )


def test_a_claim_names_the_user_whom_the_principal_is(house: AppContext) -> None:
    """`DIRECTORY:EMPLOYEE_NUMBER`; anything else in that claim opens nothing."""
    named = token(rs256(an_rsa_key()), RS, claims(rollbook_user="main:00:7 "))
    assert house.issuer.verify(named).user == ("main", "00:7")
    for wrong in ("main", "main:", ":7", "main: ", 7, ["main:7"], "main:\0", ""):
        forged = token(rs256(an_rsa_key()), RS, claims(rollbook_user=wrong))
        assert house.refusal(forged).reason is Reason.TOKEN_INVALID, wrong


def test_keys_may_be_pem_and_a_token_need_not_name_one(tmp_path: Path) -> None:
    """Both sorts in one file; a kid that no key has is of no use there, and does no harm."""
    path = tmp_path / "keys.pem"
    path.write_bytes(b"# two keys\n" + pem(an_rsa_key()) + pem(an_ec_key()))
    house = opened(path)
    for header in ({"alg": "ES256"}, {"alg": "ES256", "kid": "any", "typ": "at+jwt"}):
        assert (
            house.issuer.verify(token(es256(an_ec_key()), header, claims())).caller.principal
            == "ann"
        )
    assert house.issuer.verify(
        token(rs256(an_rsa_key()), {"alg": "RS256"}, claims())
    ).caller.principal


def test_rights_come_from_the_claims_that_the_settings_name(tmp_path: Path) -> None:
    path = jwks(tmp_path / "keys", jwk(an_ec_key()))
    issuer = opened(path, jwt_scopes_claim="may", jwt_directories_claim="where").issuer

    def caller(**said: Any) -> Caller:
        return issuer.verify(token(es256(an_ec_key()), ES, claims(**said))).caller

    assert caller(may=["users:read"], where="*").directories is None
    assert caller(may=["users:read"]).scopes == {Scope.USERS_READ}
    assert caller(where=["*"]).directories == frozenset({"*"}), (
        "a list holds names, and none is called so"
    )
    assert (caller().scopes, caller().directories) == (frozenset(), frozenset())


def test_the_audience_may_be_one_of_several_and_the_clocks_a_little_apart(
    house: AppContext,
) -> None:
    ahead = time.time() + 20
    said = claims(aud=["other", AUDIENCE], nbf=ahead, iat=ahead)
    assert house.issuer.verify(token(es256(an_ec_key()), ES, said)).caller.principal == "ann"


def test_what_looks_like_a_jwt() -> None:
    assert looks_like_jwt("a.b.c")
    for other in ("", "rollbook_abc", "a.b", "a.b.c.d.e", "..", "a..c", ".b.c"):
        assert not looks_like_jwt(other)


# --- what it refuses ----------------------------------------------------------------------------

R, E = rs256(an_rsa_key()), es256(an_ec_key())


def _swapped() -> str:
    header, _, signature = token(R, RS, claims()).split(".")
    return f"{header}.{b64(json.dumps(claims(sub='eve')).encode())}.{signature}"


DEEP = b'{"alg":"RS256","x":' + b"[" * 3000 + b"]" * 3000 + b"}"
WRONG: dict[str, Callable[[], str]] = {
    "B010: HS256 signed with the RSA key's PEM": lambda: token(
        hs256(pem(an_rsa_key())), {**RS, "alg": "HS256"}, claims()
    ),
    "B010: HS256 signed with the JWK": lambda: token(
        hs256(json.dumps(jwk(an_rsa_key())).encode()), {**RS, "alg": "HS256"}, claims()
    ),
    "B010: said to be RS256, signed as HS256": lambda: token(
        hs256(pem(an_rsa_key())), RS, claims()
    ),
    "B011: another audience": lambda: token(R, RS, claims(aud="other")),
    "B011: others in a list": lambda: token(R, RS, claims(aud=["other", "rollbook2"])),
    "B011: no audience": lambda: token(R, RS, claims(aud=None)),
    "audience within a text": lambda: token(R, RS, claims(aud="rollbook other")),
    "audience a number": lambda: token(R, RS, claims(aud=7)),
    "another issuer": lambda: token(R, RS, claims(iss="https://evil.example")),
    "the issuer with a slash": lambda: token(R, RS, claims(iss=ISSUER + "/")),
    "no issuer": lambda: token(R, RS, claims(iss=None)),
    "no end": lambda: token(R, RS, claims(exp=None)),
    "an end in words": lambda: token(R, RS, claims(exp="tomorrow")),
    "an end that is true": lambda: token(R, RS, claims(exp=True)),
    "an end of infinity": lambda: token(R, RS, claims(exp=float("inf"))),
    "an end that is not a number": lambda: token(R, RS, claims(exp=float("nan"))),
    "an end beyond all numbers": lambda: token(R, RS, claims(exp=10**400)),
    "not yet": lambda: token(R, RS, claims(nbf=time.time() + 60)),
    "made in the future": lambda: token(R, RS, claims(iat=time.time() + 60)),
    "begun in words": lambda: token(R, RS, claims(nbf="now")),
    "alg none": lambda: token(lambda _: b"", {"alg": "none"}, claims()),
    "alg none, with a signature": lambda: token(R, {"alg": "none"}, claims()),
    "alg None": lambda: token(lambda _: b"x", {**RS, "alg": "nOnE"}, claims()),
    "no alg": lambda: token(R, {"kid": "r"}, claims()),
    "RS384": lambda: token(
        lambda text: an_rsa_key().sign(text, padding.PKCS1v15(), SHA384()),
        {**RS, "alg": "RS384"},
        claims(),
    ),
    "PS256": lambda: token(
        lambda text: an_rsa_key().sign(text, padding.PSS(padding.MGF1(SHA256()), 32), SHA256()),
        {**RS, "alg": "PS256"},
        claims(),
    ),
    "another's key under our kid": lambda: token(rs256(an_rsa_key(which=1)), RS, claims()),
    "another's key in the header": lambda: token(
        rs256(an_rsa_key(which=1)), {"alg": "RS256", "jwk": jwk(an_rsa_key(which=1))}, claims()
    ),
    "another kid": lambda: token(R, {**RS, "kid": "e"}, claims()),
    "a kid that nobody has": lambda: token(R, {**RS, "kid": "../../dev/null"}, claims()),
    "a kid that is no text": lambda: token(R, {**RS, "kid": {"r": 1}}, claims()),
    "ES256 said of an RSA signature": lambda: token(R, {"alg": "ES256"}, claims()),
    "an ES256 signature of zeroes": lambda: token(lambda _: bytes(64), ES, claims()),
    "an ES256 signature in ASN.1": lambda: token(
        lambda text: an_ec_key().sign(text, ec.ECDSA(SHA256())), ES, claims()
    ),
    "crit": lambda: token(R, {**RS, "crit": ["exp"]}, claims()),
    "crit, empty": lambda: token(R, {**RS, "crit": []}, claims()),
    "a payload that is not encoded": lambda: token(R, {**RS, "b64": False}, claims()),
    "another type": lambda: token(R, {**RS, "typ": "dpop+jwt"}, claims()),
    "another's claims under the signature": _swapped,
    "a signature of nothing": lambda: token(R, RS, claims()).rpartition(".")[0] + ".",
    "the shape of a JWE": lambda: token(R, RS, claims()) + ".a.b",
    "in a list": lambda: token(R, b"[" + json.dumps(RS).encode() + b"]", claims()),
    "claims in a list": lambda: token(R, RS, b"[1]"),
    "claims that are a token": lambda: token(
        R, {**RS, "cty": "JWT"}, token(R, RS, claims()).encode()
    ),
    "a header as deep as can be": lambda: token(R, DEEP, claims()),
    "claims as deep as can be": lambda: token(R, RS, b"[" * 4000),
    "more than a token has": lambda: token(R, RS, claims(more="x" * 8192)),
    "no base64": lambda: "!.!.!",
    "no ASCII": lambda: "é.é.é",
    "half a surrogate": lambda: "\udcff.\udcff.\udcff",
    "a NUL": lambda: token(R, RS, claims()) + "\0",
    "nothing": lambda: "",
    "one subject too few": lambda: token(R, RS, claims(sub=None)),
    "a subject that is blank": lambda: token(R, RS, claims(sub=" ")),
    "a subject with a line end": lambda: token(R, RS, claims(sub="a\nb")),
    "a subject that turns the direction": lambda: token(R, RS, claims(sub="a\u202eb")),
    "a subject that is a number": lambda: token(R, RS, claims(sub=7)),
    "a subject without an end": lambda: token(R, RS, claims(sub="x" * 201)),
    "scopes that are a number": lambda: token(R, RS, claims(scope=7)),
    "scopes that are numbers": lambda: token(R, RS, claims(scope=[7])),
    "directories in a text": lambda: token(R, RS, claims(rollbook_directories="main")),
    "directories that are everything": lambda: token(R, RS, claims(rollbook_directories=True)),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_any_other_token_is_invalid_and_nothing_of_it_is_said(
    house: AppContext, wrong: Callable[[], str]
) -> None:
    """B010, B011: the same sentence for each, and no line in the log."""
    with structlog.testing.capture_logs() as logged:
        refused = house.refusal(wrong())
    assert refused.reason == Reason.TOKEN_INVALID
    assert (refused.message, refused.facts) == ("The access token is not valid here.", {})
    assert refused.__cause__ is None
    assert logged == []


def test_an_expired_token_says_so_only_where_all_else_is_right(house: AppContext) -> None:
    past = time.time() - 1
    assert house.refusal(token(R, RS, claims(exp=past))).reason == Reason.TOKEN_EXPIRED
    for wrong in (
        token(R, RS, claims(exp=past, aud="other")),
        token(rs256(an_rsa_key(which=1)), RS, claims(exp=past)),
    ):
        assert house.refusal(wrong).reason == Reason.TOKEN_INVALID


# --- its keys -----------------------------------------------------------------------------------


@contextmanager
def said_once(event: str) -> Iterator[list[Any]]:
    """The log's lines, of which exactly one is that event."""
    with structlog.testing.capture_logs() as logged:
        yield logged
    assert [line["event"] for line in logged] == [event]


def test_keys_are_renewed_without_a_restart(house: AppContext) -> None:
    """The old key's tokens end with it; a new one that signs already is known at once."""
    old, new = (
        token(R, RS, claims()),
        token(rs256(an_rsa_key(which=1)), {**RS, "kid": "n"}, claims()),
    )
    assert house.issuer.verify(old).caller.principal
    assert house.refusal(new).reason == Reason.TOKEN_INVALID
    with said_once("renewed"):
        jwks(house.path, jwk(an_rsa_key(which=1), kid="n"))
        assert house.issuer.verify(new).caller.principal
        assert house.refusal(old).reason == Reason.TOKEN_INVALID


@pytest.mark.parametrize("broken", [b'{"keys": [', b"", None], ids=["half", "empty", "gone"])
def test_a_broken_file_of_keys_keeps_the_old_ones(house: AppContext, broken: bytes | None) -> None:
    """It is logged once, with the file's name, and the next change mends it."""
    good = house.path.read_bytes()
    with said_once("not_renewed") as logged:
        if broken is None:
            house.path.unlink()
        else:
            house.path.write_bytes(broken)
        for _ in range(2):
            assert house.issuer.verify(token(R, RS, claims())).caller.principal
    assert f"ROLLBOOK_JWT_KEYS: {house.path}" in logged[0]["why"]
    with said_once("renewed"):
        house.path.write_bytes(good)
        assert house.issuer.verify(token(R, RS, claims())).caller.principal


def test_keys_that_are_not_for_this_are_left_out(tmp_path: Path) -> None:
    """An issuer's JWKS lists more than we need: for encryption, of other types, curves, uses."""
    others = (
        jwk(an_rsa_key(which=1), use="enc"),
        jwk(an_rsa_key(which=1), alg="RS512"),
        jwk(an_rsa_key(which=1), key_ops=["encrypt"]),
        {"kty": "OKP", "crv": "Ed25519", "x": b64(bytes(32))},
        {"kty": "EC", "crv": "P-521", "x": "AA", "y": "AA"},
    )
    house = opened(jwks(tmp_path / "keys", *others, jwk(an_ec_key())))
    assert house.issuer.verify(token(E, ES, claims())).caller.principal
    refused = house.refusal(token(rs256(an_rsa_key(which=1)), RS, claims()))
    assert refused.reason == Reason.TOKEN_INVALID


UNUSABLE: dict[str, tuple[Callable[[], bytes], str]] = {
    "weak, PEM": (lambda: pem(an_rsa_key(1024)), "1024 bits"),
    "weak, JWK": (lambda: _listed(jwk(an_rsa_key(1024))), "1024 bits"),
    "secret, PEM": (lambda: secret_pem(an_rsa_key()), "holds a secret key"),
    "secret, JWK": (lambda: _listed(jwk(an_ec_key(), d="AA")), "holds a secret key"),
    "shared, JWK": (lambda: _listed({"kty": "oct", "k": "AAAA"}), "holds a secret key"),
    "another curve": (lambda: pem(ec.generate_private_key(ec.SECP384R1())), "neither RSA"),
    "no point": (lambda: _listed({**jwk(an_ec_key()), "x": b64(bytes(32))}), "be understood"),
    "no numbers": (lambda: _listed({"kty": "RSA"}), "be understood"),
    "operations of a number": (lambda: _listed(jwk(an_rsa_key(), key_ops=7)), "be understood"),
    "cut PEM": (lambda: pem(an_rsa_key()).replace(b"A", b"", 5), "be understood"),
    "no keys": (lambda: b'{"keys": []}', "no public key"),
    "other JSON": (lambda: b'{"key": 1}', "no JWKS"),
    "keys of numbers": (lambda: b'{"keys": [1]}', "no JWKS"),
    "words": (lambda: b"hello", "no public key"),
}


def _listed(*keys: Mapping[str, Any]) -> bytes:
    return json.dumps({"keys": keys}).encode()


@pytest.mark.parametrize(("content", "why"), UNUSABLE.values(), ids=UNUSABLE.keys())
def test_keys_that_cannot_be_trusted_stop_the_start(
    tmp_path: Path, content: Callable[[], bytes], why: str
) -> None:
    """The setting and the file are named."""
    path = tmp_path / "keys"
    path.write_bytes(content())
    with pytest.raises(ValueError, match=why) as refused:
        opened(path)
    assert str(refused.value).startswith(f"ROLLBOOK_JWT_KEYS: {path} ")


def test_a_missing_file_of_keys_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^ROLLBOOK_JWT_KEYS: .* cannot be read: No such file"):
        opened(tmp_path / "none")


def test_an_issuer_is_set_up_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    assert Issuer.open(Settings()) is None
    path = jwks(tmp_path / "keys", jwk(an_ec_key()))
    for name in ("jwt_issuer", "jwt_audience", "jwt_keys"):
        with pytest.raises(ValueError, match=f"^ROLLBOOK_{name.upper()}: it is needed"):
            Issuer.open(settings(path, **{name: None if name == "jwt_keys" else ""}))
