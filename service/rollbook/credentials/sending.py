"""What a server needs to send a mail: one rule for imports, invitations, resets and `doctor`."""

from enum import StrEnum

from rollbook.hooks import Plugins
from rollbook.model import Mail
from rollbook.settings import Settings

_LINKS = frozenset({Mail.RESET, Mail.INVITATION})


class Need(StrEnum):
    """What a mail is not sent without, in the words for an operator."""

    PLUGIN = "a plugin that sends mail"
    KEYS = "ROLLBOOK_CREDENTIAL_KEYS_FILE"
    PUBLIC_URL = "ROLLBOOK_PUBLIC_URL"


def missing(settings: Settings, plugins: Plugins, mail: Mail) -> tuple[Need, ...]:
    """What this server lacks to send such a mail, in the order to set it up; empty: nothing.

    The notice of such a mail ends as unhandled.
    """
    needed = {
        Need.PLUGIN: not plugins.implement("notify"),
        Need.KEYS: mail.opens_account and settings.credential_keys_file is None,
        Need.PUBLIC_URL: mail in _LINKS and not settings.public_url,
    }
    return () if mail is Mail.NONE else tuple(need for need, lacks in needed.items() if lacks)
