"""Looks up texts in a directory's locations: a location, a refusal, or silence."""

import functools
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from rapidfuzz import fuzz, process

from rollbook.hooks import Code, Directory, Issue, Location, Place, UnknownName, User
from rollbook_locations.folding import exactly, loosely

NEAR = 75
"""How like a name must be to be suggested, of 100: `Lodnon` is like `London` by 83."""

MOST_COMPARED = 5_000
"""Names and aliases of a directory beyond which nothing is suggested: every unknown text is
compared with each of them, and a batch of nothing else takes two seconds then."""

MOST_KNOWN = 10_000  # distinct texts whose answer is kept, some 4 MiB
_COMPARED = 8  # the nearest texts, of which those of one location are one
_SHOWN = 60  # characters of a cell in an answer


class Index:
    """Answers for one directory, and keeps what it answered."""

    def __init__(self, directory: Directory):
        """Take the directory's names, codes and aliases."""
        self._exact = _by(exactly, directory.locations)
        self._places = directory.locations
        self._refuses = directory.unknown_location is UnknownName.REJECT
        self._known = _Known(self._answer)

    # Most files write their locations as the directory does: these two may never be needed.
    @functools.cached_property
    def _loose(self) -> Mapping[str, Sequence[Place]]:
        return _by(loosely, self._places)

    @functools.cached_property
    def _near(self) -> Mapping[str, str]:
        """What may be suggested, by the texts that a cell may be like; nothing of too many."""
        near = dict(self._suggestions(self._places))
        return near if len(near) <= MOST_COMPARED else {}

    def answers(self, users: Sequence[User]) -> dict[int, Location | Issue]:
        """What each location cell means, by line.

        A line is left out, for silence, where the cell is blank or absent, and where the import
        takes as it is what is not known.
        """
        known = self._known
        return {
            user.line: answer
            for user in users
            if (text := user.location) and (answer := known[text]) is not None
        }

    def _answer(self, text: str) -> Location | Issue | None:
        found = self._exact.get(exactly(text)) or self._loose.get(loosely(text), [])
        if len(found) == 1:
            sentence = self._said_of(found[0])
            return Location(sentence) if sentence else _ambiguous(text)
        if found:
            return _ambiguous(text)
        return _unknown(text, self._nearest(text)) if self._refuses else None

    def _said_of(self, place: Place) -> str | None:
        """The name by which the directory finds the place, or what else means it alone."""
        alone = (text for text in _texts(place) if len(self._exact[exactly(text)]) == 1)
        return next(alone, None)

    def _nearest(self, text: str) -> str:
        """The location of which a name or alias is most like the text; '' if none or two are."""
        found = process.extract(
            loosely(text), [*self._near], scorer=fuzz.ratio, score_cutoff=NEAR, limit=_COMPARED
        )
        best = {self._near[like] for like, score, _ in found if score == found[0][1]}
        return best.pop() if len(best) == 1 else ""

    def _suggestions(self, places: Sequence[Place]) -> Iterator[tuple[str, str]]:
        """Each text of one place that may be near, and its name. Codes are like anything."""
        for place in places:
            for text in map(loosely, (place.name, *place.aliases)):
                if len(self._loose.get(text, ())) == 1 and place.name.isprintable():
                    yield text, place.name


class _Known(dict[str, Location | Issue | None]):
    """By text: its answer, which is found when it is first asked for."""

    def __init__(self, find: Callable[[str], Location | Issue | None]):
        super().__init__()
        self._find = find

    def __missing__(self, text: str) -> Location | Issue | None:
        answer = self._find(text)
        if len(self) >= MOST_KNOWN:
            self.clear()
        self[text] = answer
        return answer


def _by(key: Callable[[str], str], places: Sequence[Place]) -> Mapping[str, Sequence[Place]]:
    """The places that each key means; a text without any letter means none."""
    meant: defaultdict[str, list[Place]] = defaultdict(list)
    for place in places:
        for text in {key(text) for text in _texts(place)} - {""}:
            meant[text].append(place)
    return meant


def _texts(place: Place) -> Iterator[str]:
    yield place.name
    if place.code:
        yield place.code
    yield from place.aliases


def _unknown(text: str, suggestion: str) -> Issue:
    sentence = f"The location {_echo(text)} is not known in this directory"
    facts = {"value": _cut(text), "reason": "unknown"}
    if not suggestion:
        return _refusal(f"{sentence}.", facts)
    return _refusal(
        f"{sentence}; did you mean {_echo(suggestion)}?", facts | {"suggestion": suggestion}
    )


def _ambiguous(text: str) -> Issue:
    return _refusal(
        f"{_echo(text)} may be more than one location; use a name or code that is one's alone.",
        {"value": _cut(text), "reason": "ambiguous"},
    )


def _refusal(message: str, facts: Mapping[str, str]) -> Issue:
    return Issue(Code.INVALID_LOCATION, "location", message, facts)


def _cut(text: str) -> str:
    """The text as a fact: not longer than is shown, and with nothing in it that cannot be seen."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text[:_SHOWN])


def _echo(text: str) -> str:
    shown = _cut(text)
    return f"'{shown}'" if len(text) <= _SHOWN else f"'{shown}…'"
