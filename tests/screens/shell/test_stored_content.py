import gzip
import hashlib
import json
import os
import time

import pytest

from musegnn.access.visitor import Visitor, acting_as
from musegnn.errors import DataFileError, InputError
from musegnn.screens.shell.stored_content import MOST_BYTES, ContentStore


@pytest.fixture
def store(tmp_path):
    return ContentStore(tmp_path / "links", most_files=5)


def test_the_id_is_the_hash_of_the_content(store):
    content = {"kind": "list", "text": "CD3E"}
    name = store.put(content)
    text = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
    assert name == hashlib.sha256(text).hexdigest()[:24]
    assert store.get(name) == content
    assert store.put({"text": "CD3E", "kind": "list"}) == name
    assert len(list(store.folder.rglob("*.gz"))) == 1


def put_at(store, number, days):
    """Keep a content, as somebody did so many days ago."""
    name = store.put({"number": number})
    path = next(store.folder.rglob(f"{name}.json.gz"))
    moment = time.time() - days * 86400
    os.utime(path, (moment, moment))
    return name


def test_what_was_not_opened_for_longest_goes_first(store):
    names = [put_at(store, number, 30 - number) for number in range(5)]
    assert store.get(names[0]) == {"number": 0}  # somebody has the link
    store.put({"number": 5})
    assert len(list(store.folder.rglob("*.gz"))) == 5
    with pytest.raises(InputError, match="found none under"):
        store.get(names[1])
    assert store.get(names[0]) == {"number": 0}


def test_what_is_young_or_was_opened_is_not_pushed_out(store):
    names = [put_at(store, number, days) for number, days in enumerate((300, 300, 6, 1, 0))]
    for name in names[:2]:
        store.get(name)
    with pytest.raises(InputError, match="at most 5 links on this server, found 5"):
        store.put({"number": 5})
    assert [store.get(name)["number"] for name in names] == [0, 1, 2, 3, 4]
    assert store.put({"number": 3}) == names[3]  # what is known needs no room


def test_a_link_that_nobody_opened_for_more_than_a_year_makes_room(store):
    names = [put_at(store, number, 0) for number in range(5)]
    for name in names:
        store.get(name)
    path = store.folder / f"{names[2]}.json.gz"
    os.utime(path, (0, 0))
    assert store.get(store.put({"number": 5})) == {"number": 5}
    assert not path.exists()


def test_two_thousand_links_of_one_push_out_nobody_elses(tmp_path):
    store = ContentStore(tmp_path / "links", most_files=2000, most_of_one=300)
    with acting_as(Visitor("oidc:ada", "Ada", "member")):
        opened, young = (store.put({"of ada": number}) for number in range(2))
    store.get(opened)
    refused = 0
    with acting_as(Visitor("oidc:ben", "Ben", "member")):
        for number in range(2000):
            try:
                store.put({"of ben": number})
            except InputError as error:
                refused += 1
                told = str(error)
    assert refused == 1700
    assert "at most 300 links of one person that nobody has opened" in told
    assert [store.get(name) for name in (opened, young)] == [{"of ada": 0}, {"of ada": 1}]
    with acting_as(Visitor("oidc:ada", "Ada", "member")):
        assert store.get(store.put({"of ada": 2})) == {"of ada": 2}


@pytest.mark.parametrize("name", ["0" * 24, "", "../../etc/passwd", "A" * 24, "0" * 23])
def test_an_unknown_id_is_explained(store, name):
    with pytest.raises(InputError, match="found none under") as caught:
        store.get(name)
    assert "session file" in caught.value.hint


def test_too_much_is_refused(store):
    with pytest.raises(InputError, match="at most 2,000,000 bytes"):
        store.put({"text": "x" * MOST_BYTES})
    assert not store.folder.exists()


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-9],
        lambda data: b"",
        lambda data: b"not gzip",
        lambda data: gzip.compress(b'{"kind":"list","text":"other"}'),
        lambda data: gzip.compress(b"0" * (MOST_BYTES * 20)),
    ],
)
def test_a_changed_file_is_noticed(store, damage):
    name = store.put({"kind": "list", "text": "CD3E"})
    (path,) = store.folder.rglob("*.gz")
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataFileError, match="as it was written"):
        store.get(name)


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataFileError, match="Expected to be able to write"):
        ContentStore(tmp_path / "file").put({"a": 1})
