"""The addresses of the console, and what answers each."""

from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from rollbook.model.openid_client import CALLBACK
from rollbook.web.console import directory, facts, notices, tokens
from rollbook.web.console.events import Events
from rollbook.web.console.fix import FixPages
from rollbook.web.console.home import (
    create_directory,
    directories,
    home,
    new_directory,
    sample,
)
from rollbook.web.console.imports import ImportPages
from rollbook.web.console.names import NamePages
from rollbook.web.console.pages import HEADERS, STATIC, Pages
from rollbook.web.console.recovery import Recovery
from rollbook.web.console.running import Notes, Running
from rollbook.web.console.sign_in import SignIn
from rollbook.web.console.upload import Upload, upload_page
from rollbook.web.console.user import act, create, new_user, show_user
from rollbook.web.console.users import invite_all, list_users
from rollbook.web.console.visit import Open, Page, anybody, signed_in
from rollbook.web.site import Site

_DIRECTORY, _ONE = "/d/{directory}", "/d/{directory}/imports/{id}"
_USER = f"{_DIRECTORY}/users/{{number:path}}"  # a number may have slashes


class _Static(StaticFiles):
    """Styles, scripts and pictures, which are taken for nothing else, and by no other site."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file."""
        found = await super().get_response(path, scope)
        found.headers.update({**HEADERS, "cache-control": "no-cache"})  # asked for again each time
        return found


def no_page(status: int, method: str) -> Response:
    """What is shown where there is no page, or none that is asked for by this method."""
    text = "There is no page at this address."
    if status == 405:
        text = "This address takes another form. Go back, and open the page again."
        if method in {"GET", "HEAD"}:
            text = "There is no page at this address, only a form that is sent to it."
    return Pages().wrong(status, method, message=text, reason="")


def console_routes(site: Site) -> list[BaseRoute]:
    """Every page of the console, of this site."""
    pages = Pages()
    entry, recovery = SignIn(site, pages), Recovery(site, pages)
    running, notes = Running(site), Notes()
    imports, names = ImportPages(site, pages, running, notes), NamePages(site)
    fix = FixPages(running, notes)

    def page(path: str, answer: Page) -> Route:
        return Route(path, signed_in(site, pages, answer), methods=["GET"])

    def form(path: str, answer: Page) -> Route:
        return Route(path, signed_in(site, pages, answer), methods=["POST"])

    def open_(path: str, show: Open, take: Open) -> list[BaseRoute]:
        return [
            Route(path, anybody(pages, show), methods=["GET"]),
            Route(path, anybody(pages, take), methods=["POST"]),
        ]

    def by_openid() -> list[BaseRoute]:
        if site.provider is None:
            return []
        from rollbook.web.console.openid import OpenIDPages  # loads what asks an issuer

        shown = OpenIDPages(site, pages, site.provider, entry)
        return [
            Route("/sign-in/openid", anybody(pages, shown.leave), methods=["GET"]),
            Route(CALLBACK, anybody(pages, shown.come_back), methods=["GET"]),
        ]

    return [
        *open_("/sign-in", entry.show, entry.take),
        *by_openid(),
        Route("/sign-out", anybody(pages, entry.out), methods=["POST"]),
        *open_("/set-password", recovery.show_set, recovery.set),
        *open_("/forgot-password", recovery.show_forgot, recovery.forgot),
        page("/", home),
        page("/directories", directories),
        page("/directories/new", new_directory),
        form("/directories/new", create_directory),
        page(f"{_DIRECTORY}/imports", imports.list),
        page(f"{_DIRECTORY}/imports/new", upload_page),
        Route(f"{_DIRECTORY}/imports", Upload(site, pages, notes.texts), methods=["POST"]),
        page(f"{_DIRECTORY}/samples/{{profile}}", sample),
        page(_ONE, imports.show),
        Route(f"{_ONE}/events", Events(site).follow, methods=["GET"]),
        Route(f"{_ONE}/report", anybody(pages, imports.report), methods=["GET"]),
        form(f"{_ONE}/apply", imports.apply),
        page(f"{_ONE}/fix", fix.show),
        form(f"{_ONE}/fix", fix.take),
        form(f"{_ONE}/again", fix.look_again),
        page(f"{_ONE}/notices", notices.of_import),
        form(f"{_ONE}/notices", notices.send_again),
        form(f"{_ONE}/cancel", imports.cancel),
        form(f"{_ONE}/approve", imports.approve),
        page(f"{_DIRECTORY}/users", list_users),
        form(f"{_DIRECTORY}/users", invite_all),
        page(f"{_DIRECTORY}/users/new", new_user),
        form(f"{_DIRECTORY}/users/new", create),
        page(_USER, show_user),
        form(_USER, act),
        page(f"{_DIRECTORY}/directory", directory.show),
        form(f"{_DIRECTORY}/directory", directory.change),
        *(
            kind(f"{_DIRECTORY}/directory/{part}", answer)
            for part in ("notices", "sources")
            for kind, answer in ((page, directory.show), (form, directory.change))
        ),
        page(f"{_DIRECTORY}/directory/{{kind}}", names.show),
        form(f"{_DIRECTORY}/directory/{{kind}}", names.act),
        page("/tokens", tokens.show),
        form("/tokens", tokens.act),
        page("/plugins", facts.plugins),
        page("/profiles", facts.profiles),
        Mount("/static", _Static(directory=STATIC)),
    ]
