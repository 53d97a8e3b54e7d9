"""Reads the public keys of a JWT issuer from a file, JWKS or PEM."""

import base64
import json
import re
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from joserfc.jwk import ECKey, RSAKey

from rollbook.access.reloading import content

Key = RSAKey | ECKey

_SETTING = "ROLLBOOK_JWT_KEYS"
_LEAST_RSA_BITS = 2048
_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)
_ALGORITHMS = {"RSA": "RS256", "EC": "ES256"}
_SECRET = ("d", "k")
"""The members of a JWK that only its owner may know."""


def read_keys(path: Path) -> tuple[Key, ...]:
    """The public keys in the file, at least one, for RS256 or ES256; others in a JWKS are left out.

    Raises:
        ValueError: the file cannot be read or used, or holds a secret or a weak key; names it.
    """
    text = content(_SETTING, path).decode("utf-8", "replace").strip()
    keys = _of_jwks(path, text) if text.startswith("{") else _of_pem(path, text)
    if not keys:
        raise ValueError(f"{_SETTING}: {path} has no public key for RS256 or ES256")
    return keys


def algorithm(key: Key) -> str:
    """The one algorithm that the key may verify."""
    return _ALGORITHMS[key.key_type]


def _of_jwks(path: Path, text: str) -> tuple[Key, ...]:
    try:
        listed = json.loads(text)["keys"]
        given: list[dict[str, Any]] = [dict(one) for one in listed]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise ValueError(f'{_SETTING}: {path} is no JWKS: {{"keys": […]}}') from None
    if any(member in one for one in given for member in _SECRET):
        raise ValueError(f"{_SETTING}: {path} holds a secret key; only public ones belong there")
    keys: list[Key] = []
    for one in given:
        try:
            if _may_verify(one):
                keys.append(_imported(path, one))
        except _Weak:
            raise
        except Exception:  # the library's own, by what is wrong; each means the same here
            raise _not_understood(path) from None
    return tuple(keys)


def _may_verify(jwk: dict[str, Any]) -> bool:
    """Whether it is one of ours: an issuer also lists keys for encryption and newer algorithms."""
    meant = _ALGORITHMS.get(str(jwk.get("kty")))
    return (
        meant is not None
        and jwk.get("alg", meant) == meant
        and jwk.get("use", "sig") == "sig"
        and "verify" in jwk.get("key_ops", ["verify"])
        and jwk.get("crv", "P-256") == "P-256"
    )


def _imported(path: Path, jwk: dict[str, Any]) -> Key:
    if jwk["kty"] == "EC":
        return ECKey.import_key(jwk)
    modulus = base64.urlsafe_b64decode(jwk["n"] + "==")
    _check_size(path, int.from_bytes(modulus, "big").bit_length())
    return RSAKey.import_key(jwk)


def _of_pem(path: Path, text: str) -> tuple[Key, ...]:
    blocks = [(found[1], found[0].encode()) for found in _PEM.finditer(text)]
    if any("PRIVATE" in label for label, _ in blocks):
        raise ValueError(f"{_SETTING}: {path} holds a secret key; only public ones belong there")
    return tuple(_loaded(path, block) for _, block in blocks)


def _loaded(path: Path, block: bytes) -> Key:
    try:
        found = load_pem_public_key(block)
    except Exception:  # as above
        raise _not_understood(path) from None
    if isinstance(found, RSAPublicKey):
        _check_size(path, found.key_size)
        return RSAKey.import_key(found)
    if isinstance(found, EllipticCurvePublicKey) and found.curve.name == "secp256r1":
        return ECKey.import_key(found)
    raise ValueError(f"{_SETTING}: {path} has a key that is neither RSA nor on the curve P-256")


class _Weak(ValueError):
    """A key that others could compute."""


def _check_size(path: Path, bits: int) -> None:
    # Before joserfc sees the key, which would warn on standard error.
    if bits < _LEAST_RSA_BITS:
        raise _Weak(
            f"{_SETTING}: {path} has an RSA key of {bits} bits; {_LEAST_RSA_BITS} are the least"
        )


def _not_understood(path: Path) -> ValueError:
    return ValueError(f"{_SETTING}: {path} has a key that cannot be understood")
