"""Independent reading: what a file holds by the libraries of others, and whether a graph fits it.

Nothing of the product reads here. A file that these readers refuse has no reading; a change that
leaves the meaning as it was is then held against the counts that were written.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd
from scipy import sparse
from scipy.io import mmread

from musegnn import keys
from musegnn.graphs.gene_graph import GeneGraph
from tests.count_files import Counts

MARKS = "\t,; "
MEAN_OFF = 0.02  # relative; other genes lie 8 % apart
TOLD = 2  # features that are left out when the file calls them something else than genes
FEWEST_CELLS = 3  # in which a gene of a graph is found


@dataclass(frozen=True)
class Reading:
    """What stands in a file.

    Parameters
    ----------
    matrix
        `(C, F)`.
    names
        For each feature all that the file calls it.
    """

    matrix: np.ndarray
    names: list[tuple[str, ...]]


def reading_of(counts: Counts) -> Reading:
    """Return what was written."""
    return Reading(counts.matrix, list(zip(counts.genes, counts.ids, strict=True)))


def read_all(path: Path) -> tuple[list[Reading], bool]:
    """Read a file in every way in which it may be meant, and tell whether all of it was read."""
    found: list[Reading] = []
    try:
        for reading in _read(path):
            found += [reading] * (reading.matrix.shape[1] == len(reading.names) > 0)
    except Exception:  # noqa: BLE001 - whatever other libraries raise for a broken file
        return found, False
    return found, bool(found)


def _read(path: Path) -> Iterator[Reading]:
    """Choose by suffix."""
    if path.is_dir() and (path / "filtered_feature_bc_matrix.h5").exists():
        yield from _tenx(path / "filtered_feature_bc_matrix.h5")
    elif path.is_dir():
        yield from _folder(path)
    elif path.suffix == ".h5ad":
        yield from _h5ad(path)
    elif path.suffix == ".h5":
        yield from _tenx(path)
    elif path.suffix == ".loom":
        yield from _loom(path)
    else:
        yield from _table(path)


def _text(path: Path) -> str:
    """Unpacked text, whatever the name says."""
    content = path.read_bytes()
    while content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:  # of an older spreadsheet
        return content.decode("latin-1")


def _rows(path: Path, mark: str) -> list[list[str]]:
    lines = _text(path).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    rows = csv.reader(filter(str.strip, lines), delimiter=mark, skipinitialspace=mark == " ")
    return [row for row in rows if row]


def _table(path: Path) -> Iterator[Reading]:
    """A table either way around, by any separator that gives it columns."""
    for mark in MARKS:
        with suppress(ValueError, IndexError):
            header, *rows = _rows(path, mark)
            if len(rows[0]) < 3:
                continue
            columns = header if len(header) == len(rows[0]) - 1 else header[1:]
            values = np.array([row[1:] for row in rows], dtype=float)
            names = [row[0].strip() for row in rows]
            yield Reading(values.T, [(name,) for name in names])
            yield Reading(values, [(name.strip(),) for name in columns])


def _folder(path: Path) -> Iterator[Reading]:
    """A matrix with lists; a first line of a list may be a header."""
    matrix = next(item for item in sorted(path.iterdir()) if ".mtx" in item.name)
    head = _text(matrix)
    values = np.asarray(sparse.csr_matrix(mmread(io.BytesIO(head.encode()))).todense(), float)
    lists = [item for item in sorted(path.iterdir()) if ".mtx" not in item.name]
    features = [
        _rows(item, "," if ".csv" in item.name else "\t")
        for item in lists
        if any(word in item.name for word in ("gene", "feature")) and "barcodes" not in item.name
    ]
    for turned in (values, values.T):
        fitting = [rows[len(rows) - turned.shape[1] :] for rows in features]
        if all(0 <= len(rows) - turned.shape[1] <= 1 for rows in features):
            names = [
                tuple(field.strip() for row in parts for field in row)
                for parts in zip(*fitting, strict=True)
            ]
            yield Reading(turned, names)


def _tenx(path: Path) -> Iterator[Reading]:
    with h5py.File(path) as file:
        group = file["matrix"] if "matrix" in file else next(iter(file.values()))
        parts = [group[name][()] for name in ("data", "indices", "indptr")]
        shape = tuple(int(n) for n in group["shape"][()])
        values = sparse.csc_matrix(tuple(parts), shape=shape).toarray().T.astype(float)
        table = group.get("features", group)
        columns = [
            _strings(table[name]) for name in ("name", "id", "gene_names", "genes") if name in table
        ]
        yield Reading(values, list(zip(*columns, strict=True)))


def _loom(path: Path) -> Iterator[Reading]:
    with h5py.File(path) as file:
        columns = [_strings(item) for item in file["row_attrs"].values() if item.ndim == 1]
        names = list(zip(*columns, strict=True))
        places = [file["matrix"], *file.get("layers", {}).values()]
        for place in places:
            yield Reading(np.asarray(place[()], dtype=float).T, names)


def _strings(dataset: h5py.Dataset) -> list[str]:
    return [
        (item.decode() if isinstance(item, bytes) else str(item)).strip() for item in dataset[()]
    ]


def _h5ad(path: Path) -> Iterator[Reading]:
    data = anndata.read_h5ad(path)
    for place in (data.X, *data.layers.values()):
        if place is not None:
            yield Reading(_dense(place), _names(data.var))
    if data.raw is not None:
        yield Reading(_dense(data.raw.X), _names(data.raw.var))


def _dense(values: object) -> np.ndarray:
    plain = values.toarray() if sparse.issparse(values) else values
    return np.asarray(plain, dtype=float)


def _names(table: pd.DataFrame) -> list[tuple[str, ...]]:
    columns = [table.index, *(table[name] for name in table)]
    return list(zip(*([str(item).strip() for item in column] for column in columns), strict=True))


def misfit(graph: GeneGraph, readings: list[Reading]) -> str:
    """Say why a graph is not one of the genes of a file; "" when it fits one of its readings."""
    said = [_misfit(graph, reading) for reading in readings]
    return "; or ".join(said or ["no reading of the file"]) if all(said) else ""


def _misfit(graph: GeneGraph, reading: Reading) -> str:  # noqa: PLR0911 - a fault a return
    """Compare names, cells, and how many cells and counts each gene has."""
    values = reading.matrix
    if not np.isfinite(values).all() or (values < 0).any():
        return "values that are no counts"
    if np.abs(values - np.rint(values)).max() > 1e-3:
        return "values that are no whole numbers"
    values = np.rint(values)
    told = graph.provenance
    if told["n_cells_in_file"] != len(values):
        return f"{told['n_cells_in_file']} cells for {len(values)}"
    places: dict[str, list[int]] = {}
    in_field: dict[tuple[int, str], list[int]] = {}  # the id of one gene may name another
    for place, names in enumerate(reading.names):
        for field, name in enumerate(names):
            in_field.setdefault((field, name), []).append(place)
        for name in {*names, *(name.partition(".")[0] for name in names)} - {""}:
            places.setdefault(name, []).append(place)
    depth = values.sum(axis=1)
    scaled = values / np.where(depth > 0, depth, 1)[:, None] * 1e4
    dropped = len(values) - told["n_cells"]
    seen: set[int] = set()
    ratios = []
    for row in graph.genes.itertuples():
        source = str(getattr(row, keys.SOURCE_NAME))
        columns = _columns_of(source, places)
        if not columns:
            return f"no {source} in the file"
        seen |= set(columns)
        options = [columns, _without_copies(values, columns)]
        options += [
            in_field.get((field, source), columns) for field in range(len(reading.names[0]))
        ]
        detected = round(getattr(row, keys.DETECTED) * told["n_cells"])
        found = [int((values[:, some].sum(axis=1) > 0).sum()) for some in options]
        if not any(most - dropped <= detected <= most for most in found):
            return f"{getattr(row, keys.GENE)} in {detected} cells, {found} in the file"
        means = [scaled[:, some].sum(axis=1).mean() for some in options]
        ratios.append([getattr(row, keys.MEAN) / max(mean, 1e-12) for mean in means])
    missing = [
        reading.names[place][0]
        for place in range(len(reading.names))
        if place not in seen and (values[:, place] > 0).sum() >= FEWEST_CELLS + dropped
    ]
    is_told = any("left out" in line for line in told["reading"])
    if missing and not (is_told and len(missing) <= TOLD):
        return f"{len(missing)} genes of the file are not in the graph: {missing[:3]}"
    table = np.array(ratios)
    off = np.abs(table / np.median(table[:, 0]) - 1).min(axis=1)
    # of which cells were dropped nothing is known here
    if off.max() > MEAN_OFF * (1 + 20 * dropped):
        gene = graph.genes[keys.GENE].iloc[int(off.argmax())]
        return f"{gene} has {off.max():.0%} other counts than in the file"
    return ""


def _columns_of(source: str, places: dict[str, list[int]]) -> list[int]:
    """Return the features that a gene of a graph was made of."""
    found: list[int] = []
    for name in source.split("+") if source not in places else [source]:
        whole = places.get(name)
        if whole is None:
            first, _, last = name.rpartition("_")
            whole = [place for place in places.get(first, []) if place in set(places.get(last, []))]
        if not whole:
            return []
        found += whole
    return sorted(set(found))


def _without_copies(values: np.ndarray, columns: list[int]) -> list[int]:
    """Leave out features with the same counts as one before."""
    kept: dict[bytes, int] = {}
    for place in columns:
        kept.setdefault(values[:, place].tobytes(), place)
    return sorted(kept.values())
