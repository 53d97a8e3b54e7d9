"""Explains which rule decides about a user, and why those before it do not."""

from collections.abc import Iterator

from rollbook.hooks import Role, User
from rollbook_roles.rules import Deciding, Rule, Rules, Texts


def explained(rules: Rules, user: User, directory: str) -> Iterator[str]:
    """One line for each rule that was tried, and one for the result."""
    deciding = rules.within(directory)
    texts = deciding.texts(user)
    for rule in rules.rules:
        missed = rule.missed(texts)
        yield _tried(rule, missed, texts)
        if missed is None:
            yield _ending(rule)
            return
    yield from _no_rule(deciding, texts)


def _tried(rule: Rule, missed: str | None, texts: Texts) -> str:
    name = f"rule {rule.number}" + (f" (line {rule.line})" if rule.line else "")
    if missed is None:
        shown = ", ".join(f'{key} "{texts[key]}"' for key in rule.conditions)
        return f"{name} fits: {shown}"
    patterns = " or ".join(f'"{glob.pattern}"' for glob in rule.conditions[missed])
    if texts[missed] is None:
        return f"{name} does not: the file has no {missed}, wanted {patterns}"
    return f'{name} does not: {missed} "{texts[missed]}" is not like {patterns}'


def _ending(rule: Rule) -> str:
    if isinstance(rule.answer, Role):
        return f"role: {rule.answer.name}"
    return f"refused: {rule.answer.message}"


def _no_rule(deciding: Deciding, texts: Texts) -> Iterator[str]:
    if deciding.default and deciding.falls_back(texts):
        yield "no rule fits: the default counts"
        yield f"role: {deciding.default.name}"
        return
    if deciding.default and not deciding.rules:
        yield "no rule is for this directory, so the default does not count"
    elif deciding.default:
        yield "the file has no column that a rule looks at, so the default does not count"
    else:
        yield "no rule fits, and there is no default"
    yield "silence: the next plugin is asked, then the directory"
