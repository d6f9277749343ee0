"""What was taken out of a file once is believed only where this installation sealed it."""

import os
import subprocess
import sys

import numpy as np
import pytest

from musegnn.errors import DataFileError
from musegnn.io import kept_arrays
from musegnn.io.kept_arrays import ArrayFile, open_kept, read_kept, write_arrays

ARRAYS = {"a": np.arange(12, dtype=np.int32).reshape(4, 3), "none": np.empty((0, 2))}


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """A cache folder, and so a key, of this test alone."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("MUSEGNN_OPENED", str(folder))
    kept_arrays._key.cache_clear()
    yield folder
    kept_arrays._key.cache_clear()


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "results" / "embedding.h5ad"
    path.parent.mkdir()
    path.write_bytes(b"what the arrays are taken out of")
    return path


def keep(source, arrays=ARRAYS, check=lambda kept: None):
    """Open what is kept of a file; tell the arrays and how often they were made."""
    made = []

    def make(into):
        made.append(into)
        write_arrays(into, arrays)

    return open_kept(source, ".rows", make=make, check=check), len(made)


def test_arrays_are_made_once_and_mapped_read_only(source):
    kept, made = keep(source)
    again, made_again = keep(source)
    assert (made, made_again) == (1, 0)
    for found in (kept, again):
        assert {name: array.tolist() for name, array in found.arrays.items()} == {
            "a": [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11]],
            "none": [],
        }
        with pytest.raises(ValueError, match="read-only"):
            found.arrays["a"][0, 0] = 1
    assert sorted(path.name for path in source.parent.iterdir()) == [
        "embedding.h5ad",
        "embedding.rows",
    ]


def test_another_source_is_taken_out_anew(source):
    keep(source)
    source.write_bytes(b"another content")
    _, made = keep(source, {"a": np.zeros(3)})
    assert made == 1


@pytest.mark.parametrize("place", [0, 70, -100, -50, -1])
def test_one_changed_byte_breaks_the_seal(source, place):
    keep(source)
    path = source.with_name("embedding.rows")
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    kept, made = keep(source)
    assert made == 1
    assert kept.arrays["a"].sum() == 66


def test_what_another_installation_sealed_is_made_anew(source, monkeypatch, tmp_path):
    keep(source, {"a": np.full(3, 7)})
    monkeypatch.setenv("MUSEGNN_OPENED", str(tmp_path / "of somebody else"))
    kept_arrays._key.cache_clear()
    kept, made = keep(source)
    assert made == 1
    assert kept.arrays["a"].sum() == 66


def test_a_folder_that_can_only_be_read_leaves_them_in_the_cache_folder(
    source, own_folder, monkeypatch
):
    writable = os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode: path != source.parent and writable(path, mode)
    )
    assert [keep(source)[1], keep(source)[1]] == [1, 0]
    assert [path.name for path in source.parent.iterdir()] == ["embedding.h5ad"]
    assert {path.suffix for path in own_folder.iterdir()} == {"", ".rows"}  # and the key


@pytest.fixture
def for_now(tmp_path, monkeypatch):
    """Where folders of single processes lie; none was made yet."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(kept_arrays.tempfile, "tempdir", str(folder))
    monkeypatch.setattr(kept_arrays, "_FOR_NOW", [])
    return folder


def test_a_folder_of_this_process_alone_is_made_only_where_nothing_else_can_be_written(
    source, own_folder, for_now, monkeypatch
):
    assert kept_arrays.find_kept(source, ".rows") is None
    keep(source)
    assert not list(for_now.iterdir())
    (source.parent / "embedding.rows").unlink()
    writable = os.access
    barred = {source.parent, own_folder}
    monkeypatch.setattr(
        os, "access", lambda path, mode: path not in barred and writable(path, mode)
    )
    assert [keep(source)[1], keep(source)[1]] == [1, 0]
    (own,) = for_now.iterdir()
    assert [path.suffix for path in own.iterdir()] == [".rows"]
    kept_arrays._FOR_NOW[0].cleanup()


@pytest.mark.skipif(os.name != "posix", reason="asks processes by a signal")
def test_folders_of_processes_that_were_killed_are_removed(
    source, own_folder, for_now, monkeypatch
):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left, used, other = (
        for_now / f"musegnn-opened-{name}" for name in (f"{ended.pid}-a", f"{os.getpid()}-b", "c")
    )
    for folder in (left, used, other):
        folder.mkdir()
        (folder / "large.rows").write_bytes(b"1")
    monkeypatch.setattr(os, "access", lambda path, mode: for_now in path.parents)
    keep(source)
    assert not left.exists()
    assert (used / "large.rows").exists()
    assert (other / "large.rows").exists()
    kept_arrays._FOR_NOW[0].cleanup()


def test_parts_that_do_not_fit_are_not_kept(source):
    def refuse(kept):
        msg = "Expected three parts, found two."
        raise DataFileError(msg)

    with pytest.raises(DataFileError, match="found two"):
        keep(source, check=refuse)
    assert [path.name for path in source.parent.iterdir()] == ["embedding.h5ad"]


@pytest.mark.parametrize("content", [b"", b"short", b"musegnn kept 1\n\0" + b"\xff" * 100])
def test_a_file_of_something_else_is_no_kept_file(tmp_path, content):
    path = tmp_path / "some.rows"
    path.write_bytes(content)
    with pytest.raises(DataFileError, match="damaged file"):
        read_kept(path)


@pytest.mark.parametrize(
    "part",
    [
        {"shape": [1 << 40]},
        {"shape": [-3]},
        {"offset": 1 << 60},
        {"offset": -64},
        {"dtype": "O"},
        {"offset": 17},
    ],
)
def test_a_header_that_lies_is_refused_before_anything_is_mapped(tmp_path, part):
    path = tmp_path / "some.rows"
    with ArrayFile(path) as out:
        out.add("a", np.arange(10.0))
        out._arrays[0] |= part
        out.close({})
    with pytest.raises(DataFileError, match="damaged file"):
        read_kept(path)


def test_the_cache_folder_keeps_what_was_used_last(own_folder, monkeypatch):
    own_folder.mkdir()
    for number in range(4):
        path = own_folder / f"{number}.rows"
        path.write_bytes(b"x" * 100)
        os.utime(path, (1000 - number, 1000 - number))
    monkeypatch.setattr(kept_arrays, "MOST_KEPT", 250)
    kept_arrays._sweep(own_folder / "new.rows")
    assert sorted(path.name for path in own_folder.iterdir()) == ["0.rows", "1.rows"]
