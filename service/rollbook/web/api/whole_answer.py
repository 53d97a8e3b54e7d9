"""Answers an import at its end, with its counts and the rows that failed."""

import asyncio
from collections import Counter
from urllib.parse import quote, urlencode

from starlette.responses import Response
from starlette.types import Send

from rollbook.client import Client, not_clean, outcome_counts, plain
from rollbook.errors import Reason, RollbookError
from rollbook.v1.imports_pb2 import (
    IMPORT_STATE_RUNNING,
    ImportStart,
    ImportSummary,
    ImportUnderstood,
    RowResults,
)
from rollbook.v1.results_pb2 import OUTCOME_FAILED, SEVERITY_ERROR, Outcome, RowResult
from rollbook.web.api.answers import answer, as_json, refusal
from rollbook.web.api.failed_emails import failed_emails

MOST_ERRORS = 10_000
_MOST_CHARACTERS = 4_000_000
"""Of the reasons together: ten thousand rows may have very many words."""
_FINE = ("created", "updated", "unchanged")
_COUNTS = ("imported", "failed", "rows", *_FINE, "notApplied", "suspended")
_LOOKS, _PAUSE_S = 20, 0.1
"""How long a broken import is waited for, until its last batch is stored or not."""


class WholeAnswer:
    """`{"imported", "failed", "errors": [{"row", "email", "reason"}]}`, and our counts and id.

    Memory is the errors that are shown; the rest are in the report.
    """

    def __init__(self, client: Client, start: ImportStart, send: Send):
        self._client = client
        self._start = start
        self._send = send
        self._outcomes: Counter[str] = Counter()
        self._reasons: dict[int, str] = {}
        self._characters = 0
        self._cut = False
        self._email_column: int | None = None

    async def accepted(self) -> None:
        """Answers nothing yet."""

    async def understood(self, event: ImportUnderstood) -> None:
        """Which column has the e-mails."""
        fields = [column.field for column in event.columns]
        self._email_column = fields.index("email") if "email" in fields else None

    async def results(self, event: RowResults) -> None:
        """Count them, and keep the reasons of those that failed."""
        for outcome, count in outcome_counts(event).items():
            self._outcomes[Outcome.Name(outcome).removeprefix("OUTCOME_")] += count
        for result in not_clean(event):
            if result.outcome == OUTCOME_FAILED:
                self._keep(result)

    def _keep(self, result: RowResult) -> None:
        if len(self._reasons) >= MOST_ERRORS or self._characters >= _MOST_CHARACTERS:
            self._cut = True
            return
        reason = " ".join(
            issue.message for issue in result.issues if issue.severity == SEVERITY_ERROR
        )
        self._reasons[result.line] = reason
        self._characters += len(reason)

    async def goes_on(self) -> None:
        """202, and where the import is to be asked for."""
        start = self._start
        path = _path(start)
        members = {
            "id": start.import_id,
            "state": "RUNNING",
            "import": path,
            "report": _path(start, "/report"),
        }
        await self._whole(answer(as_json(members), 202, headers={"location": path}))

    async def ended(self, summary: ImportSummary | None, error: RollbookError | None) -> None:
        """The answer; of an import that broke off, with what the service has kept of it."""
        kept = summary or await self._kept()
        members = await self._members(kept)
        if summary is None and error and error.reason is Reason.IDEMPOTENCY_CONFLICT:
            members |= dict.fromkeys(_COUNTS, 0)  # those are another file's
        await self._whole(answer(as_json(members)) if error is None else refusal(error, **members))

    async def _kept(self) -> ImportSummary | None:
        """The import as it is stored, once it is not going on any more; None: nobody knows."""
        start = self._start
        try:
            for _ in range(_LOOKS):
                found = await self._client.imports.get(start.directory, start.import_id)
                if found.summary.state != IMPORT_STATE_RUNNING:
                    return found.summary
                await asyncio.sleep(_PAUSE_S)
        except RollbookError:
            pass
        return None

    async def _whole(self, made: Response) -> None:
        for message in (
            {
                "type": "http.response.start",
                "status": made.status_code,
                "headers": made.raw_headers,
            },
            {"type": "http.response.body", "body": made.body},
        ):
            await self._send(message)

    async def _members(self, summary: ImportSummary | None) -> dict[str, object]:
        counts = self._counted() if summary is None else plain(summary)
        state = str(counts.get("state", "INTERRUPTED")).removeprefix("IMPORT_STATE_")
        start = self._start
        emails = await failed_emails(
            self._client,
            start.directory,
            start.import_id,
            self._reasons.keys(),
            self._email_column,
        )
        return {
            "imported": sum(int(str(counts[name])) for name in _FINE),
            "failed": int(str(counts["failed"])),
            "errors": [
                {"row": line, "email": emails.get(line, ""), "reason": reason}
                for line, reason in sorted(self._reasons.items())
            ],
            "errorsCut": self._cut,
            "report": _path(start, "/report"),
            "id": start.import_id,
            "state": state,
            **{name: counts[name] for name in ("rows", *_FINE, "notApplied", "suspended")},
        }

    def _counted(self) -> dict[str, object]:
        """The counts of an import that has no summary: of the rows that were answered."""
        seen = self._outcomes
        counts: dict[str, object] = {name: seen[name.upper()] for name in (*_FINE, "failed")}
        rows = sum(seen.values()) - seen["SUSPENDED"]
        suspended = seen["SUSPENDED"]
        return {**counts, "rows": rows, "notApplied": seen["NOT_APPLIED"], "suspended": suspended}


def _path(start: ImportStart, below: str = "") -> str:
    """The address of the import, or of what is below it."""
    import_id = quote(start.import_id, safe="")
    return f"/api/imports/{import_id}{below}?{urlencode({'directory': start.directory})}"
