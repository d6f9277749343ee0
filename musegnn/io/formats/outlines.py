"""Outlines of cells on a tissue section, as GeoJSON: their centres."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from musegnn.border.documents import Bounds, read_json
from musegnn.errors import DataFileError

ROLE: Final = "outlines of cells (GeoJSON)"
_LARGEST: Final = Bounds(  # some hundred thousand cells of thirty corners
    most_bytes=1 << 29, most_depth=12, most_values=50_000_000, most_keys=5_000_000
)


def read_outlines(path: Path) -> pd.DataFrame:
    """Read the centres of the outlines of cells.

    Parameters
    ----------
    path
        GeoJSON of polygons with the property `cell_id`.

    Returns
    -------
    A row a cell: `barcode` as Space Ranger calls it in the matrix, and `x`, `y` in pixels.

    Raises
    ------
    DataFileError
        If it is no such file.
    """
    found = read_json(path, role=ROLE, bounds=_LARGEST)
    try:
        rows = [
            (_name(entry["properties"]["cell_id"]), *_centre(entry["geometry"]))
            for entry in found["features"]
        ]
    except (KeyError, TypeError, ValueError, IndexError) as error:
        msg = f"Expected {ROLE} with a `cell_id` each, found others in {path.name}."
        raise DataFileError(msg, "Give a table of positions (`--positions`).") from error
    return pd.DataFrame(rows, columns=["barcode", "x", "y"])


def _name(identifier: Any) -> str:
    """Name of a cell in the matrix: cellid_000000012-1 for the number 12."""
    return f"cellid_{identifier:09d}-1" if isinstance(identifier, int) else str(identifier)


def _centre(geometry: dict[str, Any]) -> tuple[float, float]:
    """Centre of the area of a polygon, of several that of the one with the most corners."""
    rings = geometry["coordinates"]
    if geometry["type"] == "MultiPolygon":
        rings = max(rings, key=lambda polygon: len(polygon[0]))
    corners = np.asarray(rings[0], dtype=np.float64)[:, :2]
    start = corners[0]
    x, y = (corners - start).T
    cross = x * np.roll(y, -1) - np.roll(x, -1) * y
    area = cross.sum()
    if not area:
        middle = corners.mean(axis=0)
        return float(middle[0]), float(middle[1])
    centre = [float(((axis + np.roll(axis, -1)) * cross).sum() / (3 * area)) for axis in (x, y)]
    return centre[0] + float(start[0]), centre[1] + float(start[1])
