"""No task of the server dies unseen: each is started by `beside`, or somebody waits for its end."""

import ast
from pathlib import Path

from rollbook.background import Background
from tests.docs.pages import ROOT

_SERVICE = ROOT / "service/rollbook"
_OTHER_PROCESSES = {"cli", "client", "testing", "v1"}
_STARTS = {"create_task", "ensure_future", "TaskGroup", "start_soon"}

WAITED_FOR = {
    "background.py": "the supervisor: `beside` waits for it; an errand, whose failure is logged",
    "credentials/resets.py": "a link to be written, which logs what goes wrong; the drain waits",
    "hooks/invoke.py": "an async hook: waited for up to its timeout, then cancelled",
    "imports/job/held_lease.py": "an import that is being opened: its call waits for it",
    "imports/pipeline.py": "the next batch: the one before waits for it",
    "imports/rows/source.py": "the next part of the file: the reader waits for it",
    "imports/writing/sent_ahead.py": "a batch sent ahead: who saves it or lets it go waits",
    "notifications/delivery.py": "what plugins report is settled: the delivery waits for it",
    "rpc/imports/request_stream.py": "the next message: the stream waits for it",
    "rpc/imports/upload.py": "an import, which tells its call how it ended; a write to the client",
    "web/body.py": "one receive of a body: its reader waits for it, and cancels it otherwise",
    "web/console/events.py": "the next state of an import: its stream waits for it, or cancels it",
    "web/console/running.py": "a preview that is applied, whose refusal its page shows",
    "web/listening.py": "uvicorn's loop: whoever stops the site waits for it",
    "server/operations/metrics.py": "one reading of the database: whoever scrapes waits for it",
    "rpc/users/servicer.py": "a user written by hand: its call waits for it",
}
"""Where else tasks are started, and who hears of it when one fails."""


def _server_modules() -> list[Path]:
    found = [path.relative_to(_SERVICE) for path in _SERVICE.rglob("*.py")]
    return sorted(path for path in found if path.parts[0] not in _OTHER_PROCESSES)


def _calls(module: Path) -> list[ast.Call]:
    tree = ast.parse((_SERVICE / module).read_text())
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def _called(call: ast.Call) -> str:
    return getattr(call.func, "attr", "") or getattr(call.func, "id", "")


def test_tasks_are_started_only_where_somebody_hears_of_their_end() -> None:
    """Work that has no end goes through `beside`."""
    starting = {
        module.as_posix()
        for module in _server_modules()
        if any(_called(call) in _STARTS for call in _calls(module))
    }
    assert starting == set(WAITED_FOR)


def test_each_background_task_has_one_place() -> None:
    """And each place that starts one names it, so that the test which kills them finds it."""
    named = [
        ast.unparse(call.args[0])
        for module in _server_modules()
        for call in _calls(module)
        if _called(call) == "beside"
    ]
    assert sorted(named) == sorted(f"Background.{task.name}" for task in Background)
