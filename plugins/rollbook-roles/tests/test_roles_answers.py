"""Tests of the roles that rules give: the first that fits, the default, or silence."""

from pathlib import Path

import pytest

from rollbook.hooks import Code, Directory, Issue, Role, UnknownRole, User
from rollbook_roles import Roles
from rollbook_roles.reading import RulesError, read
from rollbook_roles.rules import COLUMNS, MOST_KNOWN, Rules

MAIN = Directory("main")


def rules(folder: Path, text: str) -> Rules:
    """The rules of a file with that text."""
    path = folder / "roles.toml"
    path.write_text(text)
    return read(path)


def answers(found: Rules, *users: User, directory: str = "main") -> dict[int, object]:
    """Each answer: a role's name, or an issue."""
    said = found.within(directory).answers(users)
    return {
        line: answer.name if isinstance(answer, Role) else answer for line, answer in said.items()
    }


BY_DEPARTMENT = """\
[[rules]]
department = "IT*"
job_title = "*manager*"
give = "admin"
[[rules]]
department = ["IT*", "Engineering"]
give = "Maker"
"""


def test_the_first_rule_that_fits_decides(tmp_path: Path) -> None:
    """All its conditions must hold, of each any pattern; where none fits there is silence."""
    found = rules(tmp_path, BY_DEPARTMENT)
    assert answers(
        found,
        User(2, department="it support", job_title="Manager"),
        User(3, department="IT", job_title="Clerk"),
        User(5, department="engineering"),
        User(6, department="Sales", job_title="manager"),
        User(7, department=""),
        User(8),
    ) == {2: "admin", 3: "Maker", 5: "Maker"}


def test_a_default_is_for_those_of_whom_the_file_says_something(tmp_path: Path) -> None:
    """A file without any column that a rule looks at would otherwise take everybody's role."""
    found = rules(tmp_path, f'default = "Standard"\n{BY_DEPARTMENT}')
    assert answers(
        found,
        User(2, department="Sales"),
        User(3, department=""),
        User(4, role="admin", location="Oslo"),
        User(5, role="admin", job_title="Clerk"),
    ) == {2: "Standard", 3: "Standard", 5: "Standard"}


def test_a_rule_may_be_of_some_directories(tmp_path: Path) -> None:
    """Elsewhere it does not fit; where no rule is for a directory, no default is either."""
    found = rules(
        tmp_path,
        'default = "Standard"\n'
        '[[rules]]\ndirectory = "eu-*"\nrole = "boss"\ngive = "admin"\n'
        '[[rules]]\ndirectory = ["us", "eu-west"]\nrole = "*"\ngive = "Staff"\n',
    )
    boss, clerk = User(2, role="Boss"), User(3, role="Clerk")
    assert answers(found, boss, clerk, directory="eu-west") == {2: "admin", 3: "Staff"}
    assert answers(found, boss, clerk, directory="EU-North") == {2: "admin", 3: "Standard"}
    assert answers(found, boss, clerk, directory="us") == {2: "Staff", 3: "Staff"}
    assert answers(found, boss, clerk, directory="asia") == {}


def test_a_rule_of_a_directory_alone_decides_for_all_in_it(tmp_path: Path) -> None:
    found = rules(tmp_path, '[[rules]]\ndirectory = "sandbox"\ngive = "Guest"\n')
    assert answers(found, User(2), User(3, role="admin"), directory="sandbox") == {
        2: "Guest",
        3: "Guest",
    }


def test_a_rule_may_refuse(tmp_path: Path) -> None:
    """With its sentence, and its number among the facts."""
    found = rules(tmp_path, '[[rules]]\njob_title = "intern"\nrefuse = "No interns."\n')
    assert answers(found, User(2, job_title="Intern")) == {
        2: Issue(Code.INVALID_ROLE, "role", "No interns.", {"rule": "1"})
    }


def test_equal_rows_are_decided_once(tmp_path: Path) -> None:
    """By the columns that the rules look at; what is kept of it over batches has a bound."""
    deciding = rules(tmp_path, BY_DEPARTMENT).within("main")
    same = [User(line, department="IT", role=str(line)) for line in range(2, 100)]
    assert deciding.answers(same) == {user.line: Role("Maker") for user in same}
    assert len(deciding._known) == 1
    others = [User(line, department=str(line)) for line in range(MOST_KNOWN - 1)]
    assert deciding.answers(others) == {}
    assert len(deciding._known) == MOST_KNOWN
    assert deciding.answers([User(1, department="one more")]) == {}
    assert len(deciding._known) == 1
    assert deciding.answers(same[:1]) == {2: Role("Maker")}


def test_the_plugin_reads_the_file_that_the_environment_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When it starts; without one it does not start."""
    plugin = Roles()
    monkeypatch.delenv("ROLLBOOK_ROLES_FILE", raising=False)
    with pytest.raises(RulesError, match="ROLLBOOK_ROLES_FILE is not set"):
        plugin.startup()
    with pytest.raises(RulesError, match="startup was not called"):
        plugin.map_roles([User(2)], MAIN)
    path = tmp_path / "roles.toml"
    path.write_text(BY_DEPARTMENT)
    monkeypatch.setenv("ROLLBOOK_ROLES_FILE", str(path))
    plugin.startup()
    assert plugin.map_roles([User(2, department="IT")], MAIN) == {2: Role("Maker")}


def test_a_role_column_that_is_left_aside_is_not_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the import ignores it, a rule by role does not fit, and others go on."""
    path = tmp_path / "roles.toml"
    path.write_text(
        '[[rules]]\nrole = "boss"\ngive = "admin"\n[[rules]]\nlocation = "*"\ngive = "Staff"\n'
    )
    monkeypatch.setenv("ROLLBOOK_ROLES_FILE", str(path))
    plugin = Roles()
    plugin.startup()
    users = [User(2, role="boss"), User(3, role="boss", location="Oslo")]
    assert plugin.map_roles(users, MAIN) == {2: Role("admin"), 3: Role("admin")}
    ignoring = MAIN._replace(unknown_role=UnknownRole.IGNORE_COLUMN)
    assert plugin.map_roles(users, ignoring) == {3: Role("Staff")}


@pytest.mark.parametrize(
    ("conditions", "columns"),
    [
        (['department = "IT"', 'role = "x"'], ["role", "department"]),
        (['department = "IT"', 'directory = "main"'], ["department"]),
        (['directory = "main"\ndepartment = "IT"'], [*COLUMNS]),
        (['role = "x"'], [*COLUMNS]),
    ],
    ids=["both", "always one", "not in all directories", "roles may be ignored"],
)
def test_answers_depend_on_the_columns_of_the_rules(
    tmp_path: Path, conditions: list[str], columns: list[str]
) -> None:
    """On all of them where it may count which ones the file has."""
    text = "".join(f'[[rules]]\n{each}\ngive = "admin"\n' for each in conditions)
    assert [*rules(tmp_path, text).columns] == columns
