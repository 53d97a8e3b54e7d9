"""A profile → a correct file of its kind, to look at or to fill in."""

from rollbook.profiles import Profile


def sample(profile: Profile) -> bytes:
    """The profile's sample as CSV, in UTF-8."""
    return "".join(f"{line}\n" for line in profile.sample).encode()
