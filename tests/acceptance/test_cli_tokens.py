"""The commands for tokens; a token is written only to a file that only its owner reads."""

import json
from pathlib import Path

from tests.acceptance.command import at, rollbook
from tests.environment import Server

_CREATE = ("tokens", "create", "hr", "--scope", "server:read", "--all-directories")


def test_a_token_is_written_to_a_new_file_of_its_owner(server: Server, tmp_path: Path) -> None:
    """Mode 0600 whatever the umask; stdout stays empty; the file opens the server."""
    path = tmp_path / "hr.token"
    made = rollbook(*_CREATE, "--write-token", str(path), env=at(server))
    assert (made.code, made.out) == (0, "")
    assert path.stat().st_mode & 0o777 == 0o600
    token = path.read_text()
    assert token.startswith("rollbook_")
    assert token.strip() not in made.err
    listed = rollbook("plugins", "list", env={**at(server), "ROLLBOOK_TOKEN_FILE": str(path)})
    assert listed.code == 0, listed.err


def test_a_token_overwrites_no_file_and_leaves_none_behind(server: Server, tmp_path: Path) -> None:
    """Neither a file nor the target of a link; if the server refuses, the new file is removed."""
    other = tmp_path / "other"
    other.write_text("mine")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "nothing")
    for taken in (other, link):
        refused = rollbook(*_CREATE, "--write-token", str(taken), env=at(server))
        assert refused.code == 2
        assert "exists" in refused.err
    assert other.read_text() == "mine"
    assert not (tmp_path / "nothing").exists()
    new = tmp_path / "new"
    wrong = ("tokens", "create", "hr", "--scope", "no:such", "--all-directories")
    assert rollbook(*wrong, "--write-token", str(new), env=at(server)).code == 2
    assert not new.exists()


def test_whoami(server: Server) -> None:
    """Whose the token is, and what it opens."""
    shown = rollbook("whoami", "--output", "ndjson", env=at(server))
    assert shown.code == 0, shown.err
    found = json.loads(shown.out)
    assert "tokens:write" in found["scopes"]
    assert found["allDirectories"]
