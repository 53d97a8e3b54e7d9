"""The commands invite users after a silent import: counted first, then asked about."""

import json
from pathlib import Path

from tests.acceptance.command import HEADER, Said, at, rollbook
from tests.acceptance.getting_in import sending
from tests.acceptance.post import posting
from tests.environment import Cluster

_ID = "7d444840-9dc0-41d1-8245-5ffdce74fae1"
_FILE = "1,a@example.org,Ada,Byron\n2,b@example.org,Bob,Byron\n3,c@example.org,Cyd,Byron\n"


async def test_s58_an_import_and_users_are_invited_by_commands(
    cluster: Cluster, tmp_path: Path
) -> None:
    """S55, S58: without --yes nothing is sent where nobody can be asked; then once in a day."""
    file = tmp_path / "staff.csv"
    file.write_text(f"{HEADER}\n{_FILE}")
    url = await cluster.new_database()
    async with posting(url, tmp_path, **sending(tmp_path)) as (post, server):
        directory = await post.directory()

        def says(*arguments: str) -> Said:
            return rollbook(*arguments, "--directory", directory, env=at(server))

        assert says("import", str(file), "--import-id", _ID).code == 0
        says("users", "suspend", "3")
        asked = says("imports", "invite", _ID)
        assert asked.code == 2
        assert "2 users would be invited" in asked.err
        assert "1 user would be left out: suspended" in asked.err
        assert "add --yes" in asked.err
        assert await post.rows(directory) == []
        one = says("users", "invite", "a@example.org", "--by", "email", "--login-details", "--yes")
        assert (one.code, one.out) == (0, "1 user is invited\n")
        sent = says("imports", "invite", _ID, "--yes", "--output", "ndjson")
        assert json.loads(sent.out) == {
            "invited": 1,
            "notActive": 1,
            "signedIn": 0,
            "notPermitted": 0,
            "tooSoon": 1,
        }
        rows = [(row["employee_number"], row["mail"]) for row in await post.rows(directory)]
        assert rows == [("1", "login_details"), ("2", "invitation")]
        again = says("imports", "invite", _ID)
        assert again.code == 0
        assert "0 users would be invited" in again.err
        assert "2 users would be left out: such a mail is pending, or was sent" in again.err
        comma = says("users", "invite", "1", "2", "--link", "--yes", "--output", "csv")
        assert comma.out.splitlines()[1] == "0,0,0,0,2"
        gone = says("users", "invite", "1", "99", "--yes")
        assert gone.code != 0
        assert "99" in gone.err
