"""Calls to a real server, message by message, without the client library.

The client library resumes, checks and tidies. Here a test decides what is sent, when, and in which
order, and gets every message that came back.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterable, AsyncIterator, Collection, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import uuid4

import asyncpg
import grpc.aio
from google.rpc import error_details_pb2, status_pb2
from grpc._cython import cygrpc  # type: ignore[attr-defined]  # the stubs leave it out

from rollbook.client import import_options
from rollbook.v1 import directories_pb2, imports_pb2, tokens_pb2
from rollbook.v1.credentials_pb2_grpc import CredentialServiceStub
from rollbook.v1.directories_pb2_grpc import DirectoryServiceStub
from rollbook.v1.imports_pb2_grpc import ImportServiceStub
from rollbook.v1.notifications_pb2_grpc import NotificationServiceStub
from rollbook.v1.options_pb2 import ImportOptions
from rollbook.v1.results_pb2 import SEVERITY_ERROR, Issue, Outcome, RowResult
from rollbook.v1.server_pb2_grpc import ServerServiceStub
from rollbook.v1.tokens_pb2_grpc import TokenServiceStub
from rollbook.v1.users_pb2_grpc import UserServiceStub
from tests.environment import Server

Request = imports_pb2.ImportUsersRequest

HEADER = "employee_number,email,first_name,last_name,role,location\n"
"""The header of the list of bad inputs."""

CHUNK = 256 * 1024


def user(number: int | str, **cells: str) -> str:
    """A line of a good user, under `HEADER`; `cells` are otherwise."""
    good = {
        "employee_number": str(number),
        "email": f"u{number}@example.org",
        "first_name": "Ada",
        "last_name": "Byron",
        "role": "",
        "location": "",
    }
    return ",".join((good | cells).values()) + "\n"


def users(*numbers: int | str) -> str:
    """Lines of good users."""
    return "".join(map(user, numbers))


def start(directory: str, **said: Any) -> Request:
    """`start`, with a new id; `options` as the client library takes them, or a message."""
    options = said.pop("options", None)
    if options is not None and not isinstance(options, ImportOptions):
        options = import_options(**options)
    said = {"import_id": str(uuid4()), "directory": directory, "options": options} | said
    return Request(start=imports_pb2.ImportStart(**said))


def csv(content: bytes | str, size: int = CHUNK) -> Iterator[Request]:
    """The content in chunks of that size."""
    told = content.encode() if isinstance(content, str) else content
    for at in range(0, len(told), size):
        yield Request(csv=told[at : at + size])


def rows(*given: Mapping[str, Any]) -> Request:
    """Typed rows, by field; `attributes` is a mapping."""
    return Request(rows=imports_pb2.UserRows(rows=[imports_pb2.UserRow(**one) for one in given]))


def end(**said: Any) -> Request:
    """`end`, with what it claims to have been sent."""
    return Request(end=imports_pb2.ImportEnd(**said))


def whole(directory: str, content: bytes | str, size: int = CHUNK, **said: Any) -> list[Request]:
    """All that an import of this file takes."""
    return [start(directory, **said), *csv(content, size), end()]


def told(result: RowResult) -> str:
    """A result as one line: such as `FAILED invalid_email(email) invalid_name(first_name)`."""
    return " ".join(
        [Outcome.Name(result.outcome).removeprefix("OUTCOME_"), *map(short, result.issues)]
    )


def short(issue: Issue) -> str:
    """An issue as `code(field)`, or `code` where it is about the whole row."""
    return f"{issue.code}({issue.field})" if issue.field else issue.code


@dataclass(slots=True)
class Answer:
    """Everything that came back on a call. `ending` is `OK`, or STATUS/REASON.

    `parts` are the messages' kinds, `sizes` their bytes, `groups` the results in each of those,
    `in_columns` how many results came in columns.
    """

    ending: str = "OK"
    message: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    retry_after: float | None = None
    parts: list[str] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    groups: list[int] = field(default_factory=list)
    in_columns: int = 0
    accepted: imports_pb2.ImportAccepted | None = None
    understood: imports_pb2.ImportUnderstood | None = None
    results: list[RowResult] = field(default_factory=list)
    progress: list[imports_pb2.ImportProgress] = field(default_factory=list)
    summary: imports_pb2.ImportSummary | None = None

    @property
    def rows(self) -> dict[int, str]:
        """Each line's result as text; each line must have been answered once."""
        lines = {result.line: told(result) for result in self.results}
        assert len(lines) == len(self.results), "a line was answered twice"
        return dict(sorted(lines.items()))

    def issue(self, line: int, code: str) -> Issue:
        """The issue of that code at that line."""
        (found,) = [
            issue
            for result in self.results
            if result.line == line
            for issue in result.issues
            if issue.code == code
        ]
        return found

    def take(self, response: imports_pb2.ImportUsersResponse) -> None:
        """Note one message."""
        part = response.WhichOneof("part") or ""
        self.parts.append(part)
        self.sizes.append(response.ByteSize())
        match part:
            case "results":
                self.take_results(response.results)
            case "progress":
                self.progress.append(response.progress)
            case _:
                assert part in {"accepted", "understood", "summary"}, part
                assert getattr(self, part) is None, f"{part} came twice"
                setattr(self, part, getattr(response, part))

    def take_results(self, message: imports_pb2.RowResults) -> None:
        """Note results, those in columns by the words of the contract alone."""
        found = [*message.results, *_unfolded(message.clean)]
        self.results.extend(found)
        self.groups.append(len(found))
        self.in_columns += sum(message.clean.counts)

    def end_with(self, broken: grpc.aio.AioRpcError) -> None:
        """Note the status. Each except OK must have its reason in our domain."""
        self.message = broken.details() or ""
        status = broken.code().name
        reason = ""
        for key, value in broken.trailing_metadata() or ():
            if key == "grpc-status-details-bin":
                reason = self._detail(status_pb2.Status.FromString(value))  # type: ignore[arg-type]
        self.ending = f"{status}/{reason}" if reason else status

    def _detail(self, status: status_pb2.Status) -> str:
        info, retry = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
        for detail in status.details:
            if detail.Unpack(info):
                assert info.domain == "rollbook"
                self.facts = dict(info.metadata)
            elif detail.Unpack(retry):
                self.retry_after = retry.retry_delay.ToTimedelta().total_seconds()
        return info.reason

    def judged(self) -> tuple[object, ...]:
        """All that must not depend on how the file was cut; users' ids are new each time."""
        issues = [
            (result.line, result.row, issue.code, issue.field, issue.message, dict(issue.params))
            for result in sorted(self.results, key=lambda result: result.line)
            for issue in result.issues
        ]
        summary = self.summary and self.summary.SerializeToString(deterministic=True)
        understood = self.understood and self.understood.SerializeToString(deterministic=True)
        numbers = sorted((r.line, r.row, r.employee_number, bool(r.user_id)) for r in self.results)
        ending = (self.ending, self.message, self.facts)
        return ending, self.rows, numbers, issues, summary, understood


def _unfolded(clean: imports_pb2.CleanResults) -> Iterator[RowResult]:
    numbers = clean.employee_numbers.split("\n") if clean.counts else []
    ids = [f"u{number:016x}" if number else "" for number in clean.user_ids] or [""] * len(numbers)
    runs = zip(clean.lines, clean.rows, clean.outcomes, clean.counts, strict=True)
    each = [(line + n, row + n, what) for line, row, what, count in runs for n in range(count)]
    for (line, row, outcome), number, user_id in zip(each, numbers, ids, strict=True):
        yield RowResult(
            line=line,
            row=row,
            outcome=outcome,
            employee_number=number,
            user_id=user_id,
            replayed=clean.replayed,
        )


class Call:
    """An open ImportUsers, written to and read from as the test likes."""

    def __init__(self, call: Any):
        self.grpc = call
        self.answer = Answer()
        self._responses = aiter(call)

    async def send(self, *requests: Request) -> bool:
        """Write; False if the call has ended and takes no more.

        Below `call.write`, which puts an INTERNAL of its own in the place of the server's status
        where that comes while it writes.
        """
        try:
            await self.grpc.wait_for_connection()
            for request in requests:
                if self.grpc.done():
                    return False
                await self.grpc._cython_call.send_serialized_message(request.SerializeToString())
        except (grpc.aio.AioRpcError, cygrpc.InternalError):
            return False
        return True

    async def half_close(self) -> None:
        """Close the writing side."""
        with contextlib.suppress(grpc.aio.AioRpcError, asyncio.InvalidStateError):
            await self.grpc.done_writing()

    async def read(self, part: str = "") -> bool:
        """Read up to a message of that part, or one message; False where the call ended first."""
        while True:
            try:
                response = await anext(self._responses, None)
            except grpc.aio.AioRpcError as broken:
                self.answer.end_with(broken)
                return False
            if response is None:
                return False
            self.answer.take(response)
            if part in {"", self.answer.parts[-1]}:
                return True

    async def rest(self) -> Answer:
        """Read to the end."""
        while await self.read():
            pass
        return self.answer


class Peer:
    """A client of a server that holds no state, and a connection to its database to look into."""

    def __init__(self, server: Server, database: "asyncpg.Connection[asyncpg.Record]", token: str):
        self.server = server
        self._database = database
        self._looking = asyncio.Lock()
        self.metadata = (("authorization", f"Bearer {token}"),)
        self._channel = grpc.aio.insecure_channel(
            server.address, options=[("grpc.use_local_subchannel_pool", 1)]
        )
        self.imports = ImportServiceStub(self._channel)
        self.directories = DirectoryServiceStub(self._channel)
        self.users = UserServiceStub(self._channel)
        self.credentials = CredentialServiceStub(self._channel)
        self.tokens = TokenServiceStub(self._channel)
        self.notifications = NotificationServiceStub(self._channel)
        self.info = ServerServiceStub(self._channel)

    @classmethod
    @asynccontextmanager
    async def of(cls, server: Server, principal: str = "admin") -> AsyncIterator[Self]:
        """A peer with that principal's token, for as long as this lasts."""
        token = server.token_files[principal].read_text().strip()
        database = await asyncpg.connect(server.database_url)
        peer = cls(server, database, token)
        try:
            yield peer
        finally:
            await peer.close()
            await database.close()

    async def new_token(self, *scopes: str, directory: str = "", **said: Any) -> str:
        """A token for just that, in clear; `directory` '': all. `said`: fields of the Token."""
        where = {"directories": [directory]} if directory else {"all_directories": True}
        token = tokens_pb2.Token(**({"principal": "somebody", "scopes": scopes} | where | said))
        made = await self.ask(self.tokens.CreateToken, tokens_pb2.CreateTokenRequest(token=token))
        secret: str = made.secret
        return secret

    @asynccontextmanager
    async def having(self, *scopes: str, directory: str = "", **said: Any) -> AsyncIterator["Peer"]:
        """A peer whose token opens just that; see `new_token`."""
        token = await self.new_token(*scopes, directory=directory, **said)
        peer = Peer(self.server, self._database, token)
        try:
            yield peer
        finally:
            await peer.close()

    async def close(self) -> None:
        """Cut the connection to the server, as a client that dies does."""
        await self._channel.close(grace=None)

    async def ask(self, method: Any, request: Any) -> Any:
        """The answer to a unary call."""
        return await method(request, metadata=self.metadata, timeout=30)

    async def refusal(self, method: Any, request: Any) -> Answer:
        """How a unary call was refused."""
        answer = Answer()
        try:
            await self.ask(method, request)
        except grpc.aio.AioRpcError as broken:
            answer.end_with(broken)
        return answer

    @asynccontextmanager
    async def call(self, *requests: Request) -> AsyncIterator[Call]:
        """An open import, with those messages sent; cancelled when left, if it still runs."""
        call = Call(self.imports.ImportUsers(metadata=self.metadata))
        try:
            await call.send(*requests)
            yield call
        finally:
            call.grpc.cancel()

    async def send(self, requests: Iterable[Request] | AsyncIterable[Request]) -> Answer:
        """Send all, read while sending, and answer what came."""
        async with self.call() as call:
            writing = asyncio.create_task(_write(call, requests))
            try:
                return await call.rest()
            finally:
                writing.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await writing

    async def send_file(self, directory: str, content: bytes | str, **said: Any) -> Answer:
        """Import a file in chunks of 256 KiB."""
        return await self.send(whole(directory, content, **said))

    async def new_directory(self) -> str:
        """The name of a new directory."""
        made = directories_pb2.Directory(name=f"d-{uuid4().hex[:12]}")
        await self.ask(
            self.directories.CreateDirectory, directories_pb2.CreateDirectoryRequest(directory=made)
        )
        return made.name

    async def get_import(self, directory: str, import_id: str) -> imports_pb2.Import:
        """An import as it stands."""
        request = imports_pb2.GetImportRequest(directory=directory, import_id=import_id)
        answer = await self.ask(self.imports.GetImport, request)
        found: imports_pb2.Import = getattr(answer, "import")
        return found

    async def until(
        self, directory: str, import_id: str, states: Collection[str], within: float = 20
    ) -> imports_pb2.Import:
        """The import once it is there, and in one of those states."""
        async with asyncio.timeout(within):
            while True:
                with contextlib.suppress(grpc.aio.AioRpcError):
                    found = await self.get_import(directory, import_id)
                    if imports_pb2.ImportState.Name(found.state) in states:
                        return found
                await asyncio.sleep(0.05)

    async def execute(self, statement: str, *arguments: object) -> None:
        """Run a statement on the database, without the server."""
        async with self._looking:
            await self._database.execute(statement, *arguments)

    async def stored(self, directory: str) -> dict[str, asyncpg.Record]:
        """The directory's users as the database has them, by employee number."""
        async with self._looking:
            found = await self._database.fetch(
                "select u.*, r.name as role, coalesce(l.name, '') as location,"
                " coalesce(o.name, '') as unit from users u"
                " join directories d on d.id = u.directory_id"
                " join roles r on r.directory_id = d.id and r.id = u.role_id"
                " left join locations l on l.directory_id = d.id and l.id = u.location_id"
                " left join organizational_units o on o.directory_id = d.id and o.id = u.unit_id"
                " where d.name = $1",
                directory,
            )
        return {record["employee_number"]: record for record in found}


async def _write(call: Call, requests: Iterable[Request] | AsyncIterable[Request]) -> None:
    if isinstance(requests, AsyncIterable):
        async for request in requests:
            if not await call.send(request):
                return
    else:
        for request in requests:
            if not await call.send(request):
                return
    await call.half_close()


def has_failed(result: RowResult) -> bool:
    """Whether an error refused the row."""
    return any(issue.severity == SEVERITY_ERROR for issue in result.issues)
