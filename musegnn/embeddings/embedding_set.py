"""Embedding set: one vector for each gene in each context, with where it came from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pandas as pd
from scipy import sparse

from musegnn import keys
from musegnn.embeddings.origin import Origin
from musegnn.errors import DataFileError
from musegnn.io.h5ad import open_h5ad, parsing, write_packed
from musegnn.validation import check_name

GENE_COLUMNS = (
    keys.GENE,
    keys.GENE_ID,
    keys.COMMON_GENE,
    keys.ORTHOLOG,
    keys.DATASET,
    keys.SPECIES_COLUMN,
    keys.TISSUE,
    keys.MODALITY,
    keys.DEGREE,
    keys.MEAN,
    keys.CLUSTER,
)


@dataclass(frozen=True)
class EmbeddingSet:
    """Vectors of N genes-in-context in one joint space.

    Parameters
    ----------
    vectors
        `(N, D)` float32, one row a gene in one context. Not normalised.
    genes
        N rows in the order of `vectors`, columns `GENE_COLUMNS`; the index is 0..N-1 and is the
        row id used everywhere.
    layout
        `(N, 2)` float32, UMAP coordinates, without unit.
    neighbour_graph
        `(N, N)` sparse kNN connectivities in [0, 1] from which clusters and map were computed.
    datasets
        One row a context, index = dataset name; columns species, tissue, modality, technique,
        n_cells, n_genes, n_edges, density, source, licence, publication.
    provenance
        Model, configuration and its hash, seed, versions, notes: JSON-ready.
    path
        File the set was read from, or None.
    """

    vectors: np.ndarray
    genes: pd.DataFrame
    layout: np.ndarray
    neighbour_graph: sparse.csr_matrix
    datasets: pd.DataFrame
    provenance: dict[str, Any] = field(default_factory=dict)
    path: Path | None = None

    @property
    def name(self) -> str:
        """Short name shown on every page."""
        return str(self.provenance.get("name", "embedding"))

    @cached_property
    def origin(self) -> Origin:
        """What files and methods say of where the set comes from."""
        return Origin.of(self)

    @property
    def sources(self) -> tuple[str, ...]:
        """Each dataset with its source and licence."""
        columns = [name for name in ("source", "licence") if name in self.datasets]
        return tuple(
            f"{dataset}: {', '.join(parts)}"
            if (parts := [part for part in row if part])
            else dataset
            for dataset, *row in self.datasets[columns].astype(str).itertuples()
        )

    @cached_property
    def unit_vectors(self) -> np.ndarray:
        """Vectors scaled to length 1, `(N, D)` float32, read-only; zero rows stay zero."""
        norms = np.linalg.norm(self.vectors, axis=1, keepdims=True)
        unit = self.vectors / np.where(norms > 0, norms, 1)
        unit.flags.writeable = False
        return unit

    @cached_property
    def common_gene_codes(self) -> tuple[np.ndarray, np.ndarray]:
        """Common gene of each row as a number, `(N,)` int64, and the names in their order.

        Names stand in the order of the alphabet; numbers are compared many times faster.
        """
        return pd.factorize(self.genes[keys.COMMON_GENE].to_numpy(dtype=object), sort=True)

    def rows_of_dataset(self, dataset: str) -> np.ndarray:
        """Return the rows of one context, ascending."""
        return self._rows_by_dataset.get(dataset, np.empty(0, dtype=np.int64)).copy()

    @cached_property
    def _rows_by_dataset(self) -> dict[str, np.ndarray]:
        """Rows of every context, found once: pages ask for each context on every run."""
        codes, names = pd.factorize(self.genes[keys.DATASET].to_numpy(dtype=object))
        order = np.argsort(codes, kind="stable")
        bounds = np.searchsorted(codes[order], np.arange(len(names) + 1))
        return {str(name): order[bounds[i] : bounds[i + 1]] for i, name in enumerate(names)}

    def row(self, gene: str, dataset: str) -> int | None:
        """Return the row of a gene (exact symbol) in a context, or None when it is not there."""
        rows = np.flatnonzero(
            (self.genes[keys.GENE].to_numpy() == gene)
            & (self.genes[keys.DATASET].to_numpy() == dataset)
        )
        return int(rows[0]) if len(rows) else None


def write_embedding_set(embedding: EmbeddingSet, path: Path) -> None:
    """Write an embedding set as `.h5ad`; scanpy and CELLxGENE open it as it is.

    obs = genes in context, X = vectors, obsm['X_umap'] = map, obsp['connectivities'] = kNN graph,
    uns['musegnn_embedding'] = provenance and datasets as JSON.
    """
    obs = embedding.genes.copy()
    obs.index = pd.Index(
        obs[keys.GENE].astype(str) + "|" + obs[keys.DATASET].astype(str), name=None
    )
    text = [column for column in GENE_COLUMNS if column not in (keys.DEGREE, keys.MEAN)]
    for column in text:  # each name is stored once, and a code for each row
        obs[column] = obs[column].astype("category")
    var = pd.DataFrame(index=[f"dimension_{i}" for i in range(embedding.vectors.shape[1])])
    data = anndata.AnnData(X=embedding.vectors.astype(np.float32), obs=obs, var=var)
    data.obsm["X_umap"] = embedding.layout.astype(np.float32)
    connectivities = sparse.csr_matrix(embedding.neighbour_graph, dtype=np.float32)
    connectivities.data = np.round(connectivities.data, 3)  # says no more, and packs well
    data.obsp["connectivities"] = connectivities
    data.uns["neighbors"] = {
        "connectivities_key": "connectivities",
        "params": {"method": "umap", "metric": "cosine"},
    }
    data.uns[keys.UNS_EMBEDDING] = {
        "format_version": keys.FORMAT_VERSION,
        "provenance": json.dumps(embedding.provenance, sort_keys=True),
        "datasets": embedding.datasets.reset_index(names="dataset").to_json(orient="records"),
    }
    write_packed(data, path, compression=9)


def read_embedding_set(path: Path) -> EmbeddingSet:
    """Read an embedding set.

    Parameters
    ----------
    path
        An `embedding.h5ad`, or the result folder that holds one.

    Raises
    ------
    DataFileError
        If the file is missing, damaged, or not an embedding set.
    """
    path = Path(path)
    if path.is_dir():
        path = path / keys.EMBEDDING_FILE
    data = open_h5ad(path, role="an embedding set")
    header = data.uns.get(keys.UNS_EMBEDDING)
    missing = [column for column in GENE_COLUMNS if column not in data.obs]
    has_arrays = data.X is not None and "X_umap" in data.obsm
    if not isinstance(header, Mapping) or missing or not has_arrays:
        msg = f"Expected an embedding set, found another kind of h5ad file in {path}."
        raise DataFileError(msg, "Make one with `musegnn train GRAPH.h5ad ... -o RUN_DIR`.")
    with parsing(path, header.get("format_version"), role="an embedding set"):
        return _from_anndata(data, header, path)


def _from_anndata(data: anndata.AnnData, header: Mapping[str, Any], path: Path) -> EmbeddingSet:
    """Take an embedding set out of its file."""
    datasets = pd.DataFrame(json.loads(str(header["datasets"]))).set_index("dataset")
    for name in datasets.index:
        check_name(str(name), name="dataset")  # it becomes part of a path
    vectors = np.ascontiguousarray(data.X, dtype=np.float32)
    layout = np.ascontiguousarray(data.obsm["X_umap"], dtype=np.float32)
    for array in (vectors, layout):
        if not np.isfinite(array).all():
            msg = f"Expected finite vectors and coordinates, found NaN or infinity in {path}."
            raise DataFileError(msg, "Train again.")
        array.flags.writeable = False
    genes = data.obs.loc[:, list(GENE_COLUMNS)].reset_index(drop=True)
    for column in (keys.GENE, keys.GENE_ID, keys.COMMON_GENE, keys.ORTHOLOG):
        genes[column] = genes[column].astype(str)
    return EmbeddingSet(
        vectors=vectors,
        genes=genes,
        layout=layout,
        neighbour_graph=sparse.csr_matrix(data.obsp["connectivities"]),
        datasets=datasets,
        provenance=json.loads(str(header["provenance"])),
        path=path,
    )
