"""Shortens text of a file for a message: one line, nothing invisible."""

_LONGEST = 60
_NAMES = 10


def shown(text: str) -> str:
    """`text` with everything unprintable escaped, cut to 60 characters."""
    head = text[: _LONGEST + 1]
    plain = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in head)
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 1] + "…"


def listed(names: list[str]) -> str:
    """`names` for a message, separated by commas; after ten names only the number of the others."""
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    return ", ".join(shown(name) for name in names[:_NAMES]) + more
