"""Gene graph: the co-expression graph of one dataset with its node features."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pandas as pd
from scipy import sparse

from musegnn import keys
from musegnn.border.apart import apart
from musegnn.border.documents import parse_json
from musegnn.border.portable import portable
from musegnn.errors import DataFileError, InputError
from musegnn.io.h5ad import open_h5ad, parsing, share_columns, write_packed
from musegnn.validation import check_name

_SIGNIFICANT, _POSITIVE = "significant_pairs", "positive_pairs"  # of a compact graph
GENE_COLUMNS = (
    keys.GENE,
    keys.GENE_ID,
    keys.COMMON_GENE,
    keys.ORTHOLOG,
    keys.SOURCE_NAME,
    keys.MEAN,
    keys.DETECTED,
    keys.VARIANCE,
)

LEAST_KEPT = 0.1  # shares of resamples below are left out of compact graphs


@portable
@dataclass(frozen=True)
class GeneGraph:
    """Co-expression graph of G genes in one context.

    Parameters
    ----------
    name
        Dataset name, unique within one training.
    species, tissue, modality
        The context.
    genes
        G rows, columns `GENE_COLUMNS`; the index is 0..G-1. Besides, where it was measured, the
        reliability of each gene, see `musegnn.graphs.gene_reliability`.
    features
        `(G, F)` float32 node features: residuals of all cells (`paper`) or their principal
        components (`default`).
    adjacency
        `(G, G)` sparse boolean, symmetric, empty diagonal.
    estimate
        `(G, G)` CS-CORE correlation in [-1, 1]; dense, or sparse on the edges when compact.
    statistic
        `(G, G)` CS-CORE statistic; dense, or sparse on the edges when compact.
    significance
        `(G, G)` int8: sign of the statistic where p < 0.005, else 0; empty diagonal.
    provenance
        Source, licence, parameters, quality control counts, versions: JSON-ready.
    has_self_loops
        True when a model is to join each gene to itself. `adjacency` leaves the loops out, so that
        degrees and edge counts speak of partners only; `message_adjacency` has them.
    unknown
        `(G, G)` sparse boolean, symmetric: pairs about which training must learn nothing, neither
        that they are edges nor that they are none (see `musegnn.graphs.hold_out`). None when
        all pairs are known. Lives in memory only.
    resampled
        `(G, G)` sparse float32: share of resamples of the cells in which the gene of the column is
        among the nearest of that of the row (see `musegnn.graphs.resampling`), or None where no
        resamples were asked for.
    """

    name: str
    species: str
    tissue: str
    modality: str
    genes: pd.DataFrame
    features: np.ndarray
    adjacency: sparse.csr_matrix
    estimate: np.ndarray | sparse.csr_matrix
    statistic: np.ndarray | sparse.csr_matrix
    significance: np.ndarray
    provenance: dict[str, Any] = field(default_factory=dict)
    has_self_loops: bool = False
    unknown: sparse.csr_matrix | None = None
    resampled: sparse.csr_matrix | None = None

    @property
    def message_adjacency(self) -> sparse.csr_matrix:
        """Along what a model passes messages: the edges, and the self-loops if there are any."""
        if not self.has_self_loops:
            return self.adjacency
        whole = self.adjacency + sparse.identity(self.n_genes, dtype=bool, format="csr")
        return sparse.csr_matrix(whole, dtype=bool)

    @property
    def n_genes(self) -> int:
        """Number of genes G."""
        return len(self.genes)

    @property
    def n_edges(self) -> int:
        """Number of undirected edges."""
        return int(self.adjacency.nnz // 2)

    @property
    def degree(self) -> np.ndarray:
        """Number of edges of each gene, `(G,)` int64."""
        return np.diff(self.adjacency.indptr).astype(np.int64)

    @property
    def density(self) -> float:
        """Share of all gene pairs that are edges, 0 to 1."""
        pairs = self.n_genes * (self.n_genes - 1) / 2
        return self.n_edges / pairs if pairs else 0.0

    @property
    def edge_index(self) -> np.ndarray:
        """Both directions of each edge, `(2, E)` int64, sorted by source, then target."""
        coordinates = self.adjacency.tocoo()
        order = np.lexsort((coordinates.col, coordinates.row))
        return np.stack([coordinates.row[order], coordinates.col[order]]).astype(np.int64)

    @property
    def label(self) -> str:
        """Modality and tissue: graphs with the same label share encoder weights."""
        return f"{self.modality}/{self.tissue}"

    def compact(self, *, n_features: int = 64) -> GeneGraph:
        """Return the same graph in a form that is small on disk.

        Estimate and statistic are kept on the edges only, rounded to three and two decimals, and of
        the principal components the first `n_features`, the strongest. Features that are residuals
        of single cells (preset `paper`) stay whole.
        """
        whole = self.provenance.get("preset") == "paper"
        return replace(
            self,
            features=self.features if whole else self.features[:, :n_features],
            estimate=_on_edges(self.adjacency, self.estimate, decimals=3),
            statistic=_on_edges(self.adjacency, self.statistic, decimals=2),
            resampled=None if self.resampled is None else _larger_shares(self.resampled),
        )


def _larger_shares(shares: sparse.csr_matrix) -> sparse.csr_matrix:
    """Keep shares that are not small, to two decimals."""
    kept = shares.copy()
    kept.data = np.where(kept.data < LEAST_KEPT, 0, np.round(kept.data, 2)).astype(np.float32)
    kept.eliminate_zeros()
    return kept


def _on_edges(
    adjacency: sparse.csr_matrix, values: np.ndarray | sparse.csr_matrix, *, decimals: int
) -> sparse.csr_matrix:
    """Keep the values that stand on edges, rounded, as sparse float32."""
    if sparse.issparse(values):
        return values
    coordinates = adjacency.tocoo()
    kept = np.round(values[coordinates.row, coordinates.col], decimals).astype(np.float32)
    return sparse.csr_matrix((kept, (coordinates.row, coordinates.col)), shape=adjacency.shape)


def write_gene_graph(graph: GeneGraph, path: Path) -> None:
    """Write a gene graph as `.h5ad`: obs = genes, X = features, obsp = pairwise arrays.

    A compact graph (see `GeneGraph.compact`) stores its features as float16, whose rounding of
    0.05 % is far below the sampling noise of the residuals, and of the symmetric arrays other than
    `adjacency` the upper triangle, which uns says; it holds the significance too, two bits a pair.
    """
    is_compact = sparse.issparse(graph.statistic)
    obs = graph.genes.copy()
    obs.index = pd.Index(obs[keys.GENE].astype(str), name=None)
    obs[keys.DEGREE] = graph.degree
    var = pd.DataFrame(index=[f"feature_{i}" for i in range(graph.features.shape[1])])
    data = anndata.AnnData(
        X=graph.features.astype(np.float16 if is_compact else np.float32), obs=obs, var=var
    )
    data.obsp[keys.ADJACENCY] = sparse.csr_matrix(graph.adjacency, dtype=np.int8)
    for key, values in ((keys.ESTIMATE, graph.estimate), (keys.STATISTIC, graph.statistic)):
        data.obsp[key] = (
            sparse.triu(values, format="csr").astype(np.float32)
            if is_compact
            else values.astype(np.float32)
        )
    if graph.resampled is not None:
        data.obsp[keys.RESAMPLED] = sparse.csr_matrix(graph.resampled, dtype=np.float32)
    if not is_compact:
        data.obsp[keys.SIGNIFICANCE] = graph.significance.astype(np.int8)
    data.uns[keys.UNS_GRAPH] = {
        "format_version": keys.FORMAT_VERSION,
        "name": graph.name,
        "species": graph.species,
        "tissue": graph.tissue,
        "modality": graph.modality,
        "triangle": "upper" if is_compact else "both",
        "self_loops": graph.has_self_loops,
        "provenance": json.dumps(graph.provenance, sort_keys=True),
        **(_pack_signs(graph.significance) if is_compact else {}),
    }
    write_packed(data, path, compression=9 if is_compact else 4)


@apart("a gene graph")
def read_gene_graph(path: Path) -> GeneGraph:
    """Read a gene graph written by `write_gene_graph`.

    Raises
    ------
    DataFileError
        If the file is missing, damaged, or not a gene graph.
    """
    path = Path(path)
    data = open_h5ad(path, role="a gene graph")
    header = data.uns.get(keys.UNS_GRAPH)
    missing = [column for column in GENE_COLUMNS if column not in data.obs]
    has_arrays = data.X is not None and keys.ADJACENCY in data.obsp
    if not isinstance(header, Mapping) or missing or not has_arrays:
        msg = f"Expected a gene graph, found another kind of h5ad file in {path}."
        raise DataFileError(msg, "Make one with `musegnn graph INPUT.h5ad ... -o OUT.h5ad`.")
    with parsing(path, header.get("format_version"), role="a gene graph"):
        return _from_anndata(data, header, path)


def _from_anndata(data: anndata.AnnData, header: Mapping[str, Any], path: Path) -> GeneGraph:
    """Take a gene graph out of its file."""
    check_name(str(header["name"]), name="name")  # it becomes part of a path
    measured = share_columns(data.obs, keys.RELIABILITY_COLUMNS)
    genes = data.obs.loc[:, [*GENE_COLUMNS, *measured]].reset_index(drop=True)
    for column in (keys.GENE, keys.GENE_ID, keys.COMMON_GENE, keys.ORTHOLOG, keys.SOURCE_NAME):
        genes[column] = genes[column].astype(str)
    features = np.ascontiguousarray(data.X, dtype=np.float32)
    if not np.isfinite(features).all():
        msg = f"Expected finite node features, found NaN or infinity in {path}."
        raise DataFileError(msg, "Build the graph again from the counts.")
    upper = str(header.get("triangle", "both")) == "upper"
    pairwise = {
        key: _mirror(data.obsp[key]) if upper else data.obsp[key]
        for key in (keys.ESTIMATE, keys.STATISTIC, keys.SIGNIFICANCE)
        if key in data.obsp
    }
    if keys.SIGNIFICANCE not in pairwise:
        pairwise[keys.SIGNIFICANCE] = _unpack_signs(header, len(genes))
    return GeneGraph(
        name=str(header["name"]),
        species=str(header["species"]),
        tissue=str(header["tissue"]),
        modality=str(header["modality"]),
        genes=genes,
        features=features,
        adjacency=sparse.csr_matrix(data.obsp[keys.ADJACENCY], dtype=bool),
        estimate=pairwise[keys.ESTIMATE],
        statistic=pairwise[keys.STATISTIC],
        significance=np.asarray(pairwise[keys.SIGNIFICANCE], dtype=np.int8),
        provenance=dict(parse_json(str(header["provenance"]), any_number=True)),
        has_self_loops=bool(header.get("self_loops", False)),
        resampled=_shares(data.obsp[keys.RESAMPLED], path) if keys.RESAMPLED in data.obsp else None,
    )


def _pack_signs(significance: np.ndarray) -> dict[str, np.ndarray]:
    """Bits of the upper triangle that are not 0, and of these the bits that are 1."""
    upper = significance[np.triu_indices(len(significance), 1)]
    return {
        _SIGNIFICANT: np.packbits(upper != 0),
        _POSITIVE: np.packbits(upper[upper != 0] > 0),
    }


def _unpack_signs(header: Mapping[str, Any], n_genes: int) -> np.ndarray:
    """Significance `(G, G)` int8 as `_pack_signs` packed it."""
    is_significant = _unpack_bits(header[_SIGNIFICANT], n_genes * (n_genes - 1) // 2)
    is_positive = _unpack_bits(header[_POSITIVE], int(is_significant.sum()))
    rows, columns = np.triu_indices(n_genes, 1)
    significance = np.zeros((n_genes, n_genes), dtype=np.int8)
    signs = 2 * is_positive.astype(np.int8) - 1
    significance[rows[is_significant], columns[is_significant]] = signs
    significance[columns[is_significant], rows[is_significant]] = signs
    return significance


def _unpack_bits(packed: object, count: int) -> np.ndarray:
    """Return `count` bool; the bytes must be as many as these take, before any room is made."""
    found = np.asarray(packed, dtype=np.uint8)
    if found.shape != ((count + 7) // 8,):
        msg = f"expected bits of {count:,} pairs"
        raise ValueError(msg)
    return np.unpackbits(found, count=count).astype(bool)


def _shares(values: object, path: Path) -> sparse.csr_matrix:
    """Shares of resamples of a file."""
    shares = sparse.csr_matrix(values, dtype=np.float32)
    if not np.isfinite(shares.data).all() or (
        len(shares.data) and not 0 <= shares.data.min() <= shares.data.max() <= 1
    ):
        msg = f"Expected shares of resamples from 0 to 1, found others in {path}."
        raise DataFileError(msg, "Build the graph again from the counts.")
    return shares


def _mirror(upper: np.ndarray | sparse.csr_matrix) -> np.ndarray | sparse.csr_matrix:
    """Complete a symmetric array with an empty diagonal from its upper triangle."""
    whole = upper + upper.T
    return sparse.csr_matrix(whole) if sparse.issparse(upper) else whole


def check_graphs(graphs: Sequence[GeneGraph]) -> None:
    """Raise `InputError` unless there is at least one graph and names are distinct."""
    if not graphs:
        msg = "Expected at least one gene graph, found none."
        raise InputError(msg, "Build one with `musegnn graph`.")
    names = [graph.name for graph in graphs]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        msg = f"Expected each graph to have its own name, found {repeated[0]!r} more than once."
        raise InputError(msg, "Build one of them again with another `--name`.")
