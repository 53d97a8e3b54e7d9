"""Somebody at the console, without a browser: plain requests with a cookie and an origin."""

import re
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from tests.acceptance.command import at, rollbook
from tests.web.browser import Answered, Site, asked, form

URLENCODED = "application/x-www-form-urlencoded"
Fields = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in by this cookie, '' for nobody, at this site."""

    site: Site
    cookie: str = ""

    def get(self, path: str, **headers: str) -> Answered:
        """A page."""
        return asked(self.site, path, None, token="", **self._cookie(), **headers)

    def post(self, path: str, fields: Fields = (), **headers: str) -> Answered:
        """A form that was filled in on a page of this site, unless `origin` says otherwise."""
        given = {"content_type": URLENCODED, "origin": "http://rollbook.example"}
        body = urlencode(list(fields)).encode()
        return asked(self.site, path, body, token="", **{**given, **self._cookie(), **headers})

    def upload(
        self, path: str, content: bytes | str, *fields: tuple[str, str], **headers: str
    ) -> Answered:
        """A form with a file."""
        return self.send(path, form(content, dict(fields)), **headers)

    def send(self, path: str, body: bytes, **headers: str) -> Answered:
        """A form with a file, as these bytes."""
        given = {"origin": "http://rollbook.example", **self._cookie(), **headers}
        return asked(self.site, path, body, token="", **given)

    def _cookie(self) -> dict[str, str]:
        return {"cookie": f"__Host-rollbook={self.cookie}"} if self.cookie else {}


def signed_in(site: Site, token: str = "") -> Person:
    """Whoever has that access token; the administrator unless one is given."""
    answer = Person(site).post("/sign-in", [("token", token or site.server.token)])
    assert answer.status == 303, answer.body.decode()
    return Person(site, cookie_of(answer))


def cookie_of(answer: Answered) -> str:
    """The session that an answer sets."""
    name, _, value = answer.headers["set-cookie"].partition(";")[0].partition("=")
    assert name == "__Host-rollbook"
    return value


def text_of(answer: Answered) -> str:
    """What a page says, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.body.decode()))


def new_directory(site: Site) -> str:
    """Make a directory; its name."""
    name = f"d{uuid.uuid4().hex[:12]}"
    made = rollbook("directories", "add", name, env=at(site.server))
    assert made.code == 0, made.err
    return name


def text_when_ended(person: Person, path: str) -> str:
    """What the page of an import has once that no longer runs."""
    for _ in range(300):
        page = person.get(path)
        if b"data-events" not in page.body:
            break
        time.sleep(0.1)
    return text_of(page)


def previewed(
    person: Person, directory: str, content: str | bytes, *fields: tuple[str, str]
) -> str:
    """Upload a file, with further fields of the form; the path of its preview."""
    answer = person.upload(f"/d/{directory}/imports", content, *fields)
    assert answer.status == 303, text_of(answer)
    return answer.headers["location"]
