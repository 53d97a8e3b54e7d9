"""The caller of a request: principal, scopes and directories, for every kind of token."""

from dataclasses import dataclass, field
from datetime import datetime

from rollbook.access.scopes import Scope
from rollbook.errors import Reason, Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """How high an import may reach: what of its caller's rights is stored with it.

    Rows are checked against it where they are written, so that neither a plugin's answer nor a
    resume nor a server that finishes what another began has more rights than the caller had.

    `privileged`: may grant privileged roles and change users who hold one. `passwords`: may set
    passwords. `users`: the users that the callers are linked to. No import of theirs changes the
    role of these or suspends or reactivates them.
    """

    privileged: bool
    passwords: bool
    users: frozenset[int]

    def lowered(self, other: "Ceiling") -> "Ceiling":
        """What both may: a resumed import has the rights of neither caller alone."""
        return Ceiling(
            privileged=self.privileged and other.privileged,
            passwords=self.passwords and other.passwords,
            users=self.users | other.users,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A principal with the rights of the token that was shown.

    `directories` None: all of them. `user_id`: the user of one directory that the principal is,
    0 for none; the principal does not change that user's role and status. `operator`: the token is
    one of the operator's own, from a token file or the issuer of JWTs, and not one made by a call.
    `token_hash`: what the token is known by, b"" for a JWT. `session_hash`: of the session that was
    shown in its place, b"" for none. `expires_at`: when what was shown ends, None: never by itself.
    """

    principal: str
    scopes: frozenset[Scope]
    directories: frozenset[str] | None
    user_id: int = 0
    operator: bool = False
    token_hash: bytes = field(default=b"", repr=False, compare=False)
    session_hash: bytes = field(default=b"", repr=False, compare=False)
    expires_at: datetime | None = field(default=None, compare=False)

    @property
    def ceiling(self) -> Ceiling:
        """How high an import of this caller's may reach."""
        return Ceiling(
            privileged=self.may(Scope.ROLES_PRIVILEGED),
            passwords=self.may(Scope.CREDENTIALS_WRITE),
            users=frozenset({self.user_id} - {0}),
        )

    def may(self, *scopes: Scope) -> bool:
        """Whether the caller has any of the scopes."""
        return any(scope in self.scopes for scope in scopes)

    def may_enter(self, directory: str) -> bool:
        """Whether the directory of that name is one of the caller's; it need not exist."""
        return self.directories is None or directory in self.directories


def administrator(principal: str) -> Caller:
    """The caller with a token that the operator configured: may do everything everywhere."""
    return Caller(principal=principal, scopes=frozenset(Scope), directories=None, operator=True)


def denied() -> Refusal:
    """The same bytes for a missing directory, another's import, and a right that is not there."""
    return Refusal(
        Reason.PERMISSION_DENIED,
        "This is not there, or not permitted: check the name or id, the directory, and what your "
        "token may do.",
    )
