"""The tutorial in `plugins/README.md` works outside a checkout of the tree.

The tutorial's steps are run in order in an environment of their own; then its wheel, and a plugin
that was written otherwise, are installed in another, checked, and asked by a server there.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.acceptance.command import Said
from tests.acceptance.elsewhere import Elsewhere, built
from tests.docs.pages import ROOT

PAGE = ROOT / "plugins/README.md"
_HEADER = "employee_number,email,first_name,last_name,department"
_TOKEN = "a-token-for-this-test-alone"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rollbook's."""
    return built(ROOT, tmp_path_factory.mktemp("wheel"))


def _steps() -> Iterator[tuple[str, str]]:
    """The tutorial's blocks in their order: language, content."""
    tutorial = PAGE.read_text().split("## A tutorial\n")[1].split("\n## ")[0]
    return iter(re.findall(r"^```(\w+)\n(.*?)^```$", tutorial, re.DOTALL | re.MULTILINE))


def _words(text: str) -> str:
    return " ".join(text.split())


class _Reader:
    """A reader who follows the page, in one terminal and a second one."""

    def __init__(self, terminal: Elsewhere, folder: Path, second: ExitStack):
        self._terminal = terminal
        self._second = second
        self.folder = folder
        self._said = Said(0, "", "")

    def follow(self, language: str, content: str) -> None:
        """Type it, write it to its file, or look whether it is on the screen."""
        match language:
            case "sh" if "rollbook serve" in content:
                self._second.close()  # Ctrl-C, where one was running
                serving = self._terminal.serving(content.strip(), cwd=self.folder)
                self._second.enter_context(serving)
            case "sh":
                script = f"{content}\npwd > {self.folder}/../where"
                said = self._terminal.sh(script, cwd=self.folder)
                assert said.code == 0, f"{content}\n{said.out}\n{said.err}"
                self._said = said
                self._follow_cd()
            case "python":
                name = content.splitlines()[0].removeprefix("# ")
                (self.folder / name).write_text(content)
            case "text":
                screen = _words(self._said.out)
                for line in content.splitlines():
                    assert _words(line) in screen, self._said.out
            case _:
                pytest.fail(f"a block of {language}, which nobody would know what to do with")

    def _follow_cd(self) -> None:
        where = self.folder.parent / "where"
        self.folder = Path(where.read_text().strip())
        where.unlink()


@pytest.fixture(scope="module")
def taught(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tutorial's plugin, all of whose steps were taken."""
    terminal = Elsewhere(tmp_path_factory.mktemp("reader"), wheel)
    desk = tmp_path_factory.mktemp("desk")
    here = terminal.sh("python -c 'import rollbook; print(rollbook.__file__)'", cwd=desk)
    assert str(ROOT) not in here.out
    with ExitStack() as second:
        reader = _Reader(terminal, desk, second)
        for language, content in _steps():
            reader.follow(language, content)
    return reader.folder


def _works(elsewhere: Elsewhere, name: str, database_url: str, folder: Path) -> Said:
    """Check an installed plugin, have it asked by a server, and answer what became of two rows."""
    checked = elsewhere.sh(f"rollbook plugins check {name}", cwd=folder)
    assert checked.code == 0, checked.out + checked.err
    (folder / "token").write_text(_TOKEN)
    (folder / "people.csv").write_text(
        f"{_HEADER}\n1,ada@example.com,A,B,IT\n2,bob@example.org,C,D,Sales\n"
    )
    given = {
        "ROLLBOOK_PLUGINS": name,
        "ROLLBOOK_DATABASE_URL": database_url,
        "ROLLBOOK_TOKEN_FILES": f"admin={folder}/token",
    }
    with elsewhere.serving("rollbook serve", cwd=folder, **given) as address:
        directory = name.rpartition("-")[2]
        client = {"ROLLBOOK_ADDRESS": address, "ROLLBOOK_TOKEN_FILE": f"{folder}/token"}
        script = (
            f"rollbook directories add {directory} > made\n"
            f"rollbook import --directory {directory} people.csv || echo 'some rows failed'\n"
            f"rollbook users list --directory {directory}\n"
            "rollbook plugins list"
        )
        said = elsewhere.sh(script, cwd=folder, **client)
    assert said.code == 0, said.out + said.err
    return said


@pytest.mark.timeout(240)
def test_every_step_of_the_tutorial_runs(taught: Path) -> None:
    """In order, with a server of its own; it ends in a plugin and its wheel."""
    assert taught.name == "acme-desks"
    assert "user.email is None or" in (taught / "acme_desks.py").read_text()
    assert [wheel.name for wheel in taught.glob("dist/*")] == ["acme_desks-0.1.0-py3-none-any.whl"]


@pytest.mark.timeout(240)
@pytest.mark.long
def test_the_tutorial_s_plugin_works_where_only_its_wheel_is(
    taught: Path, wheel: Path, database_url: str, tmp_path: Path
) -> None:
    """Checked by its name, loaded by a server and asked; nothing of a checkout is on the path."""
    [ours] = taught.glob("dist/*.whl")
    elsewhere = Elsewhere(tmp_path / "environment", wheel, ours)
    said = _works(elsewhere, "acme-desks", database_url, tmp_path)
    assert "1 created, 0 updated, 0 unchanged, 1 failed" in said.out
    assert "Only addresses of example.com." in _words(said.out)
    assert re.search(r"ada@example.com +.*admin", said.out)
    assert re.search(r"acme-desks +0.1.0 +running", said.out)


@pytest.mark.timeout(240)
def test_a_plugin_that_new_wrote_works_once_it_is_installed(
    wheel: Path, database_url: str, tmp_path: Path
) -> None:
    """From another folder, by pip, without a word of it changed."""
    elsewhere = Elsewhere(tmp_path / "environment", wheel)
    written = elsewhere.sh("rollbook plugins new acme-roles --directory mine", cwd=tmp_path)
    assert written.code == 0, written.err
    assert elsewhere.sh("python -m pytest", cwd=tmp_path / "mine").code == 0
    elsewhere.install(tmp_path / "mine", cwd=tmp_path)
    said = _works(elsewhere, "acme-roles", database_url, tmp_path)
    assert "2 created, 0 updated, 0 unchanged, 0 failed" in said.out
    assert re.search(r"ada@example.com +.*admin", said.out)
    assert re.search(r"bob@example.org +.*Standard", said.out)
    assert re.search(r"acme-roles +0.1.0 +running\b.*\n +map_roles +1 +2 ", said.out)
