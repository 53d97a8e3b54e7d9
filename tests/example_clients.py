"""The clients of `proto/examples`, made ready outside of the tree as their page says.

Where a tool is missing, a test is skipped with a reason that begins with `NOT_SHOWN`; the last
lines of a run repeat these.
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "proto/examples"
NODE_PACKAGES = ROOT / "tests/acceptance/node"
NOT_SHOWN = "not shown: "

# npm's errors if there is no way to a registry, or it refuses us.
_NPM_UNREACHABLE = re.compile(
    r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|E40[137]|EUNKNOWNTLS"
    r"|CERT|ENOTCACHED"
)
_GO_PLUGINS = ("protoc-gen-go", "protoc-gen-go-grpc")
_GO_TEMPLATE = '{"version":"v2","plugins":[{"local":"%s","out":"."},{"local":"%s","out":"."}]}'
_GO_PACKAGES = (
    "github.com/google/uuid/uuid.go",
    "google.golang.org/grpc/clientconn.go",
    "google.golang.org/genproto/googleapis/rpc/errdetails/error_details.pb.go",
)


@dataclass(frozen=True, slots=True)
class Client:
    """A client that is ready to run: its program, and where."""

    command: Sequence[str | Path]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)


def node_folder(folder: Path) -> Path:
    """Fill a new folder with the packages for Node.js, by their lock, and the contract."""
    npm = shutil.which("npm")
    if not (npm and shutil.which("node")):
        pytest.skip(f"{NOT_SHOWN}clients in Node.js, because node or npm is not installed")
    shutil.copytree(NODE_PACKAGES, folder, ignore=shutil.ignore_patterns("node_modules"))
    (folder / "proto").symlink_to(ROOT / "proto")
    installed = subprocess.run(
        [npm, "ci", "--ignore-scripts", "--prefer-offline", "--fetch-retries=0"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if installed.returncode and _NPM_UNREACHABLE.search(installed.stderr):
        pytest.skip(f"{NOT_SHOWN}clients in Node.js, because npm has no way to their packages")
    assert installed.returncode == 0, installed.stderr
    return folder


def node(folder: Path) -> Client:
    """The client in Node.js, in a new folder."""
    node_folder(folder)
    shutil.copy(EXAMPLES / "node/import-users.js", folder)
    return Client(["node", "import-users.js"], folder)


def python(folder: Path) -> Client:
    """The client in Python, beside stubs of its own.

    These are the committed ones, which are what protoc generates: `make check` holds that. Without
    `site`, so that this tree, which is installed here for editing, cannot be imported instead.
    """
    stubs = folder / "rollbook/v1"
    stubs.mkdir(parents=True)
    for stub in (ROOT / "service/rollbook/v1").glob("*_pb2*.py"):
        shutil.copy(stub, stubs)
    shutil.copy(EXAMPLES / "python/import_users.py", folder)
    packages = {"PYTHONPATH": sysconfig.get_path("purelib")}
    return Client([sys.executable, "-S", "import_users.py"], folder, packages)


def go(folder: Path) -> Client:
    """The client in Go, compiled in a new folder with the packages below a GOPATH."""
    tools = {name: shutil.which(name) for name in ("go", *_GO_PLUGINS)}
    if missing := [name for name, path in tools.items() if not path]:
        pytest.skip(f"{NOT_SHOWN}the client in Go, because of tools missing: {', '.join(missing)}")
    places = [*os.environ.get("GOPATH", "").split(os.pathsep), "/usr/share/gocode"]
    source = next((place for place in places if _has_go_packages(place)), None)
    if source is None:
        pytest.skip(f"{NOT_SHOWN}the client in Go, because no GOPATH has grpc 1.63 or newer")
    generated = folder / "gopath/src"
    generated.mkdir(parents=True)
    buf = Path(sys.executable).with_name("buf")
    template = _GO_TEMPLATE % _GO_PLUGINS
    subprocess.run(
        [buf, "generate", ROOT / "proto", "--template", template, "-o", generated], check=True
    )
    environment = os.environ | {
        "GO111MODULE": "off",
        "GOPATH": f"{folder / 'gopath'}{os.pathsep}{source}",
        "GOCACHE": os.environ.get("GOCACHE", str(folder / "cache")),
    }
    program = folder / "import-users"
    for words in (["vet", "."], ["build", "-o", program, "."]):
        subprocess.run([tools["go"], *words], cwd=EXAMPLES / "go", env=environment, check=True)  # type: ignore[list-item]  # found above
    return Client([program], folder)


def _has_go_packages(place: str) -> bool:
    """Whether a GOPATH has what the client imports, and a grpc that has NewClient."""
    files = [Path(place, "src", package) for package in _GO_PACKAGES]
    return all(file.is_file() for file in files) and "func NewClient(" in files[1].read_text()


CLIENTS = {"node": node, "python": python, "go": go}
"""How each is made ready, by the name of its folder in `proto/examples`."""
