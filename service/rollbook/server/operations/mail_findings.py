"""The part of `doctor` that looks at mail, and at the keys for what mails open accounts with."""

from itertools import chain
from pathlib import Path

from rollbook.credentials.keys import open_keys
from rollbook.credentials.sending import Need, missing
from rollbook.hooks import Plugins
from rollbook.model import Mail
from rollbook.server.operations.finding import Finding
from rollbook.settings import Settings
from rollbook.store.holds import Hold


def mail(settings: Settings, plugins: Plugins, folder: Path | None) -> list[Finding]:
    """A finding of the mails that nobody would send; none: all are sent."""
    lacking = dict.fromkeys(chain(*(missing(settings, plugins, one) for one in Mail)))
    if folder is not None:
        lacking.pop(Need.KEYS, None)  # `serve --embedded` makes them
    if not lacking:
        return []
    warned = "imports that ask for it warn with `mail_not_configured`"
    if Need.PLUGIN in lacking:
        del lacking[Need.PLUGIN]
        text = (
            f"none is sent: no listed plugin sends notices, and {warned}; to send it, install"
            " plugins/rollbook-mail, list it in ROLLBOOK_PLUGINS and set ROLLBOOK_MAIL_HOST and"
            " ROLLBOOK_MAIL_FROM"
        )
        also = f", and for links and passwords also {', '.join(lacking)}" if lacking else ""
        return [Finding("mail", ok=True, text=text + also)]
    text = f"no link or password is mailed, and {warned}; to mail them, set {', '.join(lacking)}"
    return [Finding("mail", ok=True, text=text)]


def keys(settings: Settings) -> list[Finding]:
    """A finding of the keys for links; none: no file is set."""
    try:
        opened = open_keys(settings)
    except ValueError as error:
        return [Finding("keys for links", ok=False, text=str(error))]
    if opened is None:
        return []
    count = len(opened.current())
    text = f"{count}: the first signs" if count > 1 else "one"
    return [Finding("keys for links", ok=True, text=text)]


def on_hold(hold: Hold) -> Finding:
    """A queue that is on hold."""
    text = (
        f"{hold.queue.value} are on hold since {hold.since:%Y-%m-%d %H:%M} UTC: {hold.refused} in a"
        f" row were refused through {hold.plugin}, the last one so: {hold.reason} Some are tried at"
        f" {hold.probe_at:%H:%M} UTC; the first that is sent ends the hold"
    )
    return Finding("notices", ok=False, text=text)
