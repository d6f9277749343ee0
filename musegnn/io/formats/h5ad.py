"""AnnData files: `.h5ad`, cells x genes."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import anndata
import numpy as np

from musegnn import keys
from musegnn.errors import DataFileError
from musegnn.io.formats.contents import (
    CELLS_IN_ROWS,
    Candidate,
    Contents,
    check_shape,
    pick_counts,
)
from musegnn.io.formats.coordinates import find_coordinates
from musegnn.io.gene_style import FEW_GENES, MOST_GENES, gene_share
from musegnn.io.h5ad import open_h5ad
from musegnn.validation import format_list

NOTES = ("source", "licence", "publication", "modality", "tissue", "notes")


def read_h5ad(path: Path, *, layer: str | None = None) -> Contents:
    """Read an AnnData file.

    Counts are looked for in X, then in the layer `counts`, then in `raw`; the first that holds
    non-negative integers is taken. Positions are taken from `obsm['spatial']` or a pair of columns
    of `obs`.

    Parameters
    ----------
    path
        `.h5ad` with cells in the rows.
    layer
        Layer to take instead; "X" and "raw" name those.

    Raises
    ------
    DataFileError
        If the file cannot be read, has no such layer, no raw counts, or genes in the rows.
    """
    path = Path(path)
    data = open_h5ad(path, role="counts")
    _check_orientation(data, path)
    check_shape(data.n_obs, data.n_vars, path)
    counts, label = pick_counts(
        _list_candidates(data, layer, path),
        path,
        hint="Save the raw counts in X or in a layer named `counts`.",
    )
    table = data.raw.var if label == "raw" else data.var
    columns = {name: np.asarray(data.obs[name]) for name in data.obs}
    coordinates, notes = find_coordinates(data.obsm, columns, data.n_obs)
    genes = [str(name) for name in table.index]
    holder = data.var if data.var.index.equals(table.index) else table  # raw may lack columns
    column = next((name for name in keys.ID_COLUMNS if name in holder), None)
    return Contents(
        counts,
        genes,
        [""] * len(genes) if column is None else holder[column].astype(str).tolist(),
        [str(name) for name in data.obs_names],
        found_in=label,
        orientation=CELLS_IN_ROWS,
        coordinates=coordinates,
        source={key: str(data.uns[key]) for key in NOTES if isinstance(data.uns.get(key), str)},
        notes=notes,
    )


def _list_candidates(data: anndata.AnnData, layer: str | None, path: Path) -> list[Candidate]:
    """Return the matrices that may hold the counts."""
    places = {"X": Candidate("X", lambda: data.X)}
    for name in data.layers:
        places[name] = Candidate(f"layers['{name}']", partial(data.layers.__getitem__, name))
    if data.raw is not None:
        places["raw"] = Candidate("raw", lambda: data.raw.X)
    if layer is None:
        return [places[name] for name in ("X", "counts", "raw") if name in places]
    if layer not in places:
        msg = f"Expected one of {format_list(list(places))} in {path.name}, found no {layer!r}."
        raise DataFileError(msg, "Choose one of them, or leave `layer` out.")
    return [places[layer]]


def _check_orientation(data: anndata.AnnData, path: Path) -> None:
    """Raise when names of genes stand in the rows and not in the columns."""
    rows = gene_share([str(name) for name in data.obs_names])
    columns = gene_share([str(name) for name in data.var_names])
    if rows >= MOST_GENES and columns <= FEW_GENES:
        msg = (
            f"Expected cells in the rows and genes in the columns, found gene names in the rows of "
            f"{path.name}, such as {data.obs_names[0]}."
        )
        raise DataFileError(msg, "Transpose it with `adata.T` and save it again.")
