"""Installs Rollbook from its wheel into a new Python environment.

The locked packages are on its path, the tree is not, so that what works there needs no checkout.
"""

import os
import re
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.acceptance.command import Said, environment

ROOT = Path(__file__).parents[2]
# Nothing is fetched: what would be is on the path already.
_OFFLINE = {
    "PIP_NO_INDEX": "1",
    "PIP_NO_DEPS": "1",
    "PIP_NO_BUILD_ISOLATION": "0",  # pip's spelling of: without isolation
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_ROOT_USER_ACTION": "ignore",
}


def built(source: Path, into: Path) -> Path:
    """The wheel of what is in a folder."""
    words = ("-m", "pip", "wheel", "--quiet", "--wheel-dir", str(into), str(source))
    done = subprocess.run(
        [sys.executable, *words], env=os.environ | _OFFLINE, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    [wheel] = into.glob("*.whl")
    return wheel


class Elsewhere:
    """An environment in `folder`; commands are run in it from any other folder."""

    def __init__(self, folder: Path, *wheels: Path):
        self.bin = folder / "bin"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        [packages] = folder.glob("lib/python*/site-packages")
        # The .pth files over there, such as that of the checkout, are not read from here.
        (packages / "locked.pth").write_text(sysconfig.get_path("purelib") + "\n")
        self.install(*wheels, cwd=folder)

    def environment(self, **given: str) -> dict[str, str]:
        """The shell's environment with this one activated."""
        kept = environment(**_OFFLINE, **given)
        kept.pop("PYTHONPATH", None)
        return kept | {"PATH": f"{self.bin}:{kept['PATH']}", "COLUMNS": "100"}

    def install(self, *what: Path, cwd: Path) -> None:
        """Install wheels, or folders, over whatever is on the path."""
        words = " ".join(map(str, what))
        said = self.sh(f"python -m pip install --quiet --ignore-installed {words}", cwd=cwd)
        assert said.code == 0, said.err

    def sh(self, script: str, *, cwd: Path, **given: str) -> Said:
        """Run a script to its end; it ends at the first command that fails."""
        done = subprocess.run(
            ["bash", "-ec", script],
            cwd=cwd,
            env=self.environment(**given),
            capture_output=True,
            text=True,
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    @contextmanager
    def serving(self, script: str, *, cwd: Path, **given: str) -> Iterator[str]:
        """Run a script that serves, on a free port, until it is left; answers the address.

        Raises:
            AssertionError: it did not print that it listens; shows its output.
        """
        process = subprocess.Popen(
            ["bash", "-ec", f"exec env {script}"],
            cwd=cwd,
            env=self.environment(ROLLBOOK_LISTEN="127.0.0.1:0", **given),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout
        assert process.stderr
        log: list[str] = []
        reading = threading.Thread(target=log.extend, args=(process.stderr,))
        reading.start()
        try:
            said = re.match(r"listening on (\S+)", process.stdout.readline())
            assert said, f"{script}: it does not listen"
            yield said[1]
        finally:
            process.terminate()
            process.wait(20)
            reading.join(10)
            process.stdout.close()
            process.stderr.close()
