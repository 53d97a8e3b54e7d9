"""Authenticates access tokens and decides what their callers may do.

authentication   a token → its caller: the operator's tokens, stored ones, JWTs of the issuer
authorization    what a caller may do: call a method, enter a directory
method_table     the scopes that each method needs
tokens           tokens made, listed, revoked
sessions         sessions opened and ended, which stand in the place of a token
"""

from rollbook.access.authorization import check_method, enter, independent
from rollbook.access.caller import Caller, Ceiling, administrator, denied
from rollbook.access.jwt import Issuer, looks_like_jwt
from rollbook.access.scopes import Scope

__all__ = [
    "Caller",
    "Ceiling",
    "Issuer",
    "Scope",
    "administrator",
    "check_method",
    "denied",
    "enter",
    "independent",
    "looks_like_jwt",
]
