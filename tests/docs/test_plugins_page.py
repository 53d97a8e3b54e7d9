"""`plugins/README.md` agrees with the hooks, and its plugin works as printed."""

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from rollbook import testing
from rollbook.cli.plugins.commands import plugins
from rollbook.hooks import (
    FOR_AUTHORS,
    Code,
    Directory,
    Issue,
    Later,
    Notice,
    Place,
    Plugins,
    Role,
    Sent,
    Undeliverable,
    User,
    specs,
)
from rollbook.hooks.validate_answer import NOT_FOR_PLUGINS
from rollbook.settings import Settings
from rollbook.testing.report import WARNINGS, Mistake
from tests.docs.pages import ROOT, between, blocks, table

PAGE = ROOT / "plugins/README.md"


def arguments(hook: str) -> list[str]:
    """The arguments that the hook gives."""
    return list(inspect.signature(getattr(specs, hook)).parameters)


def test_every_hook_stands_there_with_its_arguments() -> None:
    """Each, in the order of the code, and no other."""
    listed = PAGE.read_text().split("\n## The hooks\n")[1].split("\n## ")[0]
    told = re.findall(r"^\| `(\w+\([\w, ]*\))` \|", listed, re.MULTILINE)
    assert told == [f"{hook}({', '.join(arguments(hook))})" for hook in specs.HOOKS]


def test_what_a_user_is_shown_with_stands_there() -> None:
    """Those that are no text of the row."""
    for field in ("line", "attributes", "current"):
        assert field in User._fields
        assert f"`{field}`" in PAGE.read_text()


def test_what_the_directory_is_shown_with_stands_there() -> None:
    for field in (*Directory._fields, *Place._fields):
        assert f"`{field}`" in PAGE.read_text()


def test_what_a_notice_is_shown_with_stands_there() -> None:
    """All the fields of a notice, and each answer with its own."""
    page = PAGE.read_text()
    for field in Notice._fields:
        assert f"`{field}`" in page
    for answer in (Sent, Later, Undeliverable):
        assert f"`{answer.__name__}({', '.join(inspect.signature(answer).parameters)})`" in page


def test_what_a_plugin_may_import_stands_there() -> None:
    """All the names, in the order of the code."""
    assert tuple(re.findall(r"`(\w+)`", between(PAGE, "names"))) == FOR_AUTHORS


def test_every_mistake_stands_there() -> None:
    """In the order of the code; a warning is called one."""
    kit = PAGE.read_text().split("## The kit")[1].split("\n## ")[0]
    told = [cells[0] for cells in table(kit)]
    assert re.findall(r"`(\w+)`", " ".join(told)) == list(Mistake)
    warnings = {
        name for cell in told if "(warning)" in cell for name in re.findall(r"`(\w+)`", cell)
    }
    assert warnings == WARNINGS


def test_what_the_kit_offers_stands_there() -> None:
    """Each name of `rollbook.testing`, and the arguments of what asks."""
    kit = PAGE.read_text().split("## The kit")[1]
    for name in testing.__all__:
        assert name in kit or name == "Mistake", name
    assert set(re.findall(r"`(\w+)=`", kit)) | {"timeout"} == {
        *inspect.signature(testing.check).parameters
    } - {"plugin"}


def test_every_command_for_authors_stands_there() -> None:
    for name in plugins.commands:
        assert f"rollbook plugins {name}" in PAGE.read_text()


def test_every_setting_of_plugins_stands_there() -> None:
    text = PAGE.read_text()
    for name in Settings.model_fields:
        if "plugin" in name:
            assert f"ROLLBOOK_{name.upper()}" in text, name


def test_what_a_plugin_may_not_say_stands_there() -> None:
    """The codes that are the service's alone, in the order of the code; those of failures first."""
    listed = re.findall(r"`(\w+)`", between(PAGE, "codes"))
    assert listed == [code for code in Code if code in NOT_FOR_PLUGINS]


def test_every_setting_named_exists() -> None:
    named = set(re.findall(r"ROLLBOOK_([A-Z_]+)", PAGE.read_text()))
    assert {name.lower() for name in named} - set(Settings.model_fields) == set()


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType | None]:
    """The plugin in one file, as the file that its first line names."""
    name = "acme.py"
    (code,) = [code for code in blocks(PAGE, "python") if code.startswith(f"# {name}\n")]
    (tmp_path / name).write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    yield None
    sys.modules.pop(Path(name).stem, None)


@pytest.mark.usefixtures("written")
async def test_the_plugin_on_the_page_answers() -> None:
    """Loaded by the name that the page's command gives, asked, and judged."""
    name = re.findall(r"ROLLBOOK_PLUGINS=(\w+:\w+)", PAGE.read_text())[0]
    asking = Plugins.load([name], Settings()).dispatcher()
    users = [
        User(line=2, email="a@example.com", department="IT"),
        User(line=3, email="b@x.org", department="Sales"),
        User(line=4),
    ]
    roles = await asking.map_roles(users)
    assert (roles.answers, roles.failed) == ({2: Role("admin")}, {})
    objections = await asking.check_users(users)
    assert objections.failed == {}
    assert {line: [issue.code for issue in some] for line, some in objections.answers.items()} == {
        3: ["invalid_email"]
    }
    assert all(isinstance(issue, Issue) for some in objections.answers.values() for issue in some)
