"""Reads the profiles' files, and names the file and key of an error."""

from rollbook.errors import Refusal
from rollbook.imports.options import effective
from rollbook.profiles import Profiles
from rollbook.reading import Reader
from rollbook.settings import Settings


def checked_profiles(settings: Settings) -> Profiles:
    """All profiles; an import that sets no option itself can begin by each of them.

    Raises:
        ValueError: one is wrong; names the file and the key.
    """
    profiles = Profiles(settings.profiles)
    for profile in profiles:
        try:
            Reader(profile, effective(profile, {}), settings)
        except Refusal as wrong:
            key = f"options.{wrong.facts.get('option', '')}"
            raise ValueError(f"{profile.name}.toml: {key}: {wrong.message}") from None
    return profiles
