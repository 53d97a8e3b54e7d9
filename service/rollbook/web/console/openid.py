"""Signs people in by OpenID Connect: they leave for the issuer, and come back to a session.

What a browser keeps while it is away stands in a cookie of its own, for ten minutes: one for each
attempt, so that two tabs do not disturb each other. These cookies are SameSite=Lax, and no others:
the issuer's redirect comes from another site, and a strict cookie would not be sent with it. The
session's is strict, and so a browser would not send it either with what follows that redirect. So
the way back ends in a page of ours, and that page leads on.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from rollbook.errors import RollbookError
from rollbook.web.console.pages import Pages, see
from rollbook.web.console.sign_in import SignIn, own_path
from rollbook.web.console.visit import keep_session
from rollbook.web.openid import Attempt, NotSignedIn, Provider, error_word
from rollbook.web.site import Site

_COOKIE = "__Host-rollbook-sign-in-"
"""With the beginning of the attempt's state behind it."""
_MOST_AWAY = 4
"""Attempts of a browser at once; an earlier one is given up. Proxies take some 8 KB of cookies."""
_SECONDS = 600
_MOST_OF_A_PATH = 1_000
"""Characters, so that all these cookies stay below what a proxy takes."""
_OF_STATE = 16
_ELSEWHERE = "This sign-in was not begun in this browser, or over ten minutes ago. Begin again."


class _Away(NamedTuple):
    """Somebody who is at the issuer: the attempt, and the path of the page that they wanted."""

    attempt: Attempt
    then: str


class OpenIDPages:
    """The pages `/sign-in/openid` and `/sign-in/callback`."""

    def __init__(self, site: Site, pages: Pages, provider: Provider, sign_in: SignIn):
        self._site = site
        self._pages = pages
        self._provider = provider
        self._sign_in = sign_in

    async def leave(self, request: Request) -> Response:
        """Send the browser to the issuer."""
        then = own_path(request.query_params.get("then", "/"))
        try:
            url, attempt = await self._provider.begin()
        except NotSignedIn as why:
            return self._sign_in.form(then, why.message, why.status)
        answer = see(url)
        # A browser sends what it keeps in the order in which that was made (RFC 6265, 5.4).
        others = [name for name in request.cookies if name.startswith(_COOKIE)]
        for name in others[: max(0, len(others) + 1 - _MOST_AWAY)]:
            _forget(answer, name)
        answer.set_cookie(
            _cookie_of(attempt.state),
            _written(_Away(attempt, then)),
            max_age=_SECONDS,
            path="/",
            secure=True,
            httponly=True,
            samesite="lax",
        )
        return answer

    async def come_back(self, request: Request) -> Response:
        """Open a session for whom the issuer has signed in; well or not, that attempt is over."""
        state = _one(request, "state")
        name = _cookie_of(state)
        away = _read(request.cookies.get(name, ""))
        if away is None or not hmac.compare_digest(state.encode(), away.attempt.state.encode()):
            return self._sign_in.form("/", _ELSEWHERE, 403)  # an attempt of this browser stays
        answer = await self._signed_in(request, away)
        _forget(answer, name)
        return answer

    async def _signed_in(self, request: Request, away: _Away) -> Response:
        provider = self._provider
        try:
            if error := _one(request, "error"):
                raise provider.refused(error_word(error))
            token = await provider.finish(away.attempt, _one(request, "code"), _one(request, "iss"))
            async with self._site.of(token) as client:
                made = await client.sessions.open()
        except NotSignedIn as why:
            return self._sign_in.form(away.then, why.message, why.status)
        except RollbookError as refused:
            text = f"{provider.name} signed you in, but its token opens nothing here: "
            return self._sign_in.form(away.then, text + refused.message, refused.verdict.http)
        answer = self._pages.page("signed_in.html", visit=None, then=away.then)
        keep_session(answer, made.secret)
        return answer


def _cookie_of(state: str) -> str:
    return _COOKIE + state[:_OF_STATE]


def _forget(answer: Response, name: str) -> None:
    answer.delete_cookie(name, path="/", secure=True, httponly=True, samesite="lax")


def _one(request: Request, name: str) -> str:
    """A parameter of the query that is there once; else ''."""
    found = request.query_params.getlist(name)
    return found[0] if len(found) == 1 else ""


def _written(away: _Away) -> str:
    """As a cookie's value. It needs no seal: only the user of the browser could forge it."""
    then = away.then if len(away.then) <= _MOST_OF_A_PATH else "/"
    return ".".join((*away.attempt, urlsafe_b64encode(then.encode()).decode().rstrip("=")))


def _read(value: str) -> _Away | None:
    """Who a cookie's value is about, None where it is none of ours."""
    state, *rest = value.split(".")
    if len(rest) != 3 or not (state and all(rest)):
        return None
    nonce, verifier, path = rest
    try:
        then = urlsafe_b64decode(path + "=" * (-len(path) % 4)).decode()
    except ValueError:  # an error of UTF-8 is one, too
        return None
    return _Away(Attempt(state, nonce, verifier), own_path(then))
