"""Positions of cells or spots on a slide, wherever a file keeps them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

# names of columns of x and of y in lower case, the likeliest first: a row of an array is a place
# along y; in brackets who writes them
COLUMNS = (
    ("x", "y"),
    ("pxl_col_in_fullres", "pxl_row_in_fullres"),  # Space Ranger
    ("x_centroid", "y_centroid"),  # Xenium
    ("center_x", "center_y"),  # MERSCOPE
    ("centerx_global_px", "centery_global_px"),  # CosMx
    ("x_global_px", "y_global_px"),
    ("x_slide_mm", "y_slide_mm"),
    ("centerx_local_px", "centery_local_px"),
    ("imagecol", "imagerow"),  # Seurat
    ("array_col", "array_row"),
    ("xcoord", "ycoord"),  # Slide-seq
    ("x_coord", "y_coord"),
    ("coord_x", "coord_y"),
    ("x_um", "y_um"),
    ("spatial_x", "spatial_y"),
    ("spatial1", "spatial2"),
    ("new_x", "new_y"),  # Spatial Transcriptomics
    ("pixel_x", "pixel_y"),
    ("row_x", "col_y"),
    ("col", "row"),
)
# columns of a map of cells that lies on no slide
_NO_PLACE = re.compile(
    r"umap|tsne|t-sne|pca|pc_?\d|embedding|lsi|draw_graph|velocity", re.IGNORECASE
)
# names of spots that say where they lie: 10x13, 10.5x13.2, 10_13
_SPOT = re.compile(r"^(?:.*[_\s-])?(\d+(?:\.\d+)?)\s*[x×]\s*(\d+(?:\.\d+)?)$")
_LEAST = 0.5  # share of the cells that must have a place


def find_coordinates(
    arrays: Mapping[str, object],
    columns: Mapping[str, object],
    n_cells: int,
    *,
    cells: Sequence[str] = (),
) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """Return positions x, y of the cells, and where they were found or why they were passed over.

    Parameters
    ----------
    arrays
        Arrays with a row for each cell, such as `obsm`; those called after `spatial` come first.
    columns
        Columns with a value for each cell, such as `obs`; the first pair of `COLUMNS` is taken,
        else one whose names differ by an x and a y alone.
    n_cells
        Number of cells C.
    cells
        Names of the cells; those of spots such as 10x13 are places where nothing else is.

    Returns
    -------
    `(C, 2)` float64, NaN for cells without a place; None where there are none. Sentences.
    """
    notes: list[str] = []
    for label, parts in _list_candidates(arrays, columns, cells):
        positions = _stack(parts, n_cells)
        if positions is None:
            notes.append(f"coordinates: {label} passed over, not two finite numbers for each cell")
            continue
        missing = int(np.isnan(positions[:, 0]).sum())
        without = f", {missing:,} of {n_cells:,} cells have none" if missing else ""
        return positions, (f"coordinates: taken from {label}{without}", *notes)
    return None, tuple(notes)


def _list_candidates(
    arrays: Mapping[str, object], columns: Mapping[str, object], cells: Sequence[str]
) -> Iterator[tuple[str, list[object]]]:
    """Give places that may hold positions, the surest first, each with a name for sentences."""
    named = sorted(
        (key for key in arrays if re.search(r"spatial|coord", key, re.IGNORECASE)),
        key=lambda key: (key != "spatial", key.lower() != "x_spatial", key),
    )
    for key in named:
        yield f"obsm['{key}']", [arrays[key]]
    lower: dict[str, str] = {}
    for name in columns:
        lower.setdefault(name.lower(), name)
    pairs = [(lower[x], lower[y]) for x, y in COLUMNS if x in lower and y in lower]
    pairs += [pair for pair in _pairs_by_pattern(list(columns)) if pair not in pairs]
    for x, y in pairs:
        yield f"columns {x}, {y}", [columns[x], columns[y]]
    found = [_SPOT.match(str(cell)) for cell in cells]
    if found and all(found):
        spots = [[float(part) for part in match.groups()] for match in found if match]
        yield "the names of the spots", [np.array(spots)]


def _pairs_by_pattern(names: list[str]) -> list[tuple[str, str]]:
    """Return pairs of columns whose names are equal but for an x in place of a y."""
    known = set(names)
    pairs = []
    for name in names:
        if _NO_PLACE.search(name):
            continue
        for match in re.finditer(r"(?:^|(?<=[_.\s-])|(?<=[a-z]))[xX](?=$|[_.\s-]|[A-Z])", name):
            letter = "y" if match.group() == "x" else "Y"
            other = name[: match.start()] + letter + name[match.end() :]
            if other in known:
                pairs.append((name, other))
    return pairs


def _stack(parts: list[object], n_cells: int) -> np.ndarray | None:
    """Return `(C, 2)` numbers, NaN in both columns where one is missing; None for anything else."""
    try:
        arrays = [np.asarray(part, dtype=np.float64) for part in parts]
    except (TypeError, ValueError):
        return None
    stacked = arrays[0] if len(arrays) == 1 else np.column_stack(arrays)
    if stacked.ndim != 2 or stacked.shape[0] != n_cells or stacked.shape[1] < 2:
        return None
    positions = np.array(stacked[:, :2], dtype=np.float64, order="C")
    has_place = np.isfinite(positions).all(axis=1)
    positions[~has_place] = np.nan
    return positions if has_place.mean() >= _LEAST and has_place.sum() > 1 else None
