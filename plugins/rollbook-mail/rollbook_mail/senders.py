"""Writes the mails of all directories, each with what is otherwise for it."""

from typing import Self

from rollbook.hooks import Credential, Notice
from rollbook_mail.letters import Letters
from rollbook_mail.message import Sealed, Writer
from rollbook_mail.settings import MailSettings
from rollbook_mail.template_files import TemplatesError


class Senders:
    """The writer of each directory that has one of its own, and that of all others."""

    def __init__(self, usual: Writer, others: dict[str, Writer]):
        self._usual = usual
        self._others = others

    @classmethod
    def read(cls, settings: MailSettings) -> Self:
        """The writers of these settings, and of the directories that they name.

        Raises:
            SettingsError: what is otherwise for a directory cannot be.
            TemplatesError: a template cannot be used; it is named, with the directory.
        """
        others = {}
        for directory, its_own in settings.otherwise().items():
            try:
                others[directory] = Writer(its_own, Letters(its_own))
            except TemplatesError as wrong:
                raise TemplatesError(f"Of the directory {directory}: {wrong}") from None
        return cls(Writer(settings, Letters(settings)), others)

    def seal(self, notice: Notice, credential: Credential | None = None) -> Sealed:
        """The mail that the notice asks for; `credential`: what it opens the account with.

        Raises:
            Unwritable: as `Writer.seal`.
        """
        return self._others.get(notice.directory, self._usual).seal(notice, credential)
