"""A test plugin that records each notice, and answers as ordered.

A server is given it as `ROLLBOOK_PLUGINS=tests.plugin:recording`, and a folder in the variable
`ROLLBOOK_TEST_NOTICES`. It appends each notice to `told.jsonl` in the folder, a line a notice, for
all servers; a call that began and has not ended is in `began.jsonl`. The file `orders` has a word
for all notices; without it, each notice's last name may be one:

    @sent             Sent (so is every other text)
    @later            Later
    @later:SECONDS    Later, after so many seconds
    @doubt            Later, in doubt
    @undeliverable    Undeliverable
    @silent           no answer
    @raise            RuntimeError, after whatever comes before it in the lot
    @nonsense         answers 42
    @leak             RuntimeError, whose text has the link or password
    @echo             Later, whose reason has the link or password
    @hang             sleeps a minute, and records nothing
    @stuck            records the notice, and sleeps a minute before it answers
    @exit             sys.exit(3), as it would raise
    @slow             takes five milliseconds, then Sent
    @wait             takes five seconds, then Sent
    @report           takes twenty milliseconds, then Sent, reported at once
"""

import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rollbook.hooks import Answer, Credential, Later, Notice, Sent, Undeliverable, hookimpl

TOLD, BEGAN, ORDERS = "told.jsonl", "began.jsonl", "orders"


class Recording:
    """A plain hook, which runs in a thread."""

    @hookimpl
    def notify(
        self,
        notices: Sequence[Notice],
        report: Callable[[str, Answer], None],
        credentials: Mapping[str, Credential],
    ) -> object:
        """Do what is ordered, notice by notice."""
        folder = Path(os.environ["ROLLBOOK_TEST_NOTICES"])
        _note(folder / BEGAN, {"pid": os.getpid(), "ids": [notice.id for notice in notices]})
        for_all = folder / ORDERS
        order = for_all.read_text().strip() if for_all.exists() else ""
        answers: dict[str, Answer] = {}
        for notice in notices:
            word = order or notice.last_name
            credential = credentials.get(notice.id)
            if word == "@nonsense":
                return 42
            answer = _obey(word, credential)
            if answer is not None:
                answers[notice.id] = answer
            _note(folder / TOLD, _line(notice, word, answer, credential))
            if word == "@report" and answer is not None:
                report(notice.id, answer)
            if word == "@stuck":
                time.sleep(60)
        return answers


_SECONDS = {"@hang": 60, "@wait": 5, "@report": 0.02, "@slow": 0.005}


def _obey(word: str, credential: Credential | None) -> Answer | None:
    verb, _, argument = word.partition(":")
    match verb:
        case "@later":
            return Later("ordered to wait", float(argument) if argument else None)
        case "@doubt":
            return Later("broke off", in_doubt=True)
        case "@undeliverable":
            return Undeliverable("no such mailbox")
        case "@silent":
            return None
        case "@raise":
            raise RuntimeError("ordered to raise")
        case "@leak" if credential:
            raise RuntimeError(f"cannot send {credential.link} {credential.password}")
        case "@echo" if credential:
            return Later(f"550 refused: {credential.link} {credential.password}")
        case "@exit":
            sys.exit(3)
    time.sleep(_SECONDS.get(verb, 0))
    return Sent("250 recorded")


def _line(
    notice: Notice, word: str, answer: Answer | None, credential: Credential | None
) -> dict[str, Any]:
    facts = notice._asdict() | {"at": notice.at.isoformat(), "attributes": {**notice.attributes}}
    if credential:
        facts |= {"link": credential.link, "password": credential.password}
        facts |= {"expires_at": credential.expires_at}
    return facts | {"pid": os.getpid(), "order": word, "answer": type(answer).__name__}


def _note(path: Path, line: dict[str, Any]) -> None:
    with path.open("a") as file:
        file.write(
            json.dumps(line, default=str) + "\n"
        )  # one write: several servers share the file
