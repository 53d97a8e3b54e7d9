"""Makes answers: JSON, and refusals with the HTTP status of their reason."""

import json
from collections.abc import Mapping

from starlette.responses import Response

from rollbook.errors import FileFault, Reason, RollbookError

ALWAYS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
"""What is answered is about people: nothing on the way keeps it, or takes it for a page."""


def as_json(value: object) -> bytes:
    """The value as JSON in one line; half a pair of surrogates, which is no text, becomes `?`."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def answer(
    body: bytes,
    status: int = 200,
    media_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An answer with the headers that all have."""
    return Response(body, status, {**ALWAYS, **(headers or {})}, media_type)


def refusal(refused: RollbookError, **more: object) -> Response:
    """The answer to what is refused, with its reason's status; `more` are further members."""
    headers = {}
    status = refused.verdict.http
    if status == 401:
        headers["www-authenticate"] = "Bearer"
    if seconds := refused.facts.get("retry_after"):
        headers["retry-after"] = str(max(1, round(float(seconds))))
    return answer(as_json({**more, "error": error_of(refused)}), status, headers=headers)


def error_of(refused: RollbookError) -> dict[str, object]:
    """`reason`, `line` (0: of no line) and `message`, as the command prints them."""
    return {
        "reason": refused.facts.get("reason", refused.reason.value),
        "line": refused.line if isinstance(refused, FileFault) else 0,
        "message": refused.message,
    }


def not_there(status: int) -> Response:
    """The answer where there is no such path, or no such method on it."""
    missing = status == 404
    reason = Reason.RESOURCE_NOT_FOUND if missing else Reason.REQUEST_MALFORMED
    text = "There is nothing at this address" if missing else "This address has no such method"
    error = {"reason": reason.value, "line": 0, "message": f"{text}; see /api/openapi.json."}
    return answer(as_json({"error": error}), status)
