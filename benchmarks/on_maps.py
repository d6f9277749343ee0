"""Sets of genes on maps: random ones keep together as often as they should, and targets of drugs.

`python -m benchmarks.on_maps ATLAS` draws random sets from all genes of an atlas and asks each in
every context: the share of p below .05 must be 5 %. With tables of drugs in `MUSEGNN_KNOWLEDGE` it
asks random sets of known targets, and the known targets of each compound with three or more. The
last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.resampling import ratio_interval
from musegnn.analysis.labels.set_on_maps import FEWEST, maps_of, place_on_maps
from musegnn.embeddings.atlas import Atlas, read_atlas
from musegnn.knowledge.catalogue import DRUG_TARGETS
from musegnn.knowledge.store import open_store
from musegnn.settings import Settings
from musegnn.targets.tables import read_pharmacology

LEVEL = 0.05


def shares_of(sets: list[list[str]], *, atlas: Atlas, rivals: tuple[str, ...] = ()) -> dict:
    """Share of tested contexts with p below the level, with a 95 % interval over sets."""
    maps = maps_of(atlas)
    tested, low, gene_tested, gene_low, called = [], [], [], [], 0
    for number, genes in enumerate(sets):
        wanted = pd.DataFrame({"gene": genes, "weight": 1.0, "kind": "known"})
        table = place_on_maps(wanted, atlas=atlas, maps=maps, rivals=rivals, seed=number).contexts
        p, gene_p = table["p"].dropna(), table["gene_p"].dropna()
        tested.append(len(p))
        low.append(int((p < LEVEL).sum()))
        gene_tested.append(len(gene_p))
        gene_low.append(int((gene_p < LEVEL).sum()))
        called += int((table["q"] < LEVEL).any())
    found: dict[str, object] = {"sets": len(sets), "sets_called": called}
    for name, counts, hits in (("p", tested, low), ("gene_p", gene_tested, gene_low)):
        if sum(counts):
            found[name] = _with_interval(np.array(hits), np.array(counts))
    return found


def _with_interval(hits: np.ndarray, counts: np.ndarray) -> dict:
    """Share with an interval over sets, which answer in many contexts alike."""
    low, high = ratio_interval(hits, counts)
    return {
        "share": round(float(hits.sum() / counts.sum()), 4),
        "interval": [round(low, 4), round(high, 4)],
        "tests": int(counts.sum()),
    }


def random_sets(genes: list[str], n_sets: int, size: int, seed: int) -> list[list[str]]:
    """Draw sets of genes, each gene as likely."""
    rng = np.random.default_rng(seed)
    return [[str(gene) for gene in rng.choice(genes, size, replace=False)] for _ in range(n_sets)]


def main(arguments: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("atlas", type=Path)
    parser.add_argument("--sets", type=int, default=1000, help="random sets (1000)")
    parser.add_argument("--size", type=int, default=60, help="genes of a random set (60)")
    parser.add_argument("--compounds", type=int, default=10**6, help="at most so many")
    options = parser.parse_args(arguments)
    settings = Settings.from_environment()
    atlas = read_atlas(options.atlas, settings.knowledge)
    here = sorted(set(map(str, atlas.search.ortholog_groups)))
    sets = random_sets(here, options.sets, options.size, 0)
    found = {"random genes": shares_of(sets, atlas=atlas)}
    store = open_store(settings.knowledge)
    if store is not None and store.names(DRUG_TARGETS):
        pairs = read_pharmacology(store).pairs.drop_duplicates(["compound", "gene"])
        pairs = pairs[pairs["compound"].str.fullmatch(r"[A-Z]{14}")]
        rivals = tuple(sorted(set(pairs["gene"])))
        present = sorted(set(rivals) & set(here))
        sets = random_sets(present, options.sets, min(options.size, len(present) // 3), 1)
        found["random targets"] = shares_of(sets, atlas=atlas, rivals=rivals)
        by_compound = pairs.groupby("compound")["gene"].agg(lambda one: tuple(sorted(set(one))))
        # equal sets of targets are asked once, else a class of drugs answers as often as it has
        own = sorted({genes for genes in by_compound if len(set(here) & set(genes)) >= FEWEST})
        chosen = [list(genes) for genes in own]
        if len(chosen) > options.compounds:
            which = np.random.default_rng(2).choice(len(chosen), options.compounds, replace=False)
            chosen = [chosen[place] for place in sorted(which)]
        found["targets of compounds"] = shares_of(chosen, atlas=atlas, rivals=rivals)
    for name, row in found.items():
        sys.stdout.write(f"{name}: {json.dumps(row)}\n")
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
