"""Draws each mail, narrow and wide, light and dark, as a picture of the plugin's page.

    python plugins/rollbook-mail/tests/pictures.py

Needs chromium, and makes smaller files with pngquant (`apt-get install chromium pngquant`).
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rollbook_mail.letters import Letters
from rollbook_mail.purposes import PURPOSES
from rollbook_mail.samples import SAMPLE, sample_credential
from rollbook_mail.settings import MailSettings

_DOCS = Path(__file__).parents[1] / "docs"
_WIDTHS = (360, 640)
_HEIGHT = 900
_QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


def _sheet() -> str:
    """One page with four frames of the mail: light above dark."""
    frames = "".join(
        f'<iframe style="width:{width}px;height:{_HEIGHT}px;border:0;color-scheme:{scheme}"'
        f' src="{scheme}.html"></iframe>'
        for scheme in ("light", "dark")
        for width in _WIDTHS
    )
    return f'<body style="margin:0;font-size:0;width:{sum(_WIDTHS)}px">{frames}</body>'


def _scheme(page: str, scheme: str) -> str:
    """The mail as a reader with that colour scheme sees it."""
    query = "(prefers-color-scheme: dark)"
    return page.replace(query, "all" if scheme == "dark" else "not all")


def draw(chromium: str) -> None:
    """Write `docs/NAME.png` of each mail."""
    settings = MailSettings.read(
        host="localhost",
        tls="off-in-clear-text",
        sender="a@example.org",
        reply_to="hr@acme.example",
    )
    letters = Letters(settings)
    _DOCS.mkdir(exist_ok=True)
    for mail, purpose in PURPOSES.items():
        notice = SAMPLE._replace(mail=mail)
        page = letters.write(notice, sample_credential(notice)).html
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for scheme in ("light", "dark"):
                (folder / f"{scheme}.html").write_text(_scheme(page, scheme))
            (folder / "sheet.html").write_text(_sheet())
            picture = _DOCS / f"{purpose}.png"
            subprocess.run(
                [
                    *(chromium, *_QUIET, f"--user-data-dir={folder / 'profile'}"),
                    f"--window-size={sum(_WIDTHS)},{2 * _HEIGHT}",
                    f"--screenshot={picture}",
                    (folder / "sheet.html").as_uri(),
                ],
                check=True,
                capture_output=True,
                timeout=120,
            )
            if pngquant := shutil.which("pngquant"):  # a quarter of the size
                command = [pngquant, "--force", "--ext", ".png", "--skip-if-larger", "32"]
                subprocess.run([*command, picture], check=False, capture_output=True, timeout=60)
            sys.stdout.write(f"{picture}: {picture.stat().st_size // 1024} kB\n")


if __name__ == "__main__":
    found = shutil.which("chromium")
    if found is None:
        sys.exit("chromium is not there: apt-get install chromium")
    draw(found)
