"""Regular files are read; pipes, devices, links and what states no size are not waited for."""

import hashlib
import os
import socket
import sys
import time

import pytest

from musegnn.border.regular import hash_regular, is_regular, open_regular, read_regular
from musegnn.errors import DataFileError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes and devices of Unix")


def make_pipe(path):
    os.mkfifo(path)
    return path


def make_socket(path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
    return path


def make_folder(path):
    path.mkdir()
    return path


def make_link(path):
    path.symlink_to("/etc/hostname")
    return path


ODD = {
    "pipe": make_pipe,
    "socket": make_socket,
    "folder": make_folder,
    "link": make_link,
    "zeros": lambda _: "/dev/zero",
    "random": lambda _: "/dev/urandom",
    "terminal": lambda _: "/dev/tty",
    "nothing": lambda path: path,
    "NUL": lambda path: path.with_name("a\0b"),
    "long": lambda path: path.with_name("a" * 5000),
}


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize(
    "read",
    [
        lambda path: open_regular(path, role="a thing"),
        lambda path: read_regular(path, role="a thing", most_bytes=10),
        lambda path: hash_regular(path, role="a thing"),
    ],
    ids=["open", "read", "hash"],
)
def test_what_is_no_plain_file_is_refused_at_once(tmp_path, kind, read):
    path = ODD[kind](tmp_path / "odd")
    started = time.monotonic()
    with pytest.raises(DataFileError, match="Expected a thing"):
        read(path)
    assert time.monotonic() - started < 1
    assert not is_regular(path)


def test_a_link_is_followed_only_where_a_person_named_it(tmp_path):
    (tmp_path / "file").write_bytes(b"content")
    link = tmp_path / "link"
    link.symlink_to("file")
    assert read_regular(link, role="a thing", most_bytes=10, links=True) == b"content"
    expected = hashlib.sha256(b"content").hexdigest()
    assert hash_regular(link, links=True) == expected == hash_regular(tmp_path / "file")
    with pytest.raises(DataFileError, match="no regular file"):
        read_regular(link, role="a thing", most_bytes=10)
    (tmp_path / "away").symlink_to("/dev/zero")
    with pytest.raises(DataFileError, match="no regular file"):
        read_regular(tmp_path / "away", role="a thing", most_bytes=10, links=True)


def test_a_file_of_just_the_limit_is_read_and_one_byte_more_is_not(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x" * 10)
    assert read_regular(path, role="a thing", most_bytes=10) == b"x" * 10
    with pytest.raises(DataFileError, match="at most 9 bytes"):
        read_regular(path, role="a thing", most_bytes=9)
    with pytest.raises(DataFileError, match="at most 9 bytes"):
        hash_regular(path, most_bytes=9)


@pytest.mark.skipif(sys.platform != "linux", reason="files of /proc")
def test_what_a_process_is_told_is_not_read_as_a_file():
    assert read_regular("/proc/self/environ", role="a thing", most_bytes=1 << 20) == b""
