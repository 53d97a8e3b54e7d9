"""The page of an import."""

from datetime import UTC, datetime

import pytest

from rollbook.cli.imports.next_steps import Request
from rollbook.cli.imports.page import show_import
from rollbook.v1.imports_pb2 import Import, ImportState, ImportSummary
from rollbook.v1.options_pb2 import Notify


@pytest.mark.parametrize(("line", "said"), [(5, "stopped at line 5 by"), (0, "stopped by")])
def test_a_stop_that_is_of_no_line_names_none(
    capsys: pytest.CaptureFixture[str], line: int, said: str
) -> None:
    """A plugin that is not there stops the whole import, and no file has a line 0."""
    found = Import(import_id="i", directory="main")
    found.summary.stopped_by.code = "plugin_unavailable"
    found.summary.stopped_by.line = line
    show_import(found, "table", Request())
    assert f"{said} plugin_unavailable" in " ".join(capsys.readouterr().out.split())


def test_the_names_that_are_missing_are_shown_with_the_commands_that_add_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = Import(import_id="i", directory="main")
    found.summary.state = ImportState.IMPORT_STATE_COMPLETED
    found.summary.codes.update({"invalid_location": 3, "invalid_role": 1})
    found.missing_names.add(field="location", name="Ankh", rows=3)
    found.missing_names.add(field="role", name="boss", rows=1)
    show_import(found, "table", Request())
    shown = " ".join(capsys.readouterr().out.split())
    assert "3 rows have a location that the directory does not have. To add it:" in shown
    assert "rollbook locations add Ankh" in shown
    assert "rollbook roles add boss" in shown


@pytest.mark.parametrize(
    ("encoding", "delimiter", "said"),
    [
        ("windows-1252", ";", "file windows-1252, separated by semicolons"),
        ("", "\t", "file separated by tabs"),
        ("", "", ""),
    ],
)
def test_how_the_file_was_read_is_shown(
    capsys: pytest.CaptureFixture[str], encoding: str, delimiter: str, said: str
) -> None:
    """Of imports that began before servers kept the encoding: the delimiter alone."""
    found = Import(import_id="i", directory="main", encoding=encoding, delimiter=delimiter)
    show_import(found, "table", Request())
    shown = " ".join(capsys.readouterr().out.split())
    assert said in shown
    assert ("separated by" in shown) is bool(said)


def test_what_a_safeguard_saw_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """To whoever decides whether to approve it."""
    found = Import(import_id="i", directory="main")
    found.summary.stopped_by.code = "safeguard_tripped"
    found.summary.stopped_by.safeguard.message = "It would suspend 99 users; 20 are allowed."
    show_import(found, "table", Request())
    shown = " ".join(capsys.readouterr().out.split())
    assert "stopped by safeguard_tripped It would suspend 99 users; 20 are allowed." in shown


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC), "23:59:59"),
        (datetime(2026, 3, 2, 0, 0, 1, tzinfo=UTC), "2026-03-02 00:00:01"),
    ],
)
def test_a_change_on_another_day_has_its_date(
    capsys: pytest.CaptureFixture[str], changed: datetime, said: str
) -> None:
    found = Import(import_id="i", directory="main")
    found.create_time.FromDatetime(datetime(2026, 3, 1, 22, 0, 0, tzinfo=UTC))
    found.update_time.FromDatetime(changed)
    show_import(found, "table", Request())
    shown = " ".join(capsys.readouterr().out.split())
    assert shown.endswith(f"began 2026-03-01 22:00:00 UTC, last changed {said}")


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("PREVIEWED", " mail 2 invitations will be sent "),
        ("AWAITING_APPROVAL", " mail 2 invitations will be sent "),
        ("COMPLETED", " notices 0 pending, 1 sent, 1 undeliverable "),
    ],
)
def test_what_is_not_applied_yet_says_what_it_would_mail(
    capsys: pytest.CaptureFixture[str], state: str, said: str
) -> None:
    """Afterwards the notices are counted."""
    found = Import(import_id="i", directory="main", state=f"IMPORT_STATE_{state}")
    found.options.notify = Notify.NOTIFY_INVITE_NEW
    found.summary.CopyFrom(ImportSummary(import_id="i", state=found.state, rows=2, created=2))
    if state == "COMPLETED":
        found.notices.sent = found.notices.undeliverable = 1
    show_import(found, "table", Request())
    shown = " ".join(capsys.readouterr().out.split())
    assert said in shown
    assert (" mail " in shown) is (state != "COMPLETED")


@pytest.mark.parametrize(
    ("state", "is_told"),
    [("PREVIEWED", True), ("AWAITING_APPROVAL", True), ("INTERRUPTED", True), ("COMPLETED", False)],
)
def test_an_import_whose_rows_were_deleted_offers_no_command(
    capsys: pytest.CaptureFixture[str], state: str, is_told: bool
) -> None:
    """Neither to apply it nor to fetch its report: the server would refuse both."""
    found = Import(import_id="i", directory="main", state=f"IMPORT_STATE_{state}")
    found.summary.CopyFrom(ImportSummary(import_id="i", state=found.state, rows=2, failed=1))
    for deleted in (False, True):
        found.rows_deleted = deleted
        show_import(found, "table", Request())
        shown = capsys.readouterr().out
        assert ("   rollbook " in shown) is not deleted
        assert ("Its rows were deleted" in shown) is (deleted and is_told)
