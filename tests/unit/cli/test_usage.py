"""Wrong usage is reported in one line with the right one, and exit code 2."""

from pathlib import Path

import pytest

from tests.unit.cli.conftest import Type

NOBODY = ("--address", "127.0.0.1:1")


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "staff.csv"
    path.write_text("employee_number,email\n")
    return str(path)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--set", "modus=UPSERT"], "there is no option modus; known: blanks, columns, commit,"),
        (["--set", "blanks=EMPTY"], "blanks is 'EMPTY', but must be one of KEEP, CLEAR"),
        (["--set", "blanks"], "it must be OPTION=VALUE"),
        (["--set", "columns=a"], "columns are given by --column HEADER=FIELD"),
        (["--set", "blanks=KEEP", "--set", "BLANKS=CLEAR"], "blanks is given twice"),
        (["--mode", "upsert", "--set", "mode=UPSERT"], "mode is given twice"),
        (["--report", "-"], "--report needs a file"),
        (["--commit", "never"], "'per-batch', 'whole-file'"),
        (["--first-password", "no"], "'none', 'from-file', 'generate'"),
        (["--notify", "all"], "'nobody', 'welcome-new', 'invite-new', 'login-details'"),
        (["--column", "Badge"], "it must be HEADER=FIELD"),
        (["--column", "A=email", "--column", "A=phone"], "A is given twice"),
        (["--import-id", "7"], "'7' is not a valid UUID"),
        (["--output", "xml"], "'table', 'ndjson', 'csv'"),
        (["--dryrun"], "No such option '--dryrun'"),
    ],
)
def test_a_wrong_option_of_an_import_names_the_right_ones(
    typed: Type, file: str, arguments: list[str], says: str
) -> None:
    said = typed("import", file, *NOBODY, *arguments)
    assert (said.code, said.out) == (2, "")
    assert says in said.err
    assert said.err.count("\n") == 1


def test_a_file_that_cannot_be_read_is_a_usage_error(typed: Type, tmp_path: Path) -> None:
    """It is reported before any server is looked for."""
    missing, folder = typed("import", "nowhere.csv"), typed("import", str(tmp_path))
    assert (missing.code, folder.code) == (2, 2)
    assert "nowhere.csv: No such file or directory" in missing.err
    assert f"{tmp_path} is a directory" in folder.err


def test_without_a_server_it_says_how_to_name_or_start_one(typed: Type, file: str) -> None:
    said = typed("import", file)
    assert said.code == 2
    assert "ROLLBOOK_ADDRESS" in said.err
    assert "rollbook serve --embedded" in said.err


def test_an_address_must_look_like_one(typed: Type) -> None:
    said = typed("roles", "list", "--address", "https://example.com")
    assert said.code == 2
    assert "it must be HOST:PORT or unix:PATH" in said.err


def test_a_token_file_that_is_not_there_is_named(typed: Type) -> None:
    said = typed("roles", "list", *NOBODY, "--token-file", "tokens/mine")
    assert said.code == 2
    assert "tokens/mine cannot be read: No such file" in said.err


def test_an_unknown_command_is_a_usage_error(typed: Type) -> None:
    said = typed("improt")
    assert (said.code, said.err.count("\n")) == (2, 1)


def test_nothing_typed_shows_the_commands(typed: Type) -> None:
    said = typed()
    assert (said.code, said.out) == (2, "")
    assert "import " in said.err


@pytest.mark.parametrize("flag", ["--version", "--help", "-h"])
def test_asking_about_the_command_is_no_error(typed: Type, flag: str) -> None:
    said = typed(flag)
    assert (said.code, said.err) == (0, "")
    assert "rollbook" in said.out


def test_serve_without_a_database_says_which_there_are(
    typed: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ROLLBOOK_DATABASE_URL", raising=False)
    said = typed("serve")
    assert said.code == 2
    assert "ROLLBOOK_DATABASE_URL" in said.err
    assert "--embedded" in said.err


def test_a_wrong_setting_is_named_as_the_operator_set_it(
    typed: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROLLBOOK_BATCH_ROWS", "many")
    said = typed("migrate", "--embedded")
    assert said.code == 2
    assert "ROLLBOOK_BATCH_ROWS" in said.err
