"""The progress of an import as an event stream, for as long as somebody looks."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from rollbook.client import Client
from rollbook.errors import RollbookError
from rollbook.v1.imports_pb2 import Import, ImportState
from rollbook.web.console.pages import HEADERS
from rollbook.web.console.visit import ENDED, session_of
from rollbook.web.site import Site

_BEGUN_WITHIN = 30.0
"""Seconds for which an import may be missing: the page makes its id before it sends the file."""
_AGAIN_AFTER = 0.5
_MOST_AT_ONCE = 32
"""Streams of a session: each asks the service a few times a second."""
_ASKED_EVERY = 2.0
"""Seconds after which the session is asked about again: a call is judged when it begins alone."""


class Events:
    """`/d/DIRECTORY/imports/ID/events`."""

    def __init__(self, site: Site):
        self._site = site
        self._open: Counter[str] = Counter()

    async def follow(self, request: Request) -> Response:
        """One event whenever the import has changed; the last one is named `ended`.

        It has `signedOut` where the session has ended, and not the import. Of too many streams
        the last one is refused, and the page tries again.
        """
        if self._open[session_of(request)] >= _MOST_AT_ONCE:
            return Response(status_code=429, headers={**HEADERS, "retry-after": "2"})
        return StreamingResponse(
            self._events(request), 200, {**HEADERS}, "text/event-stream; charset=utf-8"
        )

    async def _events(self, request: Request) -> AsyncIterator[bytes]:
        session = session_of(request)
        self._open[session] += 1
        try:
            async for event in self._followed(request):
                yield event
        finally:
            self._open[session] -= 1
            self._open += Counter()  # forgets those that have none

    async def _followed(self, request: Request) -> AsyncGenerator[bytes]:
        seen = False
        deadline = asyncio.get_running_loop().time() + _BEGUN_WITHIN
        try:
            async with self._site.of(session_of(request) or "none") as client:
                directory, import_id = request.path_params["directory"], request.path_params["id"]
                while not self._site.stopping.done():
                    try:
                        async with (
                            aclosing(client.imports.watch(directory, import_id)) as watched,
                            aclosing(_while_signed_in(client, watched)) as states,
                        ):
                            async for state in states:
                                seen = True
                                yield _event("rows", _facts(state))
                                if self._site.stopping.done():
                                    return
                        break
                    except RollbookError as refused:
                        late = asyncio.get_running_loop().time() > deadline
                        if seen or late or refused.reason in ENDED:
                            raise
                        await asyncio.sleep(_AGAIN_AFTER)
        except RollbookError as refused:
            yield _event(
                "ended", {"message": refused.message, "signedOut": refused.reason in ENDED}
            )
            return
        yield _event("ended", {})


async def _while_signed_in(
    client: Client, states: AsyncGenerator[Import]
) -> AsyncGenerator[Import]:
    """The states, for as long as the session lasts.

    Raises:
        RollbookError: it has ended; or as `watch`.
    """
    loop = asyncio.get_running_loop()
    again = loop.time() + _ASKED_EVERY
    coming = asyncio.ensure_future(anext(states, None))
    try:
        while True:
            await asyncio.wait({coming}, timeout=max(0.0, again - loop.time()))
            if loop.time() >= again:
                await client.sessions.caller()
                again = loop.time() + _ASKED_EVERY
            if coming.done():
                state = coming.result()
                if state is None:
                    return
                yield state
                coming = asyncio.ensure_future(anext(states, None))
    finally:
        coming.cancel()
        await asyncio.wait({coming})  # else the states could not be closed


def _facts(found: Import) -> dict[str, object]:
    summary = found.summary
    return {
        "state": ImportState.Name(found.state).removeprefix("IMPORT_STATE_"),
        "rows": summary.rows,
        "created": summary.created,
        "updated": summary.updated,
        "unchanged": summary.unchanged,
        "failed": summary.failed,
    }


def _event(name: str, facts: dict[str, object]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(facts)}\n\n".encode()
