"""AnnData files: `.h5ad`, cells x genes."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pandas as pd
from pandas.api.types import is_datetime64_any_dtype, is_numeric_dtype

from musegnn.errors import DataFileError
from musegnn.io.choices import AS_FOUND, Choices, Offers
from musegnn.io.features import INDEX, offered_features, recognise_features
from musegnn.io.formats.contents import (
    CELLS_IN_ROWS,
    GENES_IN_ROWS,
    Candidate,
    Contents,
    check_shape,
    pick_counts,
)
from musegnn.io.formats.coordinates import find_coordinates
from musegnn.io.formats.hdf5 import open_hdf5
from musegnn.io.formats.positions import covered_spots, leave_out_uncovered
from musegnn.io.gene_style import FEW_GENES, MOST_GENES, gene_share
from musegnn.io.h5ad import has_raw, open_h5ad, read_part
from musegnn.validation import format_list

_COUNTS = re.compile("count|raw|umi", re.IGNORECASE)  # in names of layers
NOTES = ("source", "licence", "publication", "modality", "tissue", "notes")


def read_h5ad(path: Path, *, layer: str | None = None, choices: Choices = AS_FOUND) -> Contents:
    """Read an AnnData file.

    Counts are looked for in X, then in the layer `counts`, then in `raw`, then in other layers
    whose name speaks of counts; the first that holds non-negative integers is taken. Names, ids and
    kinds of the features come from the index of `var` and its columns of text, see
    `musegnn.io.features.recognise_features`. Positions are taken from `obsm['spatial']` or a pair
    of columns of `obs`.

    Parameters
    ----------
    path
        `.h5ad` with cells in the rows.
    layer
        Layer to take instead; "X" and "raw" name those. A feature type, such as "Peaks", or a
        genome takes the features of that kind.
    choices
        Kind, genome, column of symbols, and the side of the genes, where somebody has said them.

    Raises
    ------
    DataFileError
        If the file cannot be read, has no such layer, no raw counts, or genes in the rows.
    """
    path = Path(path)
    data = open_h5ad(path, role="counts")
    return contents_of(data, path, layer=layer, choices=choices)


def contents_of(
    data: anndata.AnnData, path: Path, *, layer: str | None, choices: Choices
) -> Contents:
    """Return the counts of an AnnData object, see `read_h5ad`."""
    turned = choices.genes_in == "rows"
    if turned:
        data = data.T
    elif choices.genes_in is None:
        _check_orientation(data, path)
    check_shape(data.n_obs, data.n_vars, path)
    places = _list_places(data)
    is_kind = layer is not None and layer not in places and layer in _list_kinds(data)
    kind = layer if is_kind else None
    counts, label, rounding = pick_counts(
        _list_candidates(places, None if is_kind else layer, path),
        path,
        hint="Save the raw counts in X or in a layer named `counts`, or name their layer.",
    )
    table = data.raw.var if label == "raw" else data.var
    # the table of raw may lack the columns that the other one has
    holders = [table, *([data.var] if data.var.index.equals(table.index) else [])]
    columns_of = {
        name: values for part in reversed(holders) for name, values in described(part).items()
    }
    features = recognise_features(columns_of, path, wanted=kind, choices=choices)
    columns = {name: np.asarray(data.obs[name]) for name in data.obs}
    coordinates, notes = find_coordinates(
        data.obsm, columns, data.n_obs, cells=list(map(str, data.obs_names))
    )
    contents = Contents.of_features(
        features,
        counts[:, features.columns],
        [str(name) for name in data.obs_names],
        found_in=label,
        orientation=GENES_IN_ROWS if turned else CELLS_IN_ROWS,
        coordinates=coordinates,
        source={key: str(data.uns[key]) for key in NOTES if isinstance(data.uns.get(key), str)},
        notes=(*features.notes, *rounding, *notes),
    )
    covered = covered_spots(columns)
    return contents if covered is None else leave_out_uncovered(contents, covered)


def offered_h5ad(path: Path) -> Offers:
    """List what can be chosen in an AnnData file, without reading its counts."""
    with open_hdf5(path, role="counts") as file:
        return offered_parts(file)


def offered_parts(group: Any) -> Offers:
    """List what can be chosen in the parts of an AnnData file."""
    layers = sorted(group["layers"]) if "layers" in group else []
    main = ["X"] if "X" in group else []
    table = read_part(group["var"]) if "var" in group else None
    found = Offers() if not isinstance(table, pd.DataFrame) else offered_features(described(table))
    return replace(found, layers=(*main, *layers, *(["raw"] if has_raw(group) else [])), sides=True)


def described(table: pd.DataFrame) -> dict[str, list[object]]:
    """Return the columns of text of a table of features, with its index."""
    named = {str(name): table[name].tolist() for name in table if _is_text(table[name])}
    return {**named, INDEX: table.index.tolist()}


def _is_text(values: pd.Series) -> bool:
    """True for columns of text, as categories or not; counts and flags name nothing."""
    return not is_numeric_dtype(values) and not is_datetime64_any_dtype(values)


def _list_places(data: anndata.AnnData) -> dict[str, Candidate]:
    """Return the matrices of a file by the name under which they are asked for."""
    places = {"X": Candidate("X", lambda: data.X)}
    for name in data.layers:
        places[name] = Candidate(f"layers['{name}']", partial(data.layers.__getitem__, name))
    if data.raw is not None:
        places["raw"] = Candidate("raw", lambda: data.raw.X)
    return places


def _list_kinds(data: anndata.AnnData) -> set[str]:
    """Return the feature types and genomes that the columns of `var` name."""
    return {str(value) for name in data.var if _tells_kind(name) for value in data.var[name]}


def _tells_kind(column: str) -> bool:
    """True for columns of feature types and of genomes."""
    return column in {"feature_types", "feature_type", "genome"}


def _list_candidates(
    places: dict[str, Candidate], layer: str | None, path: Path
) -> list[Candidate]:
    """Return the matrices that may hold the counts, in the order in which they are tried."""
    if layer is None:
        usual = [name for name in ("X", "counts", "raw") if name in places]
        others = [name for name in places if name not in usual and _COUNTS.search(name)]
        return [places[name] for name in (*usual, *sorted(others))]
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
        hint = "Say that the genes stand in the rows (`--genes-in rows`), or save `adata.T`."
        raise DataFileError(msg, hint)
