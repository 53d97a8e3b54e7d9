"""Profiles: named sets of options, column aliases and required columns, as TOML files."""

from rollbook.profiles.catalog import Profiles
from rollbook.profiles.profile import Identity, Profile, normal_header

__all__ = ["Identity", "Profile", "Profiles", "normal_header"]
