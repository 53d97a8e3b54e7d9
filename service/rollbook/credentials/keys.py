"""Reads the server keys from which links and generated passwords are derived.

A key is a line of the file. The first one signs, all of them verify: to change keys, put the new
one on top, and remove the old one when the links made with it have expired.
"""

import os
import secrets
from pathlib import Path

from rollbook.access.reloading import ReloadedFile, content
from rollbook.file_ownership import why_not_ours
from rollbook.settings import Settings

SETTING = "ROLLBOOK_CREDENTIAL_KEYS_FILE"
_LEAST = 32
"""Bytes of a key, as written: 32 random ones in base64 are 44."""
_MAKE = "make one with `head -c 32 /dev/urandom | base64`"

Keys = ReloadedFile[tuple[bytes, ...]]


def open_keys(settings: Settings) -> Keys | None:
    """The keys of the file, read again when it changes; None if no file is set.

    Raises:
        ValueError: the file cannot be read or used, or others can read it; names it.
    """
    path = settings.credential_keys_file
    return None if path is None else ReloadedFile([path], lambda: read_keys(path))


def read_keys(path: Path) -> tuple[bytes, ...]:
    """The keys in the file, at least one. Blank lines, and lines that begin with #, are no keys.

    Raises:
        ValueError: the file cannot be read, others can read or change it, or a key is too short.
    """
    data = content(SETTING, path)
    # Everybody who reads it can open every account.
    if path.stat().st_mode & 0o007:
        raise ValueError(f"{SETTING}: {path} can be read or changed by everybody: chmod 600 it")
    lines = (line.strip() for line in data.splitlines())
    keys = tuple(line for line in lines if line and not line.startswith(b"#"))
    if not keys:
        raise ValueError(f"{SETTING}: {path} has no key: {_MAKE}")
    if any(len(key) < _LEAST for key in keys):
        raise ValueError(f"{SETTING}: {path} has a key of less than {_LEAST} characters: {_MAKE}")
    return keys


def made_keys(path: Path) -> Path:
    """The path, at which there is a file of one new key if there was none; its owner's alone.

    Raises:
        ValueError: another user could have made or changed the file.
    """
    if why := why_not_ours(path):
        raise ValueError(f"{SETTING}: {path} {why}")
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{secrets.token_urlsafe(32)}\n")
    return path
