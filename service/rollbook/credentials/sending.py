"""What a server needs to send a mail: one rule for imports, invitations, resets and `doctor`."""

from enum import StrEnum

from rollbook.errors import Reason, Refusal
from rollbook.hooks import Plugins
from rollbook.model import Mail
from rollbook.settings import Settings

_LINKS = frozenset({Mail.RESET, Mail.INVITATION})


class Need(StrEnum):
    """What a mail is not sent without, in the words for an operator."""

    PLUGIN = "a plugin that sends mail"
    SENDER = "ROLLBOOK_CREDENTIAL_SENDER"
    KEYS = "ROLLBOOK_CREDENTIAL_KEYS_FILE"
    PUBLIC_URL = "ROLLBOOK_PUBLIC_URL"


def missing(settings: Settings, plugins: Plugins, mail: Mail) -> tuple[Need, ...]:
    """What this server lacks to send such a mail, in the order to set it up; empty: nothing.

    The notice of such a mail ends as unhandled.
    """
    needed = {
        Need.PLUGIN: not plugins.implement("notify"),
        Need.SENDER: mail.opens_account and not settings.credential_sender,
        Need.KEYS: mail.opens_account and settings.credential_keys_file is None,
        Need.PUBLIC_URL: mail in _LINKS and not settings.public_url,
    }
    return () if mail is Mail.NONE else tuple(need for need, lacks in needed.items() if lacks)


def check_sent(settings: Settings, plugins: Plugins, mail: Mail) -> None:
    """Whether such a mail would be sent, before anything is written for it.

    Raises:
        Refusal: INVALID_OPTIONS, naming all that is missing.
    """
    if lacking := missing(settings, plugins, mail):
        raise Refusal(
            Reason.INVALID_OPTIONS,
            f"This server sends no such mail: its operator has to set up {', '.join(lacking)}.",
            {"not_available": "true", "missing": ", ".join(lacking)},
        )
