"""Reads delivery reports (RFC 3464) about mails that this plugin sent.

A report is written by a stranger: nothing of it is used but a status, a line of text, and the ids
that the mail itself had, by its Message-ID or by the envelope sender that the report came back to.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message
from uuid import UUID

from rollbook_mail.replies import printable

MOST_BYTES = 1024 * 1024
"""Of a longer report only these first bytes are read."""

_FAILED = "failed"
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_DIRECTORY = r"[a-z][a-z0-9-]{0,63}"
_OURS = re.compile(
    r"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(" + _DIRECTORY + r")@[^<>@\s]+>"
)
_VERP = re.compile(r"\+([0-9a-f]{32})(?:\.(" + _DIRECTORY + r"))?@", re.IGNORECASE)
_RECIPIENTS = ("To", "X-Original-To", "Delivered-To")


class NoReport(ValueError):
    """The text is no delivery report about a mail of ours; the message is the reason."""


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What a report says of one mail. `directory` '': it does not say. `failed`: it came back."""

    notice_id: str
    directory: str
    failed: bool
    action: str
    status: str
    reason: str


def read(content: bytes) -> DeliveryReport:
    """What the report says.

    Raises:
        NoReport: it is none, or about none of our mails.
    """
    report = message_from_bytes(content[:MOST_BYTES], policy=policy.compat32)
    fields = [one for part in _parts(report, "message/delivery-status") for one in _blocks(part)]
    about = [one for one in fields if one.get("Action")]
    if not about:
        raise NoReport("It is no delivery report: no part message/delivery-status has an action.")
    notice_id, directory = _whose(report)
    recipient = next((one for one in about if _word(one, "Action") == _FAILED), about[0])
    action, status = _word(recipient, "Action"), _word(recipient, "Status")
    found = _STATUS.search(status)
    failed = action == _FAILED
    return DeliveryReport(
        notice_id=notice_id,
        directory=directory,
        failed=failed,
        action=printable(action, 40),
        status=found[0] if found and found[0][0] != "2" else "5.0.0",
        reason=_diagnosis(recipient),
    )


def _whose(report: Message) -> tuple[str, str]:
    """The notice and the directory of the mail that it is about; '' where there are none."""
    for part in (*_parts(report, "message/rfc822"), *_parts(report, "text/rfc822-headers")):
        if found := _OURS.search(_headers(part)):
            return found[1], found[2]
    for name in _RECIPIENTS:
        for address in report.get_all(name, []):
            if found := _VERP.search(str(address)):
                return str(UUID(found[1])), (found[2] or "").lower()
    raise NoReport("It is about no mail of ours: it has no Message-ID and no address of one.")


def _parts(report: Message, kind: str) -> Iterator[Message]:
    return (part for part in report.walk() if part.get_content_type() == kind)


def _blocks(part: Message) -> list[Message]:
    """The blocks of fields of a delivery status, which the library parses as messages."""
    payload = part.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []


def _headers(part: Message) -> str:
    """The headers of the mail that came back, as text."""
    payload = part.get_payload()
    if isinstance(payload, list):
        return "\n".join(
            str(one.get("Message-ID", "")) for one in payload if isinstance(one, Message)
        )
    content = part.get_payload(decode=True)
    text = content.decode("ascii", "replace") if isinstance(content, bytes) else str(payload)
    found = re.search(r"(?im)^message-id:\s*(<[^<>\s]+>)", text)
    return found[1] if found else ""


def _word(fields: Message, name: str) -> str:
    """The value of a field, without a comment behind it."""
    return str(fields.get(name, "")).partition("(")[0].strip().lower()


def _diagnosis(fields: Message) -> str:
    """The diagnostic code, without its type, in one line."""
    kind, found, text = str(fields.get("Diagnostic-Code", "")).partition(";")
    return printable(text if found else kind)
