"""Surprising company under the null: p of permuted genes, asked with the bins that ship.

Usage: `python -m benchmarks.surprising [--seed 0] [--contexts N]`. In every context of the shipped
atlas (or the first N) the genes exchange their numbers once, within the bins that ship (`shipped`)
and within fifty parts by edges (`hubs`: a null that keeps how near the genes of most edges are to
each other); then p and q are computed as for the data, with the bins that ship. Prints a line a
context and, last, a JSON line: for each null, mean over contexts and the most of the distance of p
from even (`ks`), the share of p below .05 (`p05`), the same among pairs of the tenth with most
edges (`hubs05`), the share of p below .001 (`p001`), and pairs with q below .05 (`found`, in all
contexts together); and, of the data as they are, `significant` and `contexts_with_any`.
"""

from __future__ import annotations

import argparse
import json

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control, kstest

from musegnn import keys
from musegnn.analysis.known.knowledge_space import read_shipped_space
from musegnn.analysis.known.known_genes import KnownGenes
from musegnn.analysis.known.surprise import (
    SIGNIFICANT,
    known_bins,
    pair_p_values,
    permute_genes,
    stand_out,
)
from musegnn.embeddings.embedding_set import read_embedding_set
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.settings import REPOSITORY

PARTS = 50


def measure_null(known: KnownGenes, context: str, *, seed: int) -> dict[str, dict[str, float]]:
    """Measures of both nulls in a context."""
    embedding = known.embedding
    rows = embedding.rows_of_dataset(context)
    place = np.argsort(np.argsort(embedding.genes[keys.DEGREE].to_numpy()[rows], kind="stable"))
    shipped = known_bins(known, rows)
    first, second = np.triu_indices(len(rows), 1)
    is_hub = place >= 0.9 * len(rows)
    hubs = is_hub[first] & is_hub[second]
    found = {}
    for number, (name, within) in enumerate(
        (("shipped", shipped), ("hubs", place * PARTS // len(rows)))
    ):
        rng = np.random.default_rng([seed, number])
        p = pair_p_values(
            permute_genes(embedding.unit_vectors[rows], within, rng), shipped, seed=seed + 1
        )
        found[name] = {
            "ks": float(kstest(p, "uniform").statistic),
            "p05": float((p < SIGNIFICANT).mean()),
            "hubs05": float((p[hubs] < SIGNIFICANT).mean()),
            "p001": float((p < 0.001).mean()),
            "found": int((false_discovery_control(p) < SIGNIFICANT).sum()),
        }
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--contexts", type=int, default=None)
    options = parser.parse_args()
    atlas = read_embedding_set(REPOSITORY / "data" / "atlas")
    known = KnownGenes(atlas, GeneSearch(atlas).ortholog_groups, read_shipped_space())
    rows, significant = [], []
    for context in list(map(str, atlas.datasets.index))[: options.contexts]:
        nulls = measure_null(known, context, seed=options.seed)
        significant.append(len(stand_out(known, context, seed=options.seed).pairs))
        rows += [{"context": context, "null": name, **told} for name, told in nulls.items()]
        print(
            f"{context}: {significant[-1]:,} pairs stand out; "
            + "; ".join(
                f"{name} " + " ".join(f"{key} {value:.4g}" for key, value in told.items())
                for name, told in nulls.items()
            ),
            flush=True,
        )
    table = pd.DataFrame(rows)
    answer: dict[str, object] = {
        str(name): {
            key: int(own[key].sum())
            if key == "found"
            else {"mean": round(own[key].mean(), 4), "most": round(own[key].max(), 4)}
            for key in ("ks", "p05", "hubs05", "p001", "found")
        }
        for name, own in table.groupby("null")
    }
    answer["contexts"] = len(significant)
    answer["significant"] = int(sum(significant))
    answer["contexts_with_any"] = int(sum(n > 0 for n in significant))
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
