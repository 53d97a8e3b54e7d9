"""Tests of the command, which explains a row and checks a file of rules."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rollbook.hooks import Role, User
from rollbook_roles.commands import main
from rollbook_roles.reading import read

PAGE = (Path(__file__).parents[1] / "README.md").read_text()
RULES = """\
default = "Standard"
[[rules]]
directory = "test-*"
give = "Guest"
[[rules]]
department = ["IT", "Engineering*"]
job_title = "*manager*"
give = "admin"
[[rules]]
job_title = "intern"
refuse = "Interns get no account."
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of rules."""
    path = tmp_path / "roles.toml"
    path.write_text(RULES)
    return path


def run(*words: str | Path) -> Result:
    """The command, with those words."""
    return CliRunner().invoke(main, [str(word) for word in words])


def explained(file: Path, *words: str) -> list[str]:
    """What `explain` prints."""
    ended = run("explain", "--file", file, *words)
    assert ended.exit_code == 0
    return ended.output.splitlines()


NOT_TESTING = 'rule 1 (line 2) does not: directory "main" is not like "test-*"'


def test_it_says_which_rule_decides_and_why_no_earlier_one_does(file: Path) -> None:
    """A line a rule, up to the one that fits, and the role."""
    assert explained(file, "--department", "Engineering  South", "--job-title", "Manager") == [
        NOT_TESTING,
        'rule 2 (line 5) fits: department "engineering south", job_title "manager"',
        "role: admin",
    ]
    assert explained(file, "--job-title", "Intern") == [
        NOT_TESTING,
        'rule 2 (line 5) does not: the file has no department, wanted "IT" or "Engineering*"',
        'rule 3 (line 9) fits: job_title "intern"',
        "refused: Interns get no account.",
    ]
    assert explained(file, "--directory", "test-1") == [
        'rule 1 (line 2) fits: directory "test-1"',
        "role: Guest",
    ]


def test_it_says_what_becomes_of_a_row_that_no_rule_fits(file: Path) -> None:
    """The default, or why it does not count."""
    assert explained(file, "--department", "IT", "--job-title", "")[1:] == [
        'rule 2 (line 5) does not: job_title "" is not like "*manager*"',
        'rule 3 (line 9) does not: job_title "" is not like "intern"',
        "no rule fits: the default counts",
        "role: Standard",
    ]
    silence = "silence: the next plugin is asked, then the directory"
    assert explained(file, "--role", "admin")[-2:] == [
        "the file has no column that a rule looks at, so the default does not count",
        silence,
    ]
    file.write_text(RULES.removeprefix('default = "Standard"\n'))
    assert explained(file, "--department", "x")[-2:] == [
        "no rule fits, and there is no default",
        silence,
    ]
    file.write_text('default = "x"\n[[rules]]\ndirectory = "y"\ngive = "z"\n')
    assert explained(file)[-2:] == [
        "no rule is for this directory, so the default does not count",
        silence,
    ]


@pytest.mark.parametrize(
    ("words", "user"),
    [
        ([], User(1)),
        (["--department", "x"], User(1, department="x")),
        (["--job-title", "intern"], User(1, job_title="intern")),
        (["--role", "", "--location", "y"], User(1, role="", location="y")),
    ],
)
def test_it_says_what_the_plugin_would_answer(file: Path, words: list[str], user: User) -> None:
    """The last line agrees with the plugin's answer."""
    answer = read(file).within("main").answers([user]).get(1)
    last = explained(file, *words)[-1]
    if answer is None:
        assert last.startswith("silence")
    else:
        assert last == (
            f"role: {answer.name}" if isinstance(answer, Role) else f"refused: {answer.message}"
        )


def test_a_file_is_checked(file: Path) -> None:
    """Fine, or the sentence that the service would not start with."""
    assert run("check", file).output == f"{file} is fine: 3 rules, the default Standard\n"
    file.write_text("[[rules]]\n")
    ended = run("check", file)
    assert ended.exit_code == 1
    assert ended.output == f"Error: {file}, rule 1 needs one of give and refuse.\n"


def test_the_environment_names_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it does for the plugin, where the command line does not."""
    monkeypatch.setenv("ROLLBOOK_ROLES_FILE", str(file))
    assert run("explain", "--directory", "test-1").output.endswith("role: Guest\n")
    monkeypatch.delenv("ROLLBOOK_ROLES_FILE")
    assert "ROLLBOOK_ROLES_FILE is not set" in run("explain").output


def test_the_page_shows_what_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its file is a file of rules, and each command on it prints what stands below it."""
    monkeypatch.chdir(tmp_path)
    [rules] = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    Path("roles.toml").write_text(rules)
    shown = re.findall(r"^\$ rollbook-roles (.*)\n((?:[^$`].*\n)+)", PAGE, re.MULTILINE)
    assert shown
    for words, output in shown:
        assert run(*shlex.split(words)).output == output
