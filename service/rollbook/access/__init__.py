"""Who may do what: scopes, callers, and the one answer to whoever may not."""

from rollbook.access.caller import Caller, administrator, denied
from rollbook.access.ceiling import Ceiling
from rollbook.access.jwt import Issuer, looks_like_jwt
from rollbook.access.scopes import Scope

__all__ = [
    "Caller",
    "Ceiling",
    "Issuer",
    "Scope",
    "administrator",
    "denied",
    "looks_like_jwt",
]
