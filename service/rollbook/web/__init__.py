"""HTTP and the web console, as a client of our own gRPC service.

Every call passes its caller's token or session on, so rights, quotas and rules are those of gRPC.
This room holds no rules: it converts forms to streams, and messages to JSON and to pages.

site           what all requests share: the way to the service, and whether it stops
openid         what an OpenID Connect issuer is asked
connection     one connection: its bounds, and its end
body           the body of a request, as it comes
console        pages for people
"""

from rollbook.web.listening import Listen, examined, look_at_issuer, open_web
from rollbook.web.site import OneTimeCode

__all__ = ["Listen", "OneTimeCode", "examined", "look_at_issuer", "open_web"]
