"""How an exception is written into a log line."""

import json
import logging
from collections.abc import Iterator

import asyncpg
import pytest
import structlog

from rollbook.server.operations import logs
from rollbook.settings import Settings
from rollbook.store import StoreError


def test_an_exception_is_one_field_without_the_drivers_text(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One JSON line with types, frames and our own words: the driver's may quote a cell."""
    before = structlog.get_config()
    cell = "@".join(["zq7", "example.org"])  # frames show the source, and not what it computes
    try:
        logs.set_up(Settings(log_format="json"))
        try:
            try:
                raise asyncpg.UniqueViolationError(f"Key (email)=({cell}) exists")
            except asyncpg.PostgresError as driver:
                raise StoreError("users_email_key") from driver
        except StoreError:
            structlog.get_logger().exception("it failed")
    finally:
        structlog.configure(**before)
    (line,) = capsys.readouterr().err.splitlines()
    said = json.loads(line)["exception"]
    assert "users_email_key" in said
    assert "asyncpg.exceptions.UniqueViolationError" in said
    assert "test_logs.py" in said
    assert cell not in line


@pytest.fixture
def libraries() -> Iterator[None]:
    """What libraries log is taken in, as JSON."""
    before, handlers = structlog.get_config(), logging.root.handlers[:]
    try:
        logs.set_up(Settings(log_format="json"))
        logs.take_in_libraries()
        yield
    finally:
        structlog.configure(**before)
        logging.root.handlers[:] = handlers
        logging.captureWarnings(capture=False)


@pytest.mark.usefixtures("libraries")
def test_what_a_library_logs_is_a_line_of_ours(capsys: pytest.CaptureFixture[str]) -> None:
    """With its exception as a field."""
    try:
        raise ValueError("deep")
    except ValueError:
        logging.getLogger("asyncio").exception("a task\nfailed")
    (line,) = capsys.readouterr().err.splitlines()
    said = json.loads(line)
    assert (said["event"], said["logger"], said["level"]) == ("a task\nfailed", "asyncio", "error")
    assert "ValueError: deep" in said["exception"]


@pytest.mark.usefixtures("libraries")
@pytest.mark.parametrize(
    ("logger", "error", "why"),
    [
        ("asyncpg.pool", OSError("refused"), "builtins.OSError: refused"),
        (
            *("asyncio", asyncpg.UniqueViolationError("Key (email)=(a@example.org)")),
            "asyncpg.exceptions.UniqueViolationError",
        ),
    ],
)
def test_what_the_driver_logs_has_a_reason_and_no_traceback(
    capsys: pytest.CaptureFixture[str], logger: str, error: Exception, why: str
) -> None:
    """Its pool logs each attempt of an outage; and its own text may quote a cell."""
    try:
        raise error
    except Exception:
        logging.getLogger(logger).warning("retrying", exc_info=True)
    (line,) = capsys.readouterr().err.splitlines()
    said = json.loads(line)
    del said["timestamp"]
    assert said == {"event": "retrying", "logger": logger, "level": "warning", "why": why}
