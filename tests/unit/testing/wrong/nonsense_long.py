"""Puts a cell into its message, however long it is."""

from collections.abc import Sequence

from rollbook.hooks import Code, Issue, User, hookimpl


class Wrong:
    @hookimpl
    def check_users(self, users: Sequence[User]) -> dict[int, list[Issue]]:
        return {
            user.line: [Issue(Code.INVALID_NAME, "job_title", f"No {user.job_title}. " * 2)]
            for user in users
            if user.job_title and not user.job_title.isalpha()
        }


plugin = Wrong()
