"""The fields of `start` beside the options, and the first answers of an import."""

from rollbook.v1 import imports_pb2
from rollbook.v1.imports_pb2 import (
    IMPORT_STATE_COMPLETED,
)
from tests.acceptance.asking import INVALID, refused
from tests.acceptance.wire import HEADER, Peer, csv, end, start, user, users


async def test_profile(peer: Peer, configured: Peer) -> None:
    """Another profile's columns are asked for; one that is not there is INVALID_OPTIONS."""
    content = "username,email,first_name,last_name\nada,a@x.org,Ada,Byron\n"
    by_default = await configured.send_file(await configured.new_directory(), content)
    assert by_default.ending == "INVALID_ARGUMENT/HEADER_MISSING_COLUMN"
    directory = await configured.new_directory()
    opening = start(directory, profile="by-username")
    answer = await configured.send([opening, *csv(content), end()])
    assert answer.rows == {2: "CREATED"}
    assert (await configured.stored(directory))["ada"]["username"] == "ada"
    found = await configured.get_import(directory, opening.start.import_id)
    assert found.profile == "by-username"
    await refused(peer, "profile", profile="by-username")


async def test_source(peer: Peer) -> None:
    """It is stored with the users that the import creates; the default is the profile's name."""
    directory = await peer.new_directory()
    for number, source in ((1, "hr"), (2, ""), (3, "ä" * 200)):
        opening = start(directory, source=source)
        await peer.send([opening, *csv(HEADER + users(number)), end()])
        found = await peer.get_import(directory, opening.start.import_id)
        assert found.source == (source or "default")
        assert (await peer.stored(directory))[str(number)]["source"] == (source or "default")
    await refused(peer, "source", source="ä" * 201)


async def test_skip_results(peer: Peer) -> None:
    """A completed import is answered again; with `skip_results` only its summary is."""
    directory = await peer.new_directory()
    content = HEADER + users(1, 2)
    opening = start(directory)
    first = await peer.send([opening, *csv(content), end()])
    for skip in (False, True):
        again = start(directory, import_id=opening.start.import_id, skip_results=skip)
        answer = await peer.send([again, *csv(content), end()])
        assert answer.ending == "OK"
        assert answer.rows == ({} if skip else first.rows)
        assert all(result.replayed for result in answer.results)
        assert answer.summary == first.summary
        assert answer.accepted
        assert answer.accepted.resumed_after_line == 3


async def test_results_behind_a_line(peer: Peer) -> None:
    """S07: a client that has the results up to a line gets those behind it, however it resumes.

    A row parked for its name is answered last, and a batch that only begins before the line is sent
    whole: nothing that the client may lack is left out.
    """
    directory = await peer.new_directory()
    first, second = user(1, email="b@x.org"), user(2, email="a@x.org")
    await peer.send_file(directory, HEADER + user(1, email="a@x.org") + user(2, email="b@x.org"))
    content = HEADER + first + second + users(*range(3, 12_003))
    opening = start(directory)
    whole = await peer.send([opening, *csv(content), end()])
    assert whole.ending == "OK"
    rows = whole.rows
    for line in (0, 1, 3, 6_000, 12_002, 12_003, 2**64 - 1):
        again = start(directory, import_id=opening.start.import_id, results_after_line=line)
        answer = await peer.send([again, *csv(content), end()])
        assert answer.ending == "OK"
        assert answer.summary == whole.summary
        lacking = {at: rows[at] for at in rows if at > line}
        assert lacking.items() <= answer.rows.items() <= rows.items()
        assert len(answer.rows) < len(lacking) + 5_000  # of the batch in which the line is
        assert line or len(answer.rows) == len(rows)


async def test_import_id_and_directory(peer: Peer) -> None:
    """P05: one id is one import of one directory; another's content or options are a conflict."""
    one, two = await peer.new_directory(), await peer.new_directory()
    opening = start(one)
    again = start(two, import_id=opening.start.import_id)
    for request, where in ((opening, one), (again, two)):
        assert (await peer.send([request, *csv(HEADER + users(1)), end()])).ending == "OK"
        assert len(await peer.stored(where)) == 1
    other = await peer.send([opening, *csv(HEADER + users(2)), end()])
    assert other.ending == "ALREADY_EXISTS/IDEMPOTENCY_CONFLICT"
    changed = start(one, import_id=opening.start.import_id, options={"mode": "CREATE_ONLY"})
    answer = await peer.send([changed, *csv(HEADER + users(1)), end()])
    assert answer.ending == "ALREADY_EXISTS/IDEMPOTENCY_CONFLICT"
    assert sorted(await peer.stored(one)) == ["1"]
    nowhere = await peer.send([start("nowhere"), *csv(HEADER), end()])
    assert nowhere.ending == "PERMISSION_DENIED/PERMISSION_DENIED"


async def test_progress(peer: Peer, directory: str) -> None:
    """It counts bytes and rows, and marks when `end` was read, also for a file without rows."""
    content = HEADER + users(*range(50)) + user("?", email="x@example.org")
    answer = await peer.send_file(directory, content)
    last = answer.progress[-1]
    assert (last.bytes_received, last.rows_answered) == (len(content), 51)
    assert last.end_received
    for one, other in zip(answer.progress, answer.progress[1:], strict=False):
        assert one.bytes_received <= other.bytes_received
        assert one.rows_answered <= other.rows_answered
    empty = await peer.send_file(directory, HEADER)
    assert [progress.end_received for progress in empty.progress][-1:] == [True]


async def test_end_is_told_as_soon_as_it_is_read(peer: Peer, directory: str) -> None:
    """`progress.end_received` comes before the last batch is written: then the client may go."""
    answer = await peer.send_file(directory, HEADER + users(*range(4_000)))
    told = next(at for at, part in enumerate(answer.parts) if part == "progress")
    assert answer.progress[0].end_received
    assert told < answer.parts.index("results")


async def test_get_import(peer: Peer) -> None:
    """Who, what, how and how far; no caller learns whether another's id, or directory, exists."""
    directory = await peer.new_directory()
    opening = start(directory, source="hr", options={"blanks": "CLEAR"})
    content = HEADER + users(1) + user(2, email="?")
    answer = await peer.send([opening, *csv(content), end()])
    found = await peer.get_import(directory, opening.start.import_id)
    assert found.import_id == opening.start.import_id
    assert (found.directory, found.profile, found.source) == (directory, "default", "hr")
    assert found.principal == "admin"
    assert found.state == IMPORT_STATE_COMPLETED
    assert answer.accepted
    assert found.options == answer.accepted.options
    assert found.create_time.ToNanoseconds() <= found.update_time.ToNanoseconds()
    assert found.summary == answer.summary
    assert found.last_line == 3
    get, request = peer.imports.GetImport, imports_pb2.GetImportRequest
    unknown = await peer.refusal(
        get, request(directory=directory, import_id="6f1c2a4e-0d5b-4f0e-9f43-9f4a5a3f7c11")
    )
    nowhere = await peer.refusal(
        get, request(directory="nowhere", import_id=opening.start.import_id)
    )
    assert unknown.ending == nowhere.ending == "PERMISSION_DENIED/PERMISSION_DENIED"
    assert unknown.message == nowhere.message
    wrong = await peer.refusal(get, request(directory=directory, import_id="?"))
    assert wrong.ending == INVALID


async def test_get_sample(peer: Peer, configured: Peer) -> None:
    """S06: a sample is a correct file of its profile: imported as it is, every row is fine."""
    for each, profile in ((peer, ""), (peer, "default"), (configured, "by-username")):
        directory = await each.new_directory()
        request = imports_pb2.GetSampleRequest(directory=directory, profile=profile)
        sample = (await each.ask(each.imports.GetSample, request)).csv
        answer = await each.send_file(directory, sample, profile=profile)
        assert set(answer.rows.values()) == {"CREATED"}
    unknown = imports_pb2.GetSampleRequest(directory=directory, profile="nobody's")
    assert (await configured.refusal(configured.imports.GetSample, unknown)).ending == INVALID
    nowhere = imports_pb2.GetSampleRequest(directory="nowhere")
    assert (await peer.refusal(peer.imports.GetSample, nowhere)).ending.startswith("PERMISSION")
