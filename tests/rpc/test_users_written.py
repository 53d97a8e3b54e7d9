"""A user written by hand: the same rules, answer and ledger as an import."""

import uuid

from rollbook.client import Client
from rollbook.errors import Reason
from rollbook.v1.options_pb2 import Blanks, Mode
from rollbook.v1.results_pb2 import Outcome, RowResult
from tests.rpc.imported import as_listed, imported, person
from tests.rpc.refusals import refusal


def _codes(result: RowResult) -> list[str]:
    return [f"{issue.code}({issue.field})" for issue in result.issues]


async def test_a_user_written_by_hand_is_there_as_an_imported_one(
    client: Client, directory: str
) -> None:
    """S78: created, then updated, by the employee number; each stands among the imports."""
    written = await client.users.write(directory, person(1))
    assert written.result.outcome == Outcome.OUTCOME_CREATED
    assert written.user == await as_listed(client, directory, user_id=written.result.user_id)
    assert (written.user.source, written.user.created_import) == ("by hand", written.import_id)
    again = await client.users.write(directory, person(1, last_name="King"))
    assert (again.result.outcome, again.user.last_name) == (Outcome.OUTCOME_UPDATED, "King")
    same = await client.users.write(directory, person(1, last_name="King"))
    assert (same.result.outcome, same.user) == (Outcome.OUTCOME_UNCHANGED, again.user)
    found = await client.get_import(directory, again.import_id)
    assert (found.summary.updated, found.principal) == (1, "admin")


async def test_the_rules_are_those_of_a_file(client: Client, directory: str) -> None:
    """S78: a refused row is an answer, with the codes that a file's row would have."""
    await imported(client, directory, [person(1)])
    wrong = person(2, email="u1@example.org")
    held = await client.users.write(directory, wrong)
    assert (held.result.outcome, _codes(held.result)) == (
        Outcome.OUTCOME_FAILED,
        ["duplicate_email(email)"],
    )
    assert not held.HasField("user")
    bad = await client.users.write(directory, {"employee_number": "3", "email": "x", "role": "q"})
    assert _codes(bad.result) == [
        "invalid_email(email)",
        "missing_required_field(first_name)",
        "missing_required_field(last_name)",
    ]
    secret = await client.users.write(directory, person(4, password="correct horse battery"))
    assert _codes(secret.result) == ["password_not_allowed(password)"]


async def test_the_mode_is_kept(client: Client, directory: str) -> None:
    await client.users.write(directory, person(1), mode=Mode.MODE_CREATE_ONLY)
    twice = await client.users.write(directory, person(1), mode=Mode.MODE_CREATE_ONLY)
    assert _codes(twice.result) == ["already_exists(employee_number)"]
    cells = {"employee_number": "1", "job_title": "Analyst"}
    more = await client.users.write(directory, cells, mode=Mode.MODE_UPDATE_ONLY)
    assert (more.user.job_title, more.user.first_name) == ("Analyst", "Ada")


async def test_the_same_request_again_is_answered_again(client: Client, directory: str) -> None:
    """A client that lost the answer sends it again, and no user is created twice."""
    request_id = str(uuid.uuid4())
    first = await client.users.write(directory, person(1), request_id=request_id)
    again = await client.users.write(directory, person(1), request_id=request_id)
    assert (again.result.outcome, again.user) == (Outcome.OUTCOME_CREATED, first.user)
    assert again.result.replayed
    other = client.users.write(directory, person(2), request_id=request_id)
    await refusal(other, Reason.IDEMPOTENCY_CONFLICT)


async def test_validate_only_writes_nothing(client: Client, directory: str) -> None:
    told = await client.users.write(directory, person(1), validate_only=True)
    assert (told.result.outcome, told.result.user_id) == (Outcome.OUTCOME_CREATED, "")
    assert not told.HasField("user")
    await refusal(client.users.get(directory, employee_number="1"), Reason.RESOURCE_NOT_FOUND)


async def test_a_request_without_a_row_or_a_directory_is_refused(
    client: Client, directory: str
) -> None:
    await refusal(client.users.write("no-such", person(1)), Reason.PERMISSION_DENIED)
    bad = client.users.write(directory, person(1), request_id="x")
    await refusal(bad, Reason.INVALID_OPTIONS)


async def test_a_blank_cell_clears_where_that_is_asked_for(client: Client, directory: str) -> None:
    """As in an import with `blanks = CLEAR`; unset it is the profile's, which keeps."""
    await client.users.write(directory, person(1, phone="123456", job_title="Analyst"))
    cells = {"employee_number": "1", "phone": "", "email": ""}
    kept = await client.users.write(directory, cells, mode=Mode.MODE_UPDATE_ONLY)
    assert (kept.result.outcome, kept.user.phone) == (Outcome.OUTCOME_UNCHANGED, "123456")
    cleared = await client.users.write(
        directory, cells, mode=Mode.MODE_UPDATE_ONLY, blanks=Blanks.BLANKS_CLEAR
    )
    assert (cleared.user.phone, cleared.user.job_title) == ("", "Analyst")
    assert cleared.user.email == "u1@example.org"
