"""ADDRESS=127.0.0.1:50051 TOKEN=… python import_users.py users.csv.

Imports a CSV file, prints one line for each row, and resumes when the call breaks. Also read:
DIRECTORY (main), and IMPORT_ID, of an import that an earlier run gave up. It needs the stubs that
protoc generates of `rollbook/v1`, grpcio, and googleapis-common-protos for google.rpc.
"""

import hashlib
import os
import random
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import grpc
from google.rpc import error_details_pb2, status_pb2

from rollbook.v1 import imports_pb2, imports_pb2_grpc, results_pb2

# Reasons after which the same import may be sent again, and what gRPC says of a lost connection;
# of these, OK is a call that ended without its summary.
AGAIN = {
    "TRUNCATED_STREAM",
    "STORAGE_FULL",
    "SERVER_DRAINING",
    "PLUGIN_UNAVAILABLE",
    "STREAM_IDLE",
    "IMPORT_ALREADY_RUNNING",
    "QUOTA_EXCEEDED",
    "RATE_LIMITED",
}
CONNECTION_LOST = {"OK", "UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED", "ABORTED"}
TRIES = 8
"""In a row without a new answer: together some 40 s."""
CHUNK = 64 * 1024

Answer = imports_pb2.ImportUsersResponse


class Status(NamedTuple):
    """How a call ended: Rollbook's reason or gRPC's code, and the seconds to wait, if given."""

    reason: str
    message: str = ""
    wait: float = 0
    again: bool = False


def messages(import_id: str, content: BinaryIO) -> Iterator[imports_pb2.ImportUsersRequest]:
    """Start, the file, end."""
    directory = os.environ.get("DIRECTORY", "main")
    opening = imports_pb2.ImportStart(import_id=import_id, directory=directory)
    yield imports_pb2.ImportUsersRequest(start=opening)
    total, sha256 = 0, hashlib.sha256()
    while csv := content.read(CHUNK):
        total += len(csv)
        sha256.update(csv)
        yield imports_pb2.ImportUsersRequest(csv=csv)
    ending = imports_pb2.ImportEnd(total_bytes=total, sha256=sha256.digest())
    yield imports_pb2.ImportUsersRequest(end=ending)


def attempt(
    stub: imports_pb2_grpc.ImportServiceStub,
    path: str,
    import_id: str,
    on_answer: Callable[[Answer], None],
) -> Status:
    """One call, from the first byte of the file, until all its answers were read."""
    token = (("authorization", f"Bearer {os.environ['TOKEN']}"),)
    with Path(path).open("rb") as content:
        # gRPC takes the messages in a thread of its own, so that answers are read meanwhile.
        call = stub.ImportUsers(messages(import_id, content), metadata=token)
        try:
            for answer in call:
                on_answer(answer)
        except grpc.RpcError as broken:
            return meaning_of(broken)
    return Status("OK", again=True)


def meaning_of(broken: grpc.RpcError) -> Status:
    """Read the reason in google.rpc.ErrorInfo, and the time to wait in google.rpc.RetryInfo."""
    code, message, wait = broken.code().name, broken.details() or "", 0.0
    packed = dict(broken.trailing_metadata() or ()).get("grpc-status-details-bin")
    if packed is None:
        return Status(code, message, again=code in CONNECTION_LOST)
    reason = code
    info, retry = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
    for detail in status_pb2.Status.FromString(packed).details:
        if detail.Unpack(info) and info.domain == "rollbook":
            reason = info.reason
        elif detail.Unpack(retry):
            wait = retry.retry_delay.ToTimedelta().total_seconds()
    return Status(reason, message, wait, again=reason in AGAIN)


class Answers:
    """What came so far: each row is printed once, however often it is sent."""

    def __init__(self) -> None:
        self.seen: set[int | str] = set()
        self.summary: imports_pb2.ImportSummary | None = None

    def take(self, answer: Answer) -> None:
        """Print the results that are new; keep the summary."""
        if answer.WhichOneof("part") == "summary":
            self.summary = answer.summary
        for result in answer.results.results:
            key = result.row or result.employee_number  # whom a full sync suspends has no row
            if key not in self.seen:
                self.seen.add(key)
                issues = (f"{issue.code} {issue.field}" for issue in result.issues)
                print(result.line, results_pb2.Outcome.Name(result.outcome), *issues)


def main(path: str) -> int:
    """Send the file until its import has ended."""
    import_id = os.environ.get("IMPORT_ID") or str(uuid.uuid4())  # one for all calls: it resumes
    # The default is 120 s, longer than all our tries.
    options = [("grpc.max_reconnect_backoff_ms", 4000)]
    answers, tries = Answers(), 0
    with grpc.insecure_channel(os.environ["ADDRESS"], options) as channel:
        stub = imports_pb2_grpc.ImportServiceStub(channel)
        while True:
            answers.summary, before = None, len(answers.seen)
            status = attempt(stub, path, import_id, answers.take)
            if done := status.reason == "OK" and answers.summary is not None:
                break
            tries = 1 if len(answers.seen) > before else tries + 1
            if not status.again or tries > TRIES:
                print(f"{status.reason}: {status.message}", file=sys.stderr)
                if status.again:
                    print(f"to go on later: IMPORT_ID={import_id}", file=sys.stderr)
                break
            wait = status.wait or min(0.5 * 2 ** (tries - 1), 8) * random.uniform(0.5, 1)
            print(f"{status.reason}: {status.message}; again in {wait:.1f} s", file=sys.stderr)
            time.sleep(wait)
    if end := answers.summary:
        print(
            f"{end.created} created, {end.updated} updated,"
            f" {end.unchanged} unchanged, {end.failed} failed"
        )
    return 0 if done else 1


if __name__ == "__main__":
    if len(sys.argv) != 2 or not {"ADDRESS", "TOKEN"} <= os.environ.keys():
        sys.exit("usage: ADDRESS=HOST:PORT TOKEN=... python import_users.py FILE")
    try:
        sys.exit(main(sys.argv[1]))
    except OSError as wrong:  # the file cannot be read
        sys.exit(str(wrong))
