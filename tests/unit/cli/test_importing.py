"""`rollbook import`: its options, its output, its exit codes."""

import json
import os
import shlex
import subprocess
import sys
import threading
from pathlib import Path

import grpc
import pytest

from rollbook.v1.imports_pb2 import (
    ImportProgress,
    ImportState,
    ImportSummary,
    ImportUsersResponse,
    StoppedBy,
)
from rollbook.v1.options_pb2 import (
    Commit,
    FirstPassword,
    ImportOptions,
    MissingUsers,
    Mode,
    Notify,
    UnknownLocation,
)
from tests.unit.cli.conftest import Answering, Type
from tests.unit.client.peer import ACCEPTED, SUMMARY, created, refusal

CONTENT = b"employee_number,email\n1,a@x.org\n"
PROGRESS = ImportUsersResponse(progress=ImportProgress(bytes_received=9, rows_answered=1))
SOME_FAILED = ImportUsersResponse(
    summary=ImportSummary(state=ImportState.IMPORT_STATE_COMPLETED, rows=2, created=1, failed=1)
)


@pytest.fixture(autouse=True)
def _staff(typed: Type) -> None:
    Path("staff.csv").write_bytes(CONTENT)  # in the empty folder of `typed`


def test_every_row_fine_is_0_and_stderr_stays_empty(typed: Type, answering: Answering) -> None:
    """No bar where stderr is no terminal."""
    peer = answering([ACCEPTED, PROGRESS, created(1, 2, 3), SUMMARY])
    said = typed("import", "staff.csv")
    assert (said.code, said.err) == (0, "")
    assert said.out.count("CREATED") == 3
    assert peer.calls[0].content == CONTENT
    assert peer.calls[0].token == "Bearer secret"


def test_some_failed_is_1(typed: Type, answering: Answering) -> None:
    answering([ACCEPTED, created(1), SOME_FAILED])
    assert typed("import", "staff.csv").code == 1


def test_options_are_sent_as_typed_and_no_others(typed: Type, answering: Answering) -> None:
    """What is not typed stays unset: the profile decides."""
    peer = answering([ACCEPTED, SUMMARY])
    said = typed(
        *("import", "staff.csv", "--directory", "emea", "--profile", "p", "--source", "hr"),
        *("--mode", "Create-Only", "--full-sync", "--delimiter", "TAB", "--encoding", "cp1252"),
        *("--column", "No.=employee_number", "--column", "a=b=attributes.badge", "--changes"),
        *("--set", "unknown-location=create", "--set", "max_failed_rows=0"),
        *("--first-password", "NONE", "--notify", "invite-new"),
    )
    assert said.code == 0
    start = peer.calls[0].start
    assert (start.directory, start.profile, start.source) == ("emea", "p", "hr")
    options = start.options
    assert {field.name for field, _ in options.ListFields()} == {
        *("mode", "commit", "missing_users", "delimiter", "encoding", "columns"),
        *("include_changes", "unknown_location", "max_failed_rows", "first_password", "notify"),
    }
    assert options.first_password == FirstPassword.FIRST_PASSWORD_NONE
    assert options.notify == Notify.NOTIFY_INVITE_NEW
    assert options.mode == Mode.MODE_CREATE_ONLY
    assert options.commit == Commit.COMMIT_WHOLE_FILE
    assert options.missing_users == MissingUsers.MISSING_USERS_SUSPEND
    assert options.unknown_location == UnknownLocation.UNKNOWN_LOCATION_CREATE
    assert (options.delimiter, options.encoding, options.max_failed_rows) == ("\t", "cp1252", 0)
    assert [(c.header, c.field) for c in options.columns] == [
        ("No.", "employee_number"),
        ("a=b", "attributes.badge"),
    ]


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--commit", "whole-file"],
        ["--set", "commit=PER_BATCH"],
        ["--full-sync", "--mode", "update-only", "--changes", "--set", "max_failed_rows=0"],
    ],
)
def test_a_dry_run_commits_nothing_and_goes_with_every_option(
    typed: Type, answering: Answering, options: list[str]
) -> None:
    """Whatever the real run is asked for, `--dry-run` before it is a preview of it."""
    peer = answering([ACCEPTED, SUMMARY])
    assert typed("import", "staff.csv", "--dry-run", *options).code == 0
    assert peer.calls[0].start.options.commit == Commit.COMMIT_NONE


def test_a_dry_run_that_a_safeguard_would_stop_is_6(typed: Type, answering: Answering) -> None:
    """The output shows it; without that, failed rows of a preview are 1 and fine ones 0."""
    tripped = ImportSummary(
        state=ImportState.IMPORT_STATE_PREVIEWED,
        rows=3,
        updated=3,
        stopped_by=StoppedBy(code="safeguard_tripped"),
    )
    answering([ACCEPTED, ImportUsersResponse(summary=tripped)])
    said = typed("import", "staff.csv", "--dry-run")
    assert said.code == 6
    assert "the safeguard would stop it (safeguard_tripped)" in " ".join(said.out.split())


@pytest.mark.parametrize(
    ("notify", "one", "many"),
    [
        ("WELCOME_NEW", "1 welcome", "1,200 welcomes"),
        ("INVITE_NEW", "1 invitation", "1,200 invitations"),
        ("LOGIN_DETAILS", "1 mail with login details", "1,200 mails with login details"),
        ("NOBODY", "", ""),
    ],
)
def test_how_many_are_mailed_what_is_said(
    typed: Type, answering: Answering, notify: str, one: str, many: str
) -> None:
    """S55, S58: of a preview what would be sent; and nothing where nobody sends it."""
    accepted = ImportUsersResponse()
    accepted.CopyFrom(ACCEPTED)
    accepted.accepted.options.CopyFrom(ImportOptions(notify=f"NOTIFY_{notify}"))
    for state, told in (
        ("PREVIEWED", {one: "will be sent", many: "will be sent"}),
        ("COMPLETED", {one: "is on its way", many: "are on their way"}),
    ):
        for count, what in ((1, one), (1_200, many)):
            summary = ImportSummary(
                state=f"IMPORT_STATE_{state}",
                rows=count,
                created=count,
            )
            answering([accepted, ImportUsersResponse(summary=summary)])
            said = " ".join(typed("import", "staff.csv").out.split())
            assert ("mail" in said) is bool(what)
            assert f" mail {what} {told[what]} " in said or not what
            summary.warnings.add(code="mail_not_configured", message="Nobody.")
            answering([accepted, ImportUsersResponse(summary=summary)])
            said = " ".join(typed("import", "staff.csv").out.split())
            assert " mail " not in said
            assert "note Nobody. mail_not_configured" in said


NAMES = ("staff.csv", "./staff.csv", "linked.csv", "hard.csv", "folder/../staff.csv")


@pytest.mark.parametrize("report", NAMES)
@pytest.mark.parametrize("source", ["staff.csv", "linked.csv"])
def test_a_report_over_the_file_itself_is_refused_before_the_first_byte(
    typed: Type, answering: Answering, report: str, source: str
) -> None:
    """By whatever name or link: else the rows that failed would be all that is left."""
    peer = answering([ACCEPTED, SOME_FAILED])
    Path("linked.csv").symlink_to("staff.csv")
    Path("hard.csv").hardlink_to("staff.csv")
    Path("folder").mkdir()
    said = typed("import", source, "--report", report)
    assert (said.code, said.out) == (2, "")
    assert "is the file that is imported" in said.err
    assert Path("staff.csv").read_bytes() == CONTENT
    assert peer.calls == []


def test_results_over_the_file_itself_are_refused(tmp_path: Path) -> None:
    """`rollbook import staff.csv >> staff.csv` would read what it writes."""
    command = [sys.executable, "-m", "rollbook", "import", "staff.csv", "--address", "127.0.0.1:1"]
    with Path("staff.csv").open("ab") as over:
        done = subprocess.run(command, stdout=over, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 2
    assert b"stdout is the file that is imported" in done.stderr
    assert Path("staff.csv").read_bytes() == CONTENT


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_report_over_the_results_is_refused(stream: str) -> None:
    """`rollbook import staff.csv --report out.csv > out.csv` would lose the results."""
    command = [sys.executable, "-m", "rollbook", "import", "staff.csv", "--address", "127.0.0.1:1"]
    with Path("out.csv").open("wb") as out:
        other = subprocess.PIPE
        streams = {"stdout": other, "stderr": other, stream: out}
        report = ["--report", "out.csv"]
        done = subprocess.run([*command, *report], **streams, check=False)  # type: ignore[call-overload]
    said = Path("out.csv").read_bytes() + (done.stderr or b"")
    assert done.returncode == 2
    assert f"--report out.csv is the file of {stream}".encode() in said


def test_a_refusal_is_the_last_line_for_a_program_in_every_command(
    typed: Type, answering: Answering
) -> None:
    """Its code, its line (0: of no line) and its message; on stderr the code in brackets."""
    answering()
    said = typed("users", "list", "--directory", "main", "--output", "ndjson")
    error = json.loads(said.out)["error"]
    assert (error["reason"], error["line"]) == ("invalid_options", 0)
    assert f"{error['message']} [invalid_options]\n" in said.err


@pytest.mark.parametrize("word", ["improt", "user"])
def test_a_word_that_is_almost_a_command_is_asked_about(typed: Type, word: str) -> None:
    meant = {"improt": "import", "user": "users"}[word]
    assert f"Did you mean {meant!r}?" in typed(word).err


def test_a_subcommand_and_an_option_that_are_almost_right(typed: Type) -> None:
    assert "Did you mean 'reactivate'?" in typed("users", "reactivat", "7").err
    assert "--dry-run" in typed("import", "staff.csv", "--dryrun").err


def test_the_directory_of_the_environment_is_the_default(
    typed: Type, answering: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is typed wins; an empty variable is as if it were not set."""
    peer = answering(*[[ACCEPTED, SUMMARY]] * 3)
    monkeypatch.setenv("ROLLBOOK_DIRECTORY", "emea")
    typed("import", "staff.csv")
    typed("import", "staff.csv", "--directory", "apac")
    monkeypatch.setenv("ROLLBOOK_DIRECTORY", "")
    typed("import", "staff.csv")
    assert [call.start.directory for call in peer.calls] == ["emea", "apac", "main"]


def test_a_fault_of_the_file_shows_what_came_then_one_line_with_file_and_line(
    typed: Type, answering: Answering
) -> None:
    fault = refusal(grpc.StatusCode.INVALID_ARGUMENT, "UNTERMINATED_QUOTE", "It is open.", line="7")
    answering([ACCEPTED, created(1), SOME_FAILED, fault])
    said = typed("import", "staff.csv", "--output", "ndjson")
    assert said.code == 3
    assert said.err == "rollbook import: staff.csv, line 7: It is open [unterminated_quote]\n"
    first, summary, last = map(json.loads, said.out.splitlines())
    assert (first["line"], summary["rows"]) == (2, 2)
    error = {"reason": "unterminated_quote", "line": 7, "message": "It is open."}
    assert last == {"error": error}


def test_a_line_that_the_message_names_is_not_named_twice(
    typed: Type, answering: Answering
) -> None:
    fault = refusal(
        grpc.StatusCode.INVALID_ARGUMENT, "HEADER_FORBIDDEN_COLUMN", "Line 1 has status.", line="1"
    )
    answering([ACCEPTED, fault])
    said = typed("import", "staff.csv")
    assert said.err == "rollbook import: staff.csv: Line 1 has status [header_forbidden_column]\n"


@pytest.mark.parametrize(
    "sync", [("--full-sync",), ("--set", "missing-users=SUSPEND", "--set", "commit=WHOLE_FILE")]
)
def test_corrected_rows_are_imported_by_the_same_options_but_no_full_sync(
    typed: Type, answering: Answering, sync: tuple[str, ...]
) -> None:
    """It would suspend everybody else; and a report is in UTF-8, whatever the file was in."""
    answering([ACCEPTED, SOME_FAILED])
    said = typed(
        *("import", "staff.csv", "--encoding", "windows-1252", "--profile", "mine", *sync),
        *("--set", "blanks=CLEAR", "--column", "A=email", "--changes", "--mode", "upsert"),
        *("--identity", "username"),
    )
    joined = said.out.replace("\\\n", " ")
    [again] = [line for line in joined.splitlines() if "import failed.csv" in line]
    words = shlex.split(again)[3:]
    if "commit=WHOLE_FILE" in sync:
        words.remove("--set")
        words.remove("commit=WHOLE_FILE")
    assert words == [
        *("--profile", "mine", "--mode", "upsert", "--identity", "username"),
        *("--column", "A=email", "--changes", "--set", "blanks=CLEAR"),
    ]


def test_the_commands_for_another_person_do_not_name_ones_own_token(
    typed: Type, answering: Answering
) -> None:
    """Of the connection they have what an approver needs too: the address."""
    waiting = ImportSummary(import_id="i", state=ImportState.IMPORT_STATE_AWAITING_APPROVAL)
    peer = answering([ACCEPTED, ImportUsersResponse(summary=waiting)])
    Path("mine").write_text("secret")
    said = typed("import", "staff.csv", "--address", peer.address, "--token-file", "mine")
    joined = said.out.replace("\\\n", " ")
    token, approve, apply = [line for line in joined.splitlines() if "   rollbook" in line]
    assert [peer.address in line for line in (token, approve, apply)] == [True] * 3
    assert ["--token-file" in line for line in (token, approve, apply)] == [False, False, True]


def test_what_can_be_resumed_says_how(typed: Type, answering: Answering) -> None:
    """The same command, with the id of the import."""
    full = refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, "STORAGE_FULL", "The disk is full.")
    peer = answering([ACCEPTED, full], [ACCEPTED, SUMMARY])
    said = typed("import", "staff.csv", "--source", "the office")
    assert said.code == 4
    command = said.err.splitlines()[1].removeprefix("to go on: ")
    again = typed(*shlex.split(command)[1:])
    assert again.code == 0
    first, second = peer.calls
    assert first.start == second.start


def test_an_id_that_was_typed_is_kept(typed: Type, answering: Answering) -> None:
    answering([ACCEPTED, refusal(grpc.StatusCode.UNAVAILABLE, "PLUGIN_UNAVAILABLE", "Asleep.")])
    number = "7d444840-9dc0-11d1-b245-5ffdce74fad2"
    said = typed("import", "--import-id", number, "--", "staff.csv")
    assert f"to go on: rollbook import --import-id {number} -- staff.csv\n" in said.err


def test_a_lost_connection_is_taken_up_again_and_told(typed: Type, answering: Answering) -> None:
    lost = refusal(grpc.StatusCode.UNAVAILABLE, "SERVER_DRAINING", "The server is stopping.")
    answering([ACCEPTED, created(1), lost], [ACCEPTED, created(1, 2, 3), SUMMARY])
    said = typed("import", "staff.csv", "--output", "csv")
    assert said.code == 0
    assert [row.split(",")[0] for row in said.out.splitlines()] == ["line", "2", "3", "4"]
    assert "The server is stopping [server_draining]; sending again in" in said.err
    assert "COMPLETED: 3 rows, 3 created" in said.err


def test_a_pipe_is_sent_as_it_comes(typed: Type, answering: Answering) -> None:
    """`-` is stdin; and so is a pipe with a name, which could not be read twice either."""
    peer = answering([ACCEPTED, SUMMARY])
    os.mkfifo("pipe")
    writer = threading.Thread(target=lambda: Path("pipe").write_bytes(CONTENT))
    writer.start()
    said = typed("import", "pipe")
    writer.join()
    assert said.code == 0
    assert peer.calls[0].content == CONTENT
