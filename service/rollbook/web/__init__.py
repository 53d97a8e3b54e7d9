"""HTTP: uploads and reports, as a client of our own gRPC service.

Every call passes its caller's token on, so rights, quotas and rules are those of gRPC. This room
holds no state and no rules: it converts forms to streams, and messages to JSON.
"""

from rollbook.web.listening import Listen, open_web
from rollbook.web.site import OneTimeCode

__all__ = ["Listen", "OneTimeCode", "open_web"]
