"""How an exception is written into a log line."""

import json
import logging

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


def test_what_a_library_logs_is_a_line_of_ours(capsys: pytest.CaptureFixture[str]) -> None:
    """With its exception as a field."""
    before, handlers = structlog.get_config(), logging.root.handlers[:]
    try:
        logs.set_up(Settings(log_format="json"))
        logs.take_in_libraries()
        try:
            raise ValueError("deep")
        except ValueError:
            logging.getLogger("asyncio").exception("a task\nfailed")
    finally:
        structlog.configure(**before)
        logging.root.handlers[:] = handlers
        logging.captureWarnings(capture=False)
    (line,) = capsys.readouterr().err.splitlines()
    said = json.loads(line)
    assert (said["event"], said["logger"], said["level"]) == ("a task\nfailed", "asyncio", "error")
    assert "ValueError: deep" in said["exception"]
