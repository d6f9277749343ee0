"""AnnData files: `.h5ad`, cells x genes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pandas as pd
from pandas.api.types import is_datetime64_any_dtype, is_numeric_dtype

from musegnn.errors import DataFileError, InputError
from musegnn.io.choices import AS_FOUND, Choices, Offers
from musegnn.io.features import INDEX, offered_features, recognise_features
from musegnn.io.formats.called import cells_by_columns
from musegnn.io.formats.contents import (
    CELLS_IN_ROWS,
    COUNTS,
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
from musegnn.io.h5ad import has_raw, is_nameless, open_h5ad, read_part
from musegnn.validation import format_list

_BATCH = re.compile("batch|sample|donor|patient|individual|library|plate|lane|replicate", re.I)
_MOST_BATCHES = 200  # categories; what has more names cells or clusters
NOTES = ("source", "licence", "publication", "modality", "tissue", "notes")


def read_h5ad(path: Path, *, layer: str | None = None, choices: Choices = AS_FOUND) -> Contents:
    """Read an AnnData file.

    Counts are looked for in X, then in the layer `counts`, then in `raw` (first where it has more
    features than X), then in other layers whose name speaks of counts; the first that holds
    non-negative integers, and not 0 and 1 alone where another holds more, is taken. Names, ids and
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
        Kind, genome, columns of symbols and of batches, and the side of the genes, where somebody
        has said them.

    Raises
    ------
    DataFileError
        If the file cannot be read, has no such layer, no raw counts, or genes in the rows.
    InputError
        If there is no such column of batches.
    """
    path = Path(path)
    data = open_h5ad(path, role="counts")
    return contents_of(data, path, layer=layer, choices=choices)


def contents_of(
    data: anndata.AnnData,
    path: Path,
    *,
    layer: str | None,
    choices: Choices,
    places: Callable[[], tuple[np.ndarray | None, tuple[str, ...]]] | None = None,
) -> Contents:
    """Return the counts of an AnnData object, see `read_h5ad`.

    Where the object itself has no positions, `places` is asked for those of its rows.
    """
    turned = choices.genes_in == "rows"
    if turned:
        data = data.T
    elif choices.genes_in is None:
        _check_orientation(data, path)
    check_shape(data.n_obs, data.n_vars, path)
    matrices = _list_places(data)
    is_kind = layer is not None and layer not in matrices and layer in _list_kinds(data)
    kind = layer if is_kind else None
    counts, label, rounding = pick_counts(
        _list_candidates(
            matrices, None if is_kind else layer, path, is_raw_wider=_is_raw_wider(data)
        ),
        path,
        hint="Save the raw counts in X or in a layer named `counts`, or name their layer.",
    )
    columns_of, named = _describe_features(data, label)
    features = recognise_features(columns_of, path, wanted=kind, choices=choices)
    columns = {name: np.asarray(data.obs[name]) for name in data.obs}
    coordinates, notes = find_coordinates(
        data.obsm, columns, data.n_obs, cells=list(map(str, data.obs_names))
    )
    if coordinates is None and places is not None and not turned:
        coordinates, more = places()
        notes = (*notes, *more)
    contents = Contents.of_features(
        features,
        counts[:, features.columns],
        [str(name) for name in data.obs_names],
        found_in=label,
        orientation=GENES_IN_ROWS if turned else CELLS_IN_ROWS,
        coordinates=coordinates,
        source={key: str(data.uns[key]) for key in NOTES if isinstance(data.uns.get(key), str)},
        notes=(*named, *features.notes, *rounding, *notes),
    )
    contents = replace(
        contents,
        called=cells_by_columns(columns),
        batches=_batches_of(data.obs, choices.batch, path),
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
    return replace(
        found,
        layers=(*main, *layers, *(["raw"] if has_raw(group) else [])),
        batches=_offered_batches(group),
        sides=True,
    )


def _offered_batches(group: Any) -> tuple[str, ...]:
    """Return the categories of cells that may be batches, those that are called so first."""
    table = group.get("obs", {})
    found = []
    for name in table:
        categories = table[name].attrs.get("encoding-type") == "categorical"
        if categories and 2 <= table[name]["categories"].shape[0] <= _MOST_BATCHES:
            found.append(str(name))
    return tuple(sorted(found, key=lambda name: (_BATCH.search(name) is None, name)))


def _batches_of(table: pd.DataFrame, column: str | None, path: Path) -> list[str]:
    """Return the batch of each cell, "" for none; nothing when no column is asked for."""
    if column is None:
        return []
    if column not in table:
        msg = f"Expected a column {column!r} of the table of cells in {path.name}, found none."
        names = format_list([str(name) for name in table], limit=12) or "none"
        raise InputError(msg, f"Its columns are {names}.")
    values = table[column]
    return [
        "" if missing else str(value) for value, missing in zip(values, values.isna(), strict=True)
    ]


def described(table: pd.DataFrame) -> dict[str, list[object]]:
    """Return the columns of text of a table of features, with its index."""
    named = {str(name): table[name].tolist() for name in table if _is_text(table[name])}
    return {**named, INDEX: table.index.tolist()}


def _is_text(values: pd.Series) -> bool:
    """True for columns of text, as categories or not; counts and flags name nothing."""
    return not is_numeric_dtype(values) and not is_datetime64_any_dtype(values)


def _describe_features(
    data: anndata.AnnData, label: str
) -> tuple[dict[str, list[object]], tuple[str, ...]]:
    """Return what describes the features of the matrix that was taken, and what has to be said.

    The table of `raw` may lack columns that the other one has, and either may have lost its names.
    """
    tables = {"var": data.var} if data.raw is None else {"var": data.var, "raw.var": data.raw.var}
    own = "raw.var" if label == "raw" else "var"
    table, others = tables.pop(own), tables
    columns: dict[str, list[object]] = {}
    notes: tuple[str, ...] = ()
    for name, other in others.items():
        part = None
        if other.index.equals(table.index):
            part = other
        elif is_nameless(table) and len(other) == len(table):
            part, notes = other, (f"gene names: taken from {name}, {own} has none",)
        elif name == "var" and other.index.is_unique and other.index.isin(table.index).all():
            part = other.reindex(table.index)
        columns = {} if part is None else described(part)
    if notes:
        return {**described(table), **columns}, notes
    if label == "raw" and len(table) > data.n_vars:
        notes = (f"counts: taken from raw with {len(table):,} features, X has {data.n_vars:,}",)
    return {**columns, **described(table)}, notes


def _is_raw_wider(data: anndata.AnnData) -> bool:
    """True when X holds a choice of the features of `raw`, such as variable genes."""
    return (
        data.raw is not None
        and data.raw.n_vars > data.n_vars
        and bool(data.var_names.isin(data.raw.var_names).all())
    )


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
    places: dict[str, Candidate], layer: str | None, path: Path, *, is_raw_wider: bool
) -> list[Candidate]:
    """Return the matrices that may hold the counts, in the order in which they are tried."""
    if layer is None:
        # counts of all genes before those of a choice: a cell's depth is that of all
        order = ("raw", "X", "counts") if is_raw_wider else ("X", "counts", "raw")
        usual = [name for name in order if name in places]
        others = [name for name in places if name not in usual and COUNTS.search(name)]
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
