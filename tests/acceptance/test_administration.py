"""The administrator's page: every command on it prints what stands there.

`python -m tests.acceptance.test_administration` writes what is printed now into the page.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.acceptance.command import embedded, environment
from tests.docs.pages import ROOT

PAGE = ROOT / "deploy/administration.md"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIMES = (
    (re.compile(r"\bin \d+\.\d s\b"), "in 0.1 s"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"), "2026-01-31 09:30:00"),
)
_MAILING = {
    "ROLLBOOK_PLUGINS": "rollbook-mail",
    "ROLLBOOK_CREDENTIAL_SENDER": "rollbook-mail",
    "ROLLBOOK_PUBLIC_URL": "https://people.example.org",
    "ROLLBOOK_MAIL_HOST": "127.0.0.1",
    "ROLLBOOK_MAIL_PORT": "9",  # nobody listens: the mails wait
    "ROLLBOOK_MAIL_FROM": "accounts@example.org",
}


class _Reader:
    """An administrator who types what the page says, in a folder with a server."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._env = environment()
        self._env["PATH"] = f"{Path(sys.executable).parent}:{self._env['PATH']}"
        self._exports = ""
        self._ids: dict[str, str] = {}
        self._printed = ""

    def follow(self, page: str) -> str:
        """The page with what is printed now; ids and times are as on the page."""
        parts, at = [], 0
        for block in _BLOCK.finditer(page):
            parts.append(page[at : block.start()])
            parts.append(f"```{block[1]}\n{self._block(block[1], block[2], parts[-1])}```")
            at = block.end()
        return "".join([*parts, page[at:]])

    def _block(self, language: str, content: str, prose: str) -> str:
        match language:
            case "sh":
                self._run(content)
            case "csv":  # the file that was named last
                (self._folder / re.findall(r"`(\w+\.csv)`", prose)[-1]).write_text(content)
            case "text":
                return self._printed
            case _:
                raise AssertionError(f"a block of {language}, and nobody knows what to do with it")
        return content

    def _run(self, script: str) -> None:
        for real, shown in self._ids.items():
            script = script.replace(shown, real)
        done = subprocess.run(
            ["bash", "-c", self._exports + script],
            cwd=self._folder,
            env=self._env,
            capture_output=True,
            check=False,
        )
        assert (done.returncode in {0, 1}, done.stderr.decode()) == (True, ""), script
        self._exports += "".join(re.findall(r"^export .*\n", script, re.MULTILINE))
        self._printed = self._shown(done.stdout.decode())

    def _shown(self, printed: str) -> str:
        for real in _ID.findall(printed):
            self._ids.setdefault(real, f"00000000-0000-4000-8000-{len(self._ids) + 1:012}")
        for real, shown in self._ids.items():
            printed = printed.replace(real, shown)
        for times, shown in _TIMES:
            printed = times.sub(shown, printed)
        return printed.lstrip("\n")


def _followed(folder: Path) -> str:
    with embedded(folder, **_MAILING):
        return _Reader(folder).follow(PAGE.read_text("utf-8"))


def test_every_command_of_the_administrator_s_page_prints_what_stands_there(
    tmp_path: Path,
) -> None:
    """S58, S70, S71, S72: from a file with errors to people who are invited, at 80 columns."""
    assert _followed(tmp_path) == PAGE.read_text("utf-8")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as _folder:
        PAGE.write_text(_followed(Path(_folder)), "utf-8")
