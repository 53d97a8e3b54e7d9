"""What is refused by HTTP is said in sentences, as the service and the pages say it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import rollbook
from rollbook.web.parameters import wrong_option


def _refusals() -> Iterator[tuple[str, str]]:
    """The text of each refusal that is made by HTTP, with `X` for what is put in."""
    for path in sorted((Path(rollbook.__file__).parent / "web").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Refusal":
                for text in node.args[1:2]:
                    parts = text.values if isinstance(text, ast.JoinedStr) else [text]
                    shown = (
                        str(one.value) if isinstance(one, ast.Constant) else "X" for one in parts
                    )
                    yield f"{path.name}:{node.lineno}", "".join(shown)


def test_a_refusal_by_http_is_a_sentence() -> None:
    """As those of the service and of the pages: a capital, if it is no name, and a full stop."""
    found = [*_refusals()]
    assert len(found) > 40, "the walk does not see them any more"
    is_sentence = re.compile(r"([A-Z]|employeeNumber\b).*(?<=[.X])")
    assert [one for one in found if not is_sentence.fullmatch(one[1])] == []
    made = (("there is no x here", "There is no x here."), ("page_size is x", "page_size is x."))
    for why, sentence in made:
        assert wrong_option(why).message == sentence
    assert wrong_option("status cannot be x").message == "status cannot be x."
