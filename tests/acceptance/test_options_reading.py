"""Options for reading a file: each choice has its effect, or is refused."""

import pytest

from tests.acceptance.asking import made_directory, refused
from tests.acceptance.wire import HEADER, Peer, csv, end, start, user, users


async def test_unknown_role(peer: Peer) -> None:
    """S37, S38: REJECT fails the row, DEFAULT warns, IGNORE_COLUMN does not read it."""
    for choice, said, role in (
        ("REJECT", "FAILED invalid_role(role)", None),
        ("DEFAULT", "CREATED role_defaulted(role)", "Standard"),
        ("IGNORE_COLUMN", "CREATED", "Standard"),
    ):
        directory = await peer.new_directory()
        content = HEADER + user(1, role="superuser") + user(2, role=" ADMIN ") + users(3)
        answer = await peer.send_file(directory, content, options={"unknown_role": choice})
        assert answer.rows[2] == said, choice
        there = await peer.stored(directory)
        assert (there["1"]["role"] if "1" in there else None) == role
        assert there["2"]["role"] == ("Standard" if choice == "IGNORE_COLUMN" else "admin")
        assert there["3"]["role"] == "Standard"
        if choice != "DEFAULT":
            continue
        assert answer.issue(2, "role_defaulted").params["applied"] == "default"
        again = await peer.send_file(
            directory, HEADER + user(2, role="superuser"), options={"unknown_role": choice}
        )
        assert again.issue(2, "role_defaulted").params["applied"] == "kept"
        assert (await peer.stored(directory))["2"]["role"] == "admin"


@pytest.mark.parametrize(
    ("option", "column", "refused", "ignored", "kept_in"),
    [
        (
            "unknown_location",
            "location",
            "invalid_location",
            "location_unknown_ignored",
            "location",
        ),
        (
            "unknown_unit",
            "organizational_unit",
            "unknown_organizational_unit",
            "unit_unknown_ignored",
            "unit",
        ),
    ],
)
async def test_unknown_place(
    peer: Peer, option: str, column: str, refused: str, ignored: str, kept_in: str
) -> None:
    """S39, S40: REJECT fails the row, WARN leaves it as it was, CREATE makes the place once."""
    directory = await made_directory(peer, location="London", unit="London")
    header = f"employee_number,email,first_name,last_name,{column}\n"

    async def sent(choice: str, *places: str) -> dict[int, str]:
        rows = [f"{n},u{n}@x.org,Ada,Byron,{place}\n" for n, place in enumerate(places, 1)]
        answer = await peer.send_file(directory, header + "".join(rows), options={option: choice})
        return answer.rows

    assert await sent("REJECT", "Atlantis", " LONDON ") == {
        2: f"FAILED {refused}({column})",
        3: f"CREATED whitespace_trimmed({column})",
    }
    assert await sent("WARN", "Atlantis", "Lemuria") == {
        2: f"CREATED {ignored}({column})",
        3: f"UNCHANGED {ignored}({column})",
    }
    assert (await peer.stored(directory))["2"][kept_in] == "London"
    assert await sent("CREATE", "Atlantis", "ATLANTIS") == {2: "UPDATED", 3: "UPDATED"}
    there = await peer.stored(directory)
    assert {there["1"][kept_in], there["2"][kept_in]} == {"Atlantis"}
    assert await sent("REJECT", "atlantis") == {2: "UNCHANGED"}


async def test_a_place_is_made_for_a_row_that_is_applied(peer: Peer) -> None:
    """With CREATE a row that fails makes no place."""
    directory = await peer.new_directory()
    options = {"unknown_location": "CREATE"}
    await peer.send_file(directory, HEADER + user(1, email="?", location="Rome"), options=options)
    answer = await peer.send_file(directory, HEADER + user(2, location="Rome"))
    assert answer.rows == {2: "FAILED invalid_location(location)"}


async def test_unknown_columns(peer: Peer) -> None:
    """S24: WARN leaves a column out with a warning, REJECT refuses the file, STORE keeps it."""
    content = "employee_number,email,first_name,last_name,Shoe Size\n1,a@x.org,Ada,Byron,43\n"
    for choice, ending, attributes in (
        ("WARN", "OK", "{}"),
        ("REJECT", "INVALID_ARGUMENT/HEADER_UNKNOWN_COLUMN", None),
        ("STORE", "OK", '{"Shoe Size": "43"}'),
    ):
        directory = await peer.new_directory()
        answer = await peer.send_file(directory, content, options={"unknown_columns": choice})
        assert answer.ending == ending
        there = await peer.stored(directory)
        assert (there["1"]["attributes"] if there else None) == attributes
        if answer.understood:
            ignored = list(answer.understood.ignored_columns)
            assert ignored == (["Shoe Size"] if choice == "WARN" else [])


async def test_columns(peer: Peer) -> None:
    """S21: a header may be fed into a field or an attribute, before the profile's aliases."""
    directory = await peer.new_directory()
    content = "Personalnummer,E-Post,Vorname,Nachname,Email,Kürzel\n1,a@x.org,Ada,Byron,IT,AB\n"
    mapping = {
        "personalNUMMER": "employee_number",
        "e post": "email",
        "Vorname": "first_name",
        "Nachname": "last_name",
        "email": "department",
        "Kürzel": "attributes.short",
    }
    answer = await peer.send_file(directory, content, options={"columns": mapping})
    assert answer.rows == {2: "CREATED"}
    assert answer.understood
    assert {column.header: column.field for column in answer.understood.columns}["Kürzel"] == (
        "attributes.short"
    )
    stored = (await peer.stored(directory))["1"]
    assert (stored["email"], stored["department"]) == ("a@x.org", "IT")
    assert stored["attributes"] == '{"short": "AB"}'


async def test_a_column_that_is_mapped_and_not_there_is_told(peer: Peer) -> None:
    """A header that was misspelt in a mapping would go unnoticed."""
    answer = await peer.send_file(
        await peer.new_directory(), HEADER + users(1), options={"columns": {"Fone": "phone"}}
    )
    assert answer.rows == {2: "CREATED"}
    assert answer.summary
    (warning,) = answer.summary.warnings
    assert (warning.code, warning.params["column"]) == ("unknown_column_ignored", "Fone")
    assert "mapped to phone" in warning.message


@pytest.mark.parametrize(
    "mapping",
    [
        {"a": "nothing"},
        {"a": "attributes."},
        {"a": "status"},
        {"": "email"},
        {f"c{n}": f"attributes.a{n}" for n in range(257)},
    ],
    ids=["no field", "no attribute", "no field of a file", "no header", "257 of them"],
)
async def test_columns_that_cannot_be(peer: Peer, mapping: dict[str, str]) -> None:
    """INVALID_OPTIONS names the option."""
    await refused(peer, "columns", options={"columns": mapping})


@pytest.mark.parametrize("delimiter", list(",;|\t"))
async def test_delimiter(peer: Peer, delimiter: str) -> None:
    """S22: each is found from the header, taken as given, and refused for a file of another."""
    content = (HEADER + users(1)).replace(",", delimiter)
    for said in ("", delimiter):
        answer = await peer.send_file(
            await peer.new_directory(), content, options={"delimiter": said}
        )
        assert answer.rows == {2: "CREATED"}
        assert answer.understood
        assert answer.understood.delimiter == delimiter
    other = ";" if delimiter == "," else ","
    answer = await peer.send_file(await peer.new_directory(), content, options={"delimiter": other})
    assert answer.ending == "INVALID_ARGUMENT/DELIMITER_MISMATCH"
    assert answer.facts["suggested"] == ("tab" if delimiter == "\t" else delimiter)


async def test_a_delimiter_that_is_none(peer: Peer) -> None:
    """INVALID_OPTIONS names the option."""
    await refused(peer, "delimiter", options={"delimiter": "#"})


@pytest.mark.parametrize(
    ("encoding", "codec", "name"),
    [
        ("", "utf-8", "Zoë"),
        ("utf-8", "utf-8-sig", "Zoë"),
        ("windows-1252", "cp1252", "Zoë"),
        ("Latin1", "latin-1", "Zoë"),
        ("windows-1251", "cp1251", "Зоя"),
        ("macintosh", "mac-roman", "Zoë"),
        ("cp850", "cp850", "Zoë"),
        ("shift_jis", "cp932", "ゾーイ"),
        ("euc-kr", "cp949", "조이"),
        ("gb18030", "gb18030", "佐伊"),
        ("big5", "cp950", "佐伊"),
        ("utf-16", "utf-16", "Zoë"),
        ("utf-32", "utf-32", "Zoë"),
    ],
)
async def test_encoding(peer: Peer, encoding: str, codec: str, name: str) -> None:
    """S23: UTF-8 with or without a mark, and others by name; `understood` repeats it."""
    directory = await peer.new_directory()
    content = (HEADER + user(1, first_name=name)).encode(codec)
    answer = await peer.send_file(directory, content, options={"encoding": encoding})
    assert answer.rows == {2: "CREATED"}, answer.message
    assert (await peer.stored(directory))["1"]["first_name"] == name
    assert answer.understood
    assert answer.understood.encoding


@pytest.mark.parametrize("commit", ["PER_BATCH", "WHOLE_FILE", "NONE"])
async def test_utf_8_is_read_as_another_encoding_only_when_that_is_certain(
    peer: Peer, commit: str
) -> None:
    """S23: `MÃ¼ller` is stored for nobody who did not ask for it twice."""
    directory = await peer.new_directory()
    content = HEADER + user(1) + user(2, last_name="Müller")
    options = {"encoding": "windows-1252", "commit": commit}
    answer = await peer.send_file(directory, content, options=options)
    assert answer.ending == "INVALID_ARGUMENT/ENCODING_ERROR"
    assert (answer.facts["hint"], answer.facts["line"]) == ("is_utf8", "3")
    stored = await peer.stored(directory)
    assert set(stored) == ({"1"} if commit == "PER_BATCH" else set())
    certain = {**options, "encoding_certain": True, "commit": "PER_BATCH"}
    answer = await peer.send_file(directory, content, options=certain)
    assert answer.ending == "OK"
    assert (await peer.stored(directory))["2"]["last_name"] == "MÃ¼ller"


@pytest.mark.parametrize("encoding", ["rot13", "utf-7", "idna", "unicode_escape", "nonsense"])
async def test_an_encoding_that_is_not_allowed(peer: Peer, encoding: str) -> None:
    """Names come from a list of ours, never from Python's registry: INVALID_OPTIONS."""
    await refused(peer, "encoding", options={"encoding": encoding})


@pytest.mark.parametrize(
    ("option", "wrong"), [("encoding", "x"), ("delimiter", "#"), ("columns", {"a": "x"})]
)
async def test_options_that_cannot_be_are_not_accepted(
    peer: Peer, option: str, wrong: object
) -> None:
    """`accepted` is for options that can be; and a corrected `start` may use the same id."""
    answer = await refused(peer, option, options={option: wrong})
    assert answer.parts == []
    directory = await peer.new_directory()
    opening = start(directory, options={option: wrong})
    await peer.send([opening, *csv(HEADER + users(1)), end()])
    corrected = start(directory, import_id=opening.start.import_id)
    answer = await peer.send([corrected, *csv(HEADER + users(1)), end()])
    assert answer.rows == {2: "CREATED"}
