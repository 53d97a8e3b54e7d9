"""One import: who, where to, from what, how, and with what."""

from dataclasses import dataclass
from uuid import UUID

from rollbook.hooks import Asking, Plugins
from rollbook.profiles import Profile
from rollbook.settings import Settings
from rollbook.store import Database
from rollbook.store.leases import Lease
from rollbook.store.ledger import Reached
from rollbook.store.names import DirectoryRow
from rollbook.store.staging import Target
from rollbook.words import Field, Options, State


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What every import of this server works with. `name` is the server's, and in its leases."""

    name: str
    settings: Settings
    database: Database
    plugins: Plugins


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One import. `asking` counts its plugins' failures; `reached` is where it goes on.

    `state` is where it stood before this call, RUNNING for a new one; `plan` the number of the
    plan in force, 0 for none.
    """

    house: House
    import_id: UUID
    directory: DirectoryRow
    principal: str
    profile: Profile
    source: str
    options: Options
    asking: Asking
    lease: Lease
    active_at_start: int
    reached: Reached
    state: State
    plan: int = 0
    skip_results: bool = False

    @property
    def answered(self) -> bool:
        """Whether the import had ended well before this call: then it is only answered again."""
        return self.state in (State.COMPLETED, State.PREVIEWED)

    @property
    def target(self) -> Target:
        """Whom it writes to."""
        return Target(
            directory_id=self.directory.id,
            default_role_id=self.directory.default_role_id,
            import_id=self.import_id,
            source=self.source,
            principal=self.principal,
            username_follows=self.profile.identity.username is Field.EMAIL,
        )
