"""The operator's page lists every setting as `rollbook.settings.Settings` has it.

`python -m tests.docs.test_settings` writes the table into the page.
"""

import re
from pathlib import Path

import yaml

from rollbook.settings import COMMAND_VARIABLES, Settings
from rollbook.settings.limits import Limits
from tests.docs.pages import ROOT, between, table

PAGE = ROOT / "deploy/README.md"
LIMITS = Limits.model_fields
HEAD = "| setting | default | what |\n|---|---|---|\n"


def shown(default: object) -> str:
    """A default as an operator would write it into the environment."""
    match default:
        case None | "":
            return "–"
        case bool():
            return f"`{str(default).lower()}`"
        case float():
            return f"`{default:g}`"
        case _:
            return f"`{default}`"


def rows() -> list[list[str]]:
    """The table as it must be, one row a setting, in the order of the class; limits come last."""
    fields = sorted(Settings.model_fields.items(), key=lambda named: named[0] in LIMITS)
    return [
        [f"`ROLLBOOK_{name.upper()}`", shown(field.default), " ".join(text.split())]
        for name, field in fields
        if (text := field.description) is not None
    ]


def write(page: Path) -> None:
    """Bring the page's table up to date."""
    lines = "".join(f"| {' | '.join(row)} |\n" for row in rows())
    before, rest = page.read_text().split("<!-- settings:begin -->")
    after = rest.split("<!-- settings:end -->")[1]
    page.write_text(f"{before}<!-- settings:begin -->\n{HEAD}{lines}<!-- settings:end -->{after}")


def test_every_setting_stands_there_as_it_is() -> None:
    """Name, default and text; `python -m tests.docs.test_settings` writes them."""
    assert table(between(PAGE, "settings")) == rows()


def test_every_setting_says_what_it_is() -> None:
    silent = [name for name, field in Settings.model_fields.items() if not field.description]
    assert silent == []


def test_every_setting_named_elsewhere_exists() -> None:
    """On the pages, and in what starts a server: some belong to the client."""
    known = {f"ROLLBOOK_{name.upper()}" for name in Settings.model_fields}
    known |= set(COMMAND_VARIABLES)
    for place in [*(ROOT / "deploy").glob("*"), *ROOT.glob("*/README.md"), ROOT / "README.md"]:
        if place.is_file():
            named = set(re.findall(r"ROLLBOOK_[A-Z_]+", place.read_text()))
            assert named - known == set(), place


def test_what_compose_sets_is_a_setting() -> None:
    """A misspelt one would be ignored, and the server start without it."""
    services = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())["services"]
    for name in ("migrate", "server"):
        given = services[name]["environment"]
        assert {key.removeprefix("ROLLBOOK_").lower() for key in given} <= set(
            Settings.model_fields
        )
        assert given["ROLLBOOK_TOKEN_FILES"] == "admin=/run/secrets/admin_token"


def test_what_compose_adds_for_tls_is_a_setting() -> None:
    """It also withdraws the permission of clear text."""
    text = (ROOT / "deploy/compose.tls.yaml").read_text().replace("!override", "")
    given = yaml.safe_load(text)["services"]["server"]["environment"]
    assert set(given) == {
        "ROLLBOOK_TLS_CERTIFICATE",
        "ROLLBOOK_TLS_KEY",
        "ROLLBOOK_ALLOW_PLAINTEXT",
    }
    assert given["ROLLBOOK_ALLOW_PLAINTEXT"] == "false"


if __name__ == "__main__":
    write(PAGE)
