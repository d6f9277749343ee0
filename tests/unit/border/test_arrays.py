"""Arrays come out as numpy wrote them, and whatever else is in their place is refused."""

import contextlib
import io
import os
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from musegnn.border.arrays import read_npy, read_npz
from musegnn.errors import DataFileError

POINTS = np.arange(10, dtype=np.float32).reshape(5, 2)


def as_npy(array, **options):
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, **options)
    return stream.getvalue()


def frame(path):
    return read_npy(path, role="a frame", kind="float32", most_bytes=1 << 16)


@pytest.mark.parametrize(
    "array",
    [POINTS, POINTS[:0], POINTS[0], np.float32(3.0), np.asfortranarray(POINTS), POINTS[::2]],
    ids=["plain", "empty", "flat", "single", "fortran", "strided"],
)
@pytest.mark.parametrize("version", [(1, 0), (2, 0)])
def test_what_numpy_writes_comes_back(tmp_path, array, version):
    path = tmp_path / "a.npy"
    path.write_bytes(as_npy(np.asanyarray(array), version=version))
    found = frame(path)
    np.testing.assert_array_equal(found, array)
    assert (found.dtype, found.shape) == (array.dtype, array.shape)
    assert found.flags.writeable


def stated(shape, body=b"", descr="<f4", more=""):
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, {more}}}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + body


def zipped():
    stream = io.BytesIO()
    np.savez(stream, POINTS)
    return stream.getvalue()


WRONG = {
    "huge": stated("(1000000000000, 2)"),
    "negative": stated("(-1, 2)"),
    "too_many_digits": stated("(" + "9" * 5000 + ", 2)"),
    "brackets": stated("(" * 400 + ")" * 400),
    "expression": stated("(2**40, 2)"),
    "cut_off": as_npy(POINTS)[:-1],
    "too_long": as_npy(POINTS) + b"\0",
    "doubles": as_npy(POINTS.astype(float)),
    "records": as_npy(np.zeros(3, dtype=[("a", "f4")])),
    "objects": stated("(1,)", bytes(8), descr="|O"),
    "no_width": stated("(0,)", descr="<f0"),
    "another_key": stated("(0,)", more="'x': 1, "),
    "archive": zipped(),
    "text": b"1 2\n",
    "empty": b"",
    "magic_alone": b"\x93NUMPY",
    "version_9": b"\x93NUMPY\x09\x00" + as_npy(POINTS)[8:],
    "long_header": b"\x93NUMPY\x02\x00" + (1 << 31).to_bytes(4, "little"),
}


@pytest.mark.parametrize("name", WRONG)
def test_anything_else_is_refused(tmp_path, name):
    path = tmp_path / "a.npy"
    path.write_bytes(WRONG[name])
    with pytest.raises(DataFileError, match="Expected a frame"):
        frame(path)


def test_large_files_and_special_ones_are_refused(tmp_path):
    path = tmp_path / "a.npy"
    path.write_bytes(as_npy(np.zeros((1 << 14, 2), dtype=np.float32)))
    with pytest.raises(DataFileError, match="a larger file"):
        frame(path)
    (tmp_path / "link.npy").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "pipe.npy")
    for name in ("link.npy", "pipe.npy"):
        with pytest.raises(DataFileError, match="no regular file"):
            frame(tmp_path / name)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_changed_bytes_give_an_array_or_a_sentence(tmp_path_factory, data):
    content = bytearray(as_npy(POINTS))
    for place in data.draw(st.lists(st.integers(0, 80), min_size=1, max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("changed") / "a.npy"
    path.write_bytes(content)
    with contextlib.suppress(DataFileError):
        assert frame(path).nbytes == POINTS.nbytes


KINDS = {"steps": "i", "names": "U"}


def several(path, **options):
    return read_npz(path, KINDS, role="correlations", most_bytes=1 << 16, **options)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_arrays_of_an_archive_come_back(tmp_path, save):
    path = tmp_path / "a.npz"
    save(path, steps=np.arange(6, dtype=np.int8), names=np.array(["a", "bé", ""]), more=POINTS)
    found = several(path)
    assert list(found) == ["steps", "names"]
    assert found["steps"].tolist() == list(range(6))
    assert found["names"].tolist() == ["a", "bé", ""]


def archive(path, **members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(f"{name}.npy", content)


def test_archives_of_anything_else_are_refused(tmp_path):
    path = tmp_path / "a.npz"
    names, steps = as_npy(np.array(["a"])), as_npy(np.arange(3, dtype=np.int8))
    bomb = as_npy(np.zeros(1 << 24, dtype=np.int8))
    no_letters = as_npy(np.array(["a"])).replace(b"a\0\0\0", b"\xff\xff\xff\xff")
    for members in (
        {"steps": steps},
        {"steps": bomb, "names": names},
        {"steps": names, "names": names},
        {"steps": steps, "names": no_letters},
        {"steps": steps, "names": stated("(1,)", bytes(8), descr="|O")},
    ):
        archive(path, **members)
        with pytest.raises(DataFileError, match="Expected correlations"):
            several(path)
    archive(path, steps=steps, names=names)
    whole = path.read_bytes()
    for content in (b"", b"text", whole[:-30], whole[:40] + b"\0\0\0" + whole[43:]):
        path.write_bytes(content)
        with pytest.raises(DataFileError, match="Expected correlations"):
            several(path)
