"""The modules a referee tries: how well their members find each other, by context.

Usage: `python -m benchmarks.modules [--draws 499] [--seed 0] [--modules N] [--contexts N]`. Asks
the textbook modules of `musegnn.analysis.modules.gene_modules` in every context of the shipped
atlas that has five members or more, and the same of rivals on the graphs of these contexts:
components (`pca`), shrunken ones (`shrunken_pca`) and the vectors before training
(`default_start`). Where a module acts was set by tissue, from textbooks, before the figures were
seen. Prints a line a module and, last, a JSON line: for each module, `right` and `elsewhere` (mean
`auroc` of a member asked with the others, mean share of members among the 20 nearest `near`, the
same by chance, members `n`, `contexts`, of them `called` at q < 0.05 against sets of like
expression and degree), and for each rival `auroc` and `near` where the module acts. `all` has the
means over all pairs of module and context, and for each rival how much the atlas is ahead, with the
95 % interval over contexts, and in how many pairs.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.resampling import ratio_interval
from musegnn import keys
from musegnn.analysis.modules.gene_modules import MODULES, GeneModule
from musegnn.analysis.modules.module_scores import (
    Vectors,
    score_modules,
    summarise_modules,
)
from musegnn.baselines.registry import fit_baseline
from musegnn.embeddings.atlas import Atlas, read_atlas
from musegnn.graphs.gene_graph import GeneGraph, read_gene_graph
from musegnn.runs.presets import preset_settings
from musegnn.training.starting_features import starting_features

ATLAS = Path(__file__).resolve().parent.parent / "data" / "atlas"
RIVALS = ("pca", "shrunken_pca", "default_start")


def open_atlas(contexts: int | None) -> tuple[Atlas, list[GeneGraph]]:
    """Open the shipped atlas, or every n-th of its contexts, with their graphs."""
    atlas = read_atlas(ATLAS)
    names = sorted(map(str, atlas.embedding.datasets.index))
    if contexts is not None:
        names = names[:: max(len(names) // contexts, 1)][:contexts]
        rows = np.sort(np.concatenate([atlas.embedding.rows_of_dataset(name) for name in names]))
        from musegnn.embeddings.known_names import open_search  # noqa: PLC0415

        part = atlas.embedding.part(rows)
        atlas = Atlas(part, open_search(part, None))
    return atlas, [read_gene_graph(ATLAS / keys.GRAPHS_FOLDER / f"{name}.h5ad") for name in names]


def fit_rivals(atlas: Atlas, graphs: list[GeneGraph]) -> dict[str, Vectors]:
    """Vectors of each rival, of the width of the atlas, in the order of its rows."""
    embedding = atlas.embedding
    width = embedding.vectors.shape[1]
    symbols = embedding.genes[keys.GENE].astype(str).to_numpy()
    found: dict[str, Vectors] = {}
    for name in RIVALS:
        fitted = (
            starting_features(graphs, preset_settings("default"))
            if name == "default_start"
            else fit_baseline(name, graphs, width=width)
        )
        own: dict[str, np.ndarray] = {}
        for graph, vectors in zip(graphs, fitted, strict=True):
            place = {gene: row for row, gene in enumerate(graph.genes[keys.GENE].astype(str))}
            rows = embedding.rows_of_dataset(graph.name)
            own[graph.name] = np.asarray(vectors)[[place[gene] for gene in symbols[rows]]]
        found[name] = own.__getitem__
    return found


def interval(difference: pd.Series, contexts: pd.Series) -> dict[str, float]:
    """Mean of a difference, and its central 95 % over draws of contexts."""
    sums = pd.DataFrame({"sum": difference, "n": 1}).groupby(contexts.to_numpy()).sum().to_numpy()
    low, high = ratio_interval(sums[:, 0], sums[:, 1])
    return {
        "difference": round(float(difference.mean()), 4),
        "low": round(low, 4),
        "high": round(high, 4),
    }


def compare(own: pd.DataFrame, rivals: dict[str, pd.DataFrame]) -> dict[str, object]:
    """Means over all pairs of module and context, and the lead over each rival."""
    told = own["auroc"].notna()
    result: dict[str, object] = {
        "pairs": int(told.sum()),
        "contexts": int(own.loc[told, "context"].nunique()),
        "modules": int(own.loc[told, "module"].nunique()),
        "called": int((own["q"] < 0.05).sum()),
        **{name: round(float(own[name].mean()), 4) for name in ("auroc", "near", "near_chance")},
    }
    for rival, table in rivals.items():
        result[rival] = {
            measure: {
                "rival": round(float(table[measure].mean()), 4),
                **interval((own[measure] - table[measure])[told], own.loc[told, "context"]),
                "better_in": int((own[measure] > table[measure])[told].sum()),
            }
            for measure in ("auroc", "near")
        }
    return result


def measure(
    modules: tuple[GeneModule, ...], *, contexts: int | None, draws: int, seed: int
) -> dict[str, object]:
    """Ask everything; print a line a module."""
    atlas, graphs = open_atlas(contexts)
    own = score_modules(modules, atlas=atlas, draws=draws, seed=seed)
    rivals = {
        name: score_modules(modules, atlas=atlas, vectors=vectors, draws=0)
        for name, vectors in fit_rivals(atlas, graphs).items()
    }
    result: dict[str, dict[str, object]] = {module.name: {} for module in modules}
    for row in summarise_modules(own).to_dict(orient="records"):
        name, where = str(row.pop("module")), str(row.pop("where"))
        result[name][where] = rounded(row)
    for rival, table in rivals.items():
        for row in summarise_modules(table).to_dict(orient="records"):
            if row["where"] == "right":
                scores = {name: row[name] for name in ("auroc", "near")}
                result[str(row["module"])][rival] = rounded(scores)
    for name, found in result.items():
        print(name, found, flush=True)
    return {"modules": result, "all": compare(own, rivals)}


def rounded(row: dict[str, object]) -> dict[str, object]:
    """Four digits of shares; None for what was not measured."""
    return {
        name: (None if np.isnan(value) else round(value, 4)) if isinstance(value, float) else value
        for name, value in row.items()
    }


def main() -> None:
    """Print the answers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=499)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--modules", type=int, default=len(MODULES))
    parser.add_argument("--contexts", type=int, default=None)
    options = parser.parse_args()
    answer = measure(
        MODULES[: options.modules],
        contexts=options.contexts,
        draws=options.draws,
        seed=options.seed,
    )
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
