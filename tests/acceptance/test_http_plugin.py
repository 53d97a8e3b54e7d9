"""The plugin of `plugins/README.md` that asks a service over HTTP, beside such a service."""

import csv
import io
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import uuid4

import pytest

from tests.acceptance.command import Said, at, environment, rollbook
from tests.docs.pages import ROOT, blocks
from tests.environment import Server, serving

PAGE = ROOT / "plugins/README.md"
_NAME = "acme_cost_centres:cost_centres"
_KNOWN = {"K1": "Lisbon", "K2": "Oslo"}


class _Service:
    """Knows two cost centres; fails, or says nothing, while it is told to. Keeps what it was asked.

    Each test has its own.
    """

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.fails = False
        self.silent = False
        self.address = ""
        self.ended = threading.Event()


@pytest.fixture
def service() -> Iterator[_Service]:
    state = _Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            names = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            state.asked.append(names)
            if state.silent:
                state.ended.wait(30)
                return
            answer = json.dumps({name: _KNOWN.get(name) for name in names}).encode()
            self.send_response(500 if state.fails else 200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        state.address = f"http://127.0.0.1:{listening.server_port}/"
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield state
        state.ended.set()
        listening.shutdown()
        thread.join()


@pytest.fixture
def folder(tmp_path: Path, service: _Service, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the plugin as its page shows it, which a server will find."""
    (code,) = [code for code in blocks(PAGE, "python") if code.startswith("# acme_cost_centres.py")]
    (tmp_path / "acme_cost_centres.py").write_text(code)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{ROOT}")
    monkeypatch.setenv("ACME_COST_CENTRES", service.address)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return tmp_path


@contextmanager
def _running(url: str, folder: Path) -> Iterator["_Reader"]:
    with serving(url, folder, plugins=_NAME, batch_rows=2) as server:
        yield _Reader(server, folder)


class _Reader:
    """A reader of the page, at a server with the plugin and a directory of two locations."""

    def __init__(self, server: Server, folder: Path):
        self._environment = at(server)
        self._file = folder / "people.csv"
        self.directory = f"d-{uuid4().hex[:12]}"
        self.run("directories", "add", self.directory)
        for place in _KNOWN.values():
            self.run("locations", "add", place, "--directory", self.directory)

    def run(self, *words: str, code: int = 0) -> Said:
        said = rollbook(*words, env=self._environment)
        assert said.code == code, said.err
        return said

    def imports(self, *cost_centres: str, code: int = 0) -> Said:
        """Import a user of each cost centre, with the option that the page gives."""
        lines = [
            f"{n},u{n}@example.org,Ada,Byron,{name}\n" for n, name in enumerate(cost_centres, 1)
        ]
        header = "employee_number,email,first_name,last_name,cost_centre\n"
        self._file.write_text("".join([header, *lines]))
        option = "cost_centre=attributes.cost_centre"
        assert f"--column {option}" in PAGE.read_text()
        words = ("import", str(self._file), "--directory", self.directory, "--column", option)
        return self.run(*words, code=code)

    def at(self, place: str) -> list[str]:
        """The numbers of the users there."""
        words = ("--directory", self.directory, "--location", place, "--output", "csv")
        found = csv.DictReader(io.StringIO(self.run("users", "list", *words).out))
        return sorted(user["employeeNumber"] for user in found)


def test_a_batch_costs_one_request_and_what_is_known_none(
    database_url: str, folder: Path, service: _Service
) -> None:
    """Each cost centre is asked about once, also one that is not there; blanks never."""
    with _running(database_url, folder) as reader:
        said = reader.imports("K1", "K2", "K1", "", "K2", "K9", "K9", code=1)
        assert "There is no cost centre K9." in said.out
        assert service.asked == [["K1", "K2"], ["K9"]]
        assert (reader.at("Lisbon"), reader.at("Oslo")) == (["1", "3"], ["2", "5"])
        reader.imports("K1", "K2", "K1")
        assert len(service.asked) == 2, "what was asked in the first import is known"


@pytest.mark.parametrize("fault", ["fails", "silent"])
@pytest.mark.few(1)
def test_rows_wait_while_the_service_does_not_answer(
    database_url: str, folder: Path, service: _Service, fault: str
) -> None:
    """They are refused, not guessed; later the same file is imported."""
    plugin = folder / "acme_cost_centres.py"
    written = plugin.read_text()
    plugin.write_text(written.replace("TIMEOUT = 3.0", "TIMEOUT = 0.2"))
    assert plugin.read_text() != written
    with _running(database_url, folder) as reader:
        setattr(service, fault, True)
        said = reader.imports("K1", code=1)
        assert "plugin_error" in said.out
        assert reader.at("Lisbon") == []
        setattr(service, fault, False)
        reader.imports("K1")
        assert reader.at("Lisbon") == ["1"]


def test_the_kit_finds_nothing_and_tells_how_long_a_call_takes(
    folder: Path, service: _Service
) -> None:
    said = rollbook("plugins", "check", _NAME, env=environment(COLUMNS="160"), cwd=folder)
    assert said.code == 0, said.out + said.err
    assert f"{_NAME}: conforms" in said.out
    assert "warning" not in said.out
    assert " ms at the longest, first asked about " in said.out
    assert ["K1"] in service.asked
