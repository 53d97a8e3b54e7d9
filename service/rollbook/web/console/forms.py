"""Reads small forms, and checks that they come from a page of ours."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request

from rollbook.errors import Reason, Refusal
from rollbook.web.body import small_body

_MOST_BYTES, _MOST_FIELDS = 256 * 1024, 2_000
_MOST_BYTES_OF_ROWS, _MOST_FIELDS_OF_ROWS = 4 * 1024 * 1024, 30_000
"""Of a form with the cells of a page of rows, or with the lines that were ticked."""
_MOST_DIGITS = 9
_LINE_END = re.compile(r"\r\n|\r|\n")
_PORTS = {"http": ":80", "https": ":443"}
_KIND = "application/x-www-form-urlencoded"


class Fields:
    """The fields of a form, by name; one that was not sent is ''."""

    def __init__(self, pairs: list[tuple[str, str]]):
        self.pairs = pairs
        self._first: Mapping[str, str] = dict(reversed(pairs))

    def text(self, name: str) -> str:
        """The field, without spaces around it."""
        return self._first.get(name, "").strip()

    def secret(self, name: str) -> str:
        """The field as it was typed: a space is part of a password."""
        return self._first.get(name, "")

    def all(self, name: str) -> list[str]:
        """Each value of a field that may be there several times."""
        return [value for given, value in self.pairs if given == name]

    def is_set(self, name: str) -> bool:
        """Whether a box is ticked."""
        return bool(self._first.get(name))


async def read_form(request: Request, *, of_rows: bool = False) -> Fields:
    """The fields of the request's form; `of_rows`: it has cells or lines, and may be larger.

    Raises:
        Refusal: REQUEST_MALFORMED, it is no form, or too long; as `check_origin` and `small_body`.
    """
    check_origin(request)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _KIND:
        raise _malformed(f"its Content-Type is not {_KIND}")
    most_bytes = _MOST_BYTES_OF_ROWS if of_rows else _MOST_BYTES
    body = await small_body(request, most_bytes)
    if len(body) > most_bytes:
        raise _malformed("it is too long")
    try:
        pairs = parse_qsl(
            body.decode(),
            keep_blank_values=True,
            strict_parsing=bool(body),
            max_num_fields=_MOST_FIELDS_OF_ROWS if of_rows else _MOST_FIELDS,
            errors="strict",
        )
    except ValueError:  # an error of UTF-8 is one, too
        raise _malformed("it is not as a browser sends one") from None
    return Fields(pairs)


def check_origin(request: Request) -> None:
    """Whether a page of this very site sent the request.

    A browser says so in `Origin`, with every POST; a strict cookie alone would let another site of
    the same registrable domain through.

    Raises:
        Refusal: PERMISSION_DENIED, another site did, or nobody says.
    """
    origin = request.headers.getlist("origin")
    host = request.headers.getlist("host")
    if len(origin) != 1 or len(host) != 1 or not _same(origin[0], request.scope["scheme"], host[0]):
        raise Refusal(
            Reason.PERMISSION_DENIED,
            "This form was not sent from a page of this site. Open the page again and repeat it.",
        )


def _same(origin: str, scheme: str, host: str) -> bool:
    """Whether scheme, host and port are the same; a scheme's own port may be left out."""
    port = _PORTS.get(scheme, "")
    named, separator, authority = origin.lower().partition("://")
    return (
        bool(separator)
        and named == scheme
        and authority.removesuffix(port) == host.lower().removesuffix(port)
    )


def _malformed(why: str) -> Refusal:
    return Refusal(Reason.REQUEST_MALFORMED, f"The form cannot be read: {why}.")


def is_count(text: str) -> bool:
    """Whether it is a number that can count lines or columns; a form may have any text there."""
    return text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS


def as_typed(typed: str, was: str) -> str:
    """What was typed in place of a text, with the line ends that the text has.

    A browser sends each line end as CR LF. So a text that nobody changed would be another one.
    """
    if same_text(typed, was):
        return was
    first = _LINE_END.search(was)
    return _LINE_END.sub(first[0] if first else "\n", typed)


def same_text(one: str, other: str) -> bool:
    """Whether they differ in the kind of their line ends at most."""
    return _LINE_END.sub("\n", one) == _LINE_END.sub("\n", other)
