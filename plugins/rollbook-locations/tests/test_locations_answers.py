"""Tests of what a location cell is answered with: a location, a refusal, or silence."""

import pytest

from rollbook.hooks import Code, Directory, Issue, Location, Place, UnknownName, User
from rollbook_locations import Locations
from rollbook_locations.index import MOST_COMPARED, MOST_KNOWN

OFFICES = (
    Place("Zürich", code="ZRH", aliases=("Head Office",)),
    Place("São Paulo", code="GRU"),
    Place("London", code="LON"),
    Place("Longyearbyen", code="LYR", aliases=("LON", "The North")),
)


def answers(
    *texts: str | None,
    places: tuple[Place, ...] = OFFICES,
    unknown: UnknownName = UnknownName.REJECT,
) -> list[Location | Issue | None]:
    """The answer to each cell; None: silence."""
    directory = Directory("main", locations=places, unknown_location=unknown)
    users = [User(line, location=text) for line, text in enumerate(texts, start=2)]
    said = Locations().match_locations(users, directory)
    assert said is not None
    return [said.get(user.line) for user in users]


def refusal(answer: Location | Issue | None) -> dict[str, str]:
    """The facts of an `invalid_location`."""
    assert isinstance(answer, Issue)
    assert (answer.code, answer.field) == (Code.INVALID_LOCATION, "location")
    return dict(answer.params)


def test_a_name_a_code_or_an_alias_is_its_location() -> None:
    """Whatever its case, its accents, its spaces."""
    assert answers("zurich", "ZRH", "head-office", "sao  paulo", "SaoPaulo", "gru") == [
        Location("Zürich"),
        Location("Zürich"),
        Location("Zürich"),
        Location("São Paulo"),
        Location("São Paulo"),
        Location("São Paulo"),
    ]


def test_a_blank_or_absent_cell_meets_silence() -> None:
    assert answers("", None) == [None, None]


def test_what_two_locations_share_is_never_guessed() -> None:
    """B204: a text that is one's code and another's alias is refused, whatever the import takes."""
    for unknown in UnknownName:
        [answer] = answers("lon", unknown=unknown)
        assert refusal(answer) == {"value": "lon", "reason": "ambiguous"}


def test_names_that_differ_by_an_accent_are_told_apart_where_it_stands() -> None:
    """As the directory itself would; without it neither is taken."""
    twins = (Place("Bären"), Place("Baren"))
    found = answers("bären", "BAREN", "Båren", "baren.", places=twins)
    assert found[:2] == [Location("Bären"), Location("Baren")]
    assert [refusal(answer)["reason"] for answer in found[2:]] == ["ambiguous", "ambiguous"]


def test_a_location_whose_name_is_another_s_alias_is_named_by_its_code() -> None:
    """The directory would not know which of the two the name is."""
    shared = (Place("North", code="N1"), Place("South", code="S1", aliases=("North",)))
    assert answers("n-1", "n1", "south", places=shared) == [
        Location("N1"),
        Location("N1"),
        Location("South"),
    ]
    nameless = (Place("North"), Place("South", aliases=("North",)), Place("N.orth"))
    [answer] = answers("n.o.r.t.h", places=nameless)
    assert refusal(answer)["reason"] == "ambiguous"


def test_an_unknown_location_comes_with_the_nearest_name() -> None:
    """By name or alias; for a code, or for what is like nothing, there is no suggestion."""
    found = answers("Lodnon", "Zuerich", "hed office", "Atlantis", "LONX", "?!")
    assert [refusal(answer).get("suggestion", "") for answer in found] == [
        "London",
        "Zürich",
        "Zürich",
        "",
        "",
        "",
    ]
    assert {refusal(answer)["reason"] for answer in found} == {"unknown"}
    first = found[0]
    assert isinstance(first, Issue)
    assert first.message == (
        "The location 'Lodnon' is not known in this directory; did you mean 'London'?"
    )


def test_of_two_names_that_are_as_near_none_is_suggested() -> None:
    near = (Place("Berlin"), Place("Berlis"), Place("Paris", aliases=("Lutetia", "Lutezia")))
    found = answers("Berlix", "Lutecia", places=near)
    assert "suggestion" not in refusal(found[0])
    assert refusal(found[1])["suggestion"] == "Paris"


def test_among_too_many_names_none_is_suggested() -> None:
    """The comparison of one with all would take longer than a plugin has."""
    others = MOST_COMPARED - len(OFFICES) - 2  # two of the offices have an alias to suggest
    most = (*OFFICES, *(Place(f"Warehouse {number:05}") for number in range(others)))
    assert "suggestion" in refusal(answers("Lodnon", places=most)[0])
    more = (*most, Place("Paris"))
    assert "suggestion" not in refusal(answers("Lodnon", places=more)[0])
    assert answers("ZURICH", places=more) == [Location("Zürich")]


@pytest.mark.parametrize("unknown", [UnknownName.WARN, UnknownName.CREATE])
def test_it_is_silent_about_what_the_import_would_take(unknown: UnknownName) -> None:
    """Where unknown locations are passed over or made, only the known ones are answered."""
    assert answers("Lodnon", "LONDON.", unknown=unknown) == [None, Location("London")]


def test_a_cell_is_shown_in_part_and_in_print() -> None:
    """A refusal must not fail for what stands in the cell that it refuses."""
    [answer] = answers("x\u200b" + "y" * 100)
    assert refusal(answer)["value"] == "x\ufffd" + "y" * 58
    assert isinstance(answer, Issue)
    assert answer.message.isprintable()
    [answer] = answers("y" * 199 + "!", places=(Place("y" * 180),))
    assert refusal(answer)["suggestion"] == "y" * 180
    assert isinstance(answer, Issue)
    assert len(answer.message) <= 200, "longer than the service takes from a plugin"


def test_what_is_kept_has_a_bound() -> None:
    """However many texts a file has, and however often they come."""
    plugin, directory = Locations(), Directory("main", locations=OFFICES)
    for first in range(0, 2 * MOST_KNOWN, 1_000):
        lines = range(first, first + 1_000)
        plugin.match_locations([User(line, location=str(line)) for line in lines], directory)
        assert len(plugin._index(directory)._known) == first % MOST_KNOWN + 1_000
    assert plugin.match_locations([User(2, location="zurich")], directory) == {
        2: Location("Zürich")
    }


def test_a_directory_that_has_changed_is_looked_at_anew() -> None:
    """The next import sees a location that was made since the last one."""
    plugin, user = Locations(), User(2, location="oslo")
    before, after = Directory("main"), Directory("main", locations=(Place("Oslo"),))
    assert plugin.match_locations([user], after) == {2: Location("Oslo")}
    said = plugin.match_locations([user], before)
    assert said
    assert refusal(said[2])["reason"] == "unknown"
