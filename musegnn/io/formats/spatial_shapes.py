"""Places of the rows of a SpatialData table: the centres of the shapes that it annotates."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import anndata
import numpy as np

from musegnn.border.shapes import read_centres
from musegnn.errors import DataFileError
from musegnn.io.formats.coordinates import find_coordinates
from musegnn.validation import format_list

ROLE: Final = "shapes of SpatialData"
_ATTRIBUTES: Final = "spatialdata_attrs"
_INSTEAD: Final = "save their centres in obsm['spatial'], or give a table of positions"


def place_by_shapes(
    folder: Path, data: anndata.AnnData
) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """Return the centres of the shapes that the rows of a table stand for.

    The table names its region and, for each row, the shape in it (`spatialdata_attrs`). Where the
    region is a picture of labels, shapes of the same names are taken; a table that says nothing
    is joined by the names of its rows.

    Parameters
    ----------
    folder
        The folder of SpatialData.
    data
        One of its tables, of C rows.

    Returns
    -------
    `(C, 2)` positions, NaN for a row without shape, None where no shapes fit; sentences.
    """
    files = {item.parent.name: item for item in sorted(folder.glob("shapes/*/*.parquet"))}
    if not files:
        return None, ()
    regions, rows = _read_links(data)
    if len(regions) > 1:
        return None, (
            f"coordinates: the table covers several sections ({format_list(regions, limit=4)}), "
            "each with places of its own: save one section, or give a table of positions",
        )
    known = [name for name in regions if name in files]
    said: list[str] = []
    best: tuple[np.ndarray, str] | None = None
    for name in known or files:
        try:
            names, centres = read_centres(files[name], role=ROLE)
        except DataFileError as error:
            reason = error.message.rstrip(".")
            said.append(f"coordinates: shapes {name} passed over ({reason}); {_INSTEAD}")
            continue
        places = _join(rows, names, centres)
        if best is None or np.isnan(places).sum() < np.isnan(best[0]).sum():
            best = places, name
    if best is not None:
        positions, found = find_coordinates({"spatial": best[0]}, {}, len(rows))
        if positions is not None:
            where = f"the centres of shapes {best[1]}"
            return positions, (*(note.replace("obsm['spatial']", where) for note in found), *said)
        said.append(
            f"coordinates: fewer than half of the rows of the table are shapes "
            f"({format_list(list(files), limit=4)}) by name; {_INSTEAD}"
        )
    return None, tuple(said)


def _read_links(data: anndata.AnnData) -> tuple[list[str], list[str]]:
    """Return the regions that a table stands for, and the name of the shape of each row."""
    links: Any = data.uns.get(_ATTRIBUTES)
    links = links if isinstance(links, dict) else {}
    keys = {name: str(links.get(name, "")) for name in ("region_key", "instance_key")}
    if keys["region_key"] in data.obs:
        regions = sorted({str(value) for value in data.obs[keys["region_key"]].dropna()})
    else:
        given = links.get("region", [])
        regions = [given] if isinstance(given, str) else [str(name) for name in given]
    rows: Iterable[object] = data.obs_names
    if keys["instance_key"] in data.obs:
        rows = data.obs[keys["instance_key"]]
    return regions, [str(row) for row in rows]


def _join(rows: list[str], names: list[str], centres: np.ndarray) -> np.ndarray:
    """Return the centre of each row by name, NaN where there is none or the name stands twice."""
    place = {name: number for number, name in enumerate(names)}
    if len(place) < len(names):
        return np.full((len(rows), 2), np.nan)
    found = np.array([place.get(row, -1) for row in rows])
    return np.where(found[:, None] >= 0, centres[found], np.nan)
