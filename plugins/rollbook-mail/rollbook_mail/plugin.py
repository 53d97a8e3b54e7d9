"""The hooks: send the mails that imports ask for, and answer each notice."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from rollbook.hooks import Credential, Later, Notice, Sent, Undeliverable, hookimpl
from rollbook_mail.pace import Pace
from rollbook_mail.pool import Pool
from rollbook_mail.purposes import PURPOSES
from rollbook_mail.rounds import Round
from rollbook_mail.senders import Senders
from rollbook_mail.settings import MailSettings, SettingsError


class MailPlugin:
    """The plugin. Settings and templates are read once, when the service starts."""

    def __init__(self) -> None:
        self._open: tuple[MailSettings, Senders, Pool, Pace] | None = None

    @hookimpl
    async def startup(self) -> None:
        """Read the environment and the templates; no relay is asked yet, it may come later.

        Raises:
            SettingsError: a variable is missing or wrong, and named.
            TemplatesError: a template cannot be used, and is named.
        """
        settings = MailSettings.read()
        senders = Senders.read(settings)
        self._open = settings, senders, Pool(settings), Pace(settings.per_minute)

    @hookimpl
    async def shutdown(self) -> None:
        """Take leave of the relay."""
        if self._open:
            _, _, pool, _ = self._open
            self._open = None
            await pool.close()

    @hookimpl
    async def notify(
        self,
        notices: Sequence[Notice],
        within: float,
        report: Callable[[str, Sent | Later | Undeliverable], None] | None = None,
        credentials: Mapping[str, Credential] = MappingProxyType({}),
    ) -> dict[str, Sent | Later | Undeliverable] | None:
        """What became of each mail that is ours; silence about all else."""
        ours = [notice for notice in notices if notice.mail in PURPOSES]
        if not ours:
            return None
        if self._open is None:
            raise SettingsError("The settings were never read: startup was not called.")
        return await Round(*self._open, report, credentials).carry(ours, within)
