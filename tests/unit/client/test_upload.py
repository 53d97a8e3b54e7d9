"""The messages of an upload, their answers, and what a broken call means."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest

from rollbook.client import Client, RowsContent, import_options, new_import
from rollbook.client.json_values import plain
from rollbook.errors import FileFault, Reason, Refusal
from rollbook.v1.imports_pb2 import ImportAccepted, ImportSummary
from rollbook.v1.results_pb2 import Outcome, RowResult
from tests.unit.client.peer import (
    ACCEPTED,
    SUMMARY,
    Answer,
    created,
    one_byte,
    refusal,
    rows_of,
    serving,
    taken,
)


async def test_a_file_goes_up_in_chunks_and_ends_with_its_size_and_digest(tmp_path: Path) -> None:
    """A file is sent in chunks of 256 KiB, and `end` has what the server needs to compare."""
    file = tmp_path / "users.csv"
    content = b"x" * (600 * 1024)
    file.write_bytes(content)
    async with serving([ACCEPTED, SUMMARY]) as peer, Client(peer.address, "secret") as client:
        events = [event async for event in client.upload_file(file, new_import("main"))]
    (call,) = peer.calls
    assert call.token == "Bearer secret"
    assert call.chunks == [262_144, 262_144, 90_112]
    assert call.content == content
    end = call.requests[-1].end
    assert (end.total_bytes, end.sha256) == (len(content), hashlib.sha256(content).digest())
    assert [type(event) for event in events] == [ImportAccepted, ImportSummary]


async def test_a_large_piece_of_a_stream_is_cut_and_an_empty_one_left_out() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"a" * 300_000
        yield b""
        yield b"b"

    async with serving([ACCEPTED, SUMMARY]) as peer, Client(peer.address, "t") as client:
        async for _ in client.upload_stream(pieces(), new_import()):
            pass
    assert peer.calls[0].chunks == [262_144, 37_856, 1]


async def test_rows_go_up_by_the_thousand() -> None:
    """S08: another service sends rows, not CSV; a field left out is unset, a blank one is ''."""
    rows = [{"employee_number": str(n), "phone": "", "email": None} for n in range(2_500)]
    async with serving([ACCEPTED, SUMMARY]) as peer, Client(peer.address, "t") as client:
        async for _ in client.upload_rows(rows, new_import()):
            pass
    requests = peer.calls[0].requests
    assert [len(r.rows.rows) for r in requests if r.HasField("rows")] == [1_000, 1_000, 500]
    assert requests[-1].end.total_rows == 2_500
    first = requests[1].rows.rows[0]
    assert (first.employee_number, first.HasField("phone"), first.HasField("email")) == (
        "0",
        True,
        False,
    )


async def test_a_field_that_users_do_not_have_is_named_before_anything_is_sent() -> None:
    content = RowsContent([{"employee_number": "1", "attributes.badge": "x", "shoe": "44"}])
    with pytest.raises(ValueError, match=r"users have no field 'shoe'; known: employee_number"):
        async for _ in content.messages():
            pass


async def test_what_cannot_be_read_ends_the_call_and_says_so(tmp_path: Path) -> None:
    """A file that goes away is the file's fault, not the server's; and no `end` is sent."""
    file = tmp_path / "users.csv"
    file.write_text("a")
    async with serving([ACCEPTED, SUMMARY]) as peer, Client(peer.address, "t") as client:
        events = client.upload_file(file, new_import())
        file.unlink()
        with pytest.raises(FileNotFoundError):
            async for _ in events:
                pass
    assert not any(r.HasField("end") for call in peer.calls for r in call.requests)


async def test_a_refusal_arrives_as_the_error_that_the_server_raised(tmp_path: Path) -> None:
    """What came before is yielded, summary included; then reason, sentence and facts are raised."""
    status = refusal(
        grpc.StatusCode.INVALID_ARGUMENT, "ENCODING_ERROR", "not utf-8", line="4", byte="0x92"
    )
    async with (
        serving([ACCEPTED, created(1, 2), SUMMARY, status]) as peer,
        Client(peer.address, "t") as client,
    ):
        events, ended = await taken(client.upload_rows([], new_import()))
    assert isinstance(ended, FileFault)
    assert (ended.reason, ended.line, ended.message) == (Reason.ENCODING_ERROR, 4, "not utf-8")
    assert ended.facts == {"line": "4", "byte": "0x92"}
    assert rows_of(events) == [1, 2]
    assert isinstance(events[-1], ImportSummary)


async def test_a_refusal_while_it_is_still_sent_arrives_whole(tmp_path: Path) -> None:
    """What grpc.aio loses two times of three: its own status, of a write, hides the server's."""
    file = tmp_path / "users.csv"
    file.write_bytes(b"x" * 2**20)
    status = refusal(grpc.StatusCode.PERMISSION_DENIED, "PERMISSION_DENIED", "not you")
    answers: list[Answer] = [ACCEPTED, created(1), status]
    async with serving(answers, hasty=True) as peer, Client(peer.address, "t") as client:
        for _ in range(50):
            events, ended = await taken(client.upload_file(file, new_import()))
            assert ended
            assert (ended.reason, ended.message) == (Reason.PERMISSION_DENIED, "not you")
            assert rows_of(events) == [1]


async def test_a_success_while_it_is_still_sent_is_one(tmp_path: Path) -> None:
    """An import that is answered again from what is stored has no need of the file."""
    file = tmp_path / "users.csv"
    file.write_bytes(b"x" * 2**20)
    async with (
        serving([ACCEPTED, SUMMARY], hasty=True) as peer,
        Client(peer.address, "t") as client,
    ):
        for _ in range(50):
            events, ended = await taken(client.upload_file(file, new_import()))
            assert (len(events), ended) == (2, None)


@pytest.mark.parametrize(
    ("status", "reason", "facts"),
    [
        (
            refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, "QUOTA_EXCEEDED", "wait", retry=7),
            Reason.QUOTA_EXCEEDED,
            {"retry_after": "7"},
        ),
        (
            refusal(grpc.StatusCode.INVALID_ARGUMENT, "INVALID_NAME", "no letter"),
            Reason.REQUEST_MALFORMED,
            {"reason": "invalid_name"},
        ),
    ],
    ids=["with a wait", "with a reason that we do not know"],
)
async def test_details_are_kept(status: Answer, reason: Reason, facts: dict[str, str]) -> None:
    async with serving([status]) as peer, Client(peer.address, "t") as client:
        _, ended = await taken(client.upload_rows([], new_import()))
    assert ended
    assert (ended.reason, ended.facts) == (reason, facts)


@pytest.mark.parametrize(
    ("status", "exit_code"),
    [
        (grpc.StatusCode.UNAVAILABLE, 4),
        (grpc.StatusCode.DEADLINE_EXCEEDED, 4),
        (grpc.StatusCode.CANCELLED, 4),
        (grpc.StatusCode.UNAUTHENTICATED, 5),
        (grpc.StatusCode.PERMISSION_DENIED, 5),
        (grpc.StatusCode.UNIMPLEMENTED, 2),
        (grpc.StatusCode.INTERNAL, 7),
        (grpc.StatusCode.UNKNOWN, 7),
        (grpc.StatusCode.DATA_LOSS, 7),
    ],
)
async def test_a_status_without_a_word_of_ours_still_has_an_exit_code(
    status: grpc.StatusCode, exit_code: int
) -> None:
    """A proxy or another program may answer in Rollbook's place; a stream is not sent again."""
    async with serving([status]) as peer, Client(peer.address, "t") as client:
        _, ended = await taken(client.upload_stream(one_byte(), new_import()))
    assert ended
    assert ended.verdict.exit_code == exit_code
    assert peer.address in ended.message


async def test_nobody_there_is_said_at_once_with_the_address() -> None:
    async with Client("127.0.0.1:1", "t") as client:
        _, ended = await taken(client.upload_rows([], new_import()))
    assert ended
    assert (ended.verdict.exit_code, "127.0.0.1:1" in ended.message) == (4, True)


async def test_an_end_without_a_summary_is_no_success() -> None:
    async with serving([ACCEPTED, created(1)]) as peer, Client(peer.address, "t") as client:
        events = client.upload_stream(one_byte(), new_import())
        seen, ended = await taken(events)
    assert ended
    assert (rows_of(seen), ended.reason) == ([1], Reason.TRUNCATED_STREAM)


def test_a_token_that_is_no_line_of_ascii_is_refused() -> None:
    """A file picked by mistake never gets as far as the wire."""
    with pytest.raises(Refusal) as refused:
        Client("127.0.0.1:1", "two\nlines")
    assert refused.value.reason == Reason.TOKEN_INVALID


def test_numbers_are_numbers_and_every_field_is_there() -> None:
    result = RowResult(line=5, row=4, outcome=Outcome.OUTCOME_CREATED, employee_number="007")
    assert plain(result) == {
        "line": 5,
        "row": 4,
        "outcome": "OUTCOME_CREATED",
        "employeeNumber": "007",
        "userId": "",
        "issues": [],
        "changes": [],
        "replayed": False,
    }
    assert plain(ImportSummary(rows=2, codes={"invalid_email": 1}))["codes"] == {"invalid_email": 1}


def test_options_are_the_contracts_words_in_any_case() -> None:
    options = import_options(
        mode="create-only", only_lines="2-9,12", include_changes="true", max_failed_rows="0"
    )
    assert plain(options)["mode"] == "MODE_CREATE_ONLY"
    assert [(r.first, r.last) for r in options.only_lines] == [(2, 9), (12, 12)]
    assert (options.include_changes, options.HasField("max_failed_rows")) == (True, True)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("modus", "x", "there is no option modus; known: blanks, columns, commit"),
        ("mode", "UPSET", "mode is 'UPSET', but must be one of UPSERT, CREATE_ONLY, UPDATE_ONLY"),
        ("only_lines", "2..9", "must be lines such as 2-9,12"),
        ("only_outcomes", "GOOD", "must be one of CREATED, UPDATED"),
        ("max_failed_rows", "-1", "must be a whole number, 0 or more"),
        ("include_changes", "maybe", "must be true or false"),
    ],
)
def test_a_wrong_option_names_the_right_ones(name: str, value: str, says: str) -> None:
    with pytest.raises(ValueError, match=says.replace(".", r"\.")):
        import_options(**{name: value})
