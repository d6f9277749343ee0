"""Readers: what may be asked of a process that reads a file apart."""

from __future__ import annotations

from typing import Final

# Places of functions marked with `musegnn.border.apart.apart`: each takes a path and plain options,
# reads what it is named after, and returns a value that `musegnn.border.portable` can carry.
READERS: Final = frozenset(
    {
        "musegnn.io.formats.registry:read_contents",
        "musegnn.io.h5ad:open_h5ad",
        "musegnn.graphs.preview:list_layers",
    }
)
