"""Changes of bytes, for a file of any kind; of what is packed inside too."""

from __future__ import annotations

import gzip
import os
import random
import shutil
import zlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from benchmarks.hostile.evil import Change, Evil, NotApplicableError, Outside

GZIP = b"\x1f\x8b"
_BOMB = 1_000_000_000  # bytes unpacked
_TAILS = (b" ", b"\t", b"\r", b"\n", b"\n\n", b" 3.0", b"\t4 5", b"\0", b"\x1a", b",", b"\n#", b'"')
_HEADS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\0", b"\n", b"#", b"\x89HDF\r\n\x1a\n", b"PK\x03\x04")


def _on_content(edit: Callable[[bytes, random.Random], bytes]) -> Change:
    """Change the content; that of a packed file inside its packing, in half of the cases."""

    def change(path: Path, rng: random.Random, outside: Outside) -> None:
        content = path.read_bytes()
        inner = _unpacked(content) if content[:2] == GZIP and rng.random() < 0.7 else None
        if inner is None:
            path.write_bytes(edit(content, rng))
        else:
            path.write_bytes(gzip.compress(edit(inner, rng), 1, mtime=0))

    return change


def _unpacked(content: bytes) -> bytes | None:
    """Content of a gzip file, None when it is none."""
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error):
        return None


def _cut(share: float) -> Change:
    return _on_content(lambda content, rng: content[: int(share * len(content))])


def _flip(count: int) -> Change:
    return _on_content(lambda content, rng: flip(content, rng, count))


def flip(content: bytes, rng: random.Random, count: int) -> bytes:
    """Change some bits."""
    changed = bytearray(content)
    for _ in range(count if changed else 0):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _blank(content: bytes, rng: random.Random) -> bytes:
    """Put zeros in place of a stretch."""
    start = rng.randrange(max(1, len(content)))
    stretch = min(len(content) - start, rng.choice((4, 64, 4096)))
    return content[:start] + bytes(stretch) + content[start + stretch :]


def _bomb(start: bytes, line: bytes) -> Change:
    """Follow the honest content by a gigabyte of the same, packed to a million bytes."""

    def change(path: Path, rng: random.Random, outside: Outside) -> None:
        content = path.read_bytes()
        inner = _unpacked(content) if content[:2] == GZIP else content
        path.write_bytes(gzip.compress((inner or b"") + start, 1, mtime=0) + _gigabyte(line))

    return change


@lru_cache(maxsize=4)
def _gigabyte(line: bytes) -> bytes:
    """A gigabyte of a line, packed."""
    block = line * ((1 << 20) // len(line))
    packer = zlib.compressobj(9, wbits=31)
    parts = [packer.compress(block) for _ in range(_BOMB // len(block))]
    return b"".join([*parts, packer.flush()])


def _long(line: bytes, size: int) -> Change:
    return _on_content(lambda content, rng: content + line * (size // len(line)))


def _other(path: Path, rng: random.Random, outside: Outside) -> None:
    """Give the content of another kind of file under this name."""
    shutil.copyfile(outside.other[rng.choice(sorted(outside.other))], path)


def _recoded(name: str) -> Change:
    def edit(content: bytes, rng: random.Random) -> bytes:
        try:
            return content.decode("utf-8").encode(name, "replace")
        except UnicodeDecodeError as error:
            raise NotApplicableError from error

    return _on_content(edit)


def _replaced(make: Callable[[Path, Outside], None]) -> Change:
    """Put something else in place of the file."""

    def change(path: Path, rng: random.Random, outside: Outside) -> None:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
        make(path, outside)

    return change


def _sparse(path: Path, rng: random.Random, outside: Outside) -> None:
    """Make the file long without using the disk."""
    os.truncate(path, path.stat().st_size + (100 << 20))


def _strange(content: bytes, rng: random.Random) -> bytes:
    """Put signs that spreadsheets, browsers or terminals take amiss in place of some words."""
    for word in (b"INS", b"GCG", b"blood", b"human", b"chr1"):
        sign = rng.choice(("=cmd|' /C calc'!A0", "\u202eSNI", "![x](http://x.example/)", "\ud800"))
        sign = rng.choice((sign, "<script>", "$\\frac{1}$", "\x1b[31m", "a\nb", "x" * 70_000, ""))
        content = content.replace(word, sign.encode("utf-8", "surrogatepass"))
    return content


FOR_FILES: tuple[Evil, ...] = (
    Evil("empty", _on_content(lambda content, rng: b"")),
    Evil("one byte", _on_content(lambda content, rng: content[:1])),
    *(Evil(f"cut at {share}", _cut(share)) for share in (0.1, 0.3, 0.5, 0.8, 0.95, 0.999)),
    *(Evil(f"{count} bits flipped", _flip(count)) for count in (1, 1, 2, 4, 10, 100, 1000)),
    *(Evil("blanked", _on_content(_blank)) for _ in range(4)),
    *(Evil(f"tail {tail!r}", _on_content(lambda c, rng, t=tail: c + t)) for tail in _TAILS),
    *(
        Evil(f"odd last line {tail!r}", _on_content(lambda c, rng, t=tail: c.rstrip(b"\n") + t))
        for tail in _TAILS
    ),
    *(Evil(f"head {head!r}", _on_content(lambda c, rng, h=head: h + c)) for head in _HEADS),
    Evil("twice", _on_content(lambda content, rng: content * 2)),
    Evil("random", _on_content(lambda content, rng: rng.randbytes(3000))),
    Evil("of letters", _on_content(lambda content, rng: b"abc " * 1000)),
    Evil("lines of CR", _on_content(lambda content, rng: content.replace(b"\n", b"\r"))),
    Evil("lines of CRLF", _on_content(lambda content, rng: content.replace(b"\n", b"\r\n"))),
    Evil("without lines", _on_content(lambda content, rng: content.replace(b"\n", b" "))),
    *(Evil(f"as {code}", _recoded(code)) for code in ("utf-16", "utf-32", "latin-1")),
    Evil("strange names", _on_content(_strange)),
    Evil("strange names again", _on_content(_strange)),
    *(Evil("another kind", _other) for _ in range(4)),
    Evil("bomb of one line", _bomb(b"", b"0123456789")),
    Evil("bomb of lines", _bomb(b"\n", b"1 1 1\n")),
    Evil("bomb of fields", _bomb(b"\n", b"0,")),
    Evil("10 MB of brackets", _long(b"[", 10_000_000)),
    Evil("30 MB of tabs", _long(b"\t", 30_000_000)),
    Evil("30 MB of lines", _long(b"a\tb\tc\n", 30_000_000)),
    Evil("100 MB of nothing", _sparse, needs_path=True),
    Evil("a folder", _replaced(lambda path, _: path.mkdir()), needs_path=True),
    Evil("missing", _replaced(lambda path, _: None), needs_path=True),
    Evil("a pipe", _replaced(lambda path, _: os.mkfifo(path)), needs_path=True),
    Evil("zeros", _replaced(lambda path, _: path.symlink_to("/dev/zero")), needs_path=True),
    Evil("a loop", _replaced(lambda path, _: path.symlink_to(path)), needs_path=True),
)

# in a folder that somebody else filled, a link leads to what is not theirs
FOR_MEMBERS: tuple[Evil, ...] = (
    Evil("link outside", _replaced(lambda path, o: path.symlink_to(o.text)), needs_path=True),
    Evil("link to data", _replaced(lambda path, o: path.symlink_to(o.hdf5)), needs_path=True),
)
