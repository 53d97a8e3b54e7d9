"""What a plugin may answer, and what an import is told of the answers of all of them."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Generic, TypeVar, final

from rollbook.model import Code, Field, Issue

T = TypeVar("T")


@final
@dataclass(frozen=True, slots=True)
class Role:
    """The role that a user shall have, by its name in the directory."""

    name: str


@final
@dataclass(frozen=True, slots=True)
class Location:
    """The location that a user shall have, by its name in the directory."""

    name: str


@dataclass(slots=True, kw_only=True)
class Replies(Generic[T]):
    """What the plugins said of some users, by line.

    `answers`: the judged answers; a line that is missing met silence. `plugins`: who settled a
    line (empty for check_users, whose issues name their plugin themselves). `failed`: lines that
    stay open because a plugin failed, and the issue that says so. A line in `failed` is not
    settled, whatever `answers` has for it: with check_users that is what the others said.
    """

    hook: str
    answers: dict[int, T] = field(default_factory=dict)
    plugins: dict[int, str] = field(default_factory=dict)
    failed: dict[int, Issue] = field(default_factory=dict)

    def silence(self, lines: Collection[int]) -> None:
        """Forget what was answered to those lines."""
        for line in self.answers.keys() & lines:
            del self.answers[line]

    def unknown_name(self, line: int) -> Issue:
        """The issue for a line whose answer is a name that the directory does not have."""
        return failure(Code.PLUGIN_BAD_OUTPUT, self.plugins[line], self.hook)


_ABOUT = {"map_roles": Field.ROLE.value, "match_locations": Field.LOCATION.value}
_SENTENCES = {
    Code.PLUGIN_ERROR: "The plugin {plugin} failed in {hook}; the server's log says why.",
    Code.PLUGIN_TIMEOUT: "The plugin {plugin} did not answer {hook} in time.",
    Code.PLUGIN_BAD_OUTPUT: "The plugin {plugin} gave {hook} an answer that cannot be used;"
    " the server's log says why.",
}


def failure(code: Code, plugin: str, hook: str) -> Issue:
    """The issue of a line that a plugin's failure leaves open. Never the exception's text."""
    return Issue(
        code,
        _ABOUT.get(hook, ""),
        _SENTENCES[code].format(plugin=plugin, hook=hook),
        {"plugin": plugin, "hook": hook},
    )
