"""Makes requests of the contract from a query or a JSON body, and nothing else of them."""

import json
from collections.abc import Mapping
from typing import TypeVar

from starlette.requests import Request

from rollbook.client import Message, filled
from rollbook.errors import Reason, Refusal
from rollbook.web.body import small_body
from rollbook.web.parameters import wrong_option

Asked = TypeVar("Asked", bound=Message)
_MOST_BYTES = 1024 * 1024
_JSON = "application/json"


def directory_of(request: Request) -> str:
    """The directory that the query names; `main` where it names none.

    Raises:
        Refusal: INVALID_OPTIONS, it names more than one.
    """
    named = request.query_params.getlist("directory") or ["main"]
    if len(named) > 1:
        raise wrong_option("directory is given twice")
    return named[0]


def from_query(asked: Asked, request: Request, *repeated: str) -> Asked:
    """The message with the fields that the query names; of those in `repeated` it has several.

    Raises:
        Refusal: INVALID_OPTIONS, there is no such field, it is given twice, or has a wrong value.
    """
    given: dict[str, object] = {}
    for name, value in request.query_params.multi_items():
        if name == "directory":
            continue
        if name in repeated:
            several = given.setdefault(name, [])
            assert isinstance(several, list)  # noqa: S101 -- it was made in the line above
            several.append(value)
        elif name in given:
            raise wrong_option(f"{name} is given twice")
        else:
            given[name] = value
    return _filled(asked, given)


async def from_body(asked: Asked, request: Request) -> Asked:
    """The message with the members of the JSON object in the body.

    Raises:
        Refusal: UNSUPPORTED_CONTENT, its type is not JSON; REQUEST_MALFORMED, it is none, or
            too long; INVALID_OPTIONS, as `from_query`; as `small_body`.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _JSON:
        raise Refusal(Reason.UNSUPPORTED_CONTENT, f"The Content-Type must be {_JSON}.")
    body = await small_body(request, _MOST_BYTES)
    if len(body) > _MOST_BYTES:
        raise Refusal(Reason.REQUEST_MALFORMED, "The body is longer than 1 MiB.")
    try:
        found = json.loads(body, object_pairs_hook=_once)
        json.dumps(found, ensure_ascii=False).encode()  # `\ud800` alone is no text
    except (ValueError, RecursionError):  # an error of UTF-8 is one, too
        raise Refusal(
            Reason.REQUEST_MALFORMED, "The body is not JSON, or names a member twice."
        ) from None
    if not isinstance(found, dict):
        raise Refusal(Reason.REQUEST_MALFORMED, "The body must be a JSON object.")
    return _filled(asked, found)


def no_query(request: Request, *known: str) -> None:
    """Whether the query names nothing but `directory` and what is known.

    Raises:
        Refusal: INVALID_OPTIONS, it does, or names one twice.
    """
    names = [name for name, _ in request.query_params.multi_items()]
    for name in names:
        if name not in {"directory", *known}:
            raise wrong_option(f"there is no {name} here")
        if names.count(name) > 1:
            raise wrong_option(f"{name} is given twice")


def _filled(asked: Asked, given: Mapping[str, object]) -> Asked:
    try:
        return filled(asked, given)
    except ValueError as wrong:
        raise wrong_option(str(wrong)) from None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError
    return found
