"""Zarr: refuse, before anything is read, a folder that leads elsewhere or asks for other codecs.

What unpacks a chunk is named in the metadata. One of the codecs that a reader would load runs what
it finds, so only those are let through that unpack numbers and texts.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from musegnn.border.documents import Bounds, read_json
from musegnn.errors import DataFileError

MOST_FILES: Final = 200_000
_METADATA: Final = frozenset({".zarray", ".zgroup", ".zattrs", "zarr.json"})
_BOUNDS: Final = Bounds(most_bytes=8 << 20)
_CODECS: Final = frozenset(
    {
        *("blosc", "zstd", "gzip", "zlib", "lz4", "bz2", "lzma", "shuffle", "delta", "crc32c"),
        *("bytes", "transpose", "sharding_indexed", "vlen-utf8", "vlen-bytes", "bitround"),
        *("numcodecs.shuffle", "numcodecs.delta", "numcodecs.zlib", "numcodecs.lz4"),
        *("fixedscaleoffset", "packbits", "adler32", "crc32"),
    }
)


def check_zarr(path: Path, *, role: str) -> None:
    """Raise `DataFileError` for a folder of zarr that is not whole in itself.

    Parameters
    ----------
    path
        The folder.
    role
        What it should be, for messages.
    """
    number = 0
    for folder, folders, names in os.walk(path):
        number += len(names) + len(folders)
        if number > MOST_FILES:
            msg = f"Expected {role} of at most {MOST_FILES:,} files, found more in {path}."
            raise DataFileError(msg, "Save it with larger chunks, or as .h5ad.")
        for name in (*folders, *names):
            item = Path(folder, name)
            if item.is_symlink():
                msg = f"Expected {role} that is whole in itself, found a link at {item}."
                raise DataFileError(msg, "Copy the files themselves into the folder.")
            if not item.is_dir() and not item.is_file():
                msg = f"Expected {role} of plain files, found another kind at {item}."
                raise DataFileError(msg, "Save it again.")
        for name in sorted(_METADATA & set(names)):
            _check_metadata(Path(folder, name), role)


def _check_metadata(path: Path, role: str) -> None:
    """Raise for a codec that is not known here."""
    content = read_json(path, role=role, bounds=_BOUNDS)
    if path.name == ".zattrs":
        return
    for codec in _list_codecs(content):
        if codec not in _CODECS:
            msg = f"Expected {role} packed by a codec that is known here, found {codec[:40]!r}."
            raise DataFileError(msg, "Save it again with zstd or blosc.")


def _list_codecs(content: Any) -> Iterator[str]:
    """Give the names of all codecs of an array, those inside of others too."""
    if not isinstance(content, Mapping):
        return
    found = [content.get("compressor"), *(content.get("filters") or [])]
    found += [*(content.get("codecs") or []), *(content.get("index_codecs") or [])]
    for codec in found:
        if isinstance(codec, Mapping):
            yield str(codec.get("id") or codec.get("name") or "")
            yield from _list_codecs(codec.get("configuration"))
    yield from (
        str(codec.get("name"))
        for codec in content.get("storage_transformers") or []
        if isinstance(codec, Mapping)
    )
