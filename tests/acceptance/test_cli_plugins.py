"""`rollbook plugins new` and `check` as an author runs them, without a server."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.command import Said, environment, rollbook
from tests.plugin import installed

ROOT = Path(__file__).parents[2]


def _plugins(folder: Path, *arguments: str, **given: str) -> Said:
    return rollbook("plugins", *arguments, env=environment(**given), cwd=folder)


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a plugin that was just written."""
    folder = tmp_path_factory.mktemp("authors")
    said = _plugins(folder, "new", "acme-desks")
    assert said.code == 0, said.err
    written = sorted(said.out.split())
    assert written == [
        "acme-desks/.gitignore",
        "acme-desks/README.md",
        "acme-desks/acme_desks.py",
        "acme-desks/pyproject.toml",
        "acme-desks/tests/test_acme_desks.py",
    ]
    assert "cd acme-desks" in said.err
    return folder / "acme-desks"


@pytest.mark.parametrize(
    "tool",
    [
        ("pytest", "-q", "-p", "no:asyncio"),
        ("ruff", "check"),
        ("ruff", "format", "--check"),
        ("mypy",),
    ],
    ids=lambda words: " ".join(words[:2]),
)
@pytest.mark.few(1)
def test_a_new_plugin_passes_its_tests_and_its_linters(acme: Path, tool: tuple[str, ...]) -> None:
    """As it was written, under the rules that it was written with."""
    done = _run(acme, *tool)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("where", "words"),
    [(".", ()), ("..", ("acme-desks",)), (".", ("acme_desks:match_locations",))],
    ids=["here", "a folder", "module:object"],
)
def test_a_plugin_that_is_not_installed_is_checked(
    acme: Path, where: str, words: tuple[str, ...]
) -> None:
    """By this folder, by its own, or by `module:object`, of which a function is none."""
    said = _plugins(acme / where, "check", *words)
    if words[:1] == ("acme_desks:match_locations",):
        assert said.code == 1
        assert "not_a_plugin" in said.out
        return
    assert said.code == 0, said.out + said.err
    assert "acme-desks: conforms" in said.out
    assert "µs a user" in said.out


def test_an_installed_plugin_is_checked_by_its_name(tmp_path: Path) -> None:
    """Also without an argument, if the environment lists it."""
    installed(tmp_path, "demand", "tests.plugin:on_demand")
    path = f"{tmp_path}:{ROOT}"
    named = _plugins(tmp_path, "check", "demand", PYTHONPATH=path)
    listed = _plugins(tmp_path, "check", PYTHONPATH=path, ROLLBOOK_PLUGINS="demand")
    for said in (named, listed):
        assert (said.code, "demand: conforms" in said.out) == (0, True), said.err


def test_what_is_wrong_is_told_with_a_way_out(tmp_path: Path) -> None:
    """P40, P42: code 1, the mistake by name; a thread that was left behind delays nothing."""
    (tmp_path / "odd.py").write_text(
        "import threading\n"
        "from rollbook.hooks import hookimpl\n"
        "class Odd:\n"
        "    @hookimpl\n"
        "    def startup(self): threading.Thread(target=threading.Event().wait).start()\n"
        "    @hookimpl\n"
        "    def map_roles(self, users): return {u.line: u.role.lower() for u in users}\n"
        "odd = Odd()\n"
    )
    said = _plugins(tmp_path, "check", "odd:odd", COLUMNS="200")
    assert said.code == 1
    assert "odd:odd: does not conform" in said.out
    for mistake in ("nonsense", "raises", "left_running"):
        assert mistake in said.out
    assert "(odd.py, line 7)" in said.out


def test_a_plugin_that_cannot_be_imported_is_told_why(tmp_path: Path) -> None:
    """The traceback goes to stderr, so that what is on stdout stays a page."""
    (tmp_path / "odd.py").write_text("raise LookupError('the reason why')\n")
    said = _plugins(tmp_path, "check", "odd:odd")
    assert said.code == 1
    assert "not_importable" in said.out
    assert "the reason why" in said.err
    assert "the reason why" not in said.out


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("check",), "which plugin?"),
        (("check", "."), "no pyproject.toml"),
        (("new", "Acme"), "not a name for a plugin"),
        (("new", "acme_desks"), "not a name for a plugin"),
        (("new", "../acme"), "not a name for a plugin"),
        (("new", "a" * 51), "not a name for a plugin"),
        (("new", "json"), "of Python or Rollbook already"),
        (("new", "class"), "of Python or Rollbook already"),
        (("new", "tests"), "of Python or Rollbook already"),
        (("new", "structlog"), "there is a module structlog already"),
    ],
)
def test_a_wrong_use_is_told_in_a_line(tmp_path: Path, words: tuple[str, ...], why: str) -> None:
    """Exit code 2, and nothing is written."""
    said = _plugins(tmp_path, *words)
    assert said.code == 2
    assert why in said.err
    assert said.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_pyproject_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project\n")
    said = _plugins(tmp_path, "check")
    assert (said.code, said.err.count("\n")) == (2, 1)
    (tmp_path / "pyproject.toml").write_text("project = 3\n")
    assert "which plugin?" in _plugins(tmp_path, "check").err


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """Neither a folder with something in it nor a file; an empty folder is fine."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/notes").write_text("mine")
    for there in ("mine", "mine/notes"):
        said = _plugins(tmp_path, "new", "acme-desks", "--directory", there)
        assert said.code == 2
        assert "exists already" in said.err
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes"]
    (tmp_path / "empty").mkdir()
    assert _plugins(tmp_path, "new", "acme-desks", "--directory", "empty").code == 0
    assert (tmp_path / "empty/acme_desks.py").is_file()
