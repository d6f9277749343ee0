"""A dataset that is placed into an atlas, held against joint training with it.

Usage: `python -m benchmarks.place [--start] [--atlas FOLDER] [--shared FOLDER] [--seeds 0-2]
[--datasets NAME ...] [--write]`. Prints a table and, as the last line, JSON with every figure;
`--write` keeps them for the *Benchmarks* page and `docs/place.md`.

The datasets of the atlas are left out in turn. Which ones was laid down before anything was looked
at: for each pair of species and technique (cells or sections, human or mouse) the tissue with most
datasets, at a tie the first of the alphabet, and of it the first dataset of the alphabet that
shares no cells with another. Of each the cells are cut in halves (at most 4,000 cells); its graph
is built from one of them, on the genes that it has in the atlas, and a fifth of the gene names that
stand in two graphs are hidden everywhere.

`joint` is trained on the whole atlas with those graphs in it (preset `default`); `placed` is put
into an atlas trained in the same way without the dataset. Both are asked for the edges of the other
half (`unseen`), for known relations between the genes, and for the rank of the genes with hidden
names in the other datasets of the tissue, species and technique. `mapped` is placed without the
graphs of the atlas. `pca` is the simple rival: 32 components of the dataset, rotated onto the
frozen vectors by shared names. `--start` takes the starting vectors of the preset in place of
trained ones: seconds instead of minutes.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from scipy import sparse, stats

from benchmarks.atlas_cells import (
    Atlas,
    Cells,
    Entry,
    add_options,
    atlas_of,
    build_part,
    edges_of,
)
from benchmarks.measured import keep
from benchmarks.measured_atlas import PLACE_BARS
from benchmarks.quality import numbers
from musegnn import __version__, keys
from musegnn.benchmarks.genes.benchmark import GeneInputs, Knowledge, read_knowledge
from musegnn.benchmarks.genes.metrics import measure_relations, measure_unseen_cells
from musegnn.benchmarks.genes.relation_prediction import draw_pairs
from musegnn.benchmarks.genes.retrieval import SAME, kind_of_pair, retrieve, shares_cells
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.graphs.hold_out import HoldOut, draw_hold_out, mask_graphs
from musegnn.graphs.reproducibility import split_cells
from musegnn.graphs.unit_rows import unit_rows
from musegnn.progress import console_progress
from musegnn.runs.kinds.aligned import AlignedSettings
from musegnn.runs.presets import preset_settings
from musegnn.training.loop import train
from musegnn.training.placement import FrozenAtlas, FrozenContext, place_graph
from musegnn.training.starting_features import starting_features

METRICS = ("unseen", "interactions", "reactome", "go", "same_tissue_rank")
RELATIONS = {"interactions": "interaction", "reactome": "reactome", "go": "go"}
METHODS = ("joint", "placed", "mapped", "pca")


def choose(entries: Sequence[Entry], graphs: Mapping[str, GeneGraph]) -> list[Entry]:
    """Apply the rule of the head of this file."""

    def is_alone(entry: Entry) -> bool:
        own = graphs[entry.name]
        return not any(shares_cells(own, other) for other in graphs.values())

    chosen = []
    for kind in ("human", "scrna"), ("mouse", "scrna"), ("human", "spatial"), ("mouse", "spatial"):
        found = [entry for entry in entries if (entry.species, entry.modality) == kind]
        tissues = [entry.tissue for entry in found]
        most = min(set(tissues), key=lambda tissue: (-tissues.count(tissue), tissue))
        alone = [entry for entry in found if entry.tissue == most and is_alone(entry)]
        chosen.append(min(alone, key=lambda entry: entry.name))
    return chosen


def fit(graphs: Sequence[GeneGraph], seed: int, *, is_start: bool) -> list[np.ndarray]:
    """Vectors of the preset `default`, trained or where training starts."""
    settings = default_settings(seed)
    if is_start:
        return starting_features(graphs, settings)
    return train(list(graphs), settings, device="cpu").vectors


def default_settings(seed: int = 0) -> AlignedSettings:
    """Settings of the preset `default`."""
    settings = preset_settings("default", seed=seed)
    if not isinstance(settings, AlignedSettings):
        msg = f"expected `default` to be of the aligned method, found {settings.kind}"
        raise TypeError(msg)
    return settings


def freeze(
    graphs: Sequence[GeneGraph], vectors: Sequence[np.ndarray], *, has_graphs: bool
) -> FrozenAtlas:
    """Make an atlas of graphs and their vectors."""
    contexts = [
        FrozenContext(graph.name, tuple(graph.genes[keys.COMMON_GENE].astype(str)), rows)
        for graph, rows in zip(graphs, vectors, strict=True)
    ]
    return FrozenAtlas(contexts, graphs if has_graphs else (), default_settings())


def rotated_components(graph: GeneGraph, atlas: FrozenAtlas) -> np.ndarray:
    """Leading components of a dataset, rotated onto the frozen vectors by shared names."""
    rows, slots = atlas.anchors(graph)
    components = unit_rows(graph.features[:, : atlas.width].astype(np.float64))
    left, _, right = np.linalg.svd(components[rows].T @ atlas.means()[slots])
    return components @ (left @ right)


def score(
    graph: GeneGraph,
    vectors: np.ndarray,
    other_half: sparse.csr_matrix,
    *,
    around: Sequence[tuple[GeneGraph, np.ndarray]],
    hold_out: HoldOut,
    knowledge: Knowledge,
) -> dict[str, float]:
    """Ask the questions about one dataset; graphs have their true names."""
    pairs = draw_pairs(graph, knowledge.relations, knowledge.pathways, seed=0)
    asked = GeneInputs((graph,), [vectors], None, knowledge, [pairs], [(vectors, other_half)], 0)
    relations, unseen = measure_relations(asked), measure_unseen_cells(asked)
    if isinstance(relations, str) or isinstance(unseen, str):
        raise SystemExit(relations if isinstance(relations, str) else unseen)
    ranks = [
        retrieve([vectors, rows], [graph, other], hold_out.names)[SAME].ranks
        for other, rows in around
        if kind_of_pair(graph, other) == SAME and not shares_cells(graph, other)
    ]
    known = np.concatenate([np.empty(0), *ranks])
    return {
        "unseen": unseen["unseen_edges_auroc"].value,
        **{name: relations[f"{key}_auroc"].value for name, key in RELATIONS.items()},
        "no_ribosome": relations["interaction_no_ribosomal_auroc"].value,
        "same_tissue_rank": float(np.median(known)) if len(known) else math.nan,
    }


def halve(cells: Cells) -> tuple[GeneGraph, sparse.csr_matrix]:
    """Build the graph of one half of the cells, and the edges of the other."""
    first, second = split_cells(len(cells.depth), seed=0)
    return build_part(cells, first, cells.graph.name), edges_of(
        sparse.csr_matrix(cells.counts[second]), cells.depth[second]
    )


def measure(
    atlas: Atlas, datasets: Sequence[str] | None, seeds: Sequence[int], *, is_start: bool
) -> list[dict[str, Any]]:
    """One row for each dataset, seed and method."""
    say = console_progress().say
    chosen = atlas.chosen(datasets) if datasets else choose(atlas.entries, atlas.graphs)
    knowledge = read_knowledge(atlas.shared / "knowledge")
    halves = {entry.name: halve(atlas.read_cells(entry)) for entry in chosen}
    true = [halves[name][0] if name in halves else graph for name, graph in atlas.graphs.items()]
    rows = []
    for seed in seeds:
        hold_out = draw_hold_out(true, seed + 1, edge_share=0)
        masked = mask_graphs(true, hold_out)
        joint = timed(f"seed {seed}, joint", say, partial(fit, masked, seed, is_start=is_start))
        for entry in chosen:
            i = [graph.name for graph in true].index(entry.name)
            kept = [j for j, g in enumerate(true) if j != i and not shares_cells(true[i], g)]
            rest = [masked[j] for j in kept]
            frozen = timed(
                f"seed {seed}, without {entry.name}",
                say,
                partial(fit, rest, seed, is_start=is_start),
            )
            whole = freeze(rest, frozen, has_graphs=True)
            bare = freeze(rest, frozen, has_graphs=False)
            found = {
                "joint": (joint[i], [joint[j] for j in kept]),
                "placed": (place_graph(masked[i], whole), frozen),
                "mapped": (place_graph(masked[i], bare), frozen),
                "pca": (rotated_components(masked[i], whole), frozen),
            }
            for method, (vectors, others) in found.items():
                around = [(true[j], rows) for j, rows in zip(kept, others, strict=True)]
                values = score(
                    true[i],
                    vectors,
                    halves[entry.name][1],
                    around=around,
                    hold_out=hold_out,
                    knowledge=knowledge,
                )
                rows.append({"dataset": entry.name, "seed": seed, "method": method, **values})
            say(json.dumps(rows[-len(found) :]))
    return rows


def timed(label: str, say: Any, work: Any) -> Any:
    """Do something and say how long it took."""
    started = time.monotonic()
    found = work()
    say(f"{label}: {time.monotonic() - started:.0f} s")
    return found


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Means over seeds by dataset, and how far placing is from joint training."""
    datasets = list(dict.fromkeys(row["dataset"] for row in rows))
    seeds = sorted({row["seed"] for row in rows})

    def values(dataset: str, method: str, metric: str) -> list[float]:
        return [r[metric] for r in rows if r["dataset"] == dataset and r["method"] == method]

    metrics = (*METRICS, "no_ribosome")
    by_dataset = {
        dataset: {
            method: {metric: mean(values(dataset, method, metric)) for metric in metrics}
            for method in METHODS
        }
        for dataset in datasets
    }
    behind = {
        method: {metric: how_far(by_dataset, method, metric) for metric in metrics}
        for method in METHODS
        if method != "joint"
    }
    return {
        "version": __version__,
        "seeds": seeds,
        "left_out": by_dataset,
        "behind_joint": behind,
        "rows": rows,
    }


def how_far(
    by_dataset: Mapping[str, Mapping[str, Mapping[str, float]]], method: str, metric: str
) -> dict[str, Any]:
    """Say how far a method stays behind joint training over the datasets, and its bar."""
    sign = 1 if metric == "same_tissue_rank" else -1
    gaps = [sign * (own[method][metric] - own["joint"][metric]) for own in by_dataset.values()]
    known = [gap for gap in gaps if math.isfinite(gap)]
    bar = PLACE_BARS.get(metric)
    return {
        "mean": mean(known),
        "half_interval": half_interval(known),
        "worst": max(known, default=math.nan),
        "datasets": len(known),
        "bar": bar,
        "is_met": None if bar is None else bool(mean(known) <= bar),
        "is_met_by_all": None if bar is None else bool(max(known, default=0) <= bar),
    }


def mean(values: Sequence[float]) -> float:
    """Mean; NaN of nothing."""
    return float(np.mean(values)) if len(values) else math.nan


def half_interval(values: Sequence[float]) -> float:
    """Half of the 95 % t interval of a mean over datasets."""
    if len(values) < 2:
        return math.nan
    spread = float(np.std(values, ddof=1)) / math.sqrt(len(values))
    return float(stats.t.ppf(0.975, len(values) - 1)) * spread


def finite(value: Any) -> Any:
    """Replace numbers that JSON does not know."""
    if isinstance(value, dict):
        return {key: finite(part) for key, part in value.items()}
    if isinstance(value, list):
        return [finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def table(found: dict[str, Any]) -> str:
    """Lay the means out for reading."""
    lines = [f"{'':38}" + "".join(f"{metric:>18}" for metric in METRICS)]
    for dataset, methods in found["left_out"].items():
        for method, values in methods.items():
            cells = (f"{values[metric]:18.3f}" for metric in METRICS)
            lines.append(f"{dataset[:28]:29}{method:9}" + "".join(cells))
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add_options(parser)
    parser.add_argument("--seeds", type=numbers, default=[0, 1, 2], help="draws of hidden names")
    parser.add_argument("--start", action="store_true", help="starting vectors, not trained ones")
    options = parser.parse_args(arguments)
    atlas = atlas_of(options)
    rows = measure(atlas, options.datasets, options.seeds, is_start=options.start)
    summary = summarise(rows)
    print(table(summary))
    result = finite(
        {
            "atlas": atlas.in_words,
            "vectors": "start" if options.start else "trained",
            "is_rule": not options.datasets,
            **summary,
        }
    )
    print(json.dumps(result))
    if options.write:
        keep("place", [result])
    return 0


if __name__ == "__main__":
    sys.exit(main())
