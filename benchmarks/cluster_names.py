"""Names of clusters: how many hold in an atlas, and how many a shuffled one would get.

`python -m benchmarks.cluster_names [ATLAS] [--draws 10]` prints a line a control and, last, JSON.

- `named`, `tested`: clusters of the atlas that get a name, and all of `FEWEST_POINTS` or more
- `shuffled`: share of clusters that get a name when points are given to clusters at random
- `shuffled_within`: the same when each context keeps its share of each cluster
- `by_expression`: when points of a context go to clusters by their expression alone, in bands with
  as much chance as order: what is abundant is not alike in function, so that no name should hold
- `by_degree`: the same by degree
- `shuffled_plain`, `by_expression_plain`: how many would get a name from the plain test
  (hypergeometric, Benjamini-Hochberg in each cluster), for comparison
- `seconds`: processor time to read the terms and to name the clusters, once
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from musegnn import keys
from musegnn.analysis.enrichment.cluster_names import name_clusters
from musegnn.analysis.enrichment.gene_set_library import load_library
from musegnn.analysis.enrichment.over_representation import SIGNIFICANT, over_representation
from musegnn.analysis.enrichment.term_index import TermIndex
from musegnn.embeddings.atlas import Atlas, read_atlas
from musegnn.knowledge.store import open_store
from musegnn.screens.parts.map_names import LIBRARIES
from musegnn.settings import REPOSITORY

Libraries = list[tuple[str, TermIndex]]
PLAIN_DRAWS = 2  # the plain test is slow, and only there to compare with


def shuffled(atlas: Atlas, rng: np.random.Generator) -> np.ndarray:
    """Give each point the cluster of any other."""
    return rng.permutation(_clusters(atlas))


def shuffled_within(atlas: Atlas, rng: np.random.Generator) -> np.ndarray:
    """Give each point the cluster of another in its context."""
    return _within(atlas, lambda rows: rng.permutation(len(rows)))


def by_expression(atlas: Atlas, rng: np.random.Generator) -> np.ndarray:
    """Give the points of a context to its clusters in the order of expression, with noise."""
    return _ordered(atlas, keys.MEAN, rng)


def by_degree(atlas: Atlas, rng: np.random.Generator) -> np.ndarray:
    """Give the points of a context to its clusters in the order of degree, with noise."""
    return _ordered(atlas, keys.DEGREE, rng)


CONTROLS: dict[str, Callable[[Atlas, np.random.Generator], np.ndarray]] = {
    "shuffled": shuffled,
    "shuffled_within": shuffled_within,
    "by_expression": by_expression,
    "by_degree": by_degree,
}


def _clusters(atlas: Atlas) -> np.ndarray:
    return atlas.embedding.genes[keys.CLUSTER].astype(str).to_numpy(dtype=object)


def _within(atlas: Atlas, order: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Lay the clusters of each context out anew over its rows."""
    clusters = _clusters(atlas)
    for context in atlas.embedding.datasets.index:
        rows = atlas.embedding.rows_of_dataset(str(context))
        clusters[rows[order(rows)]] = np.sort(clusters[rows].astype(str))
    return clusters


def _ordered(atlas: Atlas, column: str, rng: np.random.Generator) -> np.ndarray:
    """Order by rank, moved by a normal error of a third of the spread of ranks."""
    values = atlas.embedding.genes[column].to_numpy(dtype=np.float64)

    def order(rows: np.ndarray) -> np.ndarray:
        ranks = np.argsort(np.argsort(values[rows], kind="stable"), kind="stable")
        return np.argsort(ranks + rng.normal(0, len(rows) / 10, len(rows)), kind="stable")

    return _within(atlas, order)


def plain_share(atlas: Atlas, libraries: Libraries, clusters: np.ndarray) -> float:
    """Share of clusters of 50 points or more for which the plain test finds a term."""
    groups = np.asarray(atlas.search.ortholog_groups).astype(str)
    names, points = np.unique(clusters.astype(str), return_counts=True)
    n_named, contexts = 0, atlas.embedding.genes[keys.DATASET].astype(str).to_numpy()
    large = names[points >= 50]
    for cluster in large:
        rows = np.flatnonzero(clusters == cluster)
        background = set(groups[np.isin(contexts, np.unique(contexts[rows]))])
        n_named += any(
            over_representation(set(groups[rows]), background=background, index=index).n_enriched
            for _, index in libraries
        )
    return n_named / max(len(large), 1)


def measure(
    path: Path, *, draws: int, plain_draws: int = PLAIN_DRAWS, seed: int = 0
) -> dict[str, Any]:
    """Name the clusters of an atlas and of controls.

    Parameters
    ----------
    path
        The atlas.
    draws
        Controls of each kind.
    plain_draws
        Of them, how many the plain test is asked about as well.
    seed
        Of the draws.
    """
    atlas = read_atlas(path)
    _ = atlas.search
    started = time.process_time()
    store = open_store(None)
    read = [load_library(store, name, atlas=atlas) for name in LIBRARIES]
    libraries = [(library.title, library.index) for library in read]
    found = name_clusters(atlas, libraries)
    result: dict[str, Any] = {
        "points": len(atlas.embedding),
        "named": len(found.named),
        "tested": len(found.table),
        "largest_q": float(found.named["q"].max()) if len(found.named) else None,
        "seconds": round(time.process_time() - started, 2),
        "draws": draws,
        "q": SIGNIFICANT,
    }
    for name, make in CONTROLS.items():
        rng = np.random.default_rng(seed)
        drawn = [make(atlas, rng) for _ in range(draws)]
        shares = [name_clusters(atlas, libraries, clusters=own).share_named for own in drawn]
        result[name] = round(float(np.mean(shares)), 4)
        line = {"control": name, "share_named": [round(share, 3) for share in shares]}
        if name in {"shuffled", "by_expression"} and plain_draws:
            plain = [plain_share(atlas, libraries, own) for own in drawn[:plain_draws]]
            result[f"{name}_plain"] = round(float(np.mean(plain)), 4)
        print(json.dumps(line), flush=True)
    return result


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("atlas", nargs="?", type=Path, default=REPOSITORY / "data" / "atlas")
    parser.add_argument("--draws", type=int, default=10)
    options = parser.parse_args()
    print(json.dumps(measure(options.atlas, draws=options.draws)))
