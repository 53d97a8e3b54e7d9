"""The commands show what became of notices, of an import or a user, and set them."""

import csv
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from rollbook.v1.notifications_pb2 import ResendNoticesResponse
from tests.acceptance.command import HEADER, Said, at, environment, rollbook
from tests.acceptance.post import Post, posting
from tests.environment import Server

_ID = "7d444840-9dc0-41d1-8245-5ffdce74fae{}"
_FILE = "1,a@example.org,Ada,Byron\n2,b@example.org,Bob,@undeliverable\n3,wrong,Cyd,Byron\n"


@pytest_asyncio.fixture
async def desk(database_url: str, tmp_path: Path) -> AsyncIterator[tuple[Post, Server]]:
    """A server with the recording plugin."""
    async with posting(database_url, tmp_path) as opened:
        yield opened


async def test_what_became_of_notices_is_shown(desk: tuple[Post, Server], tmp_path: Path) -> None:
    """S59: the import's counts and its list, for people and programs; the last one of a user."""
    post, server = desk
    directory = await post.directory()
    file = tmp_path / "staff.csv"
    file.write_text(f"{HEADER}\n{_FILE}")

    def says(*arguments: str) -> Said:
        return rollbook(*arguments, "--directory", directory, env=at(server))

    done = says("import", str(file), "--import-id", _ID.format(1), "--set", "notify=WELCOME_NEW")
    assert done.code == 1
    await post.settled(directory)
    page = says("imports", "show", _ID.format(1))
    assert "0 pending, 1 sent, 1 undeliverable file staff.csv: utf-8" in " ".join(page.out.split())
    table = says("imports", "notices", _ID.format(1))
    assert (table.code, table.err) == (0, "")
    assert "no such mailbox" in " ".join(table.out.split())
    failed = says(
        "imports", "notices", _ID.format(1), "--state", "undeliverable", "--output", "ndjson"
    )
    (told,) = map(json.loads, failed.out.splitlines())
    assert (told["line"], told["employeeNumber"]) == (3, "2")
    rows = list(
        csv.DictReader(
            io.StringIO(says("imports", "notices", _ID.format(1), "--output", "csv").out)
        )
    )
    assert [row["state"] for row in rows] == ["NOTICE_STATE_SENT", "NOTICE_STATE_UNDELIVERABLE"]
    assert rows[1]["noticeId"] == told["noticeId"]
    newest = says("notices", "list", "--output", "ndjson")
    assert [json.loads(line)["employeeNumber"] for line in newest.out.splitlines()] == ["2", "1"]
    assert "no such mailbox" in " ".join(says("notices", "list").out.split())
    assert says("notices", "list", "--state", "expired", "--output", "ndjson").out == ""
    user = says("users", "show", "2")
    assert "undeliverable: no such mailbox" in user.out
    assert (
        json.loads(says("users", "show", "1", "--output", "ndjson").out)["lastNotice"]["state"]
        == "NOTICE_STATE_SENT"
    )


async def test_what_failed_is_sent_again(desk: tuple[Post, Server], tmp_path: Path) -> None:
    """Counted first; without --yes nothing is sent where nobody can be asked; one, or all."""
    post, server = desk
    directory = await post.directory()
    file = tmp_path / "staff.csv"
    names = "1,a@example.org,Ada,{0}\n2,b@example.org,Bob,{0}\n3,c@example.org,Cyd,Byron\n"
    file.write_text(f"{HEADER}\n{names.format('@undeliverable')}")
    id_ = _ID.format(2)

    def says(*arguments: str) -> Said:
        return rollbook(*arguments, "--directory", directory, env=at(server))

    says("import", str(file), "--import-id", id_, "--set", "notify=WELCOME_NEW")
    await post.settled(directory)
    post.order("@sent")
    asked = says("imports", "notices", id_, "--resend")
    assert (asked.code, asked.out) == (2, "")
    assert "2 notices would be sent again (2 undeliverable)" in asked.err
    assert "add --yes to send them again" in asked.err
    assert await post.states(directory) == {"sent": 1, "undeliverable": 2}
    none = says("imports", "notices", id_, "--resend", "--state", "in-doubt")
    assert (none.code, none.err) == (0, "0 notices would be sent again\n")
    one = says("users", "resend", "1", "--yes")
    assert (one.code, one.out) == (0, "1 notice is sent again (1 undeliverable)\n")
    all_ = says("users", "resend", "--all", "--state", "undeliverable", "--yes", "--output=ndjson")
    found = json.loads(all_.out)
    counts = {field.json_name for field in ResendNoticesResponse.DESCRIPTOR.fields}
    assert found.keys() == counts - {"nextPageToken"}
    assert (found["resent"]["undeliverable"], found["tooSoon"], found["userGone"]) == (1, 0, 0)
    assert await post.settled(directory) == {"sent": 3, "resent": 2}
    page = says("imports", "show", id_)
    assert "0 pending, 3 sent, 0 undeliverable, 2 resent" in " ".join(page.out.split())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["users", "resend"], "give WHO, or --all"),
        (["users", "resend", "1", "--all"], "give WHO, or --all"),
        (["users", "resend", "--all", "--state", "never-signed-in"], "'never-signed-in' is not"),
        (["imports", "notices", _ID.format(2), "--resend", "--state", "sent"], "that are sent are"),
        (["imports", "notices", _ID.format(2), "--yes"], "--notice and --yes go with --resend"),
    ],
)
def test_what_cannot_be_sent_again_is_refused(words: list[str], said: str) -> None:
    """Wrong usage, before a server is asked."""
    env = environment(ROLLBOOK_ADDRESS="127.0.0.1:1", ROLLBOOK_TOKEN="t", ROLLBOOK_DIRECTORY="main")
    done = rollbook(*words, env=env)
    assert (done.code, said in done.err) == (2, True)


async def test_what_is_told_is_set(desk: tuple[Post, Server]) -> None:
    """Event by event, or none; so many a minute, or no limit."""
    env = at(desk[1])

    def told(*arguments: str) -> dict[str, object]:
        done = rollbook("directories", *arguments, "--output", "ndjson", env=env)
        assert (done.code, done.err) == (0, "")
        found: dict[str, object] = json.loads(done.out)
        return found

    made = told("add", "told", "--notice", "created", "--notices-per-minute", "90")
    assert (made["notices"], made["noticesPerMinute"]) == (["NOTICE_EVENT_CREATED"], 90)
    two = told("set", "told", "--notice", "suspended", "--notice", "updated")
    assert two["notices"] == ["NOTICE_EVENT_UPDATED", "NOTICE_EVENT_SUSPENDED"]
    assert two["noticesPerMinute"] == 90
    none = told("set", "told", "--notice", "none", "--notices-per-minute", "off")
    assert (none.get("notices", []), none.get("noticesPerMinute")) == ([], None)
    both = rollbook(
        "directories", "set", "told", "--notice", "none", "--notice", "created", env=env
    )
    assert (both.code, "none goes with no other" in both.err) == (2, True)
