"""Signing in by OpenID Connect, by plain requests: the way in, and each way around it."""

import asyncio
import base64
import gzip
import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from html import unescape
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit
from urllib.request import urlopen

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey

from rollbook.client import Client
from rollbook.model.openid_client import read_client
from rollbook.settings import Settings
from rollbook.web import look_at_issuer
from tests.acceptance.command import at, environment, rollbook, started
from tests.environment import Server, serving
from tests.openid import (
    AUTHORIZE,
    CALLBACK,
    CLIENT,
    KEYS,
    METADATA,
    NAME,
    SECRET,
    TOKEN,
    OpenIDProvider,
    Wrong,
    half_hash,
    providing,
)
from tests.web.browser import Site
from tests.web.person import Person, signed_in

SESSION, AWAY = "__Host-rollbook", "__Host-rollbook-sign-in-"
HTTPS = "https://rollbook.example"


class Page(NamedTuple):
    """What a browser was answered with."""

    status: int
    location: str
    text: str
    cookies: Mapping[str, str]
    """What was set, each with its attributes, by name."""

    @property
    def alert(self) -> str:
        """What went wrong, as the page says it; '' where nothing did."""
        found = re.search(r'role="alert"[^>]*>(.*?)</p>', self.text)
        return unescape(found[1]) if found else ""


class Browser:
    """A browser's cookies, at one site."""

    def __init__(self, site: Site):
        self.site = site
        self.cookies: dict[str, str] = {}

    def get(self, path: str) -> Page:
        """A page; what it sets is kept."""
        host, port = self.site.where
        connection = HTTPConnection(host, port, timeout=30)
        kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection.request("GET", path, headers={"cookie": kept, "host": "rollbook.example"})
        answer = connection.getresponse()
        text = answer.read().decode()
        lines = [value for name, value in answer.getheaders() if name.lower() == "set-cookie"]
        connection.close()
        found = {line.partition("=")[0]: line.partition("=")[2] for line in lines}
        for name, value in found.items():
            if "Max-Age=0" in value:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value.partition(";")[0]
        return Page(answer.status, answer.headers.get("location", ""), text, found)

    @property
    def away(self) -> list[str]:
        """The cookies of the attempts that are under way, by name."""
        return [name for name in self.cookies if name.startswith(AWAY)]

    def leave(self, then: str = "/") -> str:
        """The address at the provider where the browser is sent."""
        page = self.get(f"/sign-in/openid?then={quote(then, safe='')}")
        assert page.status == 303, page.text
        return page.location

    def come_back(self, then: str = "/") -> Page:
        """The page at the end of the whole way."""
        return self.get(back_from(self.leave(then)))


def back_from(address: str) -> str:
    """The path and query by which the provider's page leads back to us."""
    with urlopen(address) as page:  # the provider's own
        link = re.search(r'href="(.*?)"', page.read().decode())
    assert link
    parts = urlsplit(unescape(link[1]))
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == HTTPS + CALLBACK
    return f"{parts.path}?{parts.query}"


@pytest.fixture(scope="module")
def provider() -> Iterator[OpenIDProvider]:
    """A provider whose client is the console of `openid`."""
    with providing() as running:
        running.redirect_url = HTTPS + CALLBACK
        yield running


@pytest.fixture(scope="module")
def openid(
    provider: OpenIDProvider,
    shared_database_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    """A console where people sign in by the provider."""
    folder = tmp_path_factory.mktemp("openid")
    settings = provider.settings(folder)
    with serving(shared_database_url, folder, web_listen="127.0.0.1:0", **settings) as server:
        assert server.process.stdout
        said = server.process.stdout.readline()
        assert said.startswith("HTTP on "), server.log.read_text()
        yield Site(server, said.removeprefix("HTTP on ").strip())


async def test_doctor_asks_the_issuer(
    provider: OpenIDProvider, server: Server, tmp_path: Path
) -> None:
    """Whether its metadata are there and its own; and it is red where nobody could sign in."""
    settings = {**provider.settings(tmp_path), "web_listen": "127.0.0.1:0"}
    with providing() as gone:
        away = {**settings, "jwt_issuer": gone.url}

    def looked(settings: Mapping[str, object]) -> tuple[int, str]:
        said = rollbook(
            "doctor",
            env=environment(
                ROLLBOOK_DATABASE_URL=server.database_url,
                ROLLBOOK_TOKEN_FILES=f"admin={server.token_file}",
                COLUMNS="400",
                **{f"ROLLBOOK_{name.upper()}": str(value) for name, value in settings.items()},
            ),
        )
        (found,) = [line for line in said.out.splitlines() if "issuer's answer" in line]
        return said.code, " ".join(found.split()[2:])

    well, red = await asyncio.gather(
        asyncio.to_thread(looked, settings), asyncio.to_thread(looked, away)
    )
    assert well == (0, f"well: {provider.url} answers as itself")
    assert red == (1, f"not well: {gone.url}: it does not answer (ConnectError)")
    client = read_client(Settings.model_validate(settings))
    assert client
    other = json.dumps({**provider.metadata(), "issuer": "https://evil.example"}).encode()
    with provider.misbehaving(Wrong(answers={METADATA: (200, {}, other)})):
        assert await look_at_issuer(client) == "its metadata is of another issuer"


def test_the_form_offers_it_where_it_is_configured(openid: Site, site: Site) -> None:
    """By the name that was set, with the page that was asked for; elsewhere there is none."""
    page = Browser(openid).get("/sign-in?then=/plugins")
    assert f'href="/sign-in/openid?then=/plugins">Sign in with {NAME}</a>' in page.text
    assert "Sign in with" not in Browser(site).get("/sign-in").text
    for path in ("/sign-in/openid", CALLBACK):
        assert Browser(site).get(path).status == 404


def test_the_browser_is_sent_away_with_all_that_binds_the_attempt_to_it(
    openid: Site, provider: OpenIDProvider
) -> None:
    """State, nonce and PKCE; the cookie is short, lax, and no script's; no secret leaves us."""
    browser = Browser(openid)
    page = browser.get("/sign-in/openid")
    address = urlsplit(page.location)
    assert f"{address.scheme}://{address.netloc}{address.path}" == provider.url + AUTHORIZE
    asked = dict(parse_qsl(address.query))
    assert asked.keys() == {
        *("response_type", "client_id", "redirect_uri", "scope", "state", "nonce"),
        *("code_challenge", "code_challenge_method"),
    }
    assert asked["redirect_uri"] == HTTPS + CALLBACK
    assert asked["scope"] == "openid profile"
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 43
    assert SECRET not in page.location
    for wanted in ("HttpOnly", "Secure", "SameSite=lax", "Path=/", "Max-Age=600"):
        assert wanted in page.cookies[browser.away[0]]
    assert "Domain" not in page.cookies[browser.away[0]]
    verifier = browser.cookies[browser.away[0]].split(".")[2]
    proof = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
    assert asked["code_challenge"] == proof.decode().rstrip("=")
    assert verifier not in page.location
    other = dict(parse_qsl(urlsplit(Browser(openid).leave()).query))
    assert not {other["state"], other["nonce"]} & {asked["state"], asked["nonce"]}


async def test_who_comes_back_has_a_session_with_the_rights_of_the_claims(
    openid: Site, provider: OpenIDProvider, directory: str
) -> None:
    """It is a session as any other, by the claims of the JWT, and it ends when the JWT does."""
    browser = Browser(openid)
    claims = {"rollbook_directories": [directory], "sub": "grace"}
    with provider.misbehaving(Wrong(access_claims=claims)):
        before = int(time.time())
        page = browser.come_back(f"/d/{directory}/imports?state=failed")
    assert page.status == 200
    assert 'content="0; url=/d/' in page.text  # a page of ours leads on: the cookie is strict
    assert f'href="/d/{directory}/imports?state=failed"' in page.text
    assert page.cookies[SESSION].startswith("rollbook_session_")
    for wanted in ("HttpOnly", "Secure", "SameSite=strict", "Path=/"):
        assert wanted in page.cookies[SESSION]
    assert browser.cookies.keys() == {SESSION}  # the other one is taken back
    async with Client(openid.server.address, browser.cookies[SESSION]) as client:
        caller = await client.sessions.caller()
    assert (caller.principal, caller.session) == ("grace", True)
    assert list(caller.scopes) == ["imports:read", "users:read"]
    assert list(caller.directories) == [directory]
    assert caller.expire_time.seconds in range(before + 900, before + 930)
    assert browser.get(f"/d/{directory}/imports").status == 200
    assert "needs the right" in browser.get(f"/d/{directory}/imports").text
    for secret in (*provider.issued, SECRET):
        assert secret not in page.text
        assert secret not in openid.server.log.read_text()


def test_signing_out_ends_our_session_and_says_that_the_provider_s_goes_on(openid: Site) -> None:
    browser = Browser(openid)
    browser.come_back()
    person = Person(openid, browser.cookies[SESSION])
    out = person.post("/sign-out")
    assert "you may" not in browser.get("/sign-in").text.lower()
    said = browser.get(out.headers["location"]).text
    assert f"You are signed out here. {NAME} may still have you signed in" in said
    assert person.get("/").headers["location"].startswith("/sign-in")


@pytest.mark.parametrize(
    "then", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", "/ x"]
)
def test_the_way_back_leads_to_no_other_site(
    openid: Site, provider: OpenIDProvider, then: str
) -> None:
    """Open redirect: neither by the link, nor by a cookie that somebody has changed."""
    page = Browser(openid).come_back(then)
    assert 'content="0; url=/"' in page.text
    browser = Browser(openid)
    address = browser.leave("/plugins")
    parts = browser.cookies[browser.away[0]].split(".")
    parts[3] = base64.urlsafe_b64encode(then.encode()).decode().rstrip("=")
    browser.cookies[browser.away[0]] = ".".join(parts)
    assert 'content="0; url=/"' in browser.get(back_from(address)).text


def test_two_tabs_do_not_disturb_each_other(openid: Site) -> None:
    """Each comes back to its own page; a link with another state ends neither."""
    browser = Browser(openid)
    first, second = browser.leave("/plugins"), browser.leave("/profiles")
    assert browser.get(f"{CALLBACK}?state=another&code=a").status == 403
    for address, then in ((first, "/plugins"), (second, "/profiles")):
        page = browser.get(back_from(address))
        assert (page.status, f'content="0; url={then}"' in page.text) == (200, True)
        assert SESSION in page.cookies
    assert not browser.away


def test_attempts_do_not_pile_up(openid: Site) -> None:
    """A browser keeps four of them, the last ones, within what proxies take of cookies."""
    browser = Browser(openid)
    addresses = [browser.leave("/" + "a" * 1_000) for _ in range(6)]
    assert len(browser.away) == 4
    assert sum(len(name + browser.cookies[name]) for name in browser.away) < 7_000
    assert browser.get(back_from(addresses[0])).status == 403
    assert SESSION in browser.get(back_from(addresses[-1])).cookies


def _without_cookie(browser: Browser, back: str) -> str:
    browser.cookies.clear()
    return back


def _of_another_browser(browser: Browser, back: str) -> str:
    other = Browser(browser.site)
    other.leave()
    browser.cookies = other.cookies
    return back


def _with_a_broken_cookie(browser: Browser, back: str) -> str:
    browser.cookies[browser.away[0]] = "...."
    return back


def _wrong_state(_browser: Browser, back: str) -> str:
    return re.sub("state=[^&]*", "state=wrong", back)


def _no_state(_browser: Browser, back: str) -> str:
    return re.sub("state=[^&]*&?", "", back)


def _two_states(_browser: Browser, back: str) -> str:
    return f"{back}&state=another"


def _state_in_letters_of_its_own(_browser: Browser, back: str) -> str:
    return re.sub("state=[^&]*", "state=%C3%A4", back)


@pytest.mark.parametrize(
    "meddle",
    [
        *(_without_cookie, _of_another_browser, _with_a_broken_cookie),
        *(_wrong_state, _no_state, _two_states, _state_in_letters_of_its_own),
    ],
)
def test_a_way_back_that_this_browser_did_not_begin_is_refused(
    openid: Site, provider: OpenIDProvider, meddle: Callable[[Browser, str], str]
) -> None:
    """Login CSRF: somebody else's code signs nobody in; the provider is not even asked."""
    browser = Browser(openid)
    back = meddle(browser, back_from(browser.leave()))
    provider.asked.clear()
    page = browser.get(back)
    assert (page.status, TOKEN in provider.asked) == (403, False)
    assert "was not begun in this browser" in page.alert
    assert SESSION not in page.cookies


def test_a_code_works_once_and_in_its_own_browser_alone(openid: Site) -> None:
    """Replayed it is refused; slipped into another attempt it lacks the proof of PKCE."""
    browser = Browser(openid)
    back = back_from(browser.leave())
    kept = dict(browser.cookies)
    assert browser.get(back).status == 200
    browser.cookies = kept
    replayed = browser.get(back)
    browser.cookies = {}
    assert "was not begun in this browser" in browser.get(back).alert
    victim, attacker = Browser(openid), Browser(openid)
    stolen = parse_qs(urlsplit(back_from(attacker.leave())).query)["code"][0]
    injected = re.sub("code=[^&]*", f"code={stolen}", back_from(victim.leave()))
    for page in (replayed, victim.get(injected)):
        assert (page.status, SESSION in page.cookies) == (401, False)
        assert page.alert == f"{NAME} did not sign you in: invalid_grant."


_OTHER = ECKey.generate_key("P-256", {"kid": "one"}, private=True)


def _b64(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def _by_none(claims: Mapping[str, object]) -> str:
    return f"{_b64({'alg': 'none'})}.{_b64(claims)}."


def _unsigned(claims: Mapping[str, object]) -> str:
    return f"{_b64({'alg': 'ES256', 'kid': 'one'})}.{_b64(claims)}."


def _by_another_key(claims: Mapping[str, object]) -> str:
    head = {"alg": "ES256", "kid": "one"}
    return jwt.encode(head, dict(claims), _OTHER, algorithms=["ES256"])


def _by_the_public_key(provider: OpenIDProvider, claims: Mapping[str, object]) -> str:
    """HS256, its secret the key that everybody may know."""
    public = provider.key.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    content = f"{_b64({'alg': 'HS256'})}.{_b64(claims)}"
    mac = hmac.new(public, content.encode(), hashlib.sha256).digest()
    return f"{content}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another"},
        {"aud": ["another", "third"], "azp": CLIENT},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"aud": None},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"exp": int(time.time()) - 3_600},
        {"exp": None},
        {"iat": int(time.time()) + 3_600},
        {"nbf": int(time.time()) + 3_600},
        {"sub": None},
        {"at_hash": half_hash("another")},
    ],
    ids=[
        *("another nonce", "no nonce", "another audience", "another audience, azp ours"),
        *("our audience, another azp", "no audience", "another issuer", "no issuer", "expired"),
        *("no end", "of the future", "not yet", "nobody", "another access token"),
    ],
)
def test_an_id_token_that_is_not_for_this_attempt_is_refused(
    openid: Site, provider: OpenIDProvider, claims: Mapping[str, object]
) -> None:
    """B011 of the console: each claim is compared, though the access token is right."""
    with provider.misbehaving(Wrong(id_claims=claims)):
        _refused(Browser(openid).come_back())


@pytest.mark.parametrize("sign", ["none", "unsigned", "another key", "HS256", "no JWT", "empty"])
def test_an_id_token_that_the_issuer_has_not_signed_is_refused(
    openid: Site, provider: OpenIDProvider, sign: str
) -> None:
    """B010 of the console: also where its metadata admit `none`, as this one's do."""
    ways: Mapping[str, Callable[[Mapping[str, object]], str]] = {
        "none": _by_none,
        "unsigned": _unsigned,
        "another key": _by_another_key,
        "HS256": lambda claims: _by_the_public_key(provider, claims),
        "no JWT": lambda _: "a.b",
        "empty": lambda _: "",
    }
    with provider.misbehaving(Wrong(sign=ways[sign])):
        _refused(Browser(openid).come_back())


def _refused(page: Page) -> None:
    assert (page.status, SESSION in page.cookies) == (401, False)
    assert page.alert == f"{NAME} did not sign you in: its ID token is not for this sign-in."


@pytest.mark.parametrize(
    "claims",
    [{"aud": "another"}, {"iss": "https://evil.example"}, {"exp": int(time.time()) - 60}],
    ids=["audience", "issuer", "expired"],
)
def test_the_service_judges_its_token_as_any_other(
    openid: Site, provider: OpenIDProvider, claims: Mapping[str, object]
) -> None:
    """The console signs nobody in by itself: what opens nothing there opens no session."""
    with provider.misbehaving(Wrong(access_claims=claims)):
        page = Browser(openid).come_back()
    assert (page.status, SESSION in page.cookies) == (401, False)
    assert page.alert.startswith(f"{NAME} signed you in, but its token opens nothing here: ")


def test_what_the_issuer_refuses_is_said_and_no_markup_of_it(openid: Site) -> None:
    """Its error by its word; what another one made up is not repeated."""
    for error, said in (
        ("access_denied", "access_denied"),
        ("<script>alert(1)</script>", "it names no reason"),
    ):
        browser = Browser(openid)
        state = parse_qs(urlsplit(browser.leave("/plugins")).query)["state"][0]
        told = {"error": error, "error_description": "<b>you</b>", "state": state}
        page = browser.get(f"{CALLBACK}?{urlencode(told)}")
        assert (page.status, page.alert) == (401, f"{NAME} did not sign you in: {said}.")
        assert "<b>you" not in page.text
        assert 'value="/plugins"' in page.text  # another way to sign in leads there still


def test_a_code_of_one_issuer_is_not_taken_to_another(
    openid: Site, provider: OpenIDProvider
) -> None:
    """Mix-up (RFC 9207): who says to have sent the browser must be whom we asked."""
    browser = Browser(openid)
    back = re.sub("iss=[^&]*", "iss=https%3A%2F%2Fevil.example", back_from(browser.leave()))
    provider.asked.clear()
    page = browser.get(back)
    assert (page.status, TOKEN in provider.asked) == (401, False)
    assert "another issuer" in page.alert


_JSON = {"content-type": "application/json"}
_LONG = b'{"a":"' + b"x" * (300 * 1024) + b'"}'


@pytest.mark.parametrize("path", [METADATA, TOKEN, KEYS])
@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (None, 503),
        ((200, _JSON, b"not JSON"), 502),
        ((200, _JSON, b"[1]"), 502),
        ((500, {}, b"<html>broken"), 502),
        ((302, {"location": METADATA}, b""), 502),
        ((200, _JSON, _LONG), 502),
        ((200, {**_JSON, "content-encoding": "gzip"}, gzip.compress(b"{}")), 502),
    ],
    ids=["cut off", "no JSON", "no object", "broken", "elsewhere", "too long", "compressed"],
)
def test_an_issuer_that_is_away_or_answers_nonsense_ends_in_a_page(
    openid: Site, provider: OpenIDProvider, path: str, answer: object, status: int
) -> None:
    """A page with words and the other ways in; no traceback, in it or in the log."""
    with provider.misbehaving(Wrong(answers={path: answer})):  # type: ignore[dict-item]
        browser = Browser(openid)
        page = browser.get("/sign-in/openid")
        if path != METADATA:
            page = browser.get(back_from(page.location))
    assert page.status == status
    words = "does not answer now" if status == 503 else "has not answered as it should"
    assert page.alert.startswith(f"{NAME} {words}")
    assert "With an access token" in page.text
    assert SESSION not in page.cookies
    assert "Traceback" not in openid.server.log.read_text()


@pytest.mark.parametrize(
    "other",
    [
        {"issuer": "https://evil.example"},
        {"issuer": None},
        {"authorization_endpoint": "http://evil.example/authorize"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"token_endpoint": "http://evil.example/token"},
        {"token_endpoint": 7},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": None},
        {"jwks_uri": "https://[evil"},
    ],
    ids=str,
)
def test_metadata_that_lead_astray_are_not_followed(
    openid: Site, provider: OpenIDProvider, other: Mapping[str, object]
) -> None:
    """Of another issuer, or to an address in clear text: nobody is sent there."""
    metadata = json.dumps({**provider.metadata(), **other}).encode()
    with provider.misbehaving(Wrong(answers={METADATA: (200, _JSON, metadata)})):
        page = Browser(openid).get("/sign-in/openid")
    assert (page.status, page.cookies) == (502, {})
    assert page.alert.startswith(f"{NAME} has not answered as it should")


@pytest.mark.long
async def test_an_issuer_that_hangs_holds_up_nobody_else(
    openid: Site, provider: OpenIDProvider
) -> None:
    """Who waits for it is told so in ten seconds; others sign in by a token meanwhile."""
    with provider.misbehaving(Wrong(hang=METADATA)):
        waiting = [
            asyncio.create_task(asyncio.to_thread(Browser(openid).get, "/sign-in/openid"))
            for _ in range(12)
        ]
        person = await asyncio.to_thread(signed_in, openid)
        assert person.get("/plugins").status == 200
        assert not any(one.done() for one in waiting)
        pages = await asyncio.gather(*waiting)
    assert {page.status for page in pages} == {503}
    assert all("does not answer now" in page.alert for page in pages)
    assert Browser(openid).come_back().status == 200  # and then it goes on


def test_a_new_key_of_the_issuer_s_needs_no_restart_of_the_console(
    openid: Site, provider: OpenIDProvider
) -> None:
    """The keys of ID tokens are read each time; others among them are passed over."""
    keys = [
        {"kty": "OKP", "crv": "Ed25519", "x": "AAAA", "kid": "one"},
        {"kty": "RSA", "n": "nonsense", "kid": "one"},
        {"kty": "EC", "crv": "P-256", "x": 7, "y": 8},
        "no key",
        {**_OTHER.as_dict(private=False), "use": "enc"},
        _OTHER.as_dict(private=False),
    ]
    body = json.dumps({"keys": keys}).encode()
    with provider.misbehaving(Wrong(sign=_by_another_key, answers={KEYS: (200, _JSON, body)})):
        assert Browser(openid).come_back().status == 200
    without = json.dumps({"keys": keys[:-1]}).encode()
    with provider.misbehaving(Wrong(sign=_by_another_key, answers={KEYS: (200, _JSON, without)})):
        _refused(Browser(openid).come_back())


async def test_it_works_by_id_tokens_and_in_a_process_of_its_own(
    provider: OpenIDProvider, shared_database_url: str, tmp_path: Path
) -> None:
    """Where the claims are in ID tokens, those are shown; `rollbook web` has the same settings."""
    told = {**provider.settings(tmp_path), "jwt_audience": CLIENT, "oidc_token": "id_token"}
    env = {f"ROLLBOOK_{name.upper()}": str(value) for name, value in told.items()}
    rights = {"scope": "plugins:none server:read", "rollbook_directories": "*", "sub": "alan"}
    with serving(shared_database_url, tmp_path, **told) as server:
        with started("web", "--listen", "127.0.0.1:0", env=at(server) | env) as command:
            assert command.stdout
            try:
                url = command.stdout.readline().decode().removeprefix("HTTP on ").strip()
                browser = Browser(Site(server, url))
                wrong = Wrong(id_claims=rights, access_claims={"aud": "another"})
                with provider.misbehaving(wrong):
                    assert browser.come_back().status == 200
            finally:
                command.terminate()
        async with Client(server.address, browser.cookies[SESSION]) as client:
            caller = await client.sessions.caller()
    assert (caller.principal, list(caller.scopes)) == ("alan", ["server:read"])
