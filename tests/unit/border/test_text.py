"""Texts are what their libraries unpack, or one sentence before they fill the memory."""

import bz2
import gzip
import io
import lzma
import os
import random
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musegnn.border.text import TextBounds, open_binary, read_list, read_rows
from musegnn.errors import DataFileError

PACKERS = {"plain": bytes, "gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}
BOUNDS = TextBounds(most_growth=20, slack=1 << 20, longest_line=1 << 20)
ROWS = "".join(f"G{n}\t{random.Random(n).random()}\n" for n in range(40_000)).encode()


def read(path, bounds=BOUNDS):
    with open_binary(path, role="a text", bounds=bounds) as stream:
        return stream.read()


@pytest.mark.parametrize("kind", PACKERS)
@pytest.mark.parametrize("parts", [1, 3])
def test_a_text_is_what_was_written_packed_or_not_in_one_piece_or_several(tmp_path, kind, parts):
    path = tmp_path / "a.txt"
    path.write_bytes(b"".join(PACKERS[kind](ROWS) for _ in range(parts)))
    assert read(path) == parts * ROWS
    with open_binary(path, role="a text", bounds=BOUNDS) as stream:
        assert list(stream) == io.BytesIO(parts * ROWS).readlines()
    with open_binary(path, role="a text", bounds=BOUNDS) as stream:
        table = pd.read_csv(stream, sep="\t", header=None)
    assert table.equals(pd.read_csv(io.BytesIO(parts * ROWS), sep="\t", header=None))


@pytest.mark.parametrize("kind", ["gz", "bz2", "xz"])
@pytest.mark.parametrize("content", [b"0" * (64 << 20), b"0\n" * (32 << 20)], ids=["line", "rows"])
def test_what_unpacks_to_far_more_than_it_is_stops_early(tmp_path, kind, content):
    path = tmp_path / "a.txt"
    path.write_bytes(PACKERS[kind](content))
    started = time.process_time()
    tracemalloc.start()
    with pytest.raises(DataFileError, match=r"too many bytes|a line of more than"):
        read(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16 << 20
    assert time.process_time() - started < 2


@pytest.mark.parametrize("size", [(1 << 20), (1 << 20) + 1])
def test_the_longest_line_is_just_the_longest(tmp_path, size):
    path = tmp_path / "a.txt"
    content = b"a\n" + b"x" * size + b"\nb\n"
    path.write_bytes(content)
    if size == 1 << 20:
        assert read(path) == content
        return
    with pytest.raises(DataFileError, match="a line of more than 1,048,576 bytes"):
        read(path)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.txt", b"", "an empty file"),
        ("a.gz", b"plain", "another format"),
        ("a.txt", b"a\0b\n", "no text"),
        ("a.txt", "a\tb\n".encode("utf-16"), "no text"),
        ("a.gz", gzip.compress(ROWS, mtime=0)[:-20], "cut off"),
        ("a.xz", lzma.compress(ROWS)[:-20], "cut off"),
        ("a.bz2", bz2.compress(ROWS)[:-20], "cut off"),
        ("a.gz", b"\x1f\x8b" + b"x" * 40, "damaged"),
        ("a.xz", b"\xfd7zXZ\0" + b"x" * 40, "damaged"),
        ("a.bz2", b"BZh91AY&SY" + b"x" * 40, "damaged"),
    ],
)
def test_what_is_no_text_is_told_as_what_it_is(tmp_path, name, content, said):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DataFileError, match=said):
        read(path)


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("kind", ["gz", "bz2", "xz"])
def test_flipped_bytes_are_one_sentence_or_harmless(tmp_path, kind, seed):
    rng = random.Random(seed)
    content = bytearray(PACKERS[kind](ROWS[:20_000]))
    for _ in range(rng.randint(1, 5)):
        content[rng.randrange(len(content))] = rng.randrange(256)
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    try:
        with read_rows(path, delimiter="\t", role="a text", bounds=BOUNDS) as rows:
            list(rows)
    except DataFileError:
        return


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of Unix")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.txt")
    with pytest.raises(DataFileError, match="no regular file"):
        read(tmp_path / "a.txt")


def test_xz_may_not_ask_for_gigabytes(tmp_path):
    path = tmp_path / "a.xz"
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 29}]
    packer = lzma.LZMACompressor(lzma.FORMAT_XZ, filters=filters)
    path.write_bytes(packer.compress(b"text\n") + packer.flush())
    with pytest.raises(DataFileError, match="damaged packed data"):
        read(path)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (gzip.compress(b"a\tb\n"), b""),
        (gzip.compress(b"a\tb\n"), b"x"),
        (gzip.compress(b"a\tb\n")[:3] + b"\x08" + bytes(4) + b"\0\xff" + b"n" * (2 << 20), b""),
    ],
    ids=["zeros", "zeros and more", "a name without an end"],
)
def test_a_packed_text_is_not_gone_through_byte_by_byte(tmp_path, start, end):
    path = tmp_path / "a.tsv.gz"
    path.write_bytes(start)
    os.truncate(path, 1 << 32)
    with path.open("ab") as stream:
        stream.write(end)
    # byte by byte it would take an hour
    with pytest.raises(DataFileError, match="Expected a text, found damaged packed data"):
        read(path)


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
def test_zeros_that_a_tape_leaves_are_passed_over(tmp_path, pack):
    path = tmp_path / "a"
    path.write_bytes(pack(b"a\tb\n") + bytes(0 if pack is bytes else 100))
    assert read(path) == b"a\tb\n"


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    content=st.text('ab\t,"\r\n é', max_size=40).map(str.encode) | st.binary(max_size=20),
    mark=st.sampled_from("\t,"),
)
def test_a_list_is_read_whole_as_row_by_row(content, mark):
    def said(call):
        try:
            return call()
        except DataFileError as error:
            return error.message

    def by_rows():
        with read_rows(path, delimiter=mark, role="a list") as rows:
            return list(rows)

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.txt"
        path.write_bytes(content)
        assert said(lambda: read_list(path, delimiter=mark, role="a list")) == said(by_rows)
