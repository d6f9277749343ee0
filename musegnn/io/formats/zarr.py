"""AnnData and SpatialData in folders of zarr, version 2 and 3, or such a folder in an archive."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import zarr

from musegnn.border.packed import PackedBounds, open_zip
from musegnn.border.zarr_folder import MOST_FILES, check_zarr
from musegnn.errors import DataFileError, MuseGNNError
from musegnn.io.atomic import scratch_folder
from musegnn.io.choices import Choices, Offers
from musegnn.io.formats.contents import Contents
from musegnn.io.formats.h5ad import contents_of, offered_parts
from musegnn.io.formats.parts import choose_part
from musegnn.io.formats.spatial_shapes import place_by_shapes
from musegnn.io.h5ad import data_of
from musegnn.validation import format_list

ROLE: Final = "AnnData in a folder of zarr"
_BOUNDS: Final = PackedBounds(
    most_members=MOST_FILES, most_bytes=1 << 40, most_growth=100, slack=1 << 24
)
_TABLES: Final = ("tables", "table")  # where SpatialData keeps AnnData


def read_zarr(path: Path, *, layer: str | None, choices: Choices) -> Contents:
    """Read AnnData, or a table of SpatialData.

    Parameters
    ----------
    path
        Folder of zarr, or a zip archive of one.
    layer
        As for `musegnn.io.formats.h5ad.read_h5ad`.
    choices
        The assay names the table of several.

    Raises
    ------
    DataFileError
        If it cannot be read, or holds several tables and none was chosen.
    """
    with _open(path) as (group, folder):
        tables = _list_tables(group)
        if not tables and "obs" not in group:
            found = format_list(sorted(map(str, group))) or "nothing"
            msg = f"Expected a table of counts in {path.name}, found {found} alone."
            hint = "Save the counts of cells or spots as a table (`sdata.tables`) of it."
            raise DataFileError(msg, hint)
        name = choose_part(list(tables), choices.assay, path, what="tables") if tables else ""
        data = data_of(tables[name] if tables else group)
        places = partial(place_by_shapes, folder, data) if tables else None
        return contents_of(data, path, layer=layer, choices=choices, places=places)


def offered_zarr(path: Path) -> Offers:
    """List the tables of SpatialData, or what can be chosen in AnnData."""
    with _open(path) as (group, _):
        tables = _list_tables(group)
        if len(tables) > 1:
            return Offers(assays=tuple(tables))
        return offered_parts(next(iter(tables.values()), group))


@contextmanager
def _open(path: Path) -> Iterator[tuple[Any, Path]]:
    """Open the group, once its files are known to be plain; yield it and its folder."""
    with scratch_folder() as scratch:
        folder = path if path.is_dir() else _unpack(path, scratch)
        check_zarr(folder, role=ROLE)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of versions of the format
                yield zarr.open_group(folder, mode="r", use_consolidated=False), folder
        except (MemoryError, MuseGNNError):
            raise
        except Exception as error:  # zarr raises almost any kind for a damaged folder
            msg = f"Expected {ROLE}, found one with a missing or damaged part: {path}."
            raise DataFileError(msg, "Copy or export it again.") from error


def _unpack(path: Path, scratch: Path) -> Path:
    """Take the members out of an archive; return the folder that is the group."""
    with open_zip(path, _BOUNDS, role=ROLE) as archive:
        for member in archive.members:
            target = scratch / member.name
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as file:
                for chunk in archive.chunks(member.name):
                    file.write(chunk)
    marks = (".zgroup", "zarr.json")
    if not any((scratch / mark).is_file() for mark in marks):
        inner = [item for item in sorted(scratch.iterdir()) if item.is_dir()]
        if len(inner) == 1:
            return inner[0]
    return scratch


def _list_tables(group: Any) -> dict[str, Any]:
    """Return the tables of SpatialData by name; none for AnnData itself."""
    if "obs" in group and "var" in group:
        return {}
    for place in _TABLES:
        if place in group:
            inner = group[place]
            found = {str(name): inner[name] for name in sorted(inner) if "obs" in inner[name]}
            if found:
                return found
    return {}
