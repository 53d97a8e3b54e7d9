"""Walks the console as somebody would: follows each link, and presses each button.

A link or button that is grey says which right it needs; what is not grey must not be refused for
want of a right.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urldefrag, urlsplit

from tests.web.browser import Answered
from tests.web.person import Person

NEEDS = re.compile(r"needs the right ([a-z:]+(?: or [a-z:]+)*)")
NOT_SET_UP = re.compile(r"operator has to set up [A-Z]|has to set up a plugin")
"""What no right helps against."""
_VOID = frozenset({"input", "meta", "link", "br", "option"})
_LEFT_OUT = frozenset({"/sign-out"})
"""It ends the walk."""
_REVOKE = ("do", "revoke")
"""A walk would revoke its own token."""


@dataclass
class Form:
    """A form as a browser sends it, by its first button; `grey`: no button can be pressed."""

    action: str
    method: str
    with_file: bool
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str] | None] = field(default_factory=list)
    """Name and value of each button that can be pressed; None: it has none."""
    grey: int = 0


class Page(HTMLParser):
    """The links and forms of a page, and what is grey in it."""

    def __init__(self, answer: Answered):
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Form] = []
        self.unexplained: list[str] = []
        """What is grey and does not say which right it needs."""
        self._by_id: dict[str, Form] = {}
        self._form: Form | None = None
        self._text_area = ""
        self._select = ""
        self._grey = ""
        """The text of what is grey, as far as it was read."""
        self._described: list[str] = []
        html = answer.body.decode()
        self.feed(html)
        for one in self._described:
            said = re.search(rf'id="{re.escape(one)}"[^>]*>([^<]*)', html)
            if not said or not (NEEDS.search(said[1]) or NOT_SET_UP.search(said[1])):
                self.unexplained.append(one)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect."""
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "form":
            self._form = Form(
                given.get("action", ""),
                given.get("method", "get"),
                given.get("enctype", "").startswith("multipart"),
            )
            self.forms.append(self._form)
            self._by_id[given.get("id", "")] = self._form
        elif given.get("aria-disabled") == "true":
            self._grey = " "
        form = self._by_id.get(given.get("form", "")) or self._form
        if form and tag in {"input", "button", "select", "option", "textarea"}:
            self._input(form, tag, given)

    def _input(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "button":
            if given.get("type") == "button":
                return
            if "disabled" in given:
                form.grey += 1
                self._described.append(given.get("aria-describedby", "a button"))
            else:
                form.buttons.append((name, value) if name else None)
        elif tag == "select":
            self._select = name
        elif tag == "option":
            if "selected" in given:
                form.fields.append((self._select, value))
        elif tag == "textarea":
            self._text_area = name
        elif "disabled" in given or given.get("type") == "file":
            return
        elif given.get("type") not in {"checkbox", "radio"} or "checked" in given:
            form.fields.append((name, value))

    def handle_endtag(self, tag: str) -> None:
        """Close."""
        if tag == "form":
            self._form = None
        elif tag == "textarea":
            self._text_area = ""
        elif tag == "span" and self._grey:
            if not NEEDS.search(self._grey):
                self.unexplained.append(self._grey.strip())
            self._grey = ""

    def handle_data(self, data: str) -> None:
        """Collect what is typed in, and what is grey."""
        if self._text_area and self._form:
            self._form.fields.append((self._text_area, data))
        if self._grey:
            self._grey += data


@dataclass
class Walk:
    """What a walk has found: pages by their address, and answers that refuse a right."""

    person: Person
    pages: dict[str, Answered] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    needed: set[str] = field(default_factory=set)
    """The rights that something grey says it needs."""
    pressed: set[str] = field(default_factory=set)

    def follow(self, *begin: str) -> None:
        """Follow all links from these pages on, and then press all buttons of all pages."""
        waiting = [*begin]
        while waiting:
            path = waiting.pop()
            if path in self.pages:
                continue
            answer = self.pages[path] = self.person.get(path)
            while answer.status == 303:
                answer = self.person.get(answer.headers["location"])
            if answer.status == 403:
                self.refused.append(path)
            if "html" not in answer.headers["content-type"]:
                continue
            page = Page(answer)
            self.unexplained += [f"{path}: {one}" for one in page.unexplained]
            self.needed |= {
                scope
                for said in NEEDS.findall(answer.body.decode())
                for scope in str(said).split(" or ")
            }
            waiting += [_path(link) for link in page.links if not urlsplit(link).netloc]
        for path, form in [*self._forms()]:
            self._press(path, form)

    def _forms(self) -> Iterator[tuple[str, Form]]:
        for path, answer in self.pages.items():
            if answer.status == 200 and "html" in answer.headers["content-type"]:
                for form in Page(answer).forms:
                    if form.action not in _LEFT_OUT and _REVOKE not in form.fields:
                        yield path, form

    def _press(self, path: str, form: Form) -> None:
        action = _path(form.action) or path
        done = dict(form.fields).get("do", "")
        for button in form.buttons:
            what = f"{form.method} {action} {done} {button or ''}"
            if what in self.pressed:
                continue
            self.pressed.add(what)
            fields = [*form.fields, *([button] if button else [])]
            if form.method != "post":
                continue
            if form.with_file:
                answer = self.person.upload(action, "", *fields)
            else:
                answer = self.person.post(action, fields)
            if answer.status == 403:
                self.refused.append(what)


def _path(link: str) -> str:
    return urldefrag(link).url
