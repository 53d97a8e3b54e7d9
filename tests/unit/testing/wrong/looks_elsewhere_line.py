"""Declares to look at the department alone, and objects to late lines."""

from rollbook.hooks import Code, Issue, User, hookimpl, looks_at, per_row


class Wrong:
    @hookimpl
    @staticmethod
    @looks_at("department")
    @per_row
    def check_users(user: User) -> list[Issue] | None:
        return [Issue(Code.INVALID_EMAIL, "email", "Too late.")] if user.line > 20 else None


plugin = Wrong()
