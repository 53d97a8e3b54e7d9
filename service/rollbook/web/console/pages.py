"""Draws pages from templates, with the headers that all of them have."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse, RedirectResponse, Response

from rollbook.errors import RollbookError
from rollbook.web.console.labels import (
    called,
    field_called,
    reason_called,
    value_called,
)
from rollbook.web.console.words import of_one_user, on_page

_FOLDER = Path(__file__).parent
STATIC = _FOLDER / "static"
HEADERS: Mapping[str, str] = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
"""Nothing is loaded from elsewhere, framed or kept, and no address of ours goes to others.

With the policy `no-referrer` a form would send `Origin: null`, and would look like a forged one."""


BROKEN = "Something went wrong in Rollbook. Ask its operator: the server's log says more."
"""The message about a bug."""
USUAL_DIRECTORY = "main"
"""What a form shows to somebody who came without a link that names one."""
_LOOKING = frozenset({"GET", "HEAD"})
"""Methods that change nothing."""


class _When(Protocol):
    """A time as the contract has it."""

    def ToDatetime(self, tzinfo: object = None) -> datetime:
        """The time."""


@cache
def _templates() -> Environment:
    """The templates, which cost some 20 ms when they are first needed."""
    # What is marked up is marked up in the templates alone: every value is escaped.
    made = Environment(
        loader=FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "count": _count,
        "time": _time,
        "called": called,
        "field_called": field_called,
        "value_called": value_called,
        "reason_called": reason_called,
        "on_page": on_page,
        "of_user": of_one_user,
    }
    return made


class Pages:
    """The pages; all of them have the same templates."""

    def __init__(self) -> None:
        self._made = _templates()

    def page(self, template: str, status: int = 200, **values: object) -> Response:
        """The page of a template, with these values in it."""
        text = self._made.get_template(template).render(values)
        return HTMLResponse(text, status, {**HEADERS})

    def problem(self, refused: RollbookError, method: str, **values: object) -> Response:
        """A page that says what is refused, and why; `method`: that of the request."""
        shown = {
            "message": refused.message,
            "reason": refused.facts.get("reason", refused.reason.value),
        }
        return self.wrong(refused.verdict.http, method, **shown, **values)

    def wrong(self, status: int, method: str, **values: object) -> Response:
        """The page of an error. Only what was to change something can be "not done"."""
        if status == 404:
            heading = "Not found"
        elif method in _LOOKING:
            heading = "This page cannot be shown"
        else:
            heading = "This was not done"
        return self.page("problem.html", status, heading=heading, **{"visit": None, **values})


def see(path: str) -> Response:
    """The answer to a form that was done: look here."""
    return RedirectResponse(path, 303, {**HEADERS})


def _count(number: int) -> str:
    return f"{number:,}"


def _time(when: _When) -> Markup:
    """A time in UTC; where scripts run, they show it in the reader's own zone."""
    time = when.ToDatetime(UTC)
    if time.timestamp() == 0:
        return Markup("")
    return Markup('<time datetime="{}">{}</time>').format(
        time.strftime("%Y-%m-%dT%H:%M:%SZ"), escape(time.strftime("%Y-%m-%d %H:%M UTC"))
    )
