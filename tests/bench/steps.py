"""Says in which step of the line a sampled stack is: by the room of its innermost frame of ours."""

from collections.abc import Sequence
from typing import NamedTuple

WAITS = "waits"
OTHERS = "threads without our code: gRPC's"
ANSWER = "take chunks, make results"
GRPC = "gRPC and protobuf"
CLIENT = "client: send chunks, take answers"
COUNT = "count the answers"
_NAME = "name: plugins, roles, places"
_CLAIM = "claim numbers and names"
_LOOP = "event loop"

_ROOMS = {
    "rollbook/rpc/": ANSWER,
    "rollbook/users/": ANSWER,
    "rollbook/reading/": "read: bytes to cells",
    "rollbook/checking/": "check the cells",
    "rollbook/imports/rows/claims.py": _CLAIM,
    "rollbook/imports/rows/keyed_hashes.py": _CLAIM,
    "rollbook/imports/rows/resolve_names.py": _NAME,
    "rollbook/hooks/": _NAME,
    "rollbook/imports/rows/": "stage: columns of a batch",
    "rollbook/imports/planning/": "plan",
    "rollbook/imports/writing/": "write, and make the answers",
    "rollbook/store/": "statements and ledger",
    "rollbook/imports/": "the line itself",
    "rollbook/client/": CLIENT,
    "bench/client.py": COUNT,
    "/asyncpg/": "asyncpg: encode, send, decode",
    "/grpc/": GRPC,
    "/google/protobuf/": GRPC,
    "/asyncio/": _LOOP,
}
"""Steps by a part of a file's path, in the order of the line; the first that fits counts."""

STEPS = tuple(dict.fromkeys((*_ROOMS.values(), OTHERS)))
_VOCABULARY = ("rollbook/model/", "rollbook/text_column.py")
"""What everybody speaks: counts for who calls it."""
_WAITING = (
    *("/selectors.py", "/threading.py", "/queue.py", "/concurrent/futures/thread.py"),
    "/rollbook/worker_thread.py",
    "/rollbook/worker_process.py",
)
"""Where a thread is that has nothing to do."""


class Place(NamedTuple):
    """Where a stack is: a step, and the module."""

    step: str
    module: str


def place_of(files: Sequence[str]) -> Place:
    """The place of a stack, of which these are the frames' files, the outermost first.

    What a library does for a room counts for the room. A room that no step knows is a step itself.
    """
    if files[-1].endswith(_WAITING):
        return Place(WAITS, "")
    for file in reversed(files):
        module = file.rpartition("/")[2].removesuffix(".py")
        for part, step in _ROOMS.items():
            if part in file:
                return Place(step, module)
        if "/service/rollbook/" in file and not any(part in file for part in _VOCABULARY):
            return Place(file.partition("/service/")[2].rpartition("/")[0], module)
    return Place("other Python", files[-1].rpartition("/")[2].removesuffix(".py"))
