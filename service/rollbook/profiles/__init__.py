"""Profiles: named sets of options, column aliases and required columns, as TOML files."""

from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from rollbook.errors import Reason, Refusal
from rollbook.profiles.profile import Identity, Profile, normal_header

__all__ = ["Identity", "Profile", "Profiles", "normal_header"]


_LONGEST_ECHO = 60
"""Code points of an unknown name that a message repeats."""


class Profiles:
    """Profiles by name. Reading them checks them, so that a wrong file stops the start."""

    def __init__(self, folder: Path | None = None):
        """Read the shipped profiles, then `folder`'s `*.toml`, which may replace a shipped one.

        Raises:
            ValueError: a profile is wrong; names the file and the key.
        """
        shipped = resources.files("rollbook.profiles")
        files = [entry for entry in shipped.iterdir() if entry.name.endswith(".toml")]
        texts = {file.name: file.read_text("utf-8") for file in files}
        if folder is not None:
            texts |= {path.name: _text(path) for path in sorted(folder.glob("*.toml"))}
        self._by_name = {
            name.removesuffix(".toml"): Profile.from_toml(
                name.removesuffix(".toml"), text, origin=name
            )
            for name, text in sorted(texts.items())
        }

    def __iter__(self) -> Iterator[Profile]:
        """The profiles, by name."""
        return iter(self._by_name.values())

    def named(self, name: str) -> Profile:
        """The profile of that name; '' is `default`.

        Raises:
            Refusal: INVALID_OPTIONS, naming the profiles there are.
        """
        try:
            return self._by_name[name or "default"]
        except KeyError:
            known = ", ".join(self._by_name)
            shown = name if len(name) <= _LONGEST_ECHO else name[: _LONGEST_ECHO - 1] + "…"
            raise Refusal(
                Reason.INVALID_OPTIONS,
                f"There is no profile {shown!r}. Known: {known}.",
                {"option": "profile", "known": known},
            ) from None


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as wrong:
        raise ValueError(f"{path.name}: not UTF-8: byte {wrong.start} is wrong") from None
    except OSError as wrong:
        raise ValueError(f"{path.name}: {wrong.strerror}") from None
