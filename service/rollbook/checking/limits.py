"""Settings → the limits that the cells of a row are held to."""

from dataclasses import dataclass

from rollbook.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The longest cells, in code points where nothing else is said, counted after NFC.

    `email_local`, `email_label` and `email` are octets in UTF-8. `attributes` is how many a user
    may have, each of them as long as other text; `issues` how many a row may be answered with.
    """

    number: int = 64
    username: int = 128
    name: int = 200
    text: int = 200
    attributes: int = 64
    email_local: int = 64
    email_label: int = 63
    email: int = 254
    issues: int = 32
    dotless_domains: frozenset[str] = frozenset()

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        """The limits of this server."""
        domains = (domain.strip().lower() for domain in settings.email_domains.split(","))
        return cls(dotless_domains=frozenset(domain for domain in domains if domain))


DEFAULTS = Limits()
"""The limits of a server whose operator set none."""
