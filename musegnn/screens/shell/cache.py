"""Cache: an atlas is opened once and shared, read-only, by all sessions."""

from __future__ import annotations

import gc
from pathlib import Path

from musegnn import keys
from musegnn.embeddings.atlas import Atlas, read_atlas
from musegnn.screens.shell.cached_build import FileKey, cached_build, file_key


def open_atlas(folder: Path, knowledge: Path | None = None) -> Atlas | None:
    """Open the atlas of a result folder, or return None when the folder has none.

    Raises
    ------
    DataFileError
        If the file is there but damaged.
    """
    key = file_key(folder / keys.EMBEDDING_FILE if folder.is_dir() else folder)
    return None if key is None else _open(key, knowledge)


@cached_build(max_entries=3, spinner="Opening the atlas")
def _open(key: FileKey, knowledge: Path | None) -> Atlas:
    """Read an atlas anew when its file has changed."""
    atlas = read_atlas(Path(key[0]), knowledge)
    # computed here, so that no session waits for it later
    _ = atlas.embedding.unit_vectors, atlas.embedding.id, atlas.names, atlas.n_genes
    set_aside()
    return atlas


def set_aside() -> None:
    """Spare what was just read the search for garbage, which Streamlit does after every run.

    An atlas is millions of small objects that stay; to walk through them took four fifths of the
    time of a run. They are still freed with the last reference to them. Call it at the end of what
    reads much and is cached.
    """
    gc.collect()
    gc.freeze()


@cached_build(max_entries=100)
def settle(page: str, atlas: Atlas | None) -> bool:
    """Set aside, once for a page and an atlas, what the first visit of the page has read."""
    set_aside()
    return True
