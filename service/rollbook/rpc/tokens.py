"""Access tokens → principals. A clear token is never kept: what is compared is its hash."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from rollbook.errors import Reason, Refusal

_SCHEME = "bearer "


class Tokens:
    """The tokens of this server, by their hash."""

    def __init__(self, principals: Mapping[str, str]):
        """`principals` names, by clear token, whose it is."""
        self._by_hash = {_hash(token): name for token, name in principals.items()}

    @staticmethod
    def read_files(token_files: str) -> dict[str, str]:
        """Principals by clear token, from PRINCIPAL=FILE, separated by commas.

        Raises:
            ValueError: an entry is not of that form, or its file is missing or empty.
        """
        principals = {}
        for entry in filter(None, map(str.strip, token_files.split(","))):
            principal, equals, path = entry.partition("=")
            if not equals or not principal:
                raise ValueError(f"ROLLBOOK_TOKEN_FILES: {entry!r} is not PRINCIPAL=FILE")
            try:
                token = Path(path).read_text("utf-8").strip()
            except OSError as error:
                raise ValueError(f"ROLLBOOK_TOKEN_FILES: {path}: {error.strerror}") from None
            if not token:
                raise ValueError(f"ROLLBOOK_TOKEN_FILES: {path} is empty")
            principals[token] = principal
        return principals

    def principal(self, metadata: Iterable[tuple[str, str | bytes]] | None) -> str:
        """Whose call it is.

        Raises:
            Refusal: TOKEN_MISSING or TOKEN_INVALID.
        """
        said = [value for key, value in metadata or () if key == "authorization"]
        if not said:
            raise Refusal(
                Reason.TOKEN_MISSING, "No access token: send `authorization: Bearer TOKEN`."
            )
        header = said[0] if isinstance(said[0], str) else ""
        if header[: len(_SCHEME)].lower() == _SCHEME:
            found = self._by_hash.get(_hash(header[len(_SCHEME) :].strip()))
            if found is not None:
                return found
        raise Refusal(Reason.TOKEN_INVALID, "The access token is not valid here.")


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
