"""Changes of archives: names, kinds and sizes of members, and what is inside of them."""

from __future__ import annotations

import hashlib
import io
import json
import random
import stat
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.hostile.evil import Change, Evil, NotApplicableError, Outside
from musegnn.runs.archive import INDEX

Members = list[tuple[zipfile.ZipInfo, bytes]]

_NAMES = (
    *(
        "../outside.txt",
        "/tmp/outside.txt",
        "..\\outside.txt",
        "a/../../b.h5ad",
        "",
        ".",
        "..",
        "/",
    ),
    *("C:\\x.json", "frames/../../x.npy", "result/../x.json", "x" * 300, "\u202ex.json", "a\nb"),
    *("result/a/b/c/d.json", "frames/x.exe", "result/", "con", "config.json/", "-rf", "~/x", "a:b"),
)


def _read(path: Path) -> Members:
    """All members of a zip."""
    with zipfile.ZipFile(path) as archive:
        return [(info, archive.read(info)) for info in archive.infolist()]


def _write(path: Path, members: Members, *, is_listed: bool = True) -> None:
    """Write a zip; the list of hashes of a run, where there is one, fits what is inside."""
    for number, (info, content) in enumerate(members):
        if info.filename == INDEX and is_listed:
            index = json.loads(content)
            others = [(i, c) for i, c in members if i.filename != INDEX]
            index["files"] = {i.filename: hashlib.sha256(c).hexdigest() for i, c in others}
            members[number] = (info, json.dumps(index).encode())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for info, content in members:
            made = zipfile.ZipInfo(info.filename.replace("\0", "?"))
            made.external_attr = info.external_attr
            made.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(made, content)


def _on_members(edit: Callable[[Members, random.Random, Outside], Members]) -> Change:
    """Change the members of a zip; lists of hashes follow."""

    def change(path: Path, rng: random.Random, outside: Outside) -> None:
        _write(path, edit(_read(path), rng, outside))

    return change


def _added(name: str) -> Change:
    def edit(members: Members, rng: random.Random, outside: Outside) -> Members:
        return [*members, (zipfile.ZipInfo(name), b"{}")]

    return _on_members(edit)


def _renamed(members: Members, rng: random.Random, outside: Outside) -> Members:
    """Give one member another name."""
    info = rng.choice(members)[0]
    return [(zipfile.ZipInfo(rng.choice(_NAMES)) if i is info else i, c) for i, c in members]


def _of_kind(kind: int) -> Change:
    """Make one member a link, a pipe or a device."""

    def edit(members: Members, rng: random.Random, outside: Outside) -> Members:
        number = rng.randrange(len(members))
        info = zipfile.ZipInfo(members[number][0].filename)
        info.external_attr = (kind | 0o777) << 16
        return [*members[:number], (info, str(outside.text).encode()), *members[number + 1 :]]

    return _on_members(edit)


def _doubled(members: Members, rng: random.Random, outside: Outside) -> Members:
    return [*members, rng.choice(members)]


def _fewer(members: Members, rng: random.Random, outside: Outside) -> Members:
    number = rng.randrange(len(members))
    return members[:number] + members[number + 1 :]


def _zeros(size: int) -> Change:
    """Put zeros in place of a member."""

    def edit(members: Members, rng: random.Random, outside: Outside) -> Members:
        number = rng.randrange(len(members))
        return [*members[:number], (members[number][0], bytes(size)), *members[number + 1 :]]

    return _on_members(edit)


def _crowd(members: Members, rng: random.Random, outside: Outside) -> Members:
    return members + [(zipfile.ZipInfo(f"frames/epoch_{n:07d}.npy"), b"") for n in range(20_000)]


def _in_header(offset: int, value: bytes) -> Change:
    """Overwrite a field of each entry of the directory of a zip."""

    def change(path: Path, rng: random.Random, outside: Outside) -> None:
        content = bytearray(path.read_bytes())
        start = content.find(b"PK\x01\x02")
        while start >= 0:
            content[start + offset : start + offset + len(value)] = value
            start = content.find(b"PK\x01\x02", start + 4)
        path.write_bytes(bytes(content))

    return change


def _nested(members: Members, rng: random.Random, outside: Outside) -> Members:
    """Put the archive into itself."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        for info, content in members:
            archive.writestr(info.filename, content)
    return [(zipfile.ZipInfo("inner.zip"), inner.getvalue())]


def on_inner(change: Change, wanted: Callable[[str], bool]) -> Change:
    """Change one of the members of a zip that are wanted, as if it were a file."""

    def outer(path: Path, rng: random.Random, outside: Outside) -> None:
        members = _read(path)
        fitting = [n for n, (info, _) in enumerate(members) if wanted(info.filename)]
        if not fitting:
            raise NotApplicableError
        number = rng.choice(fitting)
        info, content = members[number]
        with tempfile.TemporaryDirectory() as folder:
            inner = Path(folder) / Path(info.filename).name
            inner.write_bytes(content)
            change(inner, rng, outside)
            members[number] = (info, inner.read_bytes())
        _write(path, members, is_listed=info.filename != INDEX)

    return outer


def _tar(add: Callable[[tarfile.TarFile, Outside], None], mode: str = "w:gz") -> Change:
    """Put something into a tar before what is in it."""

    def change(path: Path, rng: random.Random, outside: Outside) -> None:
        with tarfile.open(path) as old:
            members = [(i, old.extractfile(i).read() if i.isfile() else b"") for i in old]  # type: ignore[union-attr]
        with tarfile.open(path, mode) as new:  # type: ignore[call-overload]
            add(new, outside)
            for info, content in members:
                new.addfile(info, io.BytesIO(content))

    return change


def _entry(name: str, kind: bytes, *, target: str = "", size: int = 0) -> Change:
    """A tar with an entry of a kind."""

    def add(archive: tarfile.TarFile, outside: Outside) -> None:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, target.replace("@", str(outside.text))
        info.size = size
        archive.addfile(info, io.BytesIO(bytes(size)))

    return _tar(add)


FOR_ZIP: tuple[Evil, ...] = (
    *(Evil(f"a member named {name[:20]!r}", _added(name)) for name in _NAMES if name),
    *(Evil("a member of another name", _on_members(_renamed)) for _ in range(6)),
    *(
        Evil("a member of another kind", _of_kind(kind))
        for kind in (stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFDIR, stat.S_IFSOCK)
        for _ in range(2)
    ),
    *(Evil("a member twice", _on_members(_doubled)) for _ in range(3)),
    *(Evil("a member less", _on_members(_fewer)) for _ in range(4)),
    *(Evil(f"{size} zeros", _zeros(size)) for size in (2_000_000, 300_000_000)),
    Evil("20,000 members", _on_members(_crowd)),
    Evil("in itself", _on_members(_nested)),
    Evil("larger than stated", _in_header(24, b"\x01\0\0\0")),
    Evil("stated as 4 GB", _in_header(24, b"\xff\xff\xff\xfe")),
    Evil("stated as encrypted", _in_header(8, b"\x01\0")),
    *(Evil(f"packed in way {n}", _in_header(10, bytes([n, 0]))) for n in (0, 9, 12, 14, 95, 99)),
    Evil("offset of nowhere", _in_header(42, b"\xff\xff\xff\x7f")),
    Evil("another checksum", _in_header(16, b"\0\0\0\0")),
)
FOR_TAR: tuple[Evil, ...] = (
    *(Evil(f"an entry named {n!r}", _entry(n, tarfile.REGTYPE, size=10)) for n in _NAMES[:5] if n),
    *(
        Evil(f"a link at {name}", _entry(name, kind, target=target))
        for name in ("filtered/matrix.mtx", "filtered/genes.tsv", "filtered/barcodes.tsv")
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE)
        for target in ("@", "/dev/zero")
    ),
    Evil("a pipe", _entry("filtered/matrix.mtx", tarfile.FIFOTYPE)),
    Evil("a device", _entry("filtered/matrix.mtx", tarfile.CHRTYPE)),
    Evil("a long name", _entry("filtered/" + "x" * 5000, tarfile.REGTYPE)),
    Evil("400 MB of zeros", _entry("filtered/matrix.mtx", tarfile.REGTYPE, size=400_000_000)),
    Evil("a hole", _entry("filtered/matrix.mtx", tarfile.GNUTYPE_SPARSE)),
)
