"""Do the nearest neighbours of well-known genes make sense? Checked against degree-matched genes.

Usage: `python -m benchmarks.neighbour_sense [GENE ...] [--knowledge FOLDER] [--json FILE]`.
For each gene the RNA context with the most cells is taken, so that nothing is picked by hand.
"""

from __future__ import annotations

import argparse
import json
import os
from functools import cache
from pathlib import Path

import numpy as np
from scipy import sparse

from musegnn import keys
from musegnn.embeddings.co_expression import read_context_graph
from musegnn.embeddings.embedding_set import EmbeddingSet, read_embedding_set
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.embeddings.neighbours import nearest_neighbours
from musegnn.graphs.edge_enrichment import truth_from_pairs, truth_from_sets
from musegnn.graphs.known_relations import read_known_relations
from musegnn.knowledge.store import KnowledgeStore

REPOSITORY = Path(__file__).resolve().parent.parent
GENES = ("CD3E", "INS", "MS4A1", "APOE", "TOP2A")
K = 10
DRAWS = 10_000


def known_relations(
    embedding: EmbeddingSet, members: np.ndarray, knowledge: Path
) -> sparse.csr_matrix:
    """Pairs of a context's genes that share a GO process or interact, by human orthologs."""
    human = embedding.genes.iloc[members][keys.ORTHOLOG].tolist()
    terms, pairs = _read(knowledge)
    known = set(human)
    shared = truth_from_sets(human, terms).related
    among = {(a, b) for a, b in pairs if a in known and b in known}
    return sparse.csr_matrix(shared + truth_from_pairs(human, among).related)


@cache
def _read(knowledge: Path) -> tuple[dict[str, frozenset[str]], set[tuple[str, str]]]:
    """Read GO terms and interactions once for all contexts."""
    known = read_known_relations(KnowledgeStore(knowledge))
    return known.terms, set(known.interactions)


def check_all(embedding: EmbeddingSet, knowledge: Path) -> dict:
    """Mean share of supported neighbours over all genes, beside three controls.

    Controls: genes of equal degree; neighbours by the first 32 principal components of the same
    residuals (no training); a random vector for each gene.
    """
    shares: dict[str, list[float]] = {}
    rng = np.random.default_rng(0)
    for dataset in map(str, embedding.datasets.index):
        members = embedding.rows_of_dataset(dataset)
        related = known_relations(embedding, members, knowledge).toarray() > 0
        degree = embedding.genes[keys.DEGREE].to_numpy()[members]
        best = nearest(embedding.unit_vectors[members])
        pool = np.argsort(np.abs(degree[:, None] - degree[None, :]), axis=1, kind="stable")[:, :50]
        measured = {
            "embedding": best,
            "degree_matched": pool[best].reshape(len(members), -1),
            "random": nearest(rng.normal(size=(len(members), 32))),
        }
        graph = read_context_graph(embedding, dataset)
        if graph is not None:
            measured["principal_components"] = nearest(graph.features[:, :32])
        for name, chosen in measured.items():
            found = np.take_along_axis(related, chosen, axis=1).mean(axis=1)
            shares.setdefault(name, []).extend(found.tolist())
    return {
        "genes_in_context": len(shares["embedding"]),
        "k": K,
        "supported_share": {name: float(np.mean(values)) for name, values in shares.items()},
    }


def nearest(vectors: np.ndarray) -> np.ndarray:
    """Return the K nearest rows of each row by cosine, `(G, K)`."""
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    similarity = unit @ unit.T
    np.fill_diagonal(similarity, -np.inf)
    return np.argsort(-similarity, axis=1, kind="stable")[:, :K]


def check_gene(embedding: EmbeddingSet, gene: str, knowledge: Path, *, seed: int = 0) -> dict:
    """Count supported neighbours and the same for random genes of equal degree."""
    rows = GeneSearch(embedding).rows(gene)
    cells = embedding.datasets["n_cells"]
    # chromatin and tissue sections come second: the question is about cells
    rna = [row for row in rows if embedding.genes[keys.MODALITY].iloc[row] == "scrna"]
    row = max(rna or rows, key=lambda r: cells[str(embedding.genes[keys.DATASET].iloc[r])])
    dataset = str(embedding.genes[keys.DATASET].iloc[row])
    members = embedding.rows_of_dataset(dataset)
    query = int(np.flatnonzero(members == row)[0])
    related = known_relations(embedding, members, knowledge)
    supported = np.asarray(related[[query]].todense()).ravel() > 0
    best = nearest_neighbours(embedding, int(row), k=K)
    chosen = np.searchsorted(members, best["row"])
    degree = embedding.genes[keys.DEGREE].to_numpy()[members]
    control = matched_control(degree, chosen, query, supported, np.random.default_rng(seed))
    found = int(supported[chosen].sum())
    return {
        "gene": gene,
        "shown_as": str(embedding.genes[keys.GENE].iloc[row]),
        "dataset": dataset,
        "neighbours": embedding.genes[keys.GENE].iloc[best["row"]].tolist(),
        "supported": found,
        "k": K,
        "random_mean": float(control.mean()),
        "random_95": [float(v) for v in np.quantile(control, [0.025, 0.975])],
        "p_value": float((1 + (control >= found).sum()) / (1 + len(control))),
    }


def matched_control(
    degree: np.ndarray,
    chosen: np.ndarray,
    query: int,
    supported: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Supported genes in random draws in which each neighbour is replaced by one of its degree.

    A replacement comes from the 50 genes whose degree is nearest to the neighbour's.
    """
    total = np.zeros(DRAWS, dtype=np.int64)
    others = np.delete(np.arange(len(degree)), query)
    for neighbour in chosen:
        distance = np.abs(degree[others] - degree[neighbour])
        pool = others[np.argsort(distance, kind="stable")[:50]]
        total += supported[rng.choice(pool, DRAWS)]
    return total


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    shared = Path(os.environ.get("MUSEGNN_SHARED", REPOSITORY.parent / "shared"))
    folder = Path(os.environ.get("MUSEGNN_KNOWLEDGE", shared / "knowledge"))
    parser.add_argument("genes", nargs="*", default=list(GENES))
    parser.add_argument("--embedding", type=Path, default=REPOSITORY / "data" / "atlas")
    parser.add_argument("--knowledge", type=Path, default=folder)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    atlas = read_embedding_set(options.embedding)
    result = {
        "all": check_all(atlas, options.knowledge),
        "genes": [check_gene(atlas, gene, options.knowledge) for gene in options.genes],
    }
    text = json.dumps(result, indent=1)
    print(text)
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")
