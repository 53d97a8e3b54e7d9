"""Answers what is asked of users: found, looked at, written by hand, locked and suspended."""

from starlette.requests import Request
from starlette.responses import Response

from rollbook.client import Client, plain
from rollbook.errors import Reason, Refusal
from rollbook.v1.imports_pb2 import UserRow
from rollbook.v1.results_pb2 import Outcome
from rollbook.v1.users_pb2 import ListUsersRequest, SetLocksRequest, UserKey, WriteUserRequest
from rollbook.web.api.answers import answer, as_json
from rollbook.web.api.questions import directory_of, from_body, from_query, no_query

_ROW_REFUSED = 422


async def list_users(client: Client, request: Request) -> Response:
    """A page of users, by the conditions of the query."""
    wanted = from_query(ListUsersRequest(directory=directory_of(request)), request)
    return answer(as_json(plain(await client.users.page(wanted))))


async def get_user(client: Client, request: Request) -> Response:
    """One user, by employee number."""
    no_query(request)
    return answer(as_json(plain(await client.users.get(directory_of(request), **_key(request)))))


async def write_user(client: Client, request: Request) -> Response:
    """Write one user by hand: the body is a row, and the answer what became of it."""
    wanted = from_query(WriteUserRequest(directory=directory_of(request)), request)
    wanted.row.CopyFrom(await from_body(UserRow(), request))
    number = request.path_params["number"]
    if wanted.row.HasField("employee_number") and wanted.row.employee_number != number:
        raise Refusal(
            Reason.INVALID_OPTIONS, "employeeNumber is another one than that of the address."
        )
    wanted.row.employee_number = number
    found = await client.users.write_as(wanted)
    refused = found.result.outcome == Outcome.OUTCOME_FAILED
    return answer(as_json(plain(found)), _ROW_REFUSED if refused else 200)


async def set_locks(client: Client, request: Request) -> Response:
    """Set what imports leave unchanged; a lock that the body does not name stays."""
    no_query(request)
    wanted = await from_body(SetLocksRequest(), request)
    if wanted.directory or wanted.HasField("user"):
        raise Refusal(Reason.INVALID_OPTIONS, "The address says which user.")
    wanted.directory = directory_of(request)
    wanted.user.CopyFrom(UserKey(**_key(request)))
    return answer(as_json(plain(await client.users.set_locks_as(wanted))))


async def suspend_user(client: Client, request: Request) -> Response:
    """Suspend a user."""
    no_query(request)
    found = await client.users.suspend(directory_of(request), **_key(request))
    return answer(as_json(plain(found)))


async def reactivate_user(client: Client, request: Request) -> Response:
    """Reactivate a user."""
    no_query(request)
    found = await client.users.reactivate(directory_of(request), **_key(request))
    return answer(as_json(plain(found)))


def _key(request: Request) -> dict[str, str]:
    return {"employee_number": request.path_params["number"]}
