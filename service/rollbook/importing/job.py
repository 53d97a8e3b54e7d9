"""One import: who, where to, from what, how, and with what."""

from dataclasses import dataclass
from uuid import UUID

from rollbook.hooks import Asking, Plugins
from rollbook.profiles import Profile
from rollbook.settings import Settings
from rollbook.store import Database
from rollbook.store.names import DirectoryRow
from rollbook.store.staging import Target
from rollbook.words import Field, Options


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What every import of this server works with."""

    settings: Settings
    database: Database
    plugins: Plugins


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One import. `asking` counts its plugins' failures."""

    house: House
    import_id: UUID
    directory: DirectoryRow
    principal: str
    profile: Profile
    source: str
    options: Options
    asking: Asking

    @property
    def target(self) -> Target:
        """Whom it writes to."""
        return Target(
            directory_id=self.directory.id,
            default_role_id=self.directory.default_role_id,
            import_id=self.import_id,
            source=self.source,
            username_follows=self.profile.identity.username is Field.EMAIL,
        )
