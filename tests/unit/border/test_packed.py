"""Archives are unpacked as their own libraries do, or refused before they unpack."""

import io
import random
import tarfile
import time
import zipfile

import pytest

from musegnn.border.packed import PackedBounds, is_plain_name, is_zip, open_zip, walk_tar
from musegnn.errors import DataFileError

BOUNDS = PackedBounds(most_members=20, most_bytes=1 << 24, most_growth=50, slack=1 << 20)
FILES = {"a.txt": b"first", "b/c.txt": random.Random(0).randbytes(50_000), "d.txt": b""}
LONG = b"0" * (2 << 20)


def pack_zip(path, members, method=zipfile.ZIP_DEFLATED, **attributes):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            for key, value in attributes.items():
                setattr(info, key, value)
            archive.writestr(info, content)
    return path


def pack_tar(path, members, mode="w", **attributes):
    with tarfile.open(path, mode) as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            for key, value in attributes.items():
                setattr(info, key, value)
            archive.addfile(info, io.BytesIO(content))
    return path


def unpack_zip(path):
    with open_zip(path, BOUNDS, role="an archive") as archive:
        return {m.name: archive.read(m.name, most_bytes=1 << 20) for m in archive.members}


def unpack_tar(path):
    with walk_tar(path, BOUNDS, role="an archive") as members:
        return {member.name: b"".join(chunks) for member, chunks in members}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zip_file_gives_what_was_packed(tmp_path, method):
    path = pack_zip(tmp_path / "a.zip", FILES.items(), method)
    assert unpack_zip(path) == FILES == unpack_zip(io.BytesIO(path.read_bytes()))
    assert is_zip(path)


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_a_tar_file_gives_what_was_packed(tmp_path, mode):
    path = pack_tar(tmp_path / "a.tar", FILES.items(), mode)
    assert unpack_tar(path) == FILES
    assert not is_zip(path)


def test_members_that_nobody_takes_are_passed_over(tmp_path):
    path = pack_tar(tmp_path / "a.tar", [("big", LONG), ("small", b"x")])
    with walk_tar(path, BOUNDS, role="an archive") as members:
        taken = {member.name: b"".join(chunks) for member, chunks in members if member.size < 9}
    assert taken == {"small": b"x"}


def test_links_devices_and_paths_out_of_a_tar_file_are_left_out(tmp_path):
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE):
            info = tarfile.TarInfo(f"odd{kind.decode()}")
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        for name in ("../out", "/abs", "a/../../out", "fine"):
            info = tarfile.TarInfo(name)
            info.size = 1
            archive.addfile(info, io.BytesIO(b"x"))
    assert unpack_tar(path) == {"fine": b"x"}


@pytest.mark.parametrize(
    ("pack", "said"),
    [
        (lambda p: pack_zip(p, [(f"{n}", b"") for n in range(21)]), "21 files"),
        (lambda p: pack_zip(p, [(f"{n:0300}", b"") for n in range(9000)]), "too long"),
        (lambda p: pack_zip(p, [(f"{n}", b"0" * 100_000) for n in range(20)]), "too many bytes"),
        (lambda p: pack_zip(p, [("../a", b"")]), "leads outside"),
        (lambda p: pack_zip(p, [("/a", b"")]), "leads outside"),
        (lambda p: pack_zip(p, [("a\\b", b"")]), "leads outside"),
        (lambda p: pack_zip(p, [("C:/a", b"")]), "leads outside"),
        (lambda p: pack_zip(p, [("a\u202eb", b"")]), "cannot be shown"),
        (lambda p: pack_zip(p, [("a" * 400, b"")]), "leads outside"),
        (lambda p: pack_zip(p, [("a", b"1"), ("A", b"2")]), "twice"),
        (lambda p: pack_zip(p, [("a", b"x")], external_attr=0o120777 << 16), "no plain file"),
        (lambda p: pack_zip(p, [("a", b"x")], external_attr=0o010644 << 16), "no plain file"),
        (lambda p: pack_zip(p, [("a", b"x")], zipfile.ZIP_LZMA), "unusual archive"),
        (lambda p: p.write_bytes(b"no zip"), "cannot be unpacked"),
        (lambda p: p.write_bytes(b""), "cannot be unpacked"),
    ],
)
def test_a_zip_file_that_holds_too_much_or_odd_things_is_refused(tmp_path, pack, said):
    pack(tmp_path / "a.zip")
    with pytest.raises(DataFileError, match=said):
        unpack_zip(tmp_path / "a.zip")


@pytest.mark.parametrize(
    ("pack", "said"),
    [
        (lambda p: pack_tar(p, [(f"{n}", b"") for n in range(21)]), "more than 20"),
        (lambda p: pack_tar(p, [("a", LONG)], "w:gz"), "too many bytes"),
        (lambda p: pack_tar(p, [("a", LONG)], "w:xz"), "too many bytes"),
        (
            lambda p: pack_tar(
                p, [("a", b"")], pax_headers={"comment": random.Random(1).randbytes(1 << 20).hex()}
            ),
            "names that are too long",
        ),
        (lambda p: p.write_bytes(b"no tar" * 500), "cannot be unpacked"),
        (lambda p: p.write_bytes(b"\x1f\x8b no gzip"), "cannot be unpacked"),
    ],
)
def test_a_tar_file_that_holds_too_much_or_odd_things_is_refused(tmp_path, pack, said):
    pack(tmp_path / "a.tar")
    started = time.process_time()
    with pytest.raises(DataFileError, match=said):
        unpack_tar(tmp_path / "a.tar")
    assert time.process_time() - started < 3


def test_a_member_that_is_longer_than_it_states_is_refused(tmp_path):
    path = pack_zip(tmp_path / "a.zip", [("a", b"x" * 1000)], zipfile.ZIP_STORED)
    content = path.read_bytes().replace((1000).to_bytes(4, "little"), (999).to_bytes(4, "little"))
    path.write_bytes(content)
    with pytest.raises(DataFileError, match=r"cannot be unpacked|longer than it states"):
        unpack_zip(path)


@pytest.mark.parametrize("seed", range(40))
def test_flipped_bytes_are_one_sentence_or_harmless(tmp_path, seed):
    rng = random.Random(seed)
    for path, unpack in (
        (pack_zip(tmp_path / "a.zip", FILES.items()), unpack_zip),
        (pack_tar(tmp_path / "a.tar.gz", FILES.items(), "w:gz"), unpack_tar),
        (pack_tar(tmp_path / "a.tar", FILES.items()), unpack_tar),
    ):
        content = bytearray(path.read_bytes())
        for _ in range(rng.randint(1, 8)):
            content[rng.randrange(len(content))] = rng.randrange(256)
        path.write_bytes(content[: rng.randint(1, len(content))] if seed % 4 == 0 else content)
        try:
            found = unpack(path)
        except DataFileError:
            continue
        assert all(is_plain_name(name) for name in found)
