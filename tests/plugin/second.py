"""A plugin that takes every notice that it is asked about, and says so."""

from collections.abc import Mapping, Sequence

from rollbook.hooks import Credential, Notice, Undeliverable, hookimpl


class Other:
    """It must never be asked about mails that open an account."""

    @hookimpl
    def notify(
        self, notices: Sequence[Notice], credentials: Mapping[str, Credential]
    ) -> dict[str, Undeliverable]:
        """Take all, so that nobody behind it is asked."""
        return {notice.id: Undeliverable(f"taken, {len(credentials)}") for notice in notices}


other = Other()
