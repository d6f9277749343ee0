import gzip
import hashlib
import json
import os

import pytest

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
    assert len(list(store.folder.iterdir())) == 1


def test_what_was_not_used_for_longest_goes_first(store):
    names = [store.put({"number": number}) for number in range(5)]
    for age, name in enumerate(names):
        os.utime(store.folder / f"{name}.json.gz", (age, age))
    assert store.get(names[0]) == {"number": 0}  # used again
    store.put({"number": 5})
    assert len(list(store.folder.iterdir())) == 5
    with pytest.raises(InputError, match="found none under"):
        store.get(names[1])
    assert store.get(names[0]) == {"number": 0}


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
    path = store.folder / f"{name}.json.gz"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataFileError, match="as it was written"):
        store.get(name)


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataFileError, match="Expected to be able to write"):
        ContentStore(tmp_path / "file").put({"a": 1})
