"""Declares to look at the department, and answers by the job title too."""

from rollbook.hooks import Role, User, hookimpl, looks_at, per_row


class Wrong:
    @hookimpl
    @staticmethod
    @looks_at("department")
    @per_row
    def map_roles(user: User) -> Role | None:
        return Role("admin") if user.department == "IT" and user.job_title == "Clerk" else None


plugin = Wrong()
