"""The six metrics of the MuSe-GNN paper, as published, on the vectors of several graphs.

Four of them (ASW, iLISI, GC, CGR) reward mixing of datasets and nothing else: vectors that only
spell the name of the gene win them. They are measured because they were published.

References
----------
Liu et al., NeurIPS 2023, section 4, for AUC, CGR and NO; Luecken et al., Nature Methods 19, 41-50,
2022 (scIB) for ASW, iLISI and GC; Korsunsky et al., Nature Methods 16, 1289-1296, 2019, for the
inverse Simpson index.
"""

from __future__ import annotations

import math
import warnings
from collections import Counter
from collections.abc import Sequence

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from sklearn.metrics import roc_auc_score, silhouette_samples
from sklearn.neighbors import NearestNeighbors

from musegnn import keys
from musegnn.benchmarks.metric import Measured
from musegnn.border.compiled import failures_told
from musegnn.embeddings.map_layout import map_failure
from musegnn.errors import InputError
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.graphs.unit_rows import unit_rows

CLUSTER_NEIGHBOURS = 15  # of the graph that is clustered and tested for connectivity
# iLISI and GC are written here because scib-metrics brings jax, 390 MB: docs/decisions/0007
LISI_NEIGHBOURS, PERPLEXITY = 90, 30.0
RESOLUTION = 1.0
_BLOCK = 1024  # rows compared at once, so that a large cluster stays small in memory
_HALVINGS = 60  # of the search for a kernel width; more than float64 can tell apart


def published_metrics(
    vectors: Sequence[np.ndarray],
    graphs: Sequence[GeneGraph],
    *,
    clusters: np.ndarray | None = None,
    seed: int = 0,
) -> dict[str, Measured]:
    """Compute all six metrics.

    Parameters
    ----------
    vectors
        `(G, D)` of each graph.
    graphs
        The graphs, in the same order.
    clusters
        Label of each gene in context, in the order of the graphs; None clusters the vectors.
    seed
        Of the clustering.

    Returns
    -------
    `asw`, `auc`, `ilisi`, `gc`, `cgr`, `no` -> value, n and the genes it was measured on. ASW,
    iLISI and GC take genes common to all datasets; where there are none, genes of at least two.
    """
    joint = unit_rows(np.concatenate(list(vectors)).astype(np.float64))
    dataset = np.repeat(np.arange(len(graphs)), [graph.n_genes for graph in graphs])
    names = np.concatenate([graph.genes[keys.COMMON_GENE].to_numpy(dtype=str) for graph in graphs])
    if clusters is None:
        clusters = leiden_clusters(joint, seed=seed)
    chosen, scope = shared_genes(names, dataset)
    points, batch, group = joint[chosen], dataset[chosen], np.asarray(clusters)[chosen]
    auc = [adjacency_auc(rows, graph) for rows, graph in zip(vectors, graphs, strict=True)]
    counted = "genes in context"

    def shared(value: float) -> Measured:
        return Measured(value, len(points), counted, scope)

    return {
        "asw": shared(batch_silhouette(points, batch, group)),
        "auc": Measured(_mean(auc), sum(not math.isnan(a) for a in auc), "datasets"),
        "ilisi": shared(graph_ilisi(points, batch)),
        "gc": shared(graph_connectivity(points, group)),
        "cgr": Measured(common_gene_ratio(names, clusters), len(names), counted),
        "no": Measured(neighbour_overlap(graphs, clusters), len(names), counted),
    }


def shared_genes(names: np.ndarray, dataset: np.ndarray) -> tuple[np.ndarray, str]:
    """Choose the genes that metrics of mixing are measured on.

    Parameters
    ----------
    names
        `(N,)` common gene name of each gene in context.
    dataset
        `(N,)` number of its dataset.

    Returns
    -------
    Rows, ascending, and which genes they are in words.
    """
    held = Counter(name for name, _ in set(zip(names.tolist(), dataset.tolist(), strict=True)))
    n_datasets = len(set(dataset.tolist()))
    counts = np.array([held[name] for name in names.tolist()], dtype=np.int64)
    if n_datasets > 1 and (counts == n_datasets).any():
        return np.flatnonzero(counts == n_datasets), "genes common to all datasets"
    fallback = "genes in at least two datasets, for none is common to all"
    return np.flatnonzero(counts > 1), fallback


def leiden_clusters(vectors: np.ndarray, *, seed: int = 0) -> np.ndarray:
    """Cluster vectors as the atlas does: 15 nearest by cosine, Leiden at resolution 1.0.

    Parameters
    ----------
    vectors
        `(N, D)`, N at least 4.
    seed
        Of Leiden.

    Returns
    -------
    `(N,)` strings.
    """
    if len(vectors) < 4:
        msg = f"Expected at least 4 genes in context to cluster, found {len(vectors)}."
        raise InputError(msg, "Give larger graphs.")
    import anndata  # noqa: PLC0415 - with scanpy it takes seconds to import
    import scanpy  # noqa: PLC0415
    from sklearn.neighbors import KNeighborsTransformer  # noqa: PLC0415

    data = anndata.AnnData(X=np.ascontiguousarray(vectors, dtype=np.float32))
    k = min(CLUSTER_NEIGHBOURS, len(vectors) - 1)
    exact = KNeighborsTransformer(n_neighbors=k, metric="cosine", algorithm="brute")
    with warnings.catch_warnings(), failures_told(*map_failure(vectors, "Leiden")):
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", UserWarning)
        scanpy.pp.neighbors(data, n_neighbors=k, use_rep="X", transformer=exact)
        scanpy.tl.leiden(
            data,
            resolution=RESOLUTION,
            flavor="igraph",
            n_iterations=2,
            directed=False,
            random_state=seed,
        )
    return data.obs["leiden"].to_numpy().astype(str)


def adjacency_auc(vectors: np.ndarray, graph: GeneGraph) -> float:
    """AUROC of the cosine of two genes against their edge, over all pairs of a graph.

    NaN where a graph has no edge, or nothing else.
    """
    unit = unit_rows(np.asarray(vectors, dtype=np.float64))
    rows, columns = np.triu_indices(graph.n_genes, 1)
    label = graph.adjacency.toarray()[rows, columns].astype(bool)
    if not label.any() or label.all():
        return float("nan")
    return float(roc_auc_score(label, (unit @ unit.T)[rows, columns]))


def batch_silhouette(points: np.ndarray, batch: np.ndarray, group: np.ndarray) -> float:
    """Batch ASW of scIB: one minus the absolute silhouette of the batch, by group.

    `mean over groups of mean over its points of 1 - |s|`, with s the silhouette of the batch
    labels within the group. 0 to 1; 1 says that datasets cannot be told apart. Groups of one batch,
    and groups in which each point is a batch of its own, have no silhouette and are left out.

    Parameters
    ----------
    points
        `(N, D)` of length 1, so that the Euclidean distance orders as the cosine does.
    batch, group
        `(N,)` labels.
    """
    scores = []
    for label in np.unique(group):
        inside = np.flatnonzero(group == label)
        if 1 < len(np.unique(batch[inside])) < len(inside):
            silhouette = silhouette_samples(points[inside], batch[inside])
            scores.append(float(np.mean(1 - np.abs(silhouette))))
    return _mean(scores)


def graph_ilisi(points: np.ndarray, batch: np.ndarray) -> float:
    """Compute iLISI of scIB: how many datasets a neighbourhood holds, scaled to 0 to 1.

    The inverse Simpson index of the batches among the 90 nearest points, which are weighted by a
    Gaussian kernel of perplexity 30; `(median - 1) / (number of batches - 1)`.

    Parameters
    ----------
    points
        `(N, D)` of length 1.
    batch
        `(N,)` labels.
    """
    codes, labels = np.unique(batch, return_inverse=True)
    if len(codes) < 2 or len(points) < 3:
        return float("nan")
    distances, neighbours = nearest(points, LISI_NEIGHBOURS)
    weights = kernel_weights(distances, min(PERPLEXITY, distances.shape[1] / 3))
    shares = np.stack(
        [(weights * (labels[neighbours] == code)).sum(axis=1) for code in range(len(codes))]
    )
    lisi = 1 / (shares**2).sum(axis=0)
    return float((np.median(lisi) - 1) / (len(codes) - 1))


def nearest(points: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Exact nearest other points by Euclidean distance, nearest first.

    Returns
    -------
    Distances and rows, `(N, min(k, N - 1))` each.
    """
    k = min(k, len(points) - 1)
    search = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(points)
    # without an argument no point is its own neighbour, not even among equal ones
    distances, neighbours = search.kneighbors()
    return distances, neighbours


def kernel_weights(distances: np.ndarray, perplexity: float) -> np.ndarray:
    """Weigh neighbours by `exp(-beta d)`, beta such that the weights have a perplexity.

    Parameters
    ----------
    distances
        `(N, K)`, smallest first.
    perplexity
        Of the weights, 1 to K: `exp(-sum p log p)`.

    Returns
    -------
    `(N, K)`, rows of sum 1. Equal distances get equal weights, whatever the perplexity.
    """
    shifted = distances - distances[:, :1]  # the same weights, but no row of zeros
    spread = np.maximum(shifted.max(axis=1, keepdims=True), np.finfo(np.float64).tiny)
    shifted /= spread
    low, high = np.full((len(shifted), 1), -20.0), np.full((len(shifted), 1), 20.0)  # of log beta
    target = math.log(perplexity)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        is_wide = _entropy(_softmax(-np.exp(middle) * shifted)) > target
        low, high = np.where(is_wide, middle, low), np.where(is_wide, high, middle)
    return _softmax(-np.exp((low + high) / 2) * shifted)


def _softmax(values: np.ndarray) -> np.ndarray:
    """Exponentials scaled to rows of sum 1; the largest value of each row is 0."""
    raised = np.exp(values)
    return raised / raised.sum(axis=1, keepdims=True)


def _entropy(weights: np.ndarray) -> np.ndarray:
    """Shannon entropy of each row, `(N, 1)`."""
    logs = np.log(weights, out=np.zeros_like(weights), where=weights > 0)
    return -(weights * logs).sum(axis=1, keepdims=True)


def graph_connectivity(points: np.ndarray, group: np.ndarray) -> float:
    """Graph connectivity of scIB: share of each group that hangs together, mean over groups.

    `mean over groups of |largest component| / |group|` in the graph of the 15 nearest points, edges
    taken both ways. 0 to 1.

    Parameters
    ----------
    points
        `(N, D)` of length 1.
    group
        `(N,)` labels.
    """
    if len(points) < 3:
        return float("nan")
    _, neighbours = nearest(points, CLUSTER_NEIGHBOURS)
    n, k = neighbours.shape
    graph = sparse.csr_matrix(
        (np.ones(n * k, dtype=np.int8), neighbours.ravel(), np.arange(0, n * k + 1, k)),
        shape=(n, n),
    )
    shares = []
    for label in np.unique(group):
        inside = np.flatnonzero(group == label)
        _, component = connected_components(graph[inside][:, inside], directed=False)
        shares.append(np.bincount(component).max() / len(inside))
    return _mean(shares)


def common_gene_ratio(names: np.ndarray, clusters: np.ndarray) -> float:
    """CGR: how often the genes of a cluster repeat, `sum_c (n_c / n) (1 - unique_c / n_c)`.

    0 to 1; one single cluster of everything has the highest value that the data allow.
    """
    pairs = set(zip(names.tolist(), np.asarray(clusters).tolist(), strict=True))
    return 1 - len(pairs) / len(names)


def neighbour_overlap(graphs: Sequence[GeneGraph], clusters: np.ndarray) -> float:
    """NO: how far genes of a cluster have the same neighbours in their graphs.

    `sum_c (n_c / n) mean over pairs of two datasets in c of |A and B| / |A or B|`, with A and B the
    common names of the neighbours of the two genes. A pair without any neighbour overlaps by 0, as
    does a cluster of one dataset. 0 to 1; it grows with the density of the graphs.

    Parameters
    ----------
    graphs
        The graphs.
    clusters
        `(N,)` label of each gene in context, in the order of the graphs.
    """
    members = _neighbour_names(graphs)
    dataset = np.repeat(np.arange(len(graphs)), [graph.n_genes for graph in graphs])
    total = 0.0
    for label in np.unique(clusters):
        inside = np.flatnonzero(clusters == label)
        total += len(inside) * _mean_jaccard(members[inside], dataset[inside])
    return total / len(dataset)


def _neighbour_names(graphs: Sequence[GeneGraph]) -> sparse.csr_matrix:
    """Which names are neighbours of each gene in context, `(N, names)` of 0 and 1."""
    names = sorted({name for graph in graphs for name in graph.genes[keys.COMMON_GENE]})
    column = {name: place for place, name in enumerate(names)}
    parts = []
    for graph in graphs:
        columns = np.array([column[name] for name in graph.genes[keys.COMMON_GENE]])
        edges = graph.adjacency.tocoo()
        parts.append(
            sparse.csr_matrix(
                (np.ones(edges.nnz, dtype=np.float32), (edges.row, columns[edges.col])),
                shape=(graph.n_genes, len(names)),
            )
        )
    members = sparse.vstack(parts, format="csr")
    members.data[:] = 1  # a name that stands for two genes of a graph counts once
    return members


def _mean_jaccard(members: sparse.csr_matrix, dataset: np.ndarray) -> float:
    """Mean overlap over pairs of two datasets; 0 where there is none."""
    size = np.asarray(members.sum(axis=1)).ravel()
    total, pairs = 0.0, 0
    for start in range(0, len(dataset), _BLOCK):
        block = slice(start, start + _BLOCK)
        shared = (members[block] @ members.T).toarray()
        union = size[block, None] + size[None, :] - shared
        across = dataset[block, None] != dataset[None, :]
        total += float((shared / np.maximum(union, 1))[across].sum(dtype=np.float64))
        pairs += int(across.sum())
    return total / pairs if pairs else 0.0


def _mean(values: Sequence[float]) -> float:
    """Mean of the numbers among them; NaN without any."""
    known = [value for value in values if not math.isnan(value)]
    return float(np.mean(known)) if known else float("nan")
