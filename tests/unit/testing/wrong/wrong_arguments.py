"""Takes one user, where the hook gives a batch."""

from rollbook.hooks import Role, User, hookimpl


class Wrong:
    @hookimpl
    def map_roles(self, user: User) -> Role | None:
        return Role("admin") if user.department == "IT" else None


plugin = Wrong()
