"""Who may do what: scopes, callers, and the one answer to whoever may not."""

from rollbook.rights.caller import Caller, administrator, denied
from rollbook.rights.ceiling import Ceiling
from rollbook.rights.jwt import Issuer, looks_like_jwt
from rollbook.rights.scopes import Scope

__all__ = [
    "Caller",
    "Ceiling",
    "Issuer",
    "Scope",
    "administrator",
    "denied",
    "looks_like_jwt",
]
