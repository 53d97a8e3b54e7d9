"""Pages end with commands, and these do what the page says."""

from pathlib import Path

import pytest

from tests.acceptance.command import HEADER, at, environment, next_steps, rollbook
from tests.environment import Server

_PLACES = "employee_number,first_name,last_name,location,email\n"


@pytest.fixture
def env(server: Server) -> dict[str, str]:
    """Which server, and whose token."""
    return at(server)


def test_failed_rows_are_corrected_by_the_commands_of_the_page(
    env: dict[str, str], directory: str, tmp_path: Path
) -> None:
    """S71, S72: the profile, columns and directory go along; each place is named once."""
    (tmp_path / "staff.csv").write_text(
        _PLACES.replace("email", "Kontakt")
        + "1,Ada,Byron,Head Office,a@example.org\n2,Bob,Hope,head  office,b@example.org\n"
    )
    typed = ("import", "staff.csv", "--profile", "ocasta", "--column", "Kontakt=email")
    said = rollbook(*typed, "--directory", directory, env=env, cwd=tmp_path)
    assert said.code == 1
    add, create, report, again = next_steps(said)
    assert add == ["locations", "add", "Head Office", "--directory", directory]
    assert create[-2:] == ["--set", "unknown_location=CREATE"]
    assert again[:6] == ["import", "failed.csv", "--profile", "ocasta", "--column", "Kontakt=email"]
    for command in (add, report, again):
        done = rollbook(*command, env=env, cwd=tmp_path)
        assert done.code == 0, done.err
    assert "2: 2 created" in done.out
    assert next_steps(done) == []


@pytest.mark.parametrize("shown", [False, True], ids=["import", "imports show"])
def test_who_was_imported_silently_is_invited_by_the_command_of_the_page(
    env: dict[str, str], directory: str, tmp_path: Path, shown: bool
) -> None:
    """S55: with generated passwords, of which nobody was mailed one; here nobody sends mail."""
    (tmp_path / "staff.csv").write_text(
        "Username,First name,Last name,Email\nhs,Hana,Sato,hana@example.org\n"
    )
    where = ("--directory", directory)
    typed = ("import", "staff.csv", "--profile", "claromentis", *where)
    page = rollbook(*typed, env=env, cwd=tmp_path)
    (invite,) = next_steps(page)
    if shown:
        assert next_steps(rollbook("imports", "show", invite[2], *where, env=env)) == [invite]
    assert (invite[:2], invite[3:]) == (["imports", "invite"], [*where])
    said = rollbook(*invite, "--yes", env=env)
    assert "ROLLBOOK_CREDENTIAL_SENDER" in said.err
    again = rollbook(*typed, env=env, cwd=tmp_path)
    assert next_steps(again) == []  # it has made nobody


@pytest.mark.parametrize("shown", [False, True], ids=["preview", "imports show"])
def test_a_preview_is_applied_by_the_command_of_its_page(
    env: dict[str, str], directory: str, tmp_path: Path, shown: bool
) -> None:
    """Also by that of `imports show`; one of whose rows none is right has nothing to apply."""
    file = tmp_path / "staff.csv"
    where = ("--directory", directory)
    file.write_text(f"{HEADER}\n1,wrong,Ada,Byron\n")
    nothing = rollbook("import", str(file), "--dry-run", *where, env=env)
    assert [command[:2] for command in next_steps(nothing)] == [
        ["imports", "report"],
        ["import", "failed.csv"],
    ]
    file.write_text(f"{HEADER}\n1,a@example.org,Ada,Byron\n2,wrong,Ada,Byron\n")
    page = rollbook("import", str(file), "--dry-run", *where, env=env)
    report, corrected, apply = next_steps(page)
    assert "--dry-run" in corrected
    if shown:
        page = rollbook("imports", "show", apply[2], *where, env=env)
        assert next_steps(page) == [report, corrected, apply]
    applied = rollbook(*apply, env=env)
    assert applied.code == 1
    assert "2: 1 created, 0 updated, 0 unchanged, 1 failed" in applied.out
    assert next_steps(applied)[1] == ["import", "failed.csv", *where]
    assert "nothing was written" not in applied.out


@pytest.mark.parametrize("shown", [False, True], ids=["import", "imports show"])
@pytest.mark.parametrize("commit", ["per-batch", "whole-file"])
def test_a_file_that_stopped_is_sent_whole(
    env: dict[str, str], directory: str, tmp_path: Path, commit: str, shown: bool
) -> None:
    """Its failed rows alone would leave out those that were never applied."""
    file = tmp_path / "staff.csv"
    rows = "1,a@example.org,Ada,Byron\n2,{},Bob,Hope\n3,c@example.org,Cy,Young\n"
    file.write_text(f"{HEADER}\n" + rows.format("wrong"))
    options = ("--commit", commit, "--set", "max_failed_rows=0", "--directory", directory)
    page = rollbook("import", str(file), *options, env=env)
    assert page.code == 6
    (again,) = next_steps(page)
    if shown:
        identity = page.out.split(" id ")[1].split()[0]
        page = rollbook("imports", "show", identity, "--directory", directory, env=env)
        assert "with the same options" in " ".join(page.out.split())
        assert next_steps(page) == [["import", "FILE", "--directory", directory]]
    file.write_text(f"{HEADER}\n" + rows.format("b@example.org"))
    done = rollbook(*again, env=env)
    assert done.code == 0
    assert "rows     3: " in done.out


def test_an_import_that_waits_is_approved_by_the_commands_of_its_page(
    env: dict[str, str], server: Server, directory: str, tmp_path: Path
) -> None:
    """Count and limit are told; a token is made by whoever made that of the one who imports."""
    where = ("--directory", directory)

    def token(name: str, *scopes: str) -> dict[str, str]:
        made = ("tokens", "create", f"{directory}-{name}", "--write-token", str(tmp_path / name))
        options = [word for scope in scopes for word in ("--scope", scope)]
        assert rollbook(*made, *options, *where, env=env).code == 0
        return environment(
            ROLLBOOK_ADDRESS=server.address, ROLLBOOK_TOKEN_FILE=str(tmp_path / name)
        )

    mine = token("hr", "imports:write", "imports:read")
    file = tmp_path / "staff.csv"
    rows = [f"{number},u{number}@example.org,Ada,Byron" for number in range(120)]
    file.write_text("\n".join([HEADER, *rows, ""]))
    sync = ("import", str(file), "--full-sync", *where)
    assert rollbook(*sync, env=mine).code == 0
    file.write_text("\n".join([HEADER, *rows[:90], ""]))
    waiting = rollbook(*sync, env=mine)
    assert waiting.code == 6
    assert "would suspend 30 users; the directory's safeguard allows 24" in waiting.err
    assert "AWAITING_APPROVAL" in waiting.out
    assert "nothing was written" in waiting.out
    assert "30 will be suspended" in " ".join(waiting.out.split())
    create, approve, apply = next_steps(waiting)
    shown = rollbook("imports", "show", approve[2], *where, env=mine)
    assert next_steps(shown) == [create, approve, apply]
    scopes = [word for word in create if word.startswith("imports:")]
    theirs = token("lead", *scopes)
    approved = rollbook(*approve, env=theirs)
    assert approved.code == 0, approved.err
    assert next_steps(approved) == [apply]
    assert rollbook(*apply, env=mine).code == 0


def test_the_options_of_a_connection_that_were_typed_are_repeated(
    server: Server, directory: str, tmp_path: Path
) -> None:
    """So that the command of the page finds the server, too."""
    file = tmp_path / "staff.csv"
    file.write_text(f"{HEADER}\n1,a@example.org,Ada,Byron\n")
    typed = ("--address", server.address, "--token-file", str(server.token_file))
    said = rollbook(
        *(*typed, "import", str(file), "--dry-run", "--directory", directory), env=environment()
    )
    [apply] = next_steps(said)
    assert rollbook(*apply, env=environment()).code == 0
