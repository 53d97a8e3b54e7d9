"""The console's pages of notices, by plain requests, at a server whose plugin does as ordered."""

import re
import time
from collections.abc import Iterator

import pytest
import pytest_asyncio

from tests.acceptance.command import at, rollbook
from tests.acceptance.getting_in import sending
from tests.acceptance.post import PLUGIN, SOON
from tests.environment import Cluster, serving
from tests.web.browser import HEADER, Site
from tests.web.person import Person, new_directory, signed_in, text_of


@pytest_asyncio.fixture(scope="module")
async def own_url(cluster: Cluster) -> str:
    """A database whose notices only this server sends."""
    return await cluster.new_database()


@pytest.fixture(scope="module")
def mailing(own_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """HTTP in the loop of a server whose plugin obeys the last names of users."""
    folder = tmp_path_factory.mktemp("mailing")
    mails = {"plugins": PLUGIN, "test_notices": folder, "notification_poll": SOON}
    with serving(own_url, folder, web_listen="127.0.0.1:0", **mails, **sending(folder)) as server:
        assert server.process.stdout
        said = server.process.stdout.readline()
        yield Site(server, said.removeprefix("HTTP on ").strip())


@pytest.fixture
def directory(mailing: Site) -> str:
    """A new directory."""
    return new_directory(mailing)


def _reader(mailing: Site, directory: str) -> Person:
    """Who may look at the directory, and not at its imports."""
    words = ("tokens", "create", "looker", "--scope", "directories:read", "--directory", directory)
    made = rollbook(*words, env=at(mailing.server))
    assert made.code == 0, made.err
    return signed_in(mailing, made.out.strip())


def _invited(person: Person, directory: str, *last_names: str) -> str:
    """The page of an import that has invited users of these last names."""
    rows = "".join(
        f"{number},i{number}@example.org,Ada,{name}\n"
        for number, name in enumerate(last_names, start=1)
    )
    fields = [("notify", "INVITE_NEW")]
    answer = person.upload(f"/d/{directory}/imports", HEADER + rows, *fields)
    assert answer.status == 303, text_of(answer)
    path = answer.headers["location"]
    person.post(f"{path}/apply", [("what", "all")])
    for _ in range(200):
        shown = text_of(person.get(path))
        if "undeliverable" in shown and "pending" not in shown:
            return path
        time.sleep(0.05)
    raise AssertionError(shown)


def test_the_notices_of_an_import_are_listed_and_sent_again(mailing: Site, directory: str) -> None:
    """By state, with the reason; one of them, or all that failed, after they were counted."""
    person = signed_in(mailing)
    path = _invited(person, directory, "Byron", "@undeliverable", "@undeliverable")
    page = person.get(f"{path}/notices")
    assert "sent 1" in text_of(page)
    assert "undeliverable 2" in text_of(page)
    failed = person.get(f"{path}/notices?state=undeliverable").body.decode()
    assert failed.count("Send the notice of") == 2
    assert "Send the notice of 1 again" not in failed
    counted = text_of(person.post(f"{path}/notices", [("do", "count")]))
    assert "2 would be sent again" in counted
    assert "resent" not in text_of(person.get(f"{path}/notices"))
    notice = re.findall(r'name="notice" value="([^"]+)"', failed)[0]
    one = person.post(f"{path}/notices", [("do", "send"), ("notice", notice)])
    assert "1 sent again" in text_of(one)
    rest = text_of(person.post(f"{path}/notices", [("do", "send")]))
    again = re.search(r"([12]) sent again", rest)  # the new one may have failed, too
    assert again
    assert f"resent {1 + int(again[1])}" in text_of(person.get(f"{path}/notices"))
    wrong = person.post(f"{path}/notices", [("do", "send"), ("notice", "none")])
    assert 400 <= wrong.status < 500
    assert 'role="alert"' in wrong.body.decode()
    assert person.get(f"{path}/notices?page=none").status == 400


def test_all_failed_notices_of_a_directory_are_counted_and_sent_again(
    mailing: Site, directory: str
) -> None:
    """On the directory's page of notices; who may not send sees which right it needs."""
    person = signed_in(mailing)
    _invited(person, directory, "@undeliverable")
    path = f"/d/{directory}/directory/notices"
    assert "1 would be sent again" in text_of(person.post(path, [("do", "count")]))
    assert "1 sent again" in text_of(person.post(path, [("do", "send")]))
    newest = person.get(path).body.decode()
    assert newest.count('<th scope="row">') == 2
    failed = person.get(f"{path}?state=resent").body.decode()
    assert failed.count('<th scope="row">') == 1
    assert "There are no such notices" in text_of(person.get(f"{path}?state=unhandled"))
    reader = _reader(mailing, directory)
    assert "needs the right imports:read" in text_of(reader.get(path))
